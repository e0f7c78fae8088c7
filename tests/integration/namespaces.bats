#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# config-linux.md "Namespaces", "User namespace mappings", "Offset for Time Namespace".

load inside

KINDS='cgroup ipc mnt net pid time user uts'
show_all='for n in cgroup ipc mnt net pid time user uts; do echo $n $(readlink /proc/self/ns/$n); done'
maps='.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
	| .linux.gidMappings = [{containerID: 0, hostID: 200000, size: 65536}]'
user_ns=".linux.namespaces += [{type: \"user\"}] | $maps"

# Nothing is made or joined without a user namespace by those who are not root.
of_us="map(select(.type == \"mount\" or .type == \"user\"))"
of_host() { echo "$1 $(readlink "/proc/self/ns/$1")"; }
# The rootfs belongs to the container's root, and the way to it can be walked.
give_rootfs() {
	mkdir -p "$BUNDLE"
	cp -a "$SUITE/rootfs" "$ROOTFS"
	chown -hR 100000:200000 "$ROOTFS"
	local d=$T
	while [ "$d" != / ]; do
		chmod o+x "$d"
		d=$(dirname "$d")
	done
}

# runc 1.1.5 fails this: it has no time namespaces.
@test "each kind of namespace in the list is a new one [NSNewNSWithoutPath NSTypeValueError]" {
	requires root
	give_rootfs
	inside "$show_all" '.linux.namespaces = ["cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"]' \
		'.linux.namespaces |= map({type: .})' "$maps" 'del(.mounts[] | select(.type == "sysfs" or .type == "cgroup"))'
	ok
	for kind in $KINDS; do
		says "$kind $kind:["
		lacks "$(of_host "$kind")"
	done
}

@test "a kind that is not in the list is the caller's [NSInheritWithoutType]" {
	inside "$show_all" ".linux.namespaces |= $of_us" 'del(.hostname) | .mounts |= map(select(.type != "sysfs" and .type != "mqueue"))' \
		'del(.linux.maskedPaths, .linux.readonlyPaths)'
	ok
	for kind in cgroup ipc net pid time uts; do
		line "$(of_host "$kind")"
	done
	[ "$(id -u)" != 0 ] || line "$(of_host user)"
	lacks "$(of_host mnt)"
}

@test "one kind at a time is new, the others are the caller's [NSNewNSWithoutPath NSInheritWithoutType]" {
	for kind in cgroup:cgroup ipc:ipc network:net pid:pid uts:uts; do
		inside "$show_all" ".linux.namespaces |= $of_us + [{type: \"${kind%:*}\"}]" 'del(.hostname)' \
			'.mounts |= map(select(.type == "proc" or .type == "tmpfs"))' 'del(.linux.maskedPaths, .linux.readonlyPaths)'
		ok
		for other in cgroup ipc net pid uts; do
			if [ "$other" = "${kind#*:}" ]; then
				lacks "$(of_host "$other")"
			else
				line "$(of_host "$other")"
			fi
		done
	done
}

# in_user_namespace_of PID: the filter that joins it, for who is not root.
in_user_namespace_of() {
	[ "$(id -u)" != 0 ] || { echo .; return; }
	echo ".linux.namespaces |= map(select(.type != \"user\")) + [{type: \"user\", path: \"/proc/$1/ns/user\"}]
		| del(.linux.uidMappings, .linux.gidMappings)"
}

@test "a namespace given by path is joined [NSProcInPath]" {
	start_box '.linux.namespaces += [{type: "cgroup"}]'
	local pid first=$BOX kinds
	pid=$(pid_of "$BOX")
	for n in cgroup ipc net uts; do
		kinds+="$(readlink "/proc/$pid/ns/$n") "
	done
	BUNDLE=$T/second ROOTFS=$T/second/rootfs BOX=${BOX}2
	inside 'for n in cgroup ipc net uts; do readlink /proc/self/ns/$n; done; hostname' \
		".linux.namespaces = [\"ipc\", \"cgroup\", \"uts\", \"network\"] | .linux.namespaces |= map({type: ., path: (\"/proc/$pid/ns/\" + (if . == \"network\" then \"net\" else . end))})" \
		'.linux.namespaces += [{type: "mount"}, {type: "pid"}]' '.hostname = "joined"' "$(in_user_namespace_of "$pid")"
	ok
	[ "$(head -n 4 <<<"$output" | paste -sd' ') " = "$kinds" ]
	line joined
	rt delete --force "$first"
}

@test "a pid namespace is joined by path [NSProcInPath]" {
	start_box
	local pid first=$BOX
	pid=$(pid_of "$BOX")
	BUNDLE=$T/second ROOTFS=$T/second/rootfs BOX=${BOX}2
	inside 'readlink /proc/self/ns/pid; echo I am $$' "$(in_user_namespace_of "$pid")" ".linux.namespaces |= map(if .type == \"pid\" then .path = \"/proc/$pid/ns/pid\" else . end)"
	ok
	line "$(readlink "/proc/$pid/ns/pid")"
	says 'I am'
	[[ $output$'\n' != *$'I am 1\n'* ]]
	rt delete --force "$first"
}

