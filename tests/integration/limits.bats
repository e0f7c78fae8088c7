#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Limits as what is limited feels them, on cgroup v1 and v2: every test does the same without the limit first,
# and must see the difference.  That the values are written is in cgroups.bats and cgroup_v2.bats.
#
# Seen failing with a runtime that writes no limits (write_all of src/cgroup/limits.cc returning at once).

load inside

teardown() {
	if [ -n "${DISK-}" ]; then
		umount "$T/disk" 2>/dev/null || true
		losetup -d "$DISK" 2>/dev/null || true
	fi
	[ -z "${SWAP-}" ] || { swapoff "$SWAP"; rm -f "$SWAP"; }
	[ -z "${OVERCOMMIT-}" ] || echo "$OVERCOMMIT" >/proc/sys/vm/nr_overcommit_hugepages
	end_test
}

resources() { echo ".linux.resources += $1"; }

# controller NAME [NAME-OF-V2]: skips where the kernel does not have it.
controller() {
	if is_v1; then requires "v1:$1"; else
		grep -qw "${2:-$1}" /sys/fs/cgroup/cgroup.controllers || skip "needs the controller ${2:-$1}"
	fi
}

# memory BYTES [BYTES-WITH-SWAP]: swap is none unless it is said, where the kernel counts it.
memory() {
	local swap=", swap: ${2:-$1}"
	! is_v1 || [ -f /sys/fs/cgroup/memory/memory.memsw.limit_in_bytes ] || swap=
	resources "{memory: {limit: $1$swap}}"
}

# Holds 40 MB, and says so.
EATER='x=$(head -c 40000000 /dev/zero | tr "\0" x); echo alive'

@test "memory: what is above the limit is killed [LinuxResourcesMemory]" {
	controller memory
	inside "$EATER"
	ok
	line alive
	inside "$EATER" "$(memory 16777216)"
	[ "$status" = 137 ]
	lacks alive
}

@test "memory: the same limit kills what comes in by exec [LinuxResourcesMemory]" {
	controller memory
	start_box
	run rt exec "$BOX" sh -c "$EATER"
	ok
	stop
	# The limit is that of all: who is taken is the kernel's choice, and the one that eats is bigger.
	start_box "$(memory 25165824)"
	run rt exec "$BOX" sh -c "$EATER"
	[ "$status" != 0 ]
	lacks alive
	rt delete --force "$BOX"
}

# runc 1.1.5 and crun 1.8.1 fail this: the program ends with 137, and nobody says why.
@test "run and exec say that it was for memory when the program is killed, and nothing otherwise [ErrorsKilled]" {
	controller memory
	inside 'kill -KILL $$' "$(memory 16777216)" '.linux.namespaces |= map(select(.type != "pid"))'
	[ "$status" = 137 ]
	lacks memory
	inside "$EATER" "$(memory 16777216)"
	[ "$status" = 137 ]
	[ "${RT_DRIVER-}" = systemd ] || says 'run out of memory: the limit is 16777216 bytes'
	start_box "$(memory 25165824)"
	run rt exec "$BOX" sh -c "$EATER"
	[ "$status" != 137 ] || says 'run out of memory: the limit is 25165824 bytes'
	rt delete --force "$BOX"
}

# Only a machine that is thrown away gets swap for it: RT_THROWAWAY says so.
some_swap() {
	[ "$(wc -l </proc/swaps)" -lt 2 ] || return 0
	[ -n "${RT_THROWAWAY-}" ] || skip "needs swap"
	SWAP=/var/tmp/$TAG.swap
	dd if=/dev/zero of="$SWAP" bs=1M count=96 status=none
	chmod 600 "$SWAP"
	mkswap -q "$SWAP"
	swapon "$SWAP"
}

@test "swap: what memory cannot hold goes there, up to its limit [LinuxResourcesMemorySwap]" {
	controller memory
	some_swap
	inside "$EATER" "$(memory 25165824 92274688)"
	ok
	line alive
	inside "$EATER" "$(memory 25165824)"
	[ "$status" = 137 ]
	lacks alive
}

@test "pids: no more processes than the limit [LinuxResourcesPids]" {
	controller pids
	local script='for i in 1 2 3 4 5 6; do sleep 20 & done; echo all; kill $(jobs -p)'
	inside "$script"
	ok
	line all
	inside "$script" "$(resources '{pids: {limit: 4}}')"
	lacks all
	says fork
}

# used: microseconds of processor time that the box has had.
used() {
	if is_v1; then
		echo $(($(cat "$(cgroup_dir cpuacct)/cpuacct.usage") / 1000))
	else
		sed -n 's/^usage_usec //p' "$(cgroup_dir cpu)/cpu.stat"
	fi
}
throttled() { sed -n 's/^nr_throttled //p' "$(cgroup_dir cpu)/cpu.stat"; }

