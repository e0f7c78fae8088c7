#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Containers that attack whoever enters them by exec.

load inside

# lurked RUNTIME [JQ-FILTER...]: what lurker got hold of while the runtime entered its container; $T/seen.
lurked() {
	local runtime=$1 seconds=${LURK_SECONDS:-3} end
	with_lurker
	sh_bundle "lurker $runtime $seconds >/seen" '.ociVersion = "1.0.2"' "${@:2}"
	"$runtime" "${DRIVER[@]}" --root "$STATE" run --detach --bundle "$BUNDLE" "$BOX" </dev/null >/dev/null 2>&1
	eventually grep -q ready "$ROOTFS/seen"
	end=$((SECONDS + seconds))
	while still_lurking $end; do
		timeout -k 1 3 "$runtime" "${DRIVER[@]}" --root "$STATE" exec "$BOX" /bin/true </dev/null >/dev/null 2>&1 || true
	done
	end_lurking "$runtime"
}

@test "ST-02 a container that may trace gets hold of no process of exec before it is one of its own [ExecUnseen]" {
	lurked "$RUNTIME" "$tracer"
	run ! got_hold
}

@test "ST-02 nor where a seccomp filter has to be installed without no_new_privs [ExecUnseen]" {
	lurked "$RUNTIME" "$tracer" '.process.noNewPrivileges = false' \
		'.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["acct"], action: "SCMP_ACT_ERRNO"}]}'
	run ! got_hold
}

@test "ST-02 control: with runc 1.1.5 and crun 1.8.1 it does" {
	requires peer:runc peer:crun
	local peer
	for peer in runc crun; do
		rm -rf "$BUNDLE"
		# A process that is held for good keeps its holder, too.
		spared lurked "$(command -v $peer)" "$tracer" || skip "$peer hangs with who got hold of it"
		got_hold
	done
}

@test "ST-02 a user namespace's root that may trace gets hold of nothing either [ExecUnseen]" {
	mkdir -p "$BUNDLE"
	cp -a "$SUITE/rootfs" "$ROOTFS"
	chown -R 100000:100000 "$ROOTFS"
	lurked "$RUNTIME" "$tracer" '.linux.namespaces += [{type: "user"}]' \
		'.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]' \
		'.linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
	run ! got_hold
}

@test "ST-02 a filter that is too narrow for that does not keep exec from its program [ExecLikeTheContainer]" {
	start_box '.process.noNewPrivileges = false' \
		'.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["setsid", "pipe2", "capset"], action: "SCMP_ACT_ERRNO"}]}'
	run rt exec "$BOX" sh -c 'grep -E "^(Seccomp|CapEff):" /proc/self/status'
	ok
	line $'Seccomp:\t2'
	line "$(grep CapEff "/proc/$(pid_of "$BOX")/status")"
	stop
}

@test "ST-01 a container whose entry is /proc/self/exe, and that is entered by it, does not change the runtime [ExecExeIsInit]" {
	local own=$T/runtime sum i
	cp "$RUNTIME" "$own"
	sum=$(sha256sum <"$own")
	# Written to through whatever shows up, as fast as a shell can.
	sh_bundle 'while :; do for exe in /proc/[0-9]*/exe; do
			(exec 9<$exe && echo >/proc/self/fd/9)
		done; done 2>/dev/null' "$tracer"
	printf '#!/proc/self/exe\n' >"$ROOTFS/entry"
	chmod +x "$ROOTFS/entry"
	"$own" "${DRIVER[@]}" --root "$STATE" run --detach --bundle "$BUNDLE" "$BOX" </dev/null >/dev/null 2>&1
	for ((i = 0; i < 30; i++)); do
		run timeout "$PATIENCE" "$own" "${DRIVER[@]}" --root "$STATE" exec "$BOX" /entry --version
		[[ $output != *"spec"* ]]
		timeout "$PATIENCE" "$own" "${DRIVER[@]}" --root "$STATE" exec "$BOX" /bin/true
	done
	"$own" "${DRIVER[@]}" --root "$STATE" delete --force "$BOX"
	[ "$(sha256sum <"$own")" = "$sum" ]
}