@test "a pid namespace whose first process has ended is not joined, and that may be why [NSProcInPath]" {
	requires root
	local pid
	unshare --pid --fork --kill-child sleep 1000 3>&- &
	eventually pgrep -P $!
	pid=$(pgrep -P $!)
	touch "$T/dead"
	mount --bind "/proc/$pid/ns/pid" "$T/dead"
	kill -KILL "$pid"
	wait $! || true
	inside true ".linux.namespaces |= map(if .type == \"pid\" then .path = \"$T/dead\" else . end)"
	umount "$T/dead"
	[ "$status" = 1 ]
	says 'Cannot allocate memory'
	says 'the first process of the pid namespace may have ended'
	run ! rt state "$BOX"
}

@test "a user namespace is joined by path, with the ids of its maps [NSProcInPath]" {
	requires root
	give_rootfs
	start_box "$user_ns"
	local pid first=$BOX bundle=$BUNDLE
	pid=$(pid_of "$BOX")
	BUNDLE=$T/second BOX=${BOX}2
	mkdir "$BUNDLE"
	ROOTFS=$bundle/rootfs
	inside 'readlink /proc/self/ns/user; id -u' ".root.path = \"$ROOTFS\"" \
		".linux.namespaces += [{type: \"user\", path: \"/proc/$pid/ns/user\"}]"
	ok
	line "$(readlink "/proc/$pid/ns/user")"
	line 0
	rt delete --force "$first"
}

# has_own PID KIND: the process is in another namespace of the kind than we are.
has_own() { [ "$(readlink "/proc/$1/ns/$2")" != "$(readlink "/proc/self/ns/$2")" ]; }

@test "a mount namespace is joined by path [NSProcInPath]" {
	requires root
	unshare -m --propagation private sleep 1000 3>&- &
	local holder=$!
	eventually has_own "$holder" mnt
	before=$(readlink "/proc/$holder/ns/mnt")
	inside 'readlink /proc/self/ns/mnt' "(.linux.namespaces[] | select(.type == \"mount\")).path = \"/proc/$holder/ns/mnt\""
	kill "$holder"
	wait "$holder" || true
	ok
	line "$before"
}

# runc 1.1.5 fails this: it does not say which path.
@test "a path to a namespace of another kind is refused [NSPathMatchTypeError]" {
	refused '(.linux.namespaces[] | select(.type == "network")).path = "/proc/self/ns/uts"'
	says /proc/self/ns/uts
}

# runc 1.1.5 fails this: it does not say which path.
@test "a path that is no namespace is refused [NSPathMatchTypeError]" {
	for path in /etc/hostname /does/not/exist; do
		refused "(.linux.namespaces[] | select(.type == \"ipc\")).path = \"$path\""
		says "$path"
	done
}

@test "a relative path to a namespace is refused [NSPathAbs]" {
	refused '(.linux.namespaces[] | select(.type == "ipc")).path = "../../../proc/self/ns/ipc"'
}

# crun 1.8.1 fails this.
@test "a kind listed twice is refused [NSErrorOnDup]" {
	for kind in pid network mount ipc uts; do
		refused ".linux.namespaces += [{type: \"$kind\"}]"
	done
}

@test "an unknown kind is refused, by its name [NSTypeValueError ValidValues]" {
	refused '.linux.namespaces += [{type: "tea"}]'
	says tea
}

