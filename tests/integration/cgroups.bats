#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# config-linux.md "Control groups": where the container is put, and every resource, read back on the host.

load inside

# has CONTROLLER FILE VALUE: of the container's cgroup.
has() {
	local value
	value=$(cgroup_value "$1" "$2")
	[ "$value" = "$3" ] || { echo "$1 $2: expected $3, is $value" >&2; return 1; }
}

resources() { echo ".linux.resources += $1"; }

@test "memory limits are written [LinuxResourcesMemory LinuxResourcesMemoryReservation LinuxResourcesMemorySwappiness]" {
	requires v1:memory
	start_box "$(resources '{memory: {limit: 67108864, reservation: 33554432, swappiness: 17}}')"
	has memory memory.limit_in_bytes 67108864
	has memory memory.soft_limit_in_bytes 33554432
	has memory memory.swappiness 17
	stop
}

@test "memory.swap is memory plus swap [LinuxResourcesMemorySwap]" {
	requires v1:memory
	[ -f /sys/fs/cgroup/memory/memory.memsw.limit_in_bytes ] || skip "no swap accounting"
	start_box "$(resources '{memory: {limit: 67108864, swap: 134217728}}')"
	has memory memory.memsw.limit_in_bytes 134217728
	stop
}

@test "a memory limit of -1 is none [LinuxResourcesMemory]" {
	requires v1:memory
	start_box "$(resources '{memory: {limit: -1, reservation: -1}}')"
	(($(cgroup_value memory memory.limit_in_bytes) > 1 << 60))
	stop
}

@test "disableOOMKiller is written [LinuxResourcesMemoryOOMKiller]" {
	requires v1:memory
	start_box "$(resources '{memory: {limit: 67108864, disableOOMKiller: true}}')"
	cgroup_value memory memory.oom_control | grep -qx 'oom_kill_disable 1'
	stop
}

@test "a memory limit is enforced: the program that needs more is killed [LinuxResourcesMemory]" {
	requires v1:memory
	inside 'x=$(head -c 40000000 /dev/zero | tr "\0" x); echo alive' "$(resources '{memory: {limit: 16777216}}')"
	[ "$status" = 137 ]
	lacks alive
}

@test "cpu shares, quota and period are written [LinuxResourcesCpuShares LinuxResourcesCpuQuota]" {
	requires v1:cpu
	start_box "$(resources '{cpu: {shares: 512, quota: 30000, period: 60000}}')"
	has cpu cpu.shares 512
	has cpu cpu.cfs_quota_us 30000
	has cpu cpu.cfs_period_us 60000
	stop
}

# crun 1.8.1 fails this: it writes the quota as an unsigned number.
@test "a cpu period alone and a quota of -1 are written [LinuxResourcesCpuQuota]" {
	requires v1:cpu
	start_box "$(resources '{cpu: {quota: -1, period: 50000}}')"
	has cpu cpu.cfs_quota_us -1
	has cpu cpu.cfs_period_us 50000
	stop
}

# runc 1.1.5 and crun 1.8.1 fail this: they do not know it.
@test "cpu burst is written [LinuxResourcesCpuBurst]" {
	requires v1:cpu
	[ -f /sys/fs/cgroup/cpu/cpu.cfs_burst_us ] || skip "no cpu.cfs_burst_us"
	start_box "$(resources '{cpu: {quota: 30000, period: 60000, burst: 10000}}')"
	has cpu cpu.cfs_burst_us 10000
	stop
}

# runc 1.1.5 fails this.
@test "cpu idle is written [LinuxResourcesCpuIdle]" {
	requires v1:cpu
	[ -f /sys/fs/cgroup/cpu/cpu.idle ] || skip "no cpu.idle"
	start_box "$(resources '{cpu: {idle: 1}}')"
	has cpu cpu.idle 1
	stop
}

