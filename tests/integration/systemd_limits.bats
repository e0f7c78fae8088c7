#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# --systemd-cgroup: limits are in the unit and in the files, whatever is reloaded or updated; and in a cgroup below
# the unit's own.

RT_DRIVER=systemd
load inside
load systemd

setup() { begin_unit_test; }

@test "limits are in the unit and in the files [SystemdLimits]" {
	requires v2
	start_box "$(resources '{memory: {limit: 67108864, reservation: 33554432, swap: 134217728}, pids: {limit: 20}}')" \
		"$(resources '{cpu: {shares: 1024, quota: 30000, period: 60000}}')"
	unit_has MemoryMax 67108864
	unit_has MemoryLow 33554432
	unit_has MemorySwapMax 67108864
	unit_has TasksMax 20
	unit_has CPUWeight 100
	unit_has CPUQuotaPerSecUSec 500ms
	unit_has CPUQuotaPeriodUSec 60ms
	file_has memory.max 67108864
	file_has pids.max 20
	file_has cpu.max '30000 60000'
	stop
}

@test "limits are still there when systemd was reloaded [SystemdLimits]" {
	requires v2
	start_box "$(resources '{memory: {limit: 67108864}, pids: {limit: 20}, cpu: {quota: 1550, period: 100000}}')"
	systemctl daemon-reload
	file_has memory.max 67108864
	file_has pids.max 20
	unit_has MemoryMax 67108864
	unit_has CPUQuotaPerSecUSec 20ms
	stop
}

@test "sizes with a unit and limits of nothing are still there when systemd was reloaded [SystemdLimits]" {
	requires v2
	start_box "$(resources '{unified: {"memory.max": " 64M\n", "memory.low": "8m"}}')" \
		'.process.args = ["/bin/sleep", "100"]'
	rt update --resources - "$BOX" <<<'{"unified": {"memory.high": "0"}}'
	systemctl daemon-reload
	file_has memory.max 67108864
	file_has memory.low 8388608
	file_has memory.high 0
	stop
}

@test "processors are in the unit and in the files [SystemdLimits]" {
	requires v2
	needs_controller cpuset
	start_box "$(resources '{cpu: {cpus: "0", mems: "0"}}')"
	unit_has AllowedCPUs 0
	unit_has AllowedMemoryNodes 0
	file_has cpuset.cpus 0
	stop
}

@test "one process is enough for the container, and none for more [SystemdLimits]" {
	requires v2
	bundle "$(resources '{pids: {limit: 1}}')" \
		'.process.args = ["/bin/sh", "-c", "cat /proc/self/cgroup; true"]'
	run rt run --bundle "$BUNDLE" "$BOX" </dev/null
	says "fork"
	start_box "$(resources '{pids: {limit: 1}}')" '.process.args = ["/bin/sleep", "100"]'
	unit_has TasksMax 1
	file_has pids.max 1
	stop
}

@test "update changes the unit and the files [SystemdUpdate]" {
	requires v2
	start_box "$(resources '{memory: {limit: 67108864}, cpu: {quota: 30000, period: 60000}}')"
	rt update --memory 134217728 --pids-limit 30 --cpu-quota 15000 "$BOX"
	unit_has MemoryMax 134217728
	unit_has TasksMax 30
	unit_has CPUQuotaPerSecUSec 250ms
	file_has memory.max 134217728
	file_has pids.max 30
	file_has cpu.max '15000 60000'
	systemctl daemon-reload
	file_has memory.max 134217728
	stop
}

@test "an update that fails leaves the unit as it was [SystemdUpdate CliUpdateAtomic]" {
	requires v2
	start_box "$(resources '{memory: {limit: 67108864}}')"
	run ! rt update --resources - "$BOX" <<<'{"memory": {"limit": 134217728}, "unified": {"memory.oom.group": "nonsense"}}'
	file_has memory.max 67108864
	unit_has MemoryMax 67108864
	stop
}

# Whenever a property is set, systemd writes all of them: rounded, or those that it has no word for as if unset.
odd_limits() {
	resources '{pids: {limit: 0}, cpu: {quota: 1550, period: 100000}, unified: {"memory.oom.group": "1"}}'
}
has_odd_limits() {
	file_has cpu.max '1550 100000'
	file_has pids.max 0
	file_has memory.oom.group 1
}

