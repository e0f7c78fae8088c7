#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What somebody who is not root may and may not: groups, namespaces of theirs, directories that others cannot enter,
# cgroups of theirs.

# shellcheck disable=SC2317 # tests have an rt of their own
load rootless

setup() { begin_test; }
teardown() {
	end_user
	end_test
}

@test "setgroups is denied where one's own group alone is mapped, and the program's groups are settable where newgidmap maps them [RootlessGroups]" {
	as_user
	inside 'cat /proc/self/setgroups'
	ok
	line deny
	give_ids
	inside 'cat /proc/self/setgroups'
	ok
	line allow
}

@test "root that may not set groups runs what spec --rootless writes, and what more is taken from it changes nothing [RootlessGroups]" {
	local without
	(cd "$T" && "$RUNTIME" spec --rootless)
	any_bundle
	jq '.root.readonly = false | .process |= (.terminal = false | .args = ["sh", "-c", "id -u; cat /proc/self/setgroups"])' "$T/config.json" >"$BUNDLE/config.json"
	for without in -setgid -setgid,-sys_admin; do
		rt() { RT_TEST=$TAG setpriv --bounding-set "$without" --inh-caps "$without" -- "$RUNTIME" --root "$STATE" "$@"; }
		run_box
		ok
		[ "$output" = $'0\ndeny' ]
	done
}

# unshare(1) gives its caller one id, and /dev/pts wants group 5.
@test "what spec writes in a user namespace runs there [CliSpec]" {
	as_root_inside
	mkdir "$T/new"
	chown "$U:$U" "$T/new"
	rt spec --bundle "$T/new"
	any_bundle
	give "$U"
	jq '.root.readonly = false | .process |= (.terminal = false | .args = ["id", "-u"])' "$T/new/config.json" >"$BUNDLE/config.json"
	run_box
	ok
	[ "$output" = 0 ]
}

# Before, the kernel does not say which value it minds.
@test "an owner who is nobody in the user namespace that we are in is told so [RootlessMountIds]" {
	requires kernel:6.11
	as_root_inside
	MAPS='del(.linux.uidMappings, .linux.gidMappings) | .linux.namespaces -= [{type: "user"}]'
	inside true '(.mounts[] | select(.type == "devpts").options) += ["gid=5"]'
	[ "$status" = 1 ]
	says "Invalid gid '5': Invalid argument (the user namespace maps no such id: drop the option, or have more ids mapped)"
}

@test "a user joins a user namespace of theirs without maps, and with it the others [RootlessMaps NSProcInPath]" {
	as_root_inside
	rt() { RT_TEST=$TAG user "$T/runtime" --root "$STATE" "$@"; }
	local joined
	joined=".linux |= (del(.uidMappings, .gidMappings) | .namespaces |= map(if .type == \"user\" then .path = \"/proc/$HOLDER/ns/user\" else . end))"
	inside 'id -u; readlink /proc/self/ns/user' "$joined"
	ok
	line 0
	line "$(readlink "/proc/$HOLDER/ns/user")"
}

