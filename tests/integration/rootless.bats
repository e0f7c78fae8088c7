#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Containers of somebody who is not root: an ordinary user with but their own ids or with those of /etc/subuid, and
# root of a user namespace.
#
# Debian's runc and crun want a state root of their own and say things their own way: they are not asked here.

# shellcheck disable=SC2317 # tests have an rt of their own
load rootless

setup() { begin_test; }
teardown() {
	end_user
	end_test
}

ids_outside() { stat -c %u:%g "$ROOTFS$1"; }

@test "what spec --rootless writes runs as it is, for whom it was written [RootlessMaps CliSpec]" {
	as_user
	mkdir "$T/new"
	cp -a "$SUITE/rootfs" "$T/new/rootfs"
	chown -hR "$U:$U" "$T/new"
	user "$T/runtime" spec --rootless --bundle "$T/new"
	printf 'id -u >/proc/self/fd/1; cat /proc/self/uid_map; exit 7\n' >"$T/input"
	run script -qec "RT_TEST=$TAG setpriv --reuid $U --regid $U --clear-groups -- $T/runtime --root $STATE run --bundle $T/new $BOX" /dev/null <"$T/input"
	[ "$status" = 7 ]
	[[ $output =~ 0\ +$U\ +1 ]]
}

@test "a container of an ordinary user has hooks and a terminal [RootlessMaps]" {
	as_user
	sh_bundle 'tty; id -u; cat /hooked' '.process.terminal = true' \
		"$(hook createRuntime "id -u >>$ROOTFS/hooked; echo create >>$ROOTFS/hooked")" \
		"$(hook createContainer "echo container >>$ROOTFS/hooked")" \
		"$(hook startContainer 'echo start >>/hooked')" \
		"$(hook poststop "cp $ROOTFS/hooked $ROOTFS/all")"
	console
	chown "$U" "$CONSOLE"
	rt create --bundle "$BUNDLE" --console-socket "$CONSOLE" "$BOX" </dev/null
	rt start "$BOX"
	wait_for "$BOX" stopped
	tty_says start
	tty_says /dev/pts/0
	tty_says "^$U"
	rt delete "$BOX"
	[ "$(tr '\n' ' ' <"$ROOTFS/all")" = "$U create container start " ]
}

@test "ids of /etc/subuid are the container's, and its files belong to them [RootlessMaps]" {
	as_mapped_user
	inside 'touch /own' '.process.user.additionalGids = [9]'
	ok
	[ "$(ids_outside /own)" = "$U:$U" ]
	inside 'touch /tmp/other; id -G' '.process.user = {uid: 5, gid: 7, additionalGids: [9]}'
	ok
	line '7 9'
	[ "$(ids_outside /tmp/other)" = "$((SUB + 4)):$((SUB + 6))" ]
}

@test "an ordinary user's container needs no root in it [RootlessMaps LinuxUserMappings]" {
	as_user
	MAPS=".linux |= (.uidMappings = [{containerID: 1000, hostID: $U, size: 1}] | .gidMappings = .uidMappings)"
	inside 'id -u; id -g; touch /own' '.process.user = {uid: 1000, gid: 1000}'
	ok
	[ "$output" = $'1000\n1000' ]
	[ "$(ids_outside /own)" = "$U:$U" ]
}

@test "newuidmap's own words are in the error, and nothing is left [RootlessMaps]" {
	as_mapped_user
	bundle
	configure '.linux.uidMappings[1].hostID = 500000'
	refused_as_it_is
	says 'mapping users: "/usr/bin/newuidmap" exited with 1: newuidmap: uid range [1-65537) -> [500000-565536) not allowed'
	says "(/etc/subuid has to give these ids to uid $U)"
	bundle
	configure '.linux.gidMappings[1].hostID = 500000'
	refused_as_it_is
	says 'mapping groups: "/usr/bin/newgidmap" exited with 1'
}

# powerless COMMAND...: what a create says whose runtime COMMAND starts, as a user with ids in /etc/subuid.
powerless() {
	local by=("$@")
	rt() { RT_TEST=$TAG "${by[@]}" setpriv --reuid "$U" --regid "$U" --clear-groups -- "$T/runtime" --root "$STATE" "$@"; }
	refused .
}