has_used() { (($(used) > $1)); }
# 5 ms in every 100 since $begin, one period begun before and one not over yet, and what a tick (10 ms) counts too much
# on each processor.  What a machine that stood still counts beyond that is made up for in the next periods.
keeps_to_its_share() {
	local spent most
	spent=$(($(used) - from))
	most=$(((${EPOCHREALTIME/./} - begin) / 20 + 2 * 5000 + 10000 * $(nproc)))
	echo "spent $spent of $most us" >&2
	((spent <= most))
}
was_throttled() { (($(throttled) > $1)); }

@test "cpu: no more time than the quota gives in each period, whatever wants it [LinuxResourcesCpuQuota]" {
	controller cpu
	! is_v1 || requires v1:cpuacct
	local spin='.process.args = ["/bin/sh", "-c", "for i in 1 2 3; do (while :; do :; done) & done; while :; do :; done"]'
	bundle "$spin"
	create
	rt start "$BOX"
	eventually has_used 400000
	[ "$(throttled)" = 0 ]
	rt delete --force "$BOX"

	bundle "$spin" "$(resources '{cpu: {quota: 5000, period: 100000}}')"
	create
	rt start "$BOX"
	eventually was_throttled 4
	local from begin
	begin=${EPOCHREALTIME/./}
	from=$(used)
	sleep 1
	eventually was_throttled 14
	eventually keeps_to_its_share
	(($(used) > from))
	rt delete --force "$BOX"
}

@test "cpuset: on no other processor, whatever it asks for [LinuxResourcesCpuset]" {
	controller cpuset
	[ "$(nproc)" -ge 2 ] || skip "needs two processors"
	local script='grep Cpus_allowed_list /proc/self/status; taskset 1 true && echo on the first'
	inside "$script"
	ok
	line 'on the first'
	inside "$script" "$(resources '{cpu: {cpus: "1"}}')"
	[ "$status" != 0 ]
	line $'Cpus_allowed_list:\t1'
	lacks 'on the first'
}

DENIED='.linux.resources.devices = [{allow: false, access: "rwm"}]'

# disk_for_mounts [OPTION...]: disk(), mounted nowhere; $MOUNT gives it to the box at /disk.
disk_for_mounts() {
	disk
	umount "$T/disk"
	MOUNT=".mounts += [{destination: \"/disk\", type: \"ext4\", source: \"$DISK\", options: $(jq -nc '$ARGS.positional' --args "$@")}]"
}

# Nobody has the device any more: it goes at once.
is_free() {
	losetup -d "$DISK"
	run losetup "$DISK"
	[ "$status" != 0 ]
}

@test "a file system on a device is mounted, which itself stays closed to the container [MountsBlockDevice]" {
	disk_for_mounts ro nosuid noatime errors=remount-ro
	local numbers script able='.process.capabilities |= map_values(. + ["CAP_MKNOD"])'
	numbers=$(tr : ' ' <"/sys/block/${DISK##*/}/dev")
	script="cat /proc/self/mountinfo; ls /disk; rm -f /tmp/d; mknod /tmp/d b $numbers && echo made && head -c 1 /tmp/d && echo opened"
	inside "$script" "$able" "$MOUNT" "$DENIED"
	[ "$status" != 0 ]
	mounted /disk ext4 "$DISK" ro nosuid noatime errors=remount-ro
	line there
	line made
	says 'Operation not permitted'
	lacks opened
	inside "$script" "$able" "$MOUNT" ".linux.resources.devices = [{allow: true, type: \"b\", $NUMBER, access: \"r\"}]"
	ok
	line there
	says opened
	is_free
}