@test "cpus and mems are written [LinuxResourcesCpuset]" {
	requires v1:cpuset
	start_box "$(resources '{cpu: {cpus: "0", mems: "0"}}')"
	has cpuset cpuset.cpus 0
	has cpuset cpuset.mems 0
	grep -qx $'Cpus_allowed_list:\t0' "/proc/$(pid_of "$BOX")/status"
	stop
}

@test "the pids limit is written and enforced [LinuxResourcesPids]" {
	requires v1:pids
	inside 'for i in 1 2 3 4 5 6; do sleep 20 & done 2>&1; kill $(jobs -p)' "$(resources '{pids: {limit: 4}}')"
	says fork
	start_box "$(resources '{pids: {limit: 99}}')"
	has pids pids.max 99
	stop
}

# crun 1.8.1 fails this.
@test "a pids limit of -1 is none [LinuxResourcesPids]" {
	requires v1:pids
	start_box "$(resources '{pids: {limit: -1}}')"
	has pids pids.max max
	stop
}

# runc 1.1.5 and crun 1.8.1 fail this: they take it for none.
@test "a pids limit of 0 lets the program run and fork nothing [LinuxResourcesPidsZero]" {
	requires v1:pids
	bundle "$(resources '{pids: {limit: 0}}')" '.process.args = ["/bin/sh", "-c", "while :; do :; done"]'
	create
	rt start "$BOX"
	has pids pids.max 0
	stop
}

# CRI-O up to 1.26 writes it for every container.
@test "a pids limit of 0 in a config.json of before 1.3 is none [PidsZeroBefore13]" {
	requires v1:pids
	start_box "$(resources '{pids: {limit: 0}}')" '.ociVersion = "1.0.2-dev"'
	has pids pids.max max
	stop
}

@test "block io weights are written [LinuxResourcesBlockIoWeight]" {
	requires v1:blkio
	[ -f /sys/fs/cgroup/blkio/blkio.weight ] || [ -f /sys/fs/cgroup/blkio/blkio.bfq.weight ] || skip "no weights"
	start_box "$(resources '{blockIO: {weight: 321}}')"
	[ "$(cat "$(cgroup_dir blkio)"/blkio{,.bfq}.weight 2>/dev/null)" = 321 ]
	stop
}