@test "ST-04 --cwd is no way out: descriptors of the runtime, links to them and to the host [CwdInContainer]" {
	local n to
	start_box
	echo inside >"$ROOTFS/marker"
	mkdir "$T/host"
	ln -s "../../../../../../../../..$T/host" "$ROOTFS/out"
	for n in 3 4 5 6 7 8 9 10 11 12 14 16 18 20; do
		ln -sfn "/proc/self/fd/$n" "$ROOTFS/w"
		for to in "/proc/self/fd/$n" "/proc/thread-self/fd/$n" /w /out/made ../../../.. /../../..; do
			run timeout "$PATIENCE" "$RUNTIME" "${DRIVER[@]}" --root "$STATE" exec --cwd "$to" "$BOX" sh -c 'cat /proc/self/cwd/../../../../../marker || cat marker'
			[ "$status" != 124 ]
			[ "$status" != 0 ] || line inside
		done
	done
	[ -z "$(ls -A "$T/host")" ]
	stop
}

@test "ST-12 exec --cap makes nothing inheritable, and gives another user nothing to keep [ExecOptions]" {
	start_box '.process.capabilities = {bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"]}' \
		'.process.noNewPrivileges = false'
	local sets='sed -n "s/^\(Cap[A-Z][a-z]*\):[[:space:]]*0*/\1=/p" /proc/self/status | tr "\n" " "'
	run rt exec --cap CAP_NET_RAW "$BOX" sh -c "$sets"
	ok
	line 'CapInh= CapPrm=2020 CapEff=2020 CapBnd=2020 CapAmb= '
	run rt exec --cap CAP_NET_RAW --user 1000 "$BOX" sh -c "$sets"
	ok
	line 'CapInh= CapPrm= CapEff= CapBnd=2020 CapAmb= '
	run rt exec --user 1000 "$BOX" sh -c "$sets"
	ok
	line 'CapInh= CapPrm= CapEff= CapBnd=20 CapAmb= '
	stop
}

@test "ST-13 --user takes numbers, and nothing else becomes one [ExecOptions]" {
	local bad
	start_box
	run rt exec --user 1 "$BOX" sh -c 'echo $(id -u):$(id -g)'
	ok
	line 1:0
	run rt exec --user 4294967294:7 "$BOX" sh -c 'echo $(id -u):$(id -g)'
	ok
	line 4294967294:7
	for bad in :2 1: : -1 4294967295 4294967296 18446744073709551616 1abc ' 1' '1 ' 0x10 +1 user root 1:2:3 1.0 1e3; do
		run rt exec --user "$bad" "$BOX" id -u
		[ "$status" = 255 ] || { echo "accepted: '$bad' as $output" >&2; return 1; }
	done
	stop
}

@test "ST-20 exec without a terminal of its own pushes nothing into the caller's [ExecTerminal]" {
	with_probe
	start_box
	cat >"$T/typed.sh" <<-END
		"$RUNTIME" ${DRIVER[*]} --root "$STATE" exec "$BOX" sh -c 'probe tiocsti; exec </dev/tty && probe tiocsti'
		stty -icanon min 0 time 1
		dd bs=1 count=1 2>/dev/null | od -c | head -n 1
	END
	run timeout "$PATIENCE" script -qec "sh $T/typed.sh" /dev/null </dev/null
	lacks $'\n0' && lacks '   x'
	says 'errno'
	stop
}

# The files that exec looks at, or might, in shapes that block, never end, or lead elsewhere.
@test "exec looks at nothing of the container that could hold it up or lead it out [ExecFailure]" {
	local what where
	mkdir "$T/host"
	echo 'root:x:0:0::/host:/bin/sh' >"$T/host/passwd"
	for what in mkfifo 'truncate -s 1T' 'ln -s /proc/self/mem' 'ln -s /proc/self/fd/4' 'ln -s /proc/kmsg' "ln -s ../../../../../../../..$T/host/passwd" mkdir; do
		rm -rf "$BUNDLE"
		start_box '.process.env = ["PATH=/bin"]' '.mounts |= map(select(.destination != "/dev"))' '.mounts |= map(select(.destination | startswith("/dev") | not))'
		for where in etc/passwd etc/group dev/null dev/pts dev/tty; do
			rm -rf "${ROOTFS:?}/$where"
			$what "$ROOTFS/$where"
		done
		run timeout "$PATIENCE" "$RUNTIME" "${DRIVER[@]}" --root "$STATE" exec "$BOX" sh -c 'echo home $HOME' </dev/null
		ok
		line 'home /'
		run timeout "$PATIENCE" "$RUNTIME" "${DRIVER[@]}" --root "$STATE" exec --tty "$BOX" true </dev/null
		[ "$status" = 255 ] && says 'setting up the console' || { echo "$what: $status $output" >&2; return 1; }
		rt delete --force "$BOX"
	done
}

