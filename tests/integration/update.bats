#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# update: new limits for a container that exists.

load inside

# has CONTROLLER V1-FILE VALUE V2-FILE VALUE: whichever this machine has.
has() {
	local value
	if is_v1; then set -- "$1" "$2" "$3"; else set -- "$1" "$4" "$5"; fi
	value=$(cgroup_value "$1" "$2")
	[ "$value" = "$3" ] || { echo "$2: expected $3, is $value" >&2; return 1; }
}
memory_is() { has memory memory.limit_in_bytes "$1" memory.max "$1"; }
resources() { echo ".linux.resources += $1"; }

@test "options change limits of a running container and nothing else [CliUpdate]" {
	start_box "$(resources '{pids: {limit: 77}}')"
	cp "$STATE/$BOX/record.json" "$T/record"
	rt update --memory 64m --cpu-share 512 --cpu-period 60000 --cpu-quota 30000 "$BOX"
	memory_is 67108864
	has cpu cpu.cfs_quota_us 30000 cpu.max '30000 60000'
	has pids pids.max 77 pids.max 77
	rt update --pids-limit 55 "$BOX"
	has pids pids.max 55 pids.max 55
	memory_is 67108864
	cmp "$STATE/$BOX/record.json" "$T/record"
	stop
}

@test "a resources object comes from a file or from stdin [CliUpdate]" {
	start_box
	echo '{"pids": {"limit": 44}}' >"$T/r.json"
	rt update --resources "$T/r.json" "$BOX"
	has pids pids.max 44 pids.max 44
	echo '{"memory": {"limit": 33554432}}' | rt update --resources=- "$BOX"
	memory_is 33554432
	stop
}

# containerd sends all of the config's resources back with each update.  runc 1.1.5 and crun 1.8.1 take 0 for none always.
@test "a pids limit of 0 is what it is in the container's config.json [PidsZeroBefore13 LinuxResourcesPidsZero]" {
	local none
	start_box '.ociVersion = "1.0.2-dev"' "$(resources '{pids: {limit: 0}}')"
	none=$(cgroup_value pids pids.max) # a unit of systemd has its DefaultTasksMax
	[ "$none" != 0 ]
	rt update -r - "$BOX" <<<'{"memory": {"limit": 67108864}, "pids": {"limit": 0}}'
	memory_is 67108864
	has pids pids.max "$none" pids.max "$none"
	rt update -r - "$BOX" <<<'{"pids": {"limit": 44}}'
	rt update -r - "$BOX" <<<'{"pids": {"limit": 0}}'
	has pids pids.max 44 pids.max 44
	stop
	start_box '.ociVersion = "1.3.0"' '.process.args = ["/bin/sleep", "1000"]' # which needs no other process
	rt update -r - "$BOX" <<<'{"pids": {"limit": 0}}'
	has pids pids.max 0 pids.max 0
	stop
}

@test "memory and swap go up and down together [CliUpdate]" {
	start_box "$(resources '{memory: {limit: 67108864, swap: 67108864}}')"
	local size
	for size in 256 32 128; do
		rt update --memory ${size}M --memory-swap ${size}M "$BOX"
		memory_is $((size << 20))
	done
	stop
}

@test "a period alone keeps the quota [CliUpdate]" {
	start_box "$(resources '{cpu: {quota: 30000, period: 60000}}')"
	rt update --cpu-period 50000 "$BOX"
	has cpu cpu.cfs_quota_us 30000 cpu.max '30000 50000'
	stop
}

@test "a created and a paused container take new limits, a stopped one does not [CliUpdate]" {
	sleeper
	create
	rt update --pids-limit 10 "$BOX"
	has pids pids.max 10 pids.max 10
	rt pause "$BOX"
	rt update --pids-limit 11 "$BOX"
	has pids pids.max 11 pids.max 11
	rt kill "$BOX" KILL
	wait_for "$BOX" stopped
	run rt update --pids-limit 12 "$BOX"
	[ "$status" = 1 ]
	says 'container not running'
	rt delete "$BOX"
}