# What Podman's root is; the namespaces of another container are of a user namespace below it, or its own.
@test "root of a user namespace joins namespaces that the user namespace it makes has no right in [RootlessMaps RootlessShown NSProcInPath]" {
	as_root_inside
	local mapped='.linux |= (.uidMappings = [{containerID: 0, hostID: 0, size: 1}] | .gidMappings = .uidMappings)'
	local pid n kinds first=$BOX sysfs='.mounts |= map(select(.destination != "/sys" and .type != "mqueue"))
		+ [{destination: "/sys", type: "sysfs", source: "sysfs", options: ["ro", "nosuid"]}]'
	for MAPS in "$mapped" '.linux.namespaces |= map(select(.type != "user")) | del(.linux.uidMappings, .linux.gidMappings)'; do
		BUNDLE=$T/first ROOTFS=$T/first/rootfs BOX=$first
		sh_bundle 'sleep 1000' '.linux.namespaces += [{type: "network"}]'
		create
		rt start "$BOX"
		pid=$(pid_of "$BOX") kinds=''
		for n in ipc net uts; do
			kinds+="$(readlink "/proc/$pid/ns/$n") "
		done
		[[ $kinds != *"$(readlink /proc/self/ns/net)"* ]]
		BUNDLE=$T/second ROOTFS=$T/second/rootfs BOX=${first}2 MAPS=$mapped
		inside 'for n in ipc net uts; do readlink /proc/self/ns/$n; done; id -u; readlink /proc/self/ns/user; cat /proc/self/mountinfo' "$sysfs" \
			".linux.namespaces |= map(if .type == \"ipc\" or .type == \"uts\" then .path = \"/proc/$pid/ns/\" + .type else . end)
				+ [{type: \"network\", path: \"/proc/$pid/ns/net\"}]" 'del(.hostname)'
		ok
		[ "$(head -n 3 <<<"$output" | paste -sd' ') " = "$kinds" ]
		line 0
		lacks "$(readlink "/proc/$pid/ns/user")"
		mounted /sys ro nosuid
		rt delete --force "$first"
		rm -r "$T/first" "$T/second"
	done
}

# joined_show [JQ-FILTER]: a container joins the namespace of another one's user namespace, makes one of its own, and sees
# the processes and the message queues there.
joined_show() {
	local pid first=$BOX
	sh_bundle 'touch /dev/mqueue/theirs; exec sleep 1000'
	create
	rt start "$BOX"
	pid=$(pid_of "$BOX")
	eventually test -e "/proc/$pid/root/dev/mqueue/theirs"
	BUNDLE=$T/second ROOTFS=$T/second/rootfs BOX=${first}2
	inside 'for n in pid ipc user; do readlink /proc/self/ns/$n; done; cat /proc/1/comm; ls /dev/mqueue; cat /proc/self/mountinfo' "${1:-.}" \
		".linux.namespaces |= map(if .type == \"ipc\" or .type == \"pid\" then .path = \"/proc/$pid/ns/\" + .type else . end)"
	ok
	line "$(readlink "/proc/$pid/ns/pid")"
	line "$(readlink "/proc/$pid/ns/ipc")"
	lacks "$(readlink "/proc/$pid/ns/user")"
	line sleep
	line theirs
	mounted /dev/mqueue nosuid nodev noexec
	rt delete --force "$first"
}

# podman run --userns=keep-id --pid container:NAME --ipc container:NAME
@test "root of a user namespace makes procfs and mqueue of namespaces it joins, in which the user namespace it makes has no right [JoinShown]" {
	as_root_inside
	MAPS='.linux |= (.uidMappings = [{containerID: 0, hostID: 0, size: 1}] | .gidMappings = .uidMappings)'
	joined_show
}

@test "and where the kernel is not told which pid namespace it is, since hooks want to know the process [JoinShown]" {
	as_root_inside
	MAPS='.linux |= (.uidMappings = [{containerID: 0, hostID: 0, size: 1}] | .gidMappings = .uidMappings)'
	joined_show '.hooks.createRuntime = [{path: "/bin/true"}]'
}

@test "root of the machine makes them as well [JoinShown]" {
	bundle() {
		any_bundle "$@" '.linux.namespaces += [{type: "user"}]' '.linux |= (.uidMappings = [{containerID: 0, hostID: 100000, size: 9}] | .gidMappings = .uidMappings)'
		chown -hR 100000:100000 "$ROOTFS"
	}
	rt() { RT_TEST=$TAG "$RUNTIME" "${DRIVER[@]}" --root "$STATE" "$@"; }
	joined_show
}

# refused_join PATH WHY: of the ipc namespace.
refused_join() {
	inside true ".linux.namespaces |= map(if .type == \"ipc\" then .path = \"$1\" else . end) | .mounts |= map(select(.type != \"mqueue\"))"
	[ "$status" = 1 ]
	says "joining namespace \"$1\" (ipc): setns: Operation not permitted (it belongs to $2"
}
# hold USER [OPTION...]: a process of that user in an ipc namespace of its own, $HELD, as unshare(1) makes it for root or it.
hold() {
	local as=(setpriv --reuid "$1" --regid "$1" --clear-groups --)
	if [ -z "${2-}" ]; then
		(exec unshare --ipc -- "${as[@]}" sleep 1000) >/dev/null 2>&1 3>&- &
	else
		(exec "${as[@]}" unshare --ipc "$2" -- sleep 1000) >/dev/null 2>&1 3>&- &
	fi
	HELD=$!
	eventually is_sleep "$HELD"
}
is_sleep() { [ "$(cat "/proc/$1/comm")" = sleep ]; }

@test "a namespace that an ordinary user may not join is told with whose it is, and what helps [JoinWhose]" {
	as_user
	hold "$U" --user
	refused_join "/proc/$HELD/ns/ipc" "the user namespace $(readlink "/proc/$HELD/ns/user") of uid $U, where a new one has no rights; join that one, too"
	says 'podman unshare'
	kill "$HELD"
	hold "$U"
	refused_join "/proc/$HELD/ns/ipc" "the runtime's own user namespace, where uid $U has no rights; leave it out of /linux/namespaces"
	kill "$HELD"
	hold 35 --user
	touch "$T/ipc"
	mount --bind "/proc/$HELD/ns/ipc" "$T/ipc"
	refused_join "$T/ipc" "the user namespace $(readlink "/proc/$HELD/ns/user") of uid 35; that user can join it"
	kill "$HELD"
	umount "$T/ipc"
}

@test "nor may root of a user namespace join what is outside of it [JoinWhose]" {
	hold "$U"
	touch "$T/ipc"
	mount --bind "/proc/$HELD/ns/ipc" "$T/ipc"
	as_root_inside
	refused_join "$T/ipc" "a user namespace outside of the runtime's own; leave it out of /linux/namespaces"
	inside true ".linux.namespaces += [{type: \"time\", path: \"/proc/$HELD/ns/time\"}]"
	kill "$HELD"
	umount "$T/ipc"
	[ "$status" = 1 ]
	says 'Permission denied (the process is another user'"'"'s, of a user namespace outside of the runtime'"'"'s own, or of a container that waits for start)'
}

# Podman's --userns=auto and --userns=keep-id: the container's root is somebody else, for whom that is closed.
@test "root of a user namespace hands a container that does not have its id what it alone may reach [RootlessMaps RootPathExist MountsBindSource]" {
	as_mapped_root_inside
	MAPS='.linux |= (.uidMappings = [{containerID: 0, hostID: 1, size: 9}] | .gidMappings = .uidMappings)'
	mkdir -m 700 "$T/private"
	echo kept >"$T/private/data"
	chown -R "$U:$U" "$T/private"
	bundle -d "$T/private/b" '.process.args = ["sh", "-c", "cat /data; ls /; echo mine >/new"]' \
		".mounts += [{destination: \"/data\", source: \"$T/private/data\", options: [\"rbind\", \"ro\"]}]"
	give "$SUB"
	run_box
	ok
	line kept
	lacks boot
	[ "$(stat -c %u "$ROOTFS/new")" = "$SUB" ]
}

# many_binds SOFT HARD: a container with a thousand bind mounts, by a runtime with these limits of descriptors; it says its own.
many_binds() {
	ulimit -Sn "$1"
	ulimit -Hn "$2"
	mkdir "$T/private"
	echo kept >"$T/private/data"
	sh_bundle 'cat /m/1 /m/1000; ulimit -Sn; ulimit -Hn' 'del(.process.rlimits)' \
		".mounts += [range(1; 1001) | {destination: \"/m/\\(.)\", source: \"$T/private/data\", options: [\"bind\"]}]"
}
nobody_else() {
	chown -R "$U:$U" "$T/private"
	chmod 700 "$T/private"
}

@test "a thousand mounts that root of a user namespace opens take more descriptors than the caller has, and the limit stays [RootlessManyMounts]" {
	as_mapped_root_inside
	MAPS='.linux |= (.uidMappings = [{containerID: 0, hostID: 1, size: 9}] | .gidMappings = .uidMappings)'
	many_binds 1024 4096
	nobody_else
	give "$SUB"
	run_box
	ok
	[ "$(grep -c kept <<<"$output")" = 2 ]
	line 1024
	line 4096
}

@test "and where no more may be had, what the container's root may reach is mounted all the same [RootlessManyMounts]" {
	as_mapped_root_inside
	MAPS='.linux |= (.uidMappings = [{containerID: 0, hostID: 1, size: 9}] | .gidMappings = .uidMappings)'
	many_binds 1024 1024
	give "$SUB"
	run_box
	ok
	[ "$(grep -c kept <<<"$output")" = 2 ]
	says 'RLIMIT_NOFILE is 1024: of '
}

@test "with too few descriptors for the mounts the error has the limit [RootlessManyMounts]" {
	as_mapped_root_inside
	many_binds 512 512
	run_box
	[ "$status" = 1 ]
	says 'Too many open files (RLIMIT_NOFILE of the runtime is 512'
}

@test "root of the machine opens a thousand for a container with a user namespace, and the limit stays [RootlessManyMounts]" {
	bundle() {
		any_bundle "$@" '.linux.namespaces += [{type: "user"}]' '.linux |= (.uidMappings = [{containerID: 0, hostID: 100000, size: 9}] | .gidMappings = .uidMappings)'
		chown -hR 100000:100000 "$ROOTFS"
	}
	rt() { RT_TEST=$TAG "$RUNTIME" "${DRIVER[@]}" --root "$STATE" "$@"; }
	many_binds 1024 4096
	nobody_else
	run_box
	ok
	[ "$(grep -c kept <<<"$output")" = 2 ]
	line 1024
	line 4096
}

# Debian's own setting; a machine that others use keeps it.
@test "a machine that lets root alone make user namespaces is named, by run and by info, with what helps [ErrorsNested CliInfoWhy]" {
	local knob=/proc/sys/kernel/unprivileged_userns_clone why='sysctl kernel.unprivileged_userns_clone is 0' info='' error=''
	[ -n "${RT_THROWAWAY-}" ] && [ -w $knob ] || skip "needs a throw-away machine with kernel.unprivileged_userns_clone"
	as_user
	bundle
	echo 0 >$knob
	error=$(rt run --bundle "$BUNDLE" "$BOX" 2>&1 </dev/null) || true
	info=$(user "$T/runtime" info --format json) || true
	echo 1 >$knob
	[[ $error == *"Operation not permitted (the machine allows user namespaces to root alone: $why; root allows them with sysctl kernel.unprivileged_userns_clone=1)" ]]
	jq -e --arg why "$why" '.namespaces | [.user, .uts, .["proc, rootless"]] | all((.works | not) and (.detail | contains($why)))' <<<"$info"
	inside 'echo again'
	line again
}

@test "an mqueue whose ipc namespace is the host's is refused, with what to do [RootlessShown]" {
	as_user
	inside true '.linux.namespaces |= map(select(.type != "ipc"))'
	[ "$status" = 1 ]
	says 'mounting "/dev/mqueue"'
	says '(a user namespace may not mount this; bind it from the host)'
}

@test "a sysfs that the kernel makes read-only alone is told with that [ErrorsNested]" {
	as_user
	rt() { RT_TEST=$TAG unshare --mount sh -c 'mount -o remount,bind,ro /sys && exec "$@"' -- setpriv --reuid "$U" --regid "$U" --clear-groups -- "$T/runtime" --root "$STATE" "$@"; }
	local mount='.linux.namespaces += [{type: "network"}] | .mounts += [{destination: "/mnt", type: "sysfs", source: "sysfs"}]'
	refused "$mount"
	says '(/sys around us is read-only, and then the kernel makes a new sysfs with the option ro alone; give the mount that, or bind /sys)'
	inside true "$mount | .mounts[-1].options = [\"ro\"]"
	ok
}

@test "root that enters a user namespace without setgroups is told why it may not [ErrorsNested]" {
	as_user
	chown root "$T"
	give() { chown -hR "0:0" "$ROOTFS"; }
	rt() { RT_TEST=$TAG unshare --user --map-root-user -- "$T/runtime" --root "$STATE" "$@"; }
	start_box '.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}] | .linux.gidMappings = .linux.uidMappings'
	run ! env RT_TEST="$TAG" "$T/runtime" --root "$STATE" exec "$BOX" true
	says 'setgroups: Operation not permitted (the user namespace denies setgroups, and the runtime'"'"'s groups may not stay: who made the namespace can enter it)'
	stop
}

# As with systemd 260: it is the namespace that counts, not its map.
@test "root of a user namespace that has every id is not taken for root of the machine [RootlessOption]" {
	bundle() { any_bundle "$@"; }
	unshare --user --mount -- sleep 1000 >/dev/null 2>&1 3>&- &
	HOLDER=$!
	eventually has_another_user_namespace "$HOLDER"
	echo 0 0 4294967295 >"/proc/$HOLDER/uid_map"
	echo 0 0 4294967295 >"/proc/$HOLDER/gid_map"
	rt() { RT_TEST=$TAG nsenter --target "$HOLDER" --user --mount -- "$RUNTIME" --root "$STATE" "$@"; }
	inside 'head -c 3 /dev/zero | wc -c' '.process.oomScoreAdj = -900'
	ok
	line 3
	says 'left as it is'
}

@test "root of a user namespace without the host's root maps the ids of its own mounts, and info tries it [MountsMappingsImplement CliInfo]" {
	requires kernel:6.3 # tmpfs
	as_root_inside
	mkdir "$T/own"
	user nsenter --target "$HOLDER" --user --mount --preserve-credentials -- mount -t tmpfs own "$T/own"
	inside 'cat /proc/self/mountinfo' ".mounts += [{destination: \"/m\", source: \"$T/own\", options: [\"bind\"],
		uidMappings: [{containerID: 0, hostID: 0, size: 1}], gidMappings: [{containerID: 0, hostID: 0, size: 1}]}]" \
		'.linux.namespaces |= map(select(.type != "user")) | .linux |= del(.uidMappings, .gidMappings)'
	ok
	mounted /m idmapped
	rt info --format json | jq -e '.. | objects | select(has("id-mapped mounts")) | .["id-mapped mounts"].detail | contains("tmpfs")'
}