@test "block io rates are written for each device [LinuxResourcesBlockIoThrottle]" {
	requires v1:blkio
	[ -f /sys/fs/cgroup/blkio/blkio.throttle.read_bps_device ] || skip "no throttling"
	local disk
	disk=$(cat /sys/block/*/dev | head -n 1)
	local number="major: ${disk%:*}, minor: ${disk#*:}"
	start_box "$(resources "{blockIO: {throttleReadBpsDevice: [{$number, rate: 1001}], throttleWriteBpsDevice: [{$number, rate: 1002}],
		throttleReadIOPSDevice: [{$number, rate: 1003}], throttleWriteIOPSDevice: [{$number, rate: 1004}]}}")"
	has blkio blkio.throttle.read_bps_device "$disk 1001"
	has blkio blkio.throttle.write_bps_device "$disk 1002"
	has blkio blkio.throttle.read_iops_device "$disk 1003"
	has blkio blkio.throttle.write_iops_device "$disk 1004"
	stop
}

@test "hugepage limits are written [LinuxResourcesHugetlb]" {
	requires v1:hugetlb
	start_box "$(resources '{hugepageLimits: [{pageSize: "2MB", limit: 4194304}]}')"
	cat "$(cgroup_dir hugetlb)"/hugetlb.2MB{,.rsvd}.limit_in_bytes | grep -qx 4194304
	stop
}

@test "a page size that is none is refused [LinuxResourcesHugetlbPageSize]" {
	refused "$(resources '{hugepageLimits: [{pageSize: "../../memory.max", limit: 4194304}]}')"
}

# runc 1.1.5 and crun 1.8.1 do not say which file; crun leaves the cgroups.
@test "unified is refused where its controller is a v1 hierarchy [LinuxResourcesUnifiedV1]" {
	requires v1
	refused "$(resources '{unified: {"memory.max": "67108864"}}')"
	says memory.max
}

@test "a file of unified that is a path is refused [LinuxResourcesUnifiedFileName]" {
	for name in ../x a/b ''; do
		refused "$(resources "{unified: {\"$name\": \"1\"}}")"
	done
}

# crun 1.8.1 fails this: it leaves the cgroups.
@test "a value that the kernel refuses is an error, and nothing is left [EnvCreateError PropApplyFailGenError PropApplyFailNotCreate ErrorsLeaveStateUnchange]" {
	requires v1:cpu
	refused "$(resources '{cpu: {quota: 5, period: 100000}}')"
	says cpu
	refused "$(resources '{cpu: {cpus: "4096"}}')"
	says cpuset
}

@test "an absolute cgroupsPath is below each hierarchy's mount [CgroupsAbsPathRelToMount CgroupsPathAbsOrRel CgroupsExtraControllers]" {
	requires cgroupfs v1
	start_box ".linux.cgroupsPath = \"/$BOX/deep/er\""
	local pid
	pid=$(pid_of "$BOX")
	for name in memory cpu cpuset pids devices freezer blkio systemd; do
		grep -qx "$pid" "/sys/fs/cgroup/$name/$BOX/deep/er/cgroup.procs" || { echo "not in $name" >&2; return 1; }
	done
	stop
	for name in memory cpu cpuacct cpuset pids devices freezer blkio systemd unified hugetlb; do
		rmdir "/sys/fs/cgroup/$name/$BOX/deep" "/sys/fs/cgroup/$name/$BOX" 2>/dev/null || true
	done
}

@test "a relative cgroupsPath is somewhere, and the same one each time [CgroupsPathAttach CgroupsPathAbsOrRel]" {
	requires cgroupfs
	bundle ".linux.cgroupsPath = \"$BOX-relative\"" '.process.args = ["/bin/cat", "/proc/self/cgroup"]'
	run_box
	ok
	says "$BOX-relative"
	first=$output
	run_box
	[ "$output" = "$first" ]
}

@test "without cgroupsPath the container has a cgroup of its own id [CgroupsPathDefault]" {
	inside 'cat /proc/self/cgroup' 'del(.linux.cgroupsPath)'
	ok
	says "$BOX"
}

@test "nor does a cgroup of ours above the root of our cgroup namespace stand in the way [CgroupsPathDefault]" {
	requires root
	[[ $(findmnt -fnt cgroup2 -o FS-OPTIONS) != *nsdelegate* ]] || skip "with nsdelegate the kernel lets nobody across the border of a cgroup namespace"
	start_box '.linux.namespaces += [{type: "cgroup"}]'
	bundle -d "$T/second" 'del(.linux.cgroupsPath)'
	# "/..", as cgroup_namespaces(7) says it.
	run nsenter --cgroup --target "$(pid_of "$BOX")" "$RUNTIME" "${DRIVER[@]}" --root "$STATE" run --bundle "$BUNDLE" "$BOX-2" </dev/null
	ok
	stop
}

@test "a cgroupsPath that leaves the tree stays below it or is refused [CgroupsPathError]" {
	requires cgroupfs
	bundle ".linux.cgroupsPath = \"/../../$BOX/../$BOX\"" '.process.args = ["/bin/cat", "/proc/self/cgroup"]'
	run_box
	[ "$status" = 1 ] || lacks '..'
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "a cgroup that has processes is not taken [CgroupsPathUnfit]" {
	requires cgroupfs
	local dir
	dir=$(cgroup_dir pids)
	mkdir "$dir"
	sleep 1000 3>&- &
	local holder=$!
	echo $holder >"$dir/cgroup.procs"
	local accepted=0
	refused || accepted=1
	[ -d "$dir" ]
	kill -0 $holder
	kill $holder
	wait $holder || true
	eventually rmdir "$dir"
	[ $accepted = 0 ]
	says "$BOX"
}

# crun 1.8.1 fails this: it waits for ever.
@test "a cgroup that is frozen is not taken [CgroupsPathUnfit]" {
	requires cgroupfs v1:freezer
	mkdir "/sys/fs/cgroup/freezer/$BOX"
	echo FROZEN >"/sys/fs/cgroup/freezer/$BOX/freezer.state"
	local accepted=0
	refused || accepted=1
	echo THAWED >"/sys/fs/cgroup/freezer/$BOX/freezer.state" 2>/dev/null || true
	rmdir "/sys/fs/cgroup/freezer/$BOX" 2>/dev/null || true
	[ $accepted = 0 ]
}

# runc 1.1.5 and crun 1.8.1 hang.
@test "below a cgroup that is frozen no container is made, which would never run [CgroupsPathUnfit]" {
	requires cgroupfs
	local above accepted=0
	above=$(cgroup_dir freezer)
	mkdir "$above"
	if [ -e "$above/cgroup.freeze" ]; then
		echo 1 >"$above/cgroup.freeze"
	else
		echo FROZEN >"$above/freezer.state"
	fi
	bundle ".linux.cgroupsPath += \"/one/two\""
	timeout -k 1 "$PATIENCE" "$RUNTIME" --root "$STATE" create --bundle "$BUNDLE" "$BOX" >"$T/err" 2>&1 </dev/null || accepted=$?
	rmdir "$above"
	[ "$accepted" = 1 ]
	output=$(<"$T/err")
	says "the cgroup \"$above\" is frozen"
}

@test "delete removes the container's cgroups and those the program made in them [DeleteResImplement]" {
	start_box
	mkdir "$(cgroup_dir pids)/inner" "$(cgroup_dir pids)/inner/most"
	stop
	[ ! -e "$(cgroup_dir pids)" ]
}

@test "the cgroup of a container that was deleted by force can be used again [CgroupsPathAttach]" {
	local round
	for round in 1 2 3; do
		start_box
		grep -qx "$(pid_of "$BOX")" "$(cgroup_dir pids)/cgroup.procs"
		rt delete --force "$BOX"
		[ ! -e "$(cgroup_dir pids)" ]
	done
}

# runc 1.1.5 and crun 1.8.1 do not use it; a child that is born into it is killed at once.
@test "a cgroup whose processes somebody killed can be used [CgroupsPathAttach]" {
	requires cgroupfs
	local dir
	dir=$(cgroup_dir unified)
	mkdir "$dir"
	[ -e "$dir/cgroup.kill" ] || { rmdir "$dir"; skip "needs cgroup.kill"; }
	echo 1 >"$dir/cgroup.kill"
	inside 'cat /proc/self/cgroup'
	rmdir "$dir" 2>/dev/null || true
	ok
	line "0::$(cgroup_path)"
}

@test "delete leaves other cgroups beside it alone [DeleteOnlyCreatedRes]" {
	requires cgroupfs
	local dir
	dir=$(cgroup_dir pids)-parent
	mkdir -p "$dir/other"
	inside true ".linux.cgroupsPath = \"$(cgroups_path "$BOX-parent/mine")\""
	ok
	[ -d "$dir/other" ]
	[ ! -e "$dir/mine" ]
	rmdir "$dir/other"
	for dir in /sys/fs/cgroup{,/*}"$(cgroup_path "$BOX-parent")"; do
		rmdir "$dir" 2>/dev/null || true
	done
}

@test "the program is in the cgroup from its first instruction [CgroupsPathAttach]" {
	inside 'cat /proc/self/cgroup'
	ok
	is_v1 || { line "0::$(cgroup_path)"; return; }
	for name in memory pids devices; do
		grep -q ":$name:$(cgroup_path)\$" <<<"$output" || { echo "$name: $output" >&2; return 1; }
	done
}

@test "the cgroup stays the caller's: no change of owner on v1 [CgroupsOwnership]" {
	requires v1:pids
	start_box '.linux.namespaces += [{type: "cgroup"}]' '.process.user = {uid: 1000, gid: 1000}'
	[ "$(stat -c %u "$(cgroup_dir pids)" "$(cgroup_dir pids)/cgroup.procs" | sort -u)" = 0 ]
	stop
}
