# SPDX-License-Identifier: Apache-2.0
#
# One more process in a container.
load exec

runs_sleep() { tr '\0' ' ' <"/proc/$1/cmdline" | grep -q 'sleep 60'; }

namespaces() { readlink "$1"/ns/{cgroup,ipc,mnt,net,pid,time,user,uts}; }

# runc 1.1.5 and crun 1.8.1 fail this: they look for a program "--".
@test "two dashes may stand between the ID and the command [CliExec]" {
	start_box
	run -0 rt exec "$BOX" -- echo -- hi
	[ "$output" = "-- hi" ]
	run -0 rt exec -- "$BOX" -- echo hi
	[ "$output" = hi ]
	stop
}

@test "exec runs a command in the container and gives its exit code [CliExec ExecForeground]" {
	start_box
	in_box 'echo out; echo err >&2; exit 7'
	[ "$status" = 7 ]
	line out
	line err
	in_box 'kill -KILL $$'
	[ "$status" = 137 ]
	run rt exec "$BOX" true
	ok
	echo word | rt exec "$BOX" cat | grep -qx word
	stop
}

@test "exec is in all namespaces of the container [ExecNamespaces]" {
	start_box '.linux.namespaces += [{type: "cgroup"}, {type: "time"}]'
	local host
	host=$(namespaces "/proc/$(pid_of "$BOX")")
	in_box 'for n in cgroup ipc mnt net pid time user uts; do readlink /proc/self/ns/$n; done'
	ok
	[ "$output" = "$host" ]
	in_box 'echo /proc/[0-9]* | wc -w'
	ok
	[ "$output" -le 6 ]
	stop
}

@test "exec enters a user namespace as its root, with the ids of its maps [ExecNamespaces]" {
	requires root
	bundle
	chown -R 100000:100000 "$ROOTFS"
	start_box '.linux.namespaces += [{type: "user"}]' \
		'.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]' \
		'.linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
	in_box 'readlink /proc/self/ns/user; id -u; touch /made; grep CapEff /proc/self/status'
	ok
	line "$(readlink "/proc/$(pid_of "$BOX")/ns/user")"
	line 0
	[ "$(stat -c %u "$ROOTFS/made")" = 100000 ]
	[ "$(sed -n 's/CapEff:\t//p' "/proc/$(pid_of "$BOX")/status")" = "$(sed -n 's/CapEff:[[:space:]]*//p' <<<"$output")" ]
	stop
}

@test "exec in a container without a mount namespace has its root [ExecNamespaces]" {
	start_box '.mounts = []' 'del(.linux.maskedPaths, .linux.readonlyPaths)' \
		'.linux.namespaces |= map(select(.type != "mount"))'
	echo mark >"$ROOTFS/mark"
	in_box 'cat /mark; ls /'
	ok
	line mark
	line etc
	lacks sys/kernel
	stop
}

@test "exec is in every cgroup of the container [ExecCgroups]" {
	start_box
	in_box 'cat /proc/self/cgroup'
	ok
	[ "$output" = "$(cat "/proc/$(pid_of "$BOX")/cgroup")" ]
	stop
}

@test "exec has the capabilities, limits, umask and score of the container's process [ExecLikeTheContainer]" {
	start_box '.process.capabilities = {bounding: ["CAP_KILL", "CAP_CHOWN"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"]}' \
		'.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 77, hard: 99}]' '.process.user.umask = 63' \
		'.process.noNewPrivileges = true' '.process.oomScoreAdj = 321' '.process.user.additionalGids = [5, 6]'
	in_box 'grep -E "^(Cap|NoNewPrivs|Umask)" /proc/self/status; grep Groups: /proc/self/status | tr -s "\t " " "; grep "open files" /proc/self/limits; cat /proc/self/oom_score_adj'
	ok
	{
		grep -E "^(Cap|NoNewPrivs|Umask)" "/proc/$(pid_of "$BOX")/status"
		echo 'Groups: 5 6 '
		grep "open files" "/proc/$(pid_of "$BOX")/limits"
		echo 321
	} >"$T/wanted"
	diff "$T/wanted" - <<<"$output"
	stop
}

@test "exec is under the container's seccomp filter [ExecLikeTheContainer]" {
	local filter='.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 95}]}'
	for nnp in true false; do
		start_box "$filter" ".process.noNewPrivileges = $nnp"
		in_box 'grep "^Seccomp:" /proc/self/status; mkdir /new'
		[ "$status" != 0 ]
		says 'not supported'
		says '2'
		[ ! -e "$ROOTFS/new" ]
		stop
	done
}

