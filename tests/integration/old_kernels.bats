#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What kernels lack that are older than this one, taken away by strace: on those very kernels the lanes of
# tests/vm say the same.

load inside

setup() {
	requires strace
	begin_test
}

# on_kernel_without NAME COMMAND...: the runtime, and all it starts, on a kernel without that system call.
on_kernel_without() {
	local call=$1
	shift
	RT_TEST=$TAG strace -f -qq -o "$T/trace" -e trace="$call" -e inject="$call:error=ENOSYS" -- \
		"$RUNTIME" "${DRIVER[@]}" --root "$STATE" "$@" </dev/null
}

bind_at() { echo ".mounts += [{destination: \"$1\", source: \"$2\", options: $3}]"; }

# Linux 5.12.  runc 1.1.5 and crun 1.8.1 pass this: they know nothing else.
@test "without mount_setattr mounts have their attributes [MountsOptionsKnown MountsBindKeepsRestrictions RootReadonlyImplement ReadonlyPathsReadonly]" {
	mkdir "$T/plain" "$T/strict"
	touch "$T/file"
	mount -t tmpfs -o nosuid,nodev tmpfs "$T/strict"
	bundle '.root.readonly = true' '.process.args = ["/bin/cat", "/proc/self/mountinfo"]' \
		'.linux.readonlyPaths = ["/proc/sys"]' \
		"$(bind_at /m/ro "$T/plain" '["bind", "ro", "noexec", "noatime"]')" \
		"$(bind_at /m/file "$T/file" '["bind", "ro"]')" \
		"$(bind_at /m/kept "$T/strict" '["bind", "ro"]')" \
		"$(bind_at /m/cleared "$T/strict" '["bind", "suid"]')" \
		"$(bind_at /m/slave "$T/plain" '["rbind", "nodev", "rslave"]')" \
		'.mounts += [{destination: "/m/late", type: "tmpfs", source: "tmpfs", options: ["ro", "nosuid"]}]'
	run on_kernel_without mount_setattr run --bundle "$BUNDLE" "$BOX"
	umount "$T/strict"
	ok
	grep -q 'mount_setattr.*ENOSYS' "$T/trace"
	mounted / ro
	mounted /proc/sys ro
	mounted /m/ro ro noexec noatime !nosuid
	mounted /m/file ro
	mounted /m/kept ro nosuid nodev
	mounted /m/cleared rw nodev !nosuid
	mounted /m/slave nodev
	mounted /m/late ro nosuid
}

@test "without mount_setattr a user namespace has its root, its binds and its devices, and the host none of its mounts [MountsOptionsKnown DevicesOwner]" {
	mkdir "$T/shared"
	mount -t tmpfs shared "$T/shared"
	mount --make-shared "$T/shared"
	mkdir "$T/shared/sub"
	chmod o+x "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR" "$T"
	sh_bundle 'cat /proc/self/mountinfo; stat -c "%u:%g %a" /dev/mine; head -c 3 /dev/mine | wc -c; id -u' \
		'.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]' \
		'.linux.gidMappings = .linux.uidMappings' "$(bind_at /m "$T/shared" '["rbind", "ro"]')" \
		"$(bind_at /n "$T/shared" '["rbind"]')" '.mounts += [{destination: "/n/sub", type: "tmpfs", source: "inner"}]' \
		'.linux.devices += [{path: "/dev/mine", type: "c", major: 1, minor: 5, fileMode: 438, uid: 3, gid: 4}]'
	chown -R 100000:100000 "$ROOTFS"
	run on_kernel_without mount_setattr run --bundle "$BUNDLE" "$BOX"
	grep -F "$T/shared/sub" /proc/self/mountinfo >"$T/leaked" || true
	umount -R "$T/shared"
	ok
	is_empty "$T/leaked"
	mounted /m ro
	mounted /n rw
	mounted /n/sub rw
	line '3:4 666'
	line 3
	line 0
}

@test "without mount_setattr what only that can do is refused before anything is done [ErrorsLeaveStateUnchange]" {
	bundle "$(bind_at /m "$T" '["rbind", "rro"]')"
	run ! on_kernel_without mount_setattr run --bundle "$BUNDLE" "$BOX"
	says '/mounts/'
	says 'options for the mounts below, too, need Linux 5.12'
	[ ! -e "$STATE/$BOX" ]
}

# Until Linux 5.11 all programs of root's are locked memory, held to the limit of whoever loads one more.
@test "devices are filtered whatever the runtime's limit of locked memory, which stays the container's [LinuxResourcesDevices]" {
	rt() { RT_TEST=$TAG prlimit --memlock=0: "$RUNTIME" "${DRIVER[@]}" --root "$STATE" "$@"; }
	inside 'ulimit -S -l; ulimit -H -l' '.process.rlimits = []' '.linux.resources.devices = [{allow: false, access: "rwm"}]'
	ok
	line 0
	line "$(ulimit -H -l)"
}

@test "where swap is not counted none and any of it can be asked for, and an amount not [LinuxResourcesMemorySwap]" {
	requires v2
	! compgen -G '/sys/fs/cgroup/*/memory.swap.max' || skip "needs a kernel that counts no swap"
	local swap
	for swap in 67108864 -1; do
		inside 'echo in' ".linux.resources.memory = {limit: 67108864, swap: $swap}"
		ok
		line in
	done
	refused '.linux.resources.memory = {limit: 67108864, swap: 67108865}'
	says 'memory.swap.max": No such file or directory (this kernel has no such limit)'
}

# Linux 5.14.
@test "without cgroup.kill kill --all and delete --force reach who forks away [KillAll CliDeleteForce]" {
	requires v2
	! compgen -G '/sys/fs/cgroup/*/cgroup.kill' || skip "needs a kernel without cgroup.kill"
	with_probe
	sh_bundle 'for i in 1 2 3 4 5 6 7 8; do probe hop >/hops$i & done; exec sleep 1000' \
		'del(.linux.namespaces[] | select(.type == "pid"))' '.linux.resources.pids = {limit: 64}'
	for _ in 1 2 3; do
		rm -f "$ROOTFS"/hops*
		create
		rt start "$BOX"
		eventually test -s "$ROOTFS/hops8"
		rt kill --all "$BOX" KILL
		wait_for "$BOX" stopped
		eventually is_empty "$(cgroup_dir pids)/cgroup.procs"
		rt delete "$BOX"
		create
		rt start "$BOX"
		rt delete --force "$BOX"
	done
}