@test "what fails half way is taken back [CliUpdateAtomic]" {
	start_box "$(resources '{cpu: {quota: 30000, period: 60000}, pids: {limit: 77}}')"
	echo '{"pids": {"limit": 5}, "cpu": {"quota": 1, "period": 50000}, "memory": {"limit": 67108864}}' >"$T/r.json"
	run rt update -r "$T/r.json" "$BOX"
	[ "$status" = 1 ]
	says cpu
	has cpu cpu.cfs_period_us 60000 cpu.max '30000 60000'
	has pids pids.max 77 pids.max 77
	stop
}

@test "what fails once the container idles leaves it the weight that it had [CliUpdateAtomic]" {
	start_box "$(resources '{cpu: {shares: 512}}')"
	[ -f "$(cgroup_dir cpu)/cpu.idle" ] || { stop; skip "no cpu.idle"; }
	run ! rt update -r - "$BOX" <<<'{"cpu": {"idle": 1, "quota": 1, "period": 50000}}'
	has cpu cpu.idle 0 cpu.idle 0
	has cpu cpu.shares 512 cpu.weight 59
	stop
}

@test "the rates of devices, and those that had none, are taken back too [CliUpdateAtomic]" {
	requires v2
	local disks one two
	mapfile -t disks < <(cat /sys/block/ubd?/dev /sys/block/[sv]d?/dev 2>/dev/null)
	[ ${#disks[@]} -ge 2 ] || skip "needs two disks"
	one="major: ${disks[0]%:*}, minor: ${disks[0]#*:}" two="major: ${disks[1]%:*}, minor: ${disks[1]#*:}"
	start_box "$(resources "{blockIO: {throttleReadBpsDevice: [{$one, rate: 1000000}]}}")"
	local change="{blockIO: {throttleReadBpsDevice: [{$one, rate: 2000000}], throttleWriteIOPSDevice: [{$two, rate: 50}]}"
	jq -n "$change, unified: {\"memory.high\": \"x\"}}" >"$T/r.json"
	run rt update -r "$T/r.json" "$BOX"
	[ "$status" = 1 ]
	says memory.high
	[ "$(cgroup_value io io.max)" = "${disks[0]} rbps=1000000 wbps=max riops=max wiops=max" ]
	jq -n "$change}" | rt update -r - "$BOX"
	[ "$(cgroup_value io io.max | wc -l)" = 2 ]
	stop
}

@test "a limit below the usage is refused with checkBeforeUpdate, and nothing is killed [LinuxResourcesCheckBeforeUpdate]" {
	sh_bundle 'x=$(head -c 20000000 /dev/zero | tr "\0" x); echo >/tmp/ready; while :; do sleep 0.02; done'
	create
	rt start "$BOX"
	eventually [ -e "$ROOTFS/tmp/ready" ]
	echo '{"memory": {"limit": 4194304, "checkBeforeUpdate": true}}' >"$T/r.json"
	run rt update -r "$T/r.json" "$BOX"
	[ "$status" = 1 ]
	says memory
	[ "$(status_of "$BOX")" = running ]
	rt delete --force "$BOX"
}

# A box that is denied every device, and goes on trying one: "may".
denied_box() {
	sh_bundle 'mknod /tmp/d c 1 11; while :; do if (: </tmp/d) 2>/dev/null; then echo yes; else echo no; fi >/tmp/new; mv /tmp/new /tmp/may; sleep 0.02; done' \
		"$(resources '{devices: [{allow: false, access: "rwm"}]}')" \
		'.process.capabilities |= map_values(. + ["CAP_MKNOD", "CAP_SYSLOG"])'
	create
	rt start "$BOX"
	eventually may no
}

@test "device rules are replaced [CliUpdateDevices]" {
	requires root
	denied_box
	echo '{"devices": [{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 1, "minor": 11, "access": "r"}]}' |
		rt update -r - "$BOX"
	eventually may yes
	echo '{"devices": [{"allow": false, "access": "rwm"}]}' | rt update -r - "$BOX"
	eventually may no
	rt delete --force "$BOX"
}

@test "new device rules open nothing that they do not name [CliUpdateDevices LinuxResourcesDevices]" {
	requires root
	denied_box
	echo '{"devices": [{"allow": true, "type": "c", "major": 10, "minor": 229, "access": "rwm"}]}' | rt update -r - "$BOX"
	for round in 1 2; do # the first may have looked before
		rm "$ROOTFS/tmp/may"
		eventually [ -e "$ROOTFS/tmp/may" ]
	done
	may no
	rt delete --force "$BOX"
}

# What a hook does for its devices.  Engines send all resources at each change of one.
@test "device rules that are as before take nothing from what others allowed [CliUpdateDevices]" {
	requires v1:devices cgroupfs
	start_box "$(resources '{devices: [{allow: false, access: "rwm"}]}')"
	echo 'c 195:* rw' >"$(cgroup_dir devices)/devices.allow"
	echo '{"cpu": {"shares": 512}, "devices": [{"allow": false, "access": "rwm"}]}' | rt update -r - "$BOX"
	run cgroup_value devices devices.list
	line 'c 195:* rw'
	echo '{"devices": [{"allow": false, "access": "rwm"}, {"allow": true, "type": "b", "major": 8, "access": "r"}]}' >"$T/r.json"
	rt update -r "$T/r.json" "$BOX"
	run cgroup_value devices devices.list
	line 'b 8:* r'
	line 'c 195:* rw'
	echo 'b 8:* r' >"$(cgroup_dir devices)/devices.deny"
	rt update -r "$T/r.json" "$BOX"
	run cgroup_value devices devices.list
	lacks 'b 8:* r'
	echo '{"devices": [{"allow": false, "access": "rwm"}]}' | rt update -r - "$BOX"
	rt update -r "$T/r.json" "$BOX"
	run cgroup_value devices devices.list
	line 'b 8:* r'
	stop
}

@test "a container that may use everything is updated above other cgroups [CliUpdateDevices]" {
	requires v1:devices cgroupfs
	start_box "$(resources '{devices: [{allow: true, access: "rwm"}]}')"
	mkdir "$(cgroup_dir devices)/below"
	echo '{"cpu": {"shares": 512}, "devices": [{"allow": true, "access": "rwm"}]}' | rt update -r - "$BOX"
	has cpu cpu.shares 512 cpu.weight 59
	stop
}
may() { [ "$(cat "$ROOTFS/tmp/may" 2>/dev/null)" = "$1" ]; }

@test "sizes are whole bytes, also those with a point [CliUpdate]" {
	start_box
	for size in 96m 0.09375g 98304k 98304.0KiB 100663296; do
		rt update --memory -1 "$BOX"
		rt update --memory "$size" "$BOX"
		memory_is 100663296
	done
	for size in 1.5 1. 1.5b .5g 1.1234567m -1.5g -2 1.5x 9223372036854775807k 8388607.9999999t; do
		run rt update --memory "$size" "$BOX"
		[ "$status" = 1 ]
		says "takes a size, as 512m or 1.5g, got \"$size\""
	done
	stop
}

@test "nothing to update, a size that is none and bad JSON are refused [CliUpdate]" {
	start_box
	run rt update "$BOX"
	[ "$status" = 1 ]
	says 'nothing to update'
	run rt update --memory 12q "$BOX"
	[ "$status" = 1 ]
	says memory
	echo '{"memory": {"limit": "x"}}' >"$T/r.json"
	run rt update -r "$T/r.json" "$BOX"
	[ "$status" = 1 ]
	says r.json
	stop
}
