#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# config-linux.md "Control groups" where cgroup v2 is all there is.

load inside

setup() {
	begin_test
	requires v2
}

DIR() { cgroup_dir unified; }

# has FILE VALUE: of the container's cgroup.
has() {
	local value
	value=$(cat "$(DIR)/$1")
	[ "$value" = "$2" ] || { echo "$1: expected $2, is $value" >&2; return 1; }
}

resources() { echo ".linux.resources += $1"; }
needs_controller() { grep -qw "$1" /sys/fs/cgroup/cgroup.controllers || skip "needs the controller $1"; }

# A writable mount of the container's own cgroup in a cgroup namespace of its own, for user 1000.
delegated() {
	bundle '.linux.namespaces += [{type: "cgroup"}]' '.process.user = {uid: 1000, gid: 1000}' \
		'.mounts |= map(select(.destination != "/sys/fs/cgroup"))' \
		'.mounts += [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid", "noexec", "nodev"]}]' \
		'.process.args = ["/bin/sleep", "100"]' "$@"
	create
}
owner_of() { stat -c %u "$(DIR)${1+/$1}"; }

@test "memory: limit, swap alone and reservation [LinuxResourcesMemory LinuxResourcesMemorySwap LinuxResourcesMemoryReservation CgroupV2Conversion]" {
	start_box "$(resources '{memory: {limit: 67108864, reservation: 33554432, swap: 134217728}}')"
	has memory.max 67108864
	has memory.low 33554432
	[ ! -e "$(DIR)/memory.swap.max" ] || has memory.swap.max 67108864
	stop
}

@test "memory: -1 is max, and swap goes along [LinuxResourcesMemory]" {
	start_box "$(resources '{memory: {limit: -1}}')"
	has memory.max max
	stop
}

@test "a memory limit is enforced: the program that needs more is killed [LinuxResourcesMemory]" {
	inside 'x=$(head -c 40000000 /dev/zero | tr "\0" x); echo alive' \
		"$(resources '{memory: {limit: 16777216, swap: 16777216}}')"
	[ "$status" = 137 ]
	lacks alive
}

# runc 1.1.5 and crun 1.8.1 fail this: they know no burst.
@test "cpu: shares, quota, period and burst [LinuxResourcesCpuShares LinuxResourcesCpuQuota LinuxResourcesCpuBurst CgroupV2Conversion]" {
	start_box "$(resources '{cpu: {shares: 1024, quota: 30000, period: 60000, burst: 10000}}')"
	has cpu.weight 100
	has cpu.max '30000 60000'
	has cpu.max.burst 10000
	stop
}

@test "cpu: a quota of -1 and a period [LinuxResourcesCpuQuota]" {
	start_box "$(resources '{cpu: {quota: -1, period: 50000}}')"
	has cpu.max 'max 50000'
	stop
}

# runc 1.1.5 fails this.
@test "cpu: idle wins over shares, and 0 is no error [LinuxResourcesCpuIdle]" {
	[ -f /sys/fs/cgroup/job/cpu.idle ] || [ -n "$(echo /sys/fs/cgroup/*/cpu.idle)" ] || skip "no cpu.idle"
	start_box "$(resources '{cpu: {shares: 512, idle: 1}}')"
	has cpu.idle 1
	stop
	inside true "$(resources '{cpu: {idle: 0}}')"
	ok
}

# runc 1.1.5 and crun 1.8.1 fail this: they take 0 for none.
@test "pids: a limit, none, and 0 [LinuxResourcesPids LinuxResourcesPidsZero]" {
	start_box "$(resources '{pids: {limit: 99}}')"
	has pids.max 99
	stop
	start_box "$(resources '{pids: {limit: -1}}')"
	has pids.max max
	stop
	bundle "$(resources '{pids: {limit: 0}}')" '.process.args = ["/bin/sh", "-c", "while :; do :; done"]'
	create
	rt start "$BOX"
	has pids.max 0
	stop
}