@test "a newuidmap that has no rights is told as that, and /etc/subuid is not blamed [RootlessMaps CliInfoWhy]" {
	requires root
	as_mapped_user
	mkdir "$T/path" "$T/nosuid"
	cp /usr/bin/newuidmap /usr/bin/newgidmap "$T/path"
	powerless setpriv --no-new-privs
	says ' (no_new_privs is set on us, with which "/usr/bin/newgidmap" has no rights; NoNewPrivileges= of the service, or '
	powerless env PATH="$T/path:$PATH"
	says " (\"$T/path/newgidmap\" is neither root's and setuid nor has capabilities; reinstall uidmap (shadow-utils))"
	chmod u+s "$T/path"/new*
	mount --bind "$T/path" "$T/nosuid"
	mount -o remount,bind,nosuid "$T/nosuid"
	powerless env PATH="$T/nosuid:$PATH"
	says " (\"$T/nosuid/newgidmap\" is on a file system that is mounted nosuid; "
	run -0 env PATH="$T/nosuid:$PATH" setpriv --reuid "$U" --regid "$U" --clear-groups "$T/runtime" info --format json
	umount "$T/nosuid"
	jq -e '.rights.newuidmap | (.works | not) and (.detail | contains("mounted nosuid"))' <<<"$output"
}

@test "without newuidmap only one's own id can be mapped, and the error says where to get it [RootlessMaps]" {
	as_mapped_user
	mkdir "$T/path"
	rt() { RT_TEST=$TAG PATH=$T/path /usr/bin/setpriv --reuid "$U" --regid "$U" --clear-groups -- "$T/runtime" --root "$STATE" "$@"; }
	refused .
	says 'mapping groups: looking for the program "newgidmap": No such file or directory'
	says 'package "uidmap"'
	MAPS=.
	inside true
	ok
}

@test "a container of an ordinary user without a user namespace is refused [RootlessNeedsUserNamespace]" {
	as_user
	refused '.linux.namespaces |= map(select(.type != "user")) | del(.linux.uidMappings, .linux.gidMappings)'
	says "/linux/namespaces: uid $U can make a container only in a \"user\" namespace"
	refused 'del(.linux.uidMappings)'
	says '/linux/uidMappings: is required for a new "user" namespace'
}

@test "groups that nobody may set are refused, and the caller's are kept when asked for [RootlessGroups]" {
	as_user
	refused '.process.user.additionalGids = [0]'
	says '/process/user/additionalGids: '
	says run.oci.keep_original_groups
	rt() { RT_TEST=$TAG setpriv --reuid "$U" --regid "$U" --groups 60 -- "$T/runtime" --root "$STATE" "$@"; }
	inside 'grep Groups: /proc/self/status' '.annotations["run.oci.keep_original_groups"] = "1"'
	ok
	[[ $output =~ 65534 ]]
}

# What only a group of the caller's may open is opened before the groups are given up.
@test "files that a group of the caller's lets it read can be bound [RootlessGroups]" {
	as_mapped_user
	mkdir "$T/shared"
	echo treasure >"$T/shared/file"
	chown -R 0:60 "$T/shared"
	chmod 0750 "$T/shared"
	rt() { RT_TEST=$TAG setpriv --reuid "$U" --regid "$U" --groups 60 -- "$T/runtime" --root "$STATE" "$@"; }
	inside 'cat /mnt; grep Groups: /proc/self/status | wc -w' ".mounts += [{destination: \"/mnt\", source: \"$T/shared/file\", options: [\"bind\"]}]"
	ok
	line treasure
	line 1
	rt() { RT_TEST=$TAG user "$T/runtime" --root "$STATE" "$@"; }
	refused ".mounts += [{destination: \"/mnt\", source: \"$T/shared/file\", options: [\"bind\"]}]"
	says 'Permission denied'
}