@test "what is written to a file system on a device is on it, and exec is denied the device too [MountsBlockDevice]" {
	disk_for_mounts
	start_box "$MOUNT" "$DENIED" '.process.capabilities |= map_values(. + ["CAP_MKNOD"])'
	rt exec "$BOX" sh -c 'echo new >/disk/new'
	run ! rt exec "$BOX" sh -c "mknod /tmp/d b $(tr : ' ' <"/sys/block/${DISK##*/}/dev") && head -c 1 /tmp/d"
	says 'Operation not permitted'
	stop
	mount -o ro "$DISK" "$T/disk"
	[ "$(<"$T/disk/new")" = new ]
	umount "$T/disk"
	is_free
}

@test "a file system on a device that is not to be mounted is refused with the reason, and let go [MountsBlockDevice]" {
	disk_for_mounts nonsense
	refused "$MOUNT" "$DENIED"
	says 'mounting "/disk"'
	says "nonsense"
	refused "$MOUNT | .mounts[-1].options = []" "$DENIED" \
		'.mounts += [{destination: "/later", type: "bind", source: "/does/not/exist", options: ["bind"]}]'
	says /does/not/exist
	dd if=/dev/zero of="$DISK" bs=64k count=1 status=none
	refused "$MOUNT | .mounts[-1].options = []" "$DENIED"
	says 'mounting "/disk"'
	says 'Invalid argument'
	is_free
}

has_own_mounts() { [ "$(readlink "/proc/$1/ns/mnt")" != "$(readlink /proc/self/ns/mnt)" ]; }

@test "in a mount namespace that is joined a device that no rule allows is refused with what mends it [ErrorsMountedDevice]" {
	disk_for_mounts ro
	unshare -m --propagation private sleep 1000 3>&- &
	local holder=$! joined
	eventually has_own_mounts "$holder"
	joined="(.linux.namespaces[] | select(.type == \"mount\")).path = \"/proc/$holder/ns/mnt\""
	refused "$MOUNT" "$DENIED" "$joined"
	says linux.resources.devices
	inside 'ls /disk' "$MOUNT" "$joined" \
		"$DENIED + [{allow: true, type: \"b\", $NUMBER, access: \"r\"}]"
	kill "$holder"
	wait "$holder" || true
	ok
	line there
	is_free
}

# An ext4 file system on a loop device, for the box at /disk; $DISK is the device, $NUMBER its numbers.
disk() {
	[ -e /dev/loop-control ] || skip "needs loop devices"
	requires mkfs.ext4 losetup
	truncate -s 24M "$T/image"
	mkfs.ext4 -q -O ^has_journal "$T/image"
	DISK=$(losetup --show -f "$T/image") || skip "needs a loop device"
	mkdir "$T/disk"
	mount "$DISK" "$T/disk"
	dd if=/dev/zero of="$T/disk/there" bs=1M count=4 oflag=direct status=none
	NUMBER=$(cat "/sys/block/${DISK##*/}/dev")
	NUMBER="major: ${NUMBER%:*}, minor: ${NUMBER#*:}"
	WITH_DISK=".mounts += [{destination: \"/disk\", type: \"bind\", source: \"$T/disk\", options: [\"bind\"]}]"
}

# takes SCRIPT [JQ-FILTER...]: the milliseconds that the script is at it, in a box with the disk, in $TOOK.
takes() {
	local script=$1
	shift
	inside "set -e; cut -d' ' -f1 /proc/uptime; $script 2>/dev/null; cut -d' ' -f1 /proc/uptime" "$WITH_DISK" "$@"
	ok
	local begin=${lines[0]/./} end=${lines[1]/./}
	TOOK=$(((10#$end - 10#$begin) * 10))
	echo "$script: $TOOK ms" >&2
}

is_quick() { takes "$1" && ((TOOK < $2)); }

# rates LIMIT RATE SCRIPT: what takes three seconds at that rate, of which the kernel may give away one, takes
# two, and without it takes less; all of it longer where the machine is slow.
rates() {
	local slow=${RT_SLOW:-1}
	slow=$((slow > 3 ? 3 : slow))
	eventually is_quick "$3" $((2000 * slow))
	takes "$3" "$(resources "{blockIO: {$1: [{$NUMBER, rate: $(($2 / slow))}]}}")"
	((TOOK >= 2000 * slow))
}

@test "block io: no more bytes a second are read and written than the rate [LinuxResourcesBlockIoThrottle]" {
	controller blkio io
	disk
	rates throttleReadBpsDevice 1048576 'dd if=/disk/there of=/dev/null bs=64k count=48 iflag=direct'
	rates throttleWriteBpsDevice 1048576 'dd if=/dev/zero of=/disk/there conv=notrunc bs=64k count=48 oflag=direct'
}

@test "block io: no more operations a second than the rate [LinuxResourcesBlockIoThrottle]" {
	controller blkio io
	disk
	rates throttleReadIOPSDevice 20 'dd if=/disk/there of=/dev/null bs=4k count=60 iflag=direct'
	rates throttleWriteIOPSDevice 20 'dd if=/dev/zero of=/disk/there conv=notrunc bs=4k count=60 oflag=direct'
}

@test "huge pages: no more than the limit [LinuxResourcesHugetlb]" {
	controller hugetlb
	[ -d /sys/kernel/mm/hugepages/hugepages-2048kB ] || skip "needs pages of 2 MB"
	OVERCOMMIT=$(cat /proc/sys/vm/nr_overcommit_hugepages)
	echo $((OVERCOMMIT + 3)) >/proc/sys/vm/nr_overcommit_hugepages
	with_probe
	inside 'probe huge 3; probe huge 1'
	[ "$output" = $'3\n1' ] || skip "needs memory for huge pages: $output"
	inside 'probe huge 3; probe huge 1' "$(resources '{hugepageLimits: [{pageSize: "2MB", limit: 4194304}]}')"
	[ "$output" = $'errno 12\n1' ]
}

@test "devices: a node that may be made is still not to be opened [LinuxResourcesDevices]" {
	local script='rm -f /tmp/d; mknod /tmp/d c 1 11 && head -c 0 /tmp/d && echo opened'
	local able='.process.capabilities |= map_values(. + ["CAP_MKNOD", "CAP_SYSLOG"])'
	inside "$script" "$able" '.linux.resources.devices = [{allow: true, access: "rwm"}]'
	ok
	line opened
	inside "$script" "$able" '.linux.resources.devices = [{allow: false, access: "rwm"}]'
	[ "$status" != 0 ]
	lacks opened
	[ -n "${lines[0]}" ]
	inside "$script" "$able" '.linux.resources.devices = [{allow: false, access: "rwm"},
		{allow: true, type: "c", major: 1, minor: 11, access: "r"}]'
	ok
	line opened
}