@test "block io: the weight and the rates of a device, each by itself [LinuxResourcesBlockIoWeight LinuxResourcesBlockIoThrottle]" {
	needs_controller io
	local disk number
	disk=$(cat /sys/block/ubda/dev 2>/dev/null || cat /sys/block/*/dev | head -n 1)
	number="major: ${disk%:*}, minor: ${disk#*:}"
	start_box "$(resources "{blockIO: {throttleReadBpsDevice: [{$number, rate: 1001}],
		throttleWriteBpsDevice: [{$number, rate: 1002}], throttleReadIOPSDevice: [{$number, rate: 1003}],
		throttleWriteIOPSDevice: [{$number, rate: 1004}]}}")"
	has io.max "$disk rbps=1001 wbps=1002 riops=1003 wiops=1004"
	stop
}

# crun 1.8.1 fails this: it knows no rdma on v2.
@test "rdma is an error without its controller [LinuxResourcesRdma PropApplyFailGenError]" {
	! grep -qw rdma /sys/fs/cgroup/cgroup.controllers || skip "the controller is here"
	refused "$(resources '{rdma: {mlx5_1: {hcaHandles: 3}}}')"
	says rdma
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "unified: files are written, unknown ones too, a line at a time [LinuxResourcesUnified]" {
	needs_controller io
	local disks one two
	mapfile -t disks < <(cat /sys/block/ubd?/dev /sys/block/[sv]d?/dev 2>/dev/null)
	[ ${#disks[@]} -ge 2 ] || skip "needs two disks"
	one=${disks[0]} two=${disks[1]}
	start_box "$(resources "{unified: {\"memory.high\": \"67108864\", \"cgroup.max.depth\": \"7\",
		\"io.max\": \"$one rbps=2097152 wiops=120\n$two rbps=1048576\"}}")"
	has memory.high 67108864
	has cgroup.max.depth 7
	grep -qx "$one rbps=2097152 wbps=max riops=max wiops=120" "$(DIR)/io.max"
	grep -qx "$two rbps=1048576 wbps=max riops=max wiops=max" "$(DIR)/io.max"
	stop
}

@test "unified: the controllers it needs are enabled [LinuxResourcesUnified]" {
	requires cgroupfs
	start_box ".linux.cgroupsPath = \"$(cgroups_path)/deep/er\"" "$(resources '{unified: {"pids.max": "5"}}')"
	[ "$(cat "$(DIR)/deep/er/pids.max")" = 5 ]
	stop
	rmdir "$(DIR)/deep" "$(DIR)" 2>/dev/null || true
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "unified: an absent controller, an unknown file and one that moves processes are errors [LinuxResourcesUnified LinuxResourcesUnifiedFileName]" {
	refused "$(resources '{unified: {"misc.max": "res 1"}}')"
	says misc
	! grep -qw misc /sys/fs/cgroup/cgroup.controllers || says 'misc.capacity of the cgroup root names'
	refused "$(resources '{unified: {"memory.nothing": "1"}}')"
	says memory.nothing
	refused "$(resources '{unified: {"cgroup.procs": "1"}}')"
	says cgroup.procs
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "what v2 has nothing for is an error, and unset is none [CgroupV2Unconvertible]" {
	local bad
	for bad in '{memory: {swappiness: 10}}' '{memory: {disableOOMKiller: true}}' '{memory: {kernelTCP: 1048576}}' \
		'{cpu: {realtimeRuntime: 1000}}' '{blockIO: {leafWeight: 20}}' '{network: {classID: 1}}'; do
		refused "$(resources "$bad")" || { echo "$bad" >&2; return 1; }
	done
	inside true "$(resources '{memory: {kernel: 0, kernelTCP: 0, swappiness: 0, disableOOMKiller: false},
		cpu: {realtimeRuntime: 0, realtimePeriod: 0}, blockIO: {leafWeight: 0}, network: {classID: 0}}')"
	ok
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "a cgroup that has processes, or is frozen, is not taken [CgroupsPathUnfit]" {
	mkdir "$(DIR)"
	sleep 1000 3>&- &
	local holder=$!
	echo $holder >"$(DIR)/cgroup.procs"
	local accepted=0
	refused || accepted=1
	kill $holder
	wait $holder || true
	eventually grep -q 'populated 0' "$(DIR)/cgroup.events"
	[ $accepted = 0 ]
	says "$BOX"
	echo 1 >"$(DIR)/cgroup.freeze"
	refused || accepted=1
	rmdir "$(DIR)"
	[ $accepted = 0 ]
	says frozen
}

# A domain of threads with a threaded cgroup in it, a child of its own, and one that hands memory on.
@test "among threaded cgroups, and where controllers are handed on, no container can be: that is told first [CgroupsPathThreaded]" {
	requires cgroupfs
	mkdir "$(DIR)" "$(DIR)/threads"
	echo threaded >"$(DIR)/threads/cgroup.type"
	refused ".linux.cgroupsPath = \"/$BOX/threads\""
	says 'is threaded'
	refused ".linux.cgroupsPath = \"/$BOX/new/box\""
	says "\"$(DIR)\" is \"domain threaded\""
	[ ! -e "$(DIR)/new" ]
	rmdir "$(DIR)/threads" "$(DIR)"
	mkdir "$(DIR)" "$(DIR)/below"
	echo +memory >"$(DIR)/cgroup.subtree_control"
	refused
	says 'hands controllers on (memory)'
	rmdir "$(DIR)/below" "$(DIR)"
}

@test "a limit whose controller is held back is told with who holds it back, and why [ErrorsControllerOff]" {
	requires cgroupfs
	mkdir "$(DIR)"
	sleep 1000 3>&- &
	local holder=$!
	echo $holder >"$(DIR)/cgroup.procs"
	local accepted=0
	refused ".linux.cgroupsPath = \"/$BOX/in\"" "$(resources '{memory: {limit: 67108864}}')" || accepted=1
	kill $holder
	wait $holder || true
	eventually rmdir "$(DIR)"
	[ $accepted = 0 ]
	says "\"$(DIR)\" does not hand the controller \"memory\" on"
	says "it holds processes itself, such as $holder"
}

@test "below a cgroup that holds processes a container without limits runs, and that cgroup stays as it was [CgroupsPathThreaded]" {
	requires cgroupfs
	mkdir "$(DIR)"
	sleep 1000 3>&- &
	local holder=$! type
	echo $holder >"$(DIR)/cgroup.procs"
	inside 'cat /proc/self/cgroup' ".linux.cgroupsPath = \"$(cgroups_path)/in\""
	type=$(cat "$(DIR)/cgroup.type")
	kill $holder
	wait $holder || true
	eventually rmdir "$(DIR)"
	ok
	line "0::$(cgroup_path)/in"
	[ "$type" = domain ]
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "the directory and the files for delegation go to the program's user [CgroupsOwnershipUid CgroupsOwnershipMount CgroupsOwnershipFiles CgroupsOwnershipExisting]" {
	delegated
	[ "$(owner_of)" = 1000 ]
	local file
	while read -r file; do
		[ ! -e "$(DIR)/$file" ] || [ "$(owner_of "$file")" = 1000 ] || { echo "$file" >&2; return 1; }
	done </sys/kernel/cgroup/delegate
	rt delete --force "$BOX"
}

@test "no other file goes to it [CgroupsOwnershipOthers]" {
	delegated
	local file
	for file in "$(DIR)"/*; do
		grep -qx "${file##*/}" /sys/kernel/cgroup/delegate || [ "$(stat -c %u "$file")" = 0 ] || { echo "$file" >&2; return 1; }
	done
	rt delete --force "$BOX"
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "the program makes cgroups in its own and sets no limits [CgroupsOwnershipUid]" {
	bundle '.linux.namespaces += [{type: "cgroup"}]' '.process.user = {uid: 1000, gid: 1000}' \
		'.mounts |= map(select(.destination != "/sys/fs/cgroup"))' \
		'.mounts += [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup"}]' \
		'.process.args = ["/bin/sh", "-c", "cd /sys/fs/cgroup && mkdir below && echo 0 >below/cgroup.procs && echo moved; echo 5 2>&1 >pids.max || echo no"]'
	run_box
	ok
	line moved
	line no
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "in a user namespace the owner is the one its user is on the host [CgroupsOwnershipUid]" {
	chmod 755 "$T" "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR" 2>/dev/null || true
	delegated '.linux.namespaces += [{type: "user"}]' '.linux.uidMappings = [{containerID: 0, hostID: 200000, size: 65536}]' \
		'.linux.gidMappings = [{containerID: 0, hostID: 200000, size: 65536}]'
	[ "$(owner_of)" = 201000 ]
	rt delete --force "$BOX"
}

@test "without a new cgroup namespace the owner stays [CgroupsOwnershipNamespace]" {
	delegated '.linux.namespaces |= map(select(.type != "cgroup"))'
	[ "$(owner_of)" = 0 ]
	rt delete --force "$BOX"
	delegated '.linux.namespaces |= map(if .type == "cgroup" then .path = "/proc/self/ns/cgroup" else . end)'
	[ "$(owner_of)" = 0 ]
	rt delete --force "$BOX"
}

@test "with a mount that is read-only, elsewhere or missing the owner stays [CgroupsOwnershipMount CgroupsOwnershipNoMount]" {
	local edit
	for edit in '.options += ["ro"]' '.destination = "/var/cg"' '.source = "cgroup2"'; do
		delegated ".mounts |= map(if .destination == \"/sys/fs/cgroup\" then $edit else . end)"
		[ "$(owner_of)" = 0 ] || { echo "$edit" >&2; return 1; }
		rt delete --force "$BOX"
	done
	delegated '.mounts |= map(select(.destination != "/sys/fs/cgroup"))'
	[ "$(owner_of)" = 0 ]
	rt delete --force "$BOX"
}

# A container of Docker in Docker, or of systemd: its cgroup has handed its controllers on.
@test "exec goes where the container's first process has moved [ExecCgroupInner]" {
	requires v2
	start_box
	mkdir "$(cgroup_dir pids)/inner"
	pid_of "$BOX" >"$(cgroup_dir pids)/inner/cgroup.procs"
	eventually is_empty "$(cgroup_dir pids)/cgroup.procs"
	echo +pids >"$(cgroup_dir pids)/cgroup.subtree_control"
	run rt exec "$BOX" cat /proc/self/cgroup
	[ "$status" = 0 ]
	says inner
	stop
}

@test "exec finds the container's cgroup too when it is named as the one above [ExecCgroupInner]" {
	requires v2 cgroupfs
	local own
	own=$(DIR)/$BOX
	start_box '.linux.cgroupsPath += "/" + (.linux.cgroupsPath | split("/") | last)'
	mkdir "$own/inner"
	pid_of "$BOX" >"$own/inner/cgroup.procs"
	eventually is_empty "$own/cgroup.procs"
	echo +pids >"$own/cgroup.subtree_control"
	run -0 rt exec "$BOX" cat /proc/self/cgroup
	says "/$BOX/$BOX/inner"
	stop
}

# Its own cgroup's path ends as that of the file system does: "/sys/fs/cgroup/cgroup".
@test "exec follows the container's first process also into a cgroup named as the file system's mount [ExecCgroupInner]" {
	requires v2 cgroupfs root
	local own=/sys/fs/cgroup/cgroup
	[ ! -e "$own" ] || skip "there is a cgroup of that name"
	start_box '.linux.cgroupsPath = "/cgroup"'
	mkdir "$own/cgroup"
	pid_of "$BOX" >"$own/cgroup/cgroup.procs"
	eventually is_empty "$own/cgroup.procs"
	echo +pids >"$own/cgroup.subtree_control"
	run rt exec "$BOX" cat /proc/self/cgroup
	stop
	[ "$status" = 0 ]
	says "/cgroup/cgroup"
}

@test "exec into a cgroup below the container's that is frozen is refused, or waits and can be ended [ExecFrozenBelow ExecInterrupted]" {
	requires v2
	start_box
	mkdir "$(DIR)/ice"
	echo 1 >"$(DIR)/ice/cgroup.freeze"
	run -255 timeout -k 1 "$PATIENCE" "$RUNTIME" --root "$STATE" exec --cgroup ice "$BOX" /bin/true
	says frozen
	says ignore-paused
	run -124 timeout -k 10 1 "$RUNTIME" --root "$STATE" exec --ignore-paused --cgroup ice "$BOX" /bin/true
	eventually is_empty "$(DIR)/ice/cgroup.procs"
	echo 0 >"$(DIR)/ice/cgroup.freeze"
	rt exec --cgroup ice "$BOX" /bin/true
	stop
}

# As privileged pods have it: programs join the mount point and what /proc/self/cgroup says.
@test "without a cgroup namespace the cgroup mount is the tree that /proc/self/cgroup is about [MountsCgroupTree]" {
	requires root
	local own='cat "/sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup)/pids.max"' mount='{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro"]}'
	needs_controller pids
	inside "$own; touch /sys/fs/cgroup/x 2>&1 || true; cat /proc/self/mountinfo" "$(resources '{pids: {limit: 77}}')" \
		'.mounts |= map(select(.destination != "/sys/fs/cgroup"))' ".mounts += [$mount]"
	ok
	line 77
	mounted /sys/fs/cgroup / ro
	says 'Read-only file system'
}

@test "in a user namespace the cgroup mount is the container's own part [MountsCgroupView]" {
	requires root
	needs_controller pids
	inside 'cat /sys/fs/cgroup/pids.max' "$(resources '{pids: {limit: 77}}')" \
		'.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings' \
		'.mounts |= map(select(.destination != "/sys/fs/cgroup"))' \
		'.mounts += [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro"]}]'
	ok
	line 77
}