@test "id maps are written as they are in the config [LinuxUserMappings]" {
	requires root
	give_rootfs
	inside 'tr -s " " </proc/self/uid_map; tr -s " " </proc/self/gid_map; id -u; id -g; stat -c %u:%g /bin' \
		'.linux.namespaces += [{type: "user"}]' \
		'.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 10}, {containerID: 10, hostID: 300000, size: 5}]' \
		'.linux.gidMappings = [{containerID: 0, hostID: 200000, size: 7}]'
	ok
	line ' 0 100000 10'
	line ' 10 300000 5'
	line ' 0 200000 7'
	line 0:0
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "id maps without a user namespace are refused [LinuxUserMappingsNamespace]" {
	requires root
	refused "$maps"
}

@test "a new user namespace without maps is refused [LinuxUserMappingsValid]" {
	requires root
	refused '.linux.namespaces += [{type: "user"}]'
}

@test "the file system's owners are not changed for the user namespace [UserNSMapOwnershipRO]" {
	requires root
	give_rootfs
	touch "$ROOTFS/etc/mine"
	inside 'stat -c %u /etc/mine' "$user_ns"
	ok
	line 65534
	[ "$(stat -c %u "$ROOTFS/etc/mine")" = 0 ]
}

@test "in a user namespace the program's id is the mapped one on the host [LinuxUserMappings]" {
	requires root
	give_rootfs
	start_box "$user_ns" '.process.user = {uid: 5, gid: 6}'
	grep -q $'^Uid:\t100005\t' "/proc/$(pid_of "$BOX")/status"
	grep -q $'^Gid:\t200006\t' "/proc/$(pid_of "$BOX")/status"
	stop
}

@test "a user namespace needs no id 0: containers and execs get along with the program's [LinuxUserMappings]" {
	requires root
	local one='[{containerID: 1000, hostID: 101000, size: 1}]'
	give_rootfs
	chown -hR 101000:101000 "$ROOTFS"
	sh_bundle 'sleep 1000' '.linux.namespaces += [{type: "user"}]' ".linux.uidMappings = $one | .linux.gidMappings = $one" \
		'.process.user = {uid: 1000, gid: 1000}' '.process.terminal = true' "$(hook createContainer "id -u >$ROOTFS/hooked")" \
		'.process.cwd = "/made"' '.mounts |= map(if .options then .options -= ["gid=5"] else . end)'
	console
	create --console-socket "$CONSOLE"
	rt start "$BOX"
	run rt exec "$BOX" sh -c 'id -u; id -g; cat /hooked; tty <>/dev/console; stat -c %u /dev/pts/0 /made; echo >/mine'
	ok
	[ "$(paste -sd' ' <<<"$output")" = '1000 1000 1000 /dev/console 1000 1000' ]
	[ "$(stat -c %u "$ROOTFS/mine")" = 101000 ]
	rt delete --force "$BOX"
}

# runc 1.1.5 and crun 1.8.1 fail this: they walk to it as the container's root.
@test "the root is found where the user namespace's root may not walk [RootPathExist]" {
	requires root
	give_rootfs
	chmod 0700 "$T"
	for option in "" --no-pivot; do
		sh_bundle 'id -u; ls -d /proc/1/root/bin; ls -a /' "$user_ns"
		# shellcheck disable=SC2086
		run rt run $option --bundle "$BUNDLE" "$BOX" </dev/null
		ok
		line 0
		line /proc/1/root/bin
		lacks boot
	done
}

@test "a process.user that the maps do not have is refused [LinuxUserMappingsValid]" {
	refused "$user_ns" '.process.user = {uid: 70000, gid: 0}'
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "time offsets are those of the new time namespace [LinuxTimeOffsetsSet]" {
	with_probe
	local now
	now=$("$SUITE/probe" clock)
	inside 'cat /proc/self/timens_offsets | tr -s " "; probe clock' '.linux.namespaces += [{type: "time"}]' \
		'.linux.timeOffsets = {monotonic: {secs: 864000}, boottime: {secs: 86400, nanosecs: 5}}'
	ok
	line 'monotonic 864000 0'
	line 'boottime 86400 5'
	read -r monotonic boottime <<<"$(tail -n 1 <<<"$output")"
	((monotonic - ${now% *} >= 864000 && monotonic - ${now% *} < 864020))
	((boottime - ${now#* } >= 86400 && boottime - ${now#* } < 86420))
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "a negative time offset is fine [LinuxTimeOffsetsSet]" {
	inside 'tr -s " " </proc/self/timens_offsets' '.linux.namespaces += [{type: "time"}]' \
		'.linux.timeOffsets = {boottime: {secs: -1, nanosecs: 999999999}}'
	ok
	line 'boottime -1 999999999'
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "time offsets without a new time namespace are refused [LinuxTimeOffsetsNewNamespace]" {
	refused '.linux.timeOffsets = {monotonic: {secs: 5}}'
}

@test "time offsets of an unknown clock are refused [LinuxTimeOffsetsKnownClock]" {
	refused '.linux.namespaces += [{type: "time"}]' '.linux.timeOffsets = {sundial: {secs: 5}}'
}

@test "the program is process 1 of a new pid namespace [NSNewNSWithoutPath]" {
	inside 'echo I am $$'
	ok
	line 'I am 1'
}

@test "a new network namespace has a loopback device, up [NSNewNSWithoutPath]" {
	inside 'ip -o link show'
	ok
	says 'lo: <LOOPBACK,UP'
	[ "$(wc -l <<<"$output")" = 1 ]
}

@test "joined namespaces are there after delete [DeleteOnlyCreatedRes]" {
	requires root
	unshare --net sleep 1000 3>&- &
	local holder=$!
	eventually has_own "$holder" net
	before=$(readlink "/proc/$holder/ns/net")
	inside 'readlink /proc/self/ns/net' "(.linux.namespaces[] | select(.type == \"network\")).path = \"/proc/$holder/ns/net\""
	ok
	[ "$(readlink "/proc/$holder/ns/net")" = "$before" ]
	kill "$holder"
	wait "$holder" || true
	line "$before"
}