@test "a limit that needs a cgroup which nobody let us make is refused [RootlessCgroups RootlessOption]" {
	requires v1
	as_user
	refused '.linux.resources.memory.limit = 10000000'
	says '/linux/resources/memory/limit: the cgroup controller "memory" is not available here (we may not make "/sys/fs/cgroup/memory/'
	refused '.linux.resources.unified = {"memory.max": "10000000"}'
	says '"memory.max" is a file of cgroup v2, and v1 hierarchies are mounted here'
	bundle
	configure '.linux.cgroupsPath = "/rt-not-ours"'
	run_box
	ok
	says '/linux/cgroupsPath: left out'
	rt() { RT_TEST=$TAG user "$T/runtime" --root "$STATE" --rootless=false "$@"; }
	refused_as_it_is
	says 'making the cgroup'
	run -1 user "$T/runtime" --rootless=perhaps list
	says '--rootless takes true, false or auto'
}

@test "what is no limit needs no cgroup [LinuxResourcesNoLimit RootlessCgroups]" {
	as_user
	inside true '.linux.cgroupsPath = "/rt-not-ours"' '.linux.resources = {memory: {limit: -1, swap: -1, disableOOMKiller: false},
		pids: {limit: -1}, cpu: {quota: -1}}'
	ok
}

@test "what cgroup v2 never has is not to be delegated [ErrorsMissingController CgroupV2Unconvertible]" {
	requires v2
	as_user
	refused '.linux.resources.network = {classID: 1}'
	says 'cgroup v2 has nothing that corresponds to this property (drop it)'
}

@test "rules about devices, which a user can make none of, are no reason to fail [RootlessCgroups]" {
	as_user
	inside 'cat /dev/null; mknod /tmp/null c 1 3' '.linux.resources.devices = [{allow: false, access: "rwm"}]'
	[ "$status" = 1 ]
	says 'Operation not permitted'
}

@test "root that asks for --rootless=true has devices filtered [RootlessOption LinuxResourcesDevices]" {
	rt() { RT_TEST=$TAG "$RUNTIME" "${DRIVER[@]}" --root "$STATE" --rootless=true "$@"; }
	bundle() { any_bundle "$@"; }
	inside '(: </dev/spare) 2>&1' '.linux.devices = [{path: "/dev/spare", type: "c", major: 1, minor: 200, fileMode: 438, uid: 0, gid: 0}]' \
		'.linux.resources.devices = [{allow: false, access: "rwm"}]'
	[ "$status" != 0 ]
	says 'Operation not permitted'
}

@test "cgroups that were given to the user are used [RootlessCgroups]" {
	requires v1:freezer v1:pids
	as_user
	local given
	for given in freezer pids; do
		mkdir "/sys/fs/cgroup/$given/$BOX-user"
		chown "$U" "/sys/fs/cgroup/$given/$BOX-user" "/sys/fs/cgroup/$given/$BOX-user/cgroup.procs" "/sys/fs/cgroup/$given/$BOX-user/tasks"
	done
	sleeper
	configure ".linux.cgroupsPath = \"/$BOX-user/$BOX\"" '.linux.resources.pids.limit = 20'
	create
	says_created
	rt start "$BOX"
	[ "$(cat "/sys/fs/cgroup/pids/$BOX-user/$BOX/pids.max")" = 20 ]
	[ "$(rt exec "$BOX" cat /proc/self/cgroup | grep -c "$BOX-user/$BOX")" = 2 ]
	rt pause "$BOX"
	[ "$(status_of "$BOX")" = paused ]
	rt resume "$BOX"
	rt update --pids-limit 30 "$BOX"
	[ "$(cat "/sys/fs/cgroup/pids/$BOX-user/$BOX/pids.max")" = 30 ]
	run -1 rt update --memory 10m "$BOX"
	says 'the container was made without one in "/sys/fs/cgroup/memory"'
	stop
	for given in freezer pids; do
		[ ! -e "/sys/fs/cgroup/$given/$BOX-user/$BOX" ]
		rmdir "/sys/fs/cgroup/$given/$BOX-user"
	done
}
says_created() { grep -q 'left out' "$T/err"; }