@test "an update leaves the limits that it does not name [SystemdUpdate CliUpdate]" {
	requires v2
	start_box "$(odd_limits)" '.process.args = ["/bin/sleep", "100"]'
	rt update --memory 67108864 "$BOX"
	file_has memory.max 67108864
	has_odd_limits
	rt update --resources - "$BOX" <<<'{"memory": {"limit": 50331648}, "devices": [{"allow": false, "access": "rwm"}]}'
	file_has memory.max 50331648
	has_odd_limits
	rt update --resources - "$BOX" <<<'{"devices": [{"allow": true, "access": "rwm"}]}'
	file_has memory.max 50331648
	has_odd_limits
	stop
}

@test "an update on cgroup v1 leaves the quota that it does not name [SystemdUpdate CliUpdate]" {
	requires v1
	start_box "$(resources '{cpu: {quota: 1550, period: 100000}}')"
	rt update --memory 67108864 "$BOX"
	[ "$(cat "/sys/fs/cgroup/memory$(cgroup_path)/memory.limit_in_bytes")" = 67108864 ]
	[ "$(cat "/sys/fs/cgroup/cpu$(cgroup_path)/cpu.cfs_quota_us")" = 1550 ]
	stop
}

@test "an update that fails leaves the limits that it does not name [SystemdUpdate CliUpdateAtomic]" {
	requires v2
	start_box "$(odd_limits)" '.process.args = ["/bin/sleep", "100"]'
	run ! rt update --resources - "$BOX" <<<'{"memory": {"limit": 67108864}, "unified": {"cpu.weight": "nonsense"}}'
	file_has memory.max max
	has_odd_limits
	stop
}

@test "a container that was idle is so no longer, also when systemd was reloaded [SystemdUpdate]" {
	requires v2
	start_box "$(resources '{cpu: {idle: 1}}')"
	file_has cpu.idle 1
	rt update --pids-limit 30 "$BOX"
	file_has cpu.idle 1
	rt update --cpu-idle 0 "$BOX"
	file_has cpu.idle 0
	file_has cpu.weight 100
	systemctl daemon-reload
	file_has cpu.idle 0
	rt update --cpu-share 512 --cpu-idle 0 "$BOX"
	file_has cpu.weight 59
	rt update --cpu-idle 0 "$BOX"
	systemctl daemon-reload
	file_has cpu.weight 59
	stop
}

@test "an update that fails leaves the unit idle or not as it was [SystemdUpdate CliUpdateAtomic]" {
	requires v2
	local nonsense='"unified": {"memory.oom.group": "nonsense"}'
	start_box "$(resources '{cpu: {shares: 512}}')"
	run ! rt update --resources - "$BOX" <<<"{\"cpu\": {\"idle\": 1}, $nonsense}"
	unit_has CPUWeight 59
	file_has cpu.idle 0
	file_has cpu.weight 59
	rt update --cpu-idle 1 "$BOX"
	run ! rt update --resources - "$BOX" <<<"{\"cpu\": {\"shares\": 512, \"idle\": 0}, $nonsense}"
	file_has cpu.idle 1
	systemctl daemon-reload
	file_has cpu.idle 1
	stop
}

@test "an update that fails has killed nobody [SystemdUpdate CliUpdateAtomic]" {
	requires v2
	sh_bundle 'x=$(head -c 8000000 /dev/zero | tr "\0" x); echo full; while :; do sleep 0.02; done' \
		"$(resources '{memory: {limit: 134217728, swap: 134217728}}')"
	create
	rt start "$BOX"
	eventually grep -q full "$T/out"
	run ! rt update --resources - "$BOX" <<<'{"memory": {"limit": 4194304}, "unified": {"memory.oom.group": "nonsense"}}'
	grep -qx 'oom_kill 0' "$(DIR)/memory.events"
	file_has memory.max 134217728
	unit_has MemoryMax 134217728
	stop
}

