#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# --systemd-cgroup: the container as a unit of systemd, which is called and is what the config says, and goes with the
# container.

RT_DRIVER=systemd
load inside
load systemd

setup() { begin_unit_test; }

@test "the container is a scope in its slice, delegated, with its first process in it [SystemdUnit SystemdDelegates SystemdCgroupsPath]" {
	start_box
	unit_has ActiveState active
	unit_has Slice "$SLICE"
	unit_has Delegate yes
	unit_has ControlGroup "$(cgroup_path)"
	[ "$(sed -n 's/^0:://p' "/proc/$(pid_of "$BOX")/cgroup")" = "$(cgroup_path)" ]
	stop
	eventually no_unit
}

@test "the first process is alone in its scope: what systemd made it with is gone [SystemdUnit]" {
	requires v2
	sleeper
	create
	[ "$(cat "$(DIR)/cgroup.procs")" = "$(pid_of "$BOX")" ]
	rt delete --force "$BOX"
}

@test "without a cgroupsPath the unit is called after the container [SystemdCgroupsPathDefault]" {
	start_box 'del(.linux.cgroupsPath)'
	UNIT=runtime-$BOX.scope
	unit_has ActiveState active
	unit_has Slice "$SLICE"
	stop
	eventually no_unit
}

@test "a name that ends in .slice is a slice [SystemdCgroupsPath]" {
	requires v2
	local name=rt${BOX//-/}.slice
	start_box ".linux.cgroupsPath = \"::$name\""
	[ "$(systemctl show --property ActiveState --value "$name")" = active ]
	grep -q "/$name\$" "/proc/$(pid_of "$BOX")/cgroup"
	stop
	eventually is_inactive "$name"
	eventually test ! -e "/sys/fs/cgroup/$name"
}
is_inactive() { [ "$(systemctl show --property ActiveState --value "$1")" = inactive ]; } # systemd makes up any slice one asks for

@test "a path that is no unit is refused in the words that engines know [SystemdCgroupsPath]" {
	bundle ".linux.cgroupsPath = \"/$BOX\""
	run ! rt create --bundle "$BUNDLE" "$BOX" </dev/null
	says "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \"/$BOX\" instead"
}

@test "annotations are properties of the unit [SystemdAnnotations]" {
	start_box '.annotations += {"org.systemd.property.TimeoutStopSec": "uint64 7", "org.systemd.property.KillSignal": "2",
		"org.systemd.property.Description": "\u0027what it is for\u0027"}'
	unit_has TimeoutStopUSec 7s
	unit_has KillSignal 2
	unit_has Description 'what it is for'
	stop
}

@test "a bad annotation is refused before anything is made [SystemdAnnotations]" {
	bundle '.annotations += {"org.systemd.property.KillSignal": "two"}'
	run ! rt create --bundle "$BUNDLE" "$BOX" </dev/null
	says /annotations/org.systemd.property.KillSignal
	no_unit
}

@test "what systemd refuses leaves nothing [SystemdAnnotations SystemdUnit]" {
	bundle '.annotations += {"org.systemd.property.NoSuchThing": "2"}'
	run ! rt create --bundle "$BUNDLE" "$BOX" </dev/null
	says "NoSuchThing"
	no_unit
}

@test "a unit that is there is somebody else's, and stays [SystemdUnit]" {
	[ "$(id -u)" = 0 ] || skip "starts a unit of the system"
	systemd-run --scope --unit "$UNIT" sleep 100 >/dev/null 2>&1 &
	eventually systemctl is-active --quiet "$UNIT"
	bundle
	run ! rt create --bundle "$BUNDLE" "$BOX" </dev/null
	says "$UNIT"
	run rt delete --force "$BOX"
	systemctl is-active --quiet "$UNIT"
	systemctl stop "$UNIT"
	wait
}

@test "a name is free again at once, twenty times over [SystemdUnit]" {
	local i
	bundle
	for ((i = 0; i < 20; i++)); do
		rt run --bundle "$BUNDLE" "$BOX" </dev/null
	done
	eventually no_unit
}

@test "twenty containers at once [SystemdUnit]" {
	local i pids=() bad=0
	bundle '.process.args = ["/bin/sleep", "0.1"]'
	for ((i = 0; i < 20; i++)); do
		cp -a "$BUNDLE" "$BUNDLE-$i"
		jq ".linux.cgroupsPath = \"$(cgroups_path "$BOX-$i")\"" "$BUNDLE/config.json" >"$BUNDLE-$i/config.json"
		rt run --bundle "$BUNDLE-$i" "$BOX-$i" </dev/null &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i" || bad=$((bad + 1))
	done
	[ "$bad" = 0 ]
}

@test "pause, exec, ps and events are about the unit's cgroup [SystemdUnit]" {
	requires v2
	start_box
	rt exec "$BOX" /bin/cat /proc/self/cgroup >"$T/cgroup"
	grep -q "$(cgroup_path)\$" "$T/cgroup"
	rt pause "$BOX"
	[ "$(status_of "$BOX")" = paused ]
	rt resume "$BOX"
	rt ps --format json "$BOX" | jq -e "index($(pid_of "$BOX"))"
	rt events --stats "$BOX" | jq -e '.data.pids.current >= 1'
	stop
}

# systemd asks it of each unit in the slice, too, until 255.
@test "below a slice that systemd froze resume says so, and waits for nobody [FrozenAbove SystemdUnit]" {
	requires v2
	local name=rt${BOX//-/}.slice above
	start_box ".linux.cgroupsPath = \"$name:rt:$BOX\""
	above=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(pid_of "$BOX")/cgroup")
	above=${above%/*}
	systemctl freeze "$name"
	run rt resume "$BOX"
	systemctl thaw "$name"
	says "the cgroup \"$above\" above the container's is frozen"
	[ "$(status_of "$BOX")" = running ]
	stop
	systemctl stop "$name"
	[ ! -e "$above" ]
}