@test "without a pid namespace and without a cgroup there is a warning [RootlessNoPidNamespace]" {
	requires v1
	as_user
	inside true '.linux.namespaces |= map(select(.type != "pid"))'
	ok
	says 'with neither a "pid" namespace nor a cgroup'
}

@test "kill --all reaches every process of a container without a cgroup [RootlessProcesses]" {
	requires v1
	as_user
	sh_bundle 'trap "" USR1; (trap "echo got >/got; exit 0" USR1; echo >/ready; while :; do sleep 0.02; done) & while :; do sleep 0.02; done'
	create
	rt start "$BOX"
	eventually test -e "$ROOTFS/ready"
	rt kill "$BOX" USR1
	sleep 0.1
	[ ! -e "$ROOTFS/got" ]
	rt kill --all "$BOX" USR1
	eventually test -e "$ROOTFS/got"
	rt kill "$BOX" KILL
	wait_for "$BOX" stopped
	rt delete "$BOX"
}

@test "oom_score_adj may be raised by anybody, and is left alone when it may not be lowered [RootlessOomScore]" {
	as_user
	inside 'cat /proc/self/oom_score_adj' '.process.oomScoreAdj = 123'
	ok
	line 123
	inside 'cat /proc/self/oom_score_adj' '.process.oomScoreAdj = -900'
	ok
	says 'left as it is'
	sleeper '.process.oomScoreAdj = 321'
	create
	rt start "$BOX"
	run rt exec "$BOX" cat /proc/self/oom_score_adj
	line 321
	stop
}

@test "devices are those of the host [DevicesBoundFromHost]" {
	as_user
	inside 'echo gone >/dev/null; head -c 3 /dev/zero | wc -c; ls -l /dev/full' '.linux.devices = [{path: "/dev/full", type: "c", major: 1, minor: 7, fileMode: 384}]'
	ok
	line 3
	says '1,   7'
	says '/linux/devices/0: the device is the host'"'"'s: it keeps the owner and mode it has there'
}

@test "the state of a user's containers is the user's: XDG_RUNTIME_DIR, sticky, and nobody else's [RootlessStateRoot]" {
	as_user
	bundle '.process.args = ["sleep", "1000"]'
	mkdir "$T/xdg"
	chown "$U" "$T/xdg"
	local here=(env RT_TEST="$TAG" XDG_RUNTIME_DIR="$T/xdg" setpriv --reuid "$U" --regid "$U" --clear-groups -- "$T/runtime")
	"${here[@]}" run --detach --bundle "$BUNDLE" "$BOX" >/dev/null 2>&1 </dev/null
	[ -e "$T/xdg/runtime/$BOX/record.json" ]
	[ "$(stat -c %a "$T/xdg/runtime")" = 1700 ]
	"${here[@]}" list --quiet | grep -qx "$BOX"
	"${here[@]}" delete --force "$BOX"
	mkdir -p "$T/theirs"
	run -1 user "$T/runtime" --root "$T/theirs" list
	says "is not ours alone (its owner, uid 0, has to be uid $U, and nobody else may write to it)"
	configure '.process.args = ["true"]'
	run -1 user "$T/runtime" run --bundle "$BUNDLE" "$BOX"
	says 'set XDG_RUNTIME_DIR'
}

@test "a container that waits for start is for root alone to enter, and exec says so [RootlessMaps]" {
	as_user
	sleeper
	create
	run -255 rt exec "$BOX" true
	says 'while a container waits for start'
	stop
}

@test "/proc and /sys of namespaces that are the host's are the host's [RootlessShown]" {
	as_user
	inside 'cat /proc/self/mountinfo; ls /proc | grep -x 1; touch /sys/kernel/x' '.mounts |= map(select(.destination != "/sys")) + [{destination: "/sys", type: "sysfs", source: "sysfs", options: ["ro", "nosuid"]}]' \
		'.linux.namespaces |= map(select(.type != "pid"))'
	says 'Read-only file system'
	mounted /sys ro nosuid
	mounted /proc proc
	[ "$(grep -c " /sys/fs/cgroup" <<<"$output")" -gt 0 ]
	grep -qE ' /sys/fs/cgroup(/unified)? ro,' <<<"$output"
}