@test "exec finds its container's first process by more than its number [ExecStates]" {
	start_box
	local pid record
	pid=$(pid_of "$BOX")
	record=$STATE/$BOX/record.json
	[ -e "$record" ] || record=$(grep -l "$pid" "$STATE/$BOX"/*)
	cp "$record" "$T/record"
	# As if the number had been given out again: to this shell.
	sed -i "s/\b$pid\b/$$/" "$record"
	run rt exec "$BOX" true
	[ "$status" = 255 ]
	says 'stopped container'
	cp "$T/record" "$record"
	run rt exec "$BOX" true
	ok
	stop
}

@test "exec goes where its container's root is, whatever that has been made of [ExecNamespaces]" {
	sh_bundle 'mkdir -p /jail /over; mount -t tmpfs none /over; touch /over/mark; cd /over; mount --move . /; cd /jail
			chroot /jail /bin/sh -c : 2>/dev/null; touch /proc/1/root/ready /ready; exec sleep 600' \
		'.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN", "CAP_SYS_CHROOT"])'
	echo host >"$T/outside"
	create
	rt start "$BOX"
	eventually test -e "$ROOTFS/ready"
	run timeout "$PATIENCE" "$RUNTIME" "${DRIVER[@]}" --root "$STATE" exec "$BOX" sh -c "cat ../../../../../../..$T/outside; ls /"
	lacks host
	rt delete --force "$BOX"
}

@test "exec in a container that ends, stops or is frozen meanwhile ends with a status [ExecFailure]" {
	local i
	start_box
	kill -STOP "$(pid_of "$BOX")"
	run timeout "$PATIENCE" "$RUNTIME" "${DRIVER[@]}" --root "$STATE" exec "$BOX" echo stopped
	ok
	line stopped
	kill -CONT "$(pid_of "$BOX")"
	for ((i = 0; i < 5; i++)); do
		(
			status=0
			timeout "$PATIENCE" "$RUNTIME" "${DRIVER[@]}" --root "$STATE" exec "$BOX" sleep 1000 >/dev/null 2>"$T/err.$i" </dev/null || status=$?
			echo $status >"$T/status.$i"
		) 3>&- &
	done
	kill -KILL "$(pid_of "$BOX")"
	wait
	wait_for "$BOX" stopped
	for ((i = 0; i < 5; i++)); do
		case $(cat "$T/status.$i") in
		137) ;;
		255) grep -qE 'stopped|killed' "$T/err.$i" || { cat "$T/err.$i" && return 1; } ;;
		*) cat "$T/status.$i" "$T/err.$i" && return 1 ;;
		esac
	done
	rt delete "$BOX"
}

@test "FT-18 a storm of execs with delete --force in the middle: each ends with a status, and nothing is left [ExecFailure]" {
	local i statuses
	start_box
	for ((i = 0; i < 40; i++)); do
		(
			status=0
			timeout "$PATIENCE" "$RUNTIME" "${DRIVER[@]}" --root "$STATE" exec --pid-file "$T/pid.$i" "$BOX" sh -c 'echo ran' >/dev/null 2>"$T/err.$i" </dev/null || status=$?
			echo $status >"$T/status.$i"
		) 3>&- &
		[ $i != 20 ] || rt delete --force "$BOX"
	done
	wait
	statuses=$(cat "$T"/status.* | sort | uniq -c)
	echo "$statuses"
	[ "$(cat "$T"/status.* | grep -vcE '^(0|137|255)$')" = 0 ]
	for ((i = 0; i < 40; i++)); do
		[ "$(cat "$T/status.$i")" != 255 ] || [ -s "$T/err.$i" ]
		[ "$(cat "$T/status.$i")" != 255 ] || [ ! -e "$T/pid.$i" ]
	done
}