@test "root of a user namespace that maps ids which the namespace lacks is told which [ErrorsNested RootlessMaps]" {
	as_root_inside
	inside true '.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}, {containerID: 1, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	[ "$status" = 1 ]
	says 'mapping groups'
	says '(the user namespace that we are in has not all the ids from 100000 to 165535 itself, as its gid_map says)'
	configure '.linux.gidMappings |= .[:1]'
	run_box
	[ "$status" = 1 ]
	says 'ids from 100000 to 165535 itself, as its uid_map says)'
}

@test "a working directory that only the caller or only the program's user may enter is entered [RootlessMaps ProcCwd]" {
	as_mapped_user
	bundle '.process.user = {uid: 5, gid: 5}' '.process.cwd = "/own"' '.process.args = ["pwd"]'
	mkdir -m 700 "$ROOTFS/own"
	local owner
	for owner in "$U" $((SUB + 4)); do
		chown "$owner:$owner" "$ROOTFS/own"
		run_box
		ok
		line /own
	done
}

@test "a bundle that only the caller may reach is another user's of the container's [RootlessMaps]" {
	as_mapped_user
	mkdir -m 700 "$T/private"
	chown "$U:$U" "$T/private"
	bundle -d "$T/private/b" '.process.user = {uid: 5, gid: 5}' '.process.args = ["id", "-u"]'
	run_box
	ok
	line 5
}

# CVE-2023-25809: "ro" of a bind of /sys is not that of the cgroups below it, and some of these are the user's.
@test "what spec --rootless writes lets nobody write to cgroups that the user has on the host [RootlessCgroups]" {
	as_user
	local theirs
	theirs=$(cgroup_dir freezer "/$BOX-user")
	mkdir "$theirs"
	chown -R "$U:$U" "$theirs"
	may_not_write "$theirs"
	may_not_write "$theirs" '(.mounts[] | select(.destination == "/sys/fs/cgroup")).type = "cgroup2"'
	rmdir "$theirs"
}
may_not_write() {
	inside 'mkdir "$1/mine" && echo made' ".process.args += [\"sh\", \"$1\"]" "${2-.}"
	[ ! -e "$1/mine" ] || rmdir "$1/mine"
	lacks made
	says "$1/mine"
}