@test "an owner of a new file system who is nobody in the container is refused [RootlessMountIds]" {
	as_user
	refused '.mounts += [{destination: "/data", type: "tmpfs", source: "t", options: ["mode=700", "uid=7"]}]'
	says '/options/1: 7 is not mapped into the user namespace'
	refused '(.mounts[] | select(.type == "devpts").options) += ["gid=5"]'
	says '5 is not mapped into the user namespace'
	give_ids
	inside 'stat -c %u /data' '.mounts += [{destination: "/data", type: "tmpfs", source: "t", options: ["mode=700", "uid=7"]}]'
	ok
	line 7
}

@test "a sysctl whose ids are not mapped is an error that says so [RootlessMaps LinuxSysctlSet]" {
	as_user
	local edit='.linux.namespaces += [{type: "network"}] | .linux.sysctl = {"net.ipv4.ping_group_range": "0 7"}'
	inside true "$edit"
	[ "$status" = 1 ]
	says 'setting sysctl "net.ipv4.ping_group_range" to "0 7"'
	says 'ids that the user namespace does not map'
	inside 'cat /proc/sys/net/ipv4/ping_group_range' "${edit/0 7/0 0}"
	ok
	line $'0\t0'
}

@test "the session keyring of an ordinary user's container is its own [RootlessMaps]" {
	as_user
	inside 'cat /proc/keys' '.linux.maskedPaths -= ["/proc/keys"]'
	ok
	says "_ses.$BOX"
}

@test "an ordinary user's container, and an exec in it, are confined by an AppArmor profile [LinuxProcApparmorProfile]" {
	[ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] || skip "needs AppArmor"
	requires apparmor_parser
	printf 'profile rt-user flags=(attach_disconnected,mediate_deleted) {\nfile,\ncapability,\nsignal,\ndeny /secret rw,\n}\n' >"$T/profile"
	apparmor_parser --replace --skip-cache "$T/profile"
	as_user
	start_box '.process.apparmorProfile = "rt-user"'
	run rt exec "$BOX" sh -c 'cat /proc/self/attr/current; echo x >/secret || echo denied'
	ok
	line 'rt-user (enforce)'
	line denied
	run ! grep -q unconfined "/proc/$(pid_of "$BOX")/attr/current"
	stop
	apparmor_parser --remove "$T/profile"
}

@test "create by an ordinary user may be killed at any system call [RecordCrashSafe RootlessMaps]" {
	requires strace
	as_mapped_user
	bundle
	local name k n=0 bad=0
	local -a as=(setpriv --reuid "$U" --regid "$U" --clear-groups -- "$T/runtime" --root "$STATE")
	RT_TEST=$TAG user strace -qq -o "$T/trace" -- "$T/runtime" --root "$STATE" create --bundle "$BUNDLE" "$BOX" >/dev/null 2>&1 </dev/null
	rt delete --force "$BOX"
	awk '{ call = substr($0, 1, index($0, "(") - 1) } call ~ /^[a-z0-9_]+$/ && call != "execve" { print call, ++k[call] }' "$T/trace" >"$T/points"
	[ "$(wc -l <"$T/points")" -gt 30 ]
	while read -r name k; do
		n=$((n + 1))
		[ $((n % ${SWEEP_STRIDE:-7})) = 0 ] || continue
		{ RT_TEST=$TAG user timeout "$PATIENCE" strace -qq -o /dev/null -e trace="$name" -e inject="$name:signal=SIGKILL:when=$k" \
			-- "${as[@]:6}" create --bundle "$BUNDLE" "$BOX" >/dev/null </dev/null || true; } 2>/dev/null
		rt delete --force "$BOX" || bad=$((bad + 1))
		[ ! -e "$STATE/$BOX" ] || bad=$((bad + 1))
		eventually no_init || { echo "killed at $name $k: a process is left"; bad=$((bad + 1)); }
	done <"$T/points"
	echo "$n points, $bad bad"
	[ "$bad" = 0 ]
}
no_init() { ! pgrep -u "$U" -f "$TAG"; }