# With a filter of systemd's that lacks one of the devices this fails after the reload.
@test "devices are kept when systemd is reloaded, and nothing more is allowed [SystemdDevices]" {
	requires root
	local rules='[{allow: false, access: "rwm"}, {allow: true, type: "c", major: 10, minor: 229, access: "rw"}]'
	local script='while read -r word; do (: <>/dev/mine) 2>/dev/null && echo mine || echo no-mine
		(: </dev/other) 2>/dev/null && echo other || echo no-other
		(: >/dev/null) 2>/dev/null && echo null || echo no-null; done'
	[ -e /dev/fuse ] || skip "needs /dev/fuse"
	mkfifo "$T/in"
	sh_bundle "$script" "$(resources "{devices: $rules}")" \
		'.linux.devices = [{type: "c", path: "/dev/mine", major: 10, minor: 229, fileMode: 438},
			{type: "c", path: "/dev/other", major: 1, minor: 11, fileMode: 438}]'
	rt run --bundle "$BUNDLE" "$BOX" <"$T/in" >"$T/said" 2>"$T/err" &
	exec 9>"$T/in"
	echo >&9
	eventually is_lines "$T/said" 3
	systemctl daemon-reload
	echo >&9
	eventually is_lines "$T/said" 6
	exec 9>&-
	wait
	[ "$(cat "$T/said")" = "$(printf 'mine\nno-other\nnull\nmine\nno-other\nnull')" ]
	eventually no_unit
}
is_lines() { [ "$(wc -l <"$1")" = "$2" ]; }

@test "a program that runs out of memory is killed, and its unit goes [SystemdUnit SystemdLimits]" {
	requires v2
	bundle "$(resources '{memory: {limit: 16777216, swap: 16777216}}')" \
		'.process.args = ["/bin/sh", "-c", "x=$(head -c 40000000 /dev/zero | tr \"\\0\" x); echo alive"]'
	run rt run --bundle "$BUNDLE" "$BOX" </dev/null
	[ "$status" = 137 ]
	eventually no_unit
}

in_subgroup() { echo ".annotations[\"run.oci.systemd.subgroup\"] = \"$1\""; }

# runc 1.1.5 fails this: it does not know the annotation.
@test "a subgroup is the container's cgroup, with its limits, and the unit has them too [AnnotationSubgroup]" {
	requires v2
	start_box "$(in_subgroup inner)" "$(resources '{memory: {limit: 67108864}, pids: {limit: 20}}')"
	[ "$(sed -n 's/^0:://p' "/proc/$(pid_of "$BOX")/cgroup")" = "$(cgroup_path)/inner" ]
	file_has inner/memory.max 67108864
	file_has inner/pids.max 20
	file_has cgroup.procs ''
	unit_has MemoryMax 67108864
	unit_has TasksMax 20
	rt exec "$BOX" true
	rt update --pids-limit 30 "$BOX"
	file_has inner/pids.max 30
	unit_has TasksMax 30
	systemctl daemon-reload
	file_has inner/memory.max 67108864
	stop
	eventually no_unit
	[ ! -e "$(DIR)" ]
}

# runc 1.1.5 fails this: it does not know the annotation.
@test "a subgroup holds the container on cgroup v1 too [AnnotationSubgroup]" {
	requires v1
	start_box "$(in_subgroup inner)" "$(resources '{memory: {limit: 67108864}}')"
	grep -q ":memory:$(cgroup_path)/inner\$" "/proc/$(pid_of "$BOX")/cgroup"
	grep -q ":freezer:$(cgroup_path)/inner\$" "/proc/$(pid_of "$BOX")/cgroup"
	[ "$(cat "/sys/fs/cgroup/memory$(cgroup_path)/inner/memory.limit_in_bytes")" = 67108864 ]
	unit_has MemoryLimit 67108864
	stop
	eventually no_unit
	[ ! -e "/sys/fs/cgroup/freezer$(cgroup_path)" ]
}

# runc 1.1.5 fails this: it does not know the annotation.
@test "an empty subgroup is none, and one that is no name of a cgroup is refused [AnnotationSubgroup]" {
	local name
	start_box "$(in_subgroup '')"
	grep -q "$(cgroup_path)\$" "/proc/$(pid_of "$BOX")/cgroup"
	stop
	for name in .. a/b; do
		refused "$(in_subgroup "$name")"
		says /annotations/run.oci.systemd.subgroup
	done
}