@test "exec does not read the bundle's config.json again [ConfigUpdatesWithoutAffect]" {
	start_box '.process.env = ["FROM=create"]'
	configure '.process.env = ["FROM=later"]' '.process.user.uid = 77'
	rm "$BUNDLE/config.json"
	in_box 'echo $FROM; id -u'
	ok
	line create
	line 0
	stop
}

@test "--cwd, --env, --user, --additional-gids and --cap change what the container's process has [ExecOptions]" {
	start_box '.process.env = ["A=1", "B=2"]'
	in_box --cwd /tmp --env A=9 -e C=3 'pwd; echo $A$B$C'
	ok
	line /tmp
	line 923
	in_box --user 1000:1000 --additional-gids 10,20 -g 30 'id -u; id -g; grep ^Groups /proc/self/status'
	ok
	line 1000
	grep -q '10 20 30' <<<"$output"
	in_box --user 1000 'id -u; id -g'
	ok
	line 1000
	line 0
	in_box --cap CAP_SYS_PTRACE --cap net_raw 'grep CapEff /proc/self/status'
	ok
	local effective=0x${output##*[[:space:]]}
	((effective & 1 << 19 && effective & 1 << 13))
	in_box --no-new-privs 'grep NoNewPrivs /proc/self/status'
	ok
	says 1
	for bad in '--user x' '--user 1:' '--user -1' '--additional-gids 1,' '--cap CAP_NONE' '--cwd tmp' '--env =x'; do
		# shellcheck disable=SC2086
		in_box $bad true
		[ "$status" = 255 ] || { echo "accepted: $bad"; return 1; }
	done
	stop
}

@test "a command's own options are not ours [CliExec]" {
	start_box
	run rt exec "$BOX" sh -c 'echo "$@"' - --user 7 -d
	ok
	line '--user 7 -d'
	stop
}

@test "--process takes all from the process object [ExecProcess]" {
	start_box '.process.env = ["OWN=1"]'
	process '.args = ["/bin/sh", "-c", "echo $OWN$GIVEN; id -u; pwd; exit 3"]' '.env = ["GIVEN=2"]' '.user.uid = 1000' '.cwd = "/etc"'
	run rt exec --process "$T/process.json" "$BOX"
	[ "$status" = 3 ]
	line 2
	line 1000
	line /etc
	run rt exec --process <(cat "$T/process.json") "$BOX"
	[ "$status" = 3 ]
	stop
}

@test "a process object with a mistake is refused with its place [ExecProcess]" {
	start_box
	process '.cwd = "etc"'
	run rt exec --process "$T/process.json" "$BOX"
	[ "$status" = 255 ]
	says /cwd
	says 'absolute'
	run rt exec --process "$T/none.json" "$BOX"
	[ "$status" = 255 ]
	says none.json
	run rt exec --process "$T/process.json" "$BOX" ls
	[ "$status" = 255 ]
	run rt exec "$BOX"
	[ "$status" = 255 ]
	stop
}

@test "exec --detach returns when the program runs, which is then the caller's child [ExecDetach]" {
	start_box
	rt exec --detach --pid-file "$T/pid" "$BOX" /bin/sh -c 'echo hello >/there; exec sleep 60' 3>&-
	local pid
	pid=$(cat "$T/pid")
	eventually runs_sleep "$pid"
	[ "$(readlink "/proc/$pid/ns/pid")" = "$(readlink "/proc/$(pid_of "$BOX")/ns/pid")" ]
	stop
}

@test "exec that fails says what, exits with 255, and leaves no process and no pid file [ExecFailure]" {
	start_box
	local count
	count=$(ls "$T")
	for detach in '' --detach; do
		run rt exec $detach --pid-file "$T/pid" "$BOX" /no/such/program
		[ "$status" = 255 ]
		says '"/no/such/program"'
		says 'no such file or directory'
		run rt exec $detach --pid-file "$T/pid" "$BOX" no-such-program
		[ "$status" = 255 ]
		says 'executable file not found in $PATH'
		run rt exec $detach --pid-file "$T/pid" "$BOX" /etc
		[ "$status" = 255 ]
		says 'permission denied'
		[ ! -e "$T/pid" ]
	done
	[ "$(wc -l <"$(cgroup_dir pids)/cgroup.procs")" -le 2 ]
	stop
}

@test "exec is for containers that are created or running [ExecStates]" {
	run rt exec "$BOX" true
	[ "$status" = 255 ]
	says 'does not exist'
	sleeper
	create
	if [ "$(id -u)" = 0 ]; then # others cannot enter what waits: rootless.bats
		in_box 'echo early'
		ok
		line early
	fi
	rt start "$BOX"
	in_box 'echo late'
	ok
	rt kill "$BOX" KILL
	wait_for "$BOX" stopped
	in_box true
	[ "$status" = 255 ]
	says 'cannot exec in a stopped container'
	rt delete "$BOX"
}

@test "exec --tty relays a terminal [ExecTerminal]" {
	start_box
	# shellcheck disable=SC2016
	run script -qec "$RUNTIME --root $STATE exec -t $BOX sh -c 'tty; test -t 0 && test -t 1 && test -t 2 && echo all'" /dev/null </dev/null
	ok
	says /dev/pts/
	says all
	stop
}

@test "exec --console-socket sends the terminal's master, of the container's devpts [ExecTerminal]" {
	start_box
	console
	process '.args = ["/bin/sh", "-c", "tty; id -u; stat -c %u $(tty); sleep 60"]' '.terminal = true' '.user.uid = 1000'
	rt exec --process "$T/process.json" --detach --pid-file "$T/pid" --console-socket "$CONSOLE" "$BOX" </dev/null
	tty_says /dev/pts/0
	tty_says 1000
	stop
}

@test "a terminal that nobody would hold is refused [ExecTerminal]" {
	start_box
	run rt exec -d -t "$BOX" true
	[ "$status" = 255 ]
	says '--console-socket'
	run rt exec --console-socket "$T/x" "$BOX" true
	[ "$status" = 255 ]
	stop
}

@test "exec gives only the descriptors that were asked for [OnlyAskedDescriptors]" {
	start_box
	exec 5<"$BUNDLE/config.json" 6<"$BUNDLE/config.json"
	in_box 'ls /proc/self/fd'
	ok
	[ "$(wc -l <<<"$output")" = 4 ] # 0 to 2, and the directory
	run rt exec --preserve-fds 3 "$BOX" /bin/sh -c 'ls /proc/self/fd' 3</dev/null 4</dev/null
	ok
	[ "$(wc -l <<<"$output")" = 7 ]
	exec 5<&- 6<&-
	stop
}

@test "exec --pidfd-socket sends a descriptor of the process [CliPidfdSocket]" {
	start_box
	"$SUITE/recvtty" -q "$T/p.sock" "$T/pidfd" >/dev/null 3>&-
	rt exec --detach --pid-file "$T/pid" --pidfd-socket "$T/p.sock" "$BOX" sleep 60
	eventually test -s "$T/pidfd"
	stop
}

@test "the runtime's binary cannot be reached from within an exec [ExecExeIsInit]" {
	start_box
	in_box 'readlink /proc/self/exe; ls -l /proc/1/exe'
	ok
	lacks runtime-init
	stop
}

@test "many at once" {
	start_box
	local i
	for ((i = 0; i < 12; i++)); do
		rt exec "$BOX" sh -c "echo $i" >"$T/out.$i" 3>&- &
	done
	wait
	[ "$(cat "$T"/out.* | sort -n | paste -sd, -)" = 0,1,2,3,4,5,6,7,8,9,10,11 ]
	stop
}

@test "--cgroup goes below the container's cgroup, and nowhere else [ExecCgroupBelow]" {
	requires v1:pids v1:memory
	start_box
	mkdir "$(cgroup_dir pids)/inner" "$(cgroup_dir memory)/inner"
	in_box --cgroup pids,memory:inner 'grep -E "[:,](pids|memory|cpu):" /proc/self/cgroup'
	ok
	says "pids:$(cgroup_path)/inner"
	says "memory:$(cgroup_path)/inner"
	grep -qE "[:,]cpu[:,].*$(cgroup_path)$" <<<"$output"
	mkdir "$(cgroup_dir pids)-sibling"
	local sibling
	sibling=$(basename "$(cgroup_path)")-sibling
	for bad in "../$sibling" pids:../../ "pids:/../$sibling" pids:none :x pids:inner/../..; do
		in_box --cgroup "$bad" true
		[ "$status" = 255 ] || { echo "accepted: $bad" >&2; false; }
	done
	rmdir "$(cgroup_dir pids)-sibling"
	stop
}
