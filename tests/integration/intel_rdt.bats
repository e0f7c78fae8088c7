#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# config-linux.md "IntelRdt".  A directory stands in for resctrl: RUNTIME_TEST_RESCTRL names it, which the runtime
# heeds for root only.  Lines are appended there, so that what was written can be read, in order.

load inside

setup() {
	begin_test
	export RUNTIME_TEST_RESCTRL=$T/resctrl
	group "" '    MB:0=100;1=100' '    L3:0=7ff;1=7ff'
}

# group NAME LINE...: a group that is there, with that schemata.
group() {
	mkdir -p "$RUNTIME_TEST_RESCTRL/$1/mon_groups"
	: >"$RUNTIME_TEST_RESCTRL/$1/tasks"
	printf '%s\n' "${@:2}" >"$RUNTIME_TEST_RESCTRL/$1/schemata"
}
says_in() { [ "$(cat "$RUNTIME_TEST_RESCTRL/$1/$2")" = "$3" ]; }
rdt() { sleeper ".linux.intelRdt = $1" "${@:2}"; }

@test "without closID a group of the container's is made, limited, entered and removed [IntelRdtContainerDir IntelRdtSchemata IntelRdtTasks IntelRdtRemoved]" {
	rdt '{l3CacheSchema: "L3:0=7f0;1=1f", memBwSchema: "MB:0=20;1=70", schemata: ["L2:0=f", "L3:0=1"]}'
	create
	says_in "$BOX" schemata $'L3:0=7f0;1=1f\nMB:0=20;1=70\nL2:0=f\nL3:0=1'
	says_in "$BOX" tasks "$(pid_of "$BOX")"
	says_in . tasks ""
	rt delete "$BOX"
	[ ! -e "$RUNTIME_TEST_RESCTRL/$BOX" ]
}

@test "a group of the container's name that is there is somebody else's [IntelRdtContainerDir]" {
	group "$BOX" L3:0=1
	rdt '{}'
	refused_as_it_is
	says "exists already"
	says_in "$BOX" schemata L3:0=1
}

@test "closID / is the root, and nothing is written to its schemata [IntelRdtDefaultClos IntelRdtNoSchema IntelRdtKept]" {
	cp "$RUNTIME_TEST_RESCTRL/schemata" "$T/before"
	rdt '{closID: "/"}'
	create
	says_in . tasks "$(pid_of "$BOX")"
	rt delete "$BOX"
	cmp "$T/before" "$RUNTIME_TEST_RESCTRL/schemata"
}

@test "a closID that is not there is made when a schema is given, and stays [IntelRdtClosMade IntelRdtKept]" {
	rdt '{closID: "gold", schemata: ["L3:0=f"]}'
	create
	says_in gold schemata L3:0=f
	says_in gold tasks "$(pid_of "$BOX")"
	rt delete "$BOX"
	[ -d "$RUNTIME_TEST_RESCTRL/gold" ]
}

# crun 1.8.1 does not look at `schemata`, runc 1.1.5 compares nothing.
@test "a closID that is there has to say what is asked for, and is not written to [IntelRdtClosCompare]" {
	group gold '    MB:0= 20;1= 70' '    L3:0=00f;1=7ff'
	cp "$RUNTIME_TEST_RESCTRL/gold/schemata" "$T/before"
	rdt '{closID: "gold", l3CacheSchema: "L3:0=F", memBwSchema: "MB:1=70", schemata: ["L3:1=7ff;0=f"]}'
	create
	says_in gold tasks "$(pid_of "$BOX")"
	rt delete "$BOX"
	local asked
	for asked in 'l3CacheSchema: "L3:0=7"' 'memBwSchema: "MB:0=20;1=71"' 'schemata: ["L3:0=f", "L2:0=f"]'; do
		rdt "{closID: \"gold\", $asked}"
		refused_as_it_is
		says "has another schemata"
	done
	cmp "$T/before" "$RUNTIME_TEST_RESCTRL/gold/schemata"
}

@test "a closID without a schema has to be there [IntelRdtClosMissing IntelRdtNoSchema]" {
	rdt '{closID: "gold"}'
	refused_as_it_is
	says "does not exist"
	[ ! -e "$RUNTIME_TEST_RESCTRL/gold" ]
	group gold L3:0=f
	rt create --bundle "$BUNDLE" "$BOX" >"$T/out" </dev/null
	says_in gold tasks "$(pid_of "$BOX")"
	says_in gold schemata L3:0=f
	rt delete "$BOX"
}

@test "enableMonitoring makes a monitoring group, enters it, and delete removes it [IntelRdtMonitoring IntelRdtMonitoringRemoved]" {
	group gold L3:0=f
	local clos
	for clos in '"/"' '"gold"' null; do
		rdt "{closID: $clos, enableMonitoring: true}"
		create
		local at=${clos//[\"\/]/}
		[ "$at" != null ] || at=$BOX
		says_in "$at/mon_groups/$BOX" tasks "$(pid_of "$BOX")"
		rt start "$BOX"
		rt delete --force "$BOX"
		[ ! -e "$RUNTIME_TEST_RESCTRL/$at/mon_groups/$BOX" ]
	done
	chmod 0 "$RUNTIME_TEST_RESCTRL/gold/mon_groups" && rmdir "$RUNTIME_TEST_RESCTRL/gold/mon_groups"
	rdt '{closID: "gold", enableMonitoring: true}'
	refused_as_it_is
	says "making a group of resctrl"
}

@test "a create that fails removes what it made, a closID too [IntelRdtClosMade ErrorsLeaveStateUnchange]" {
	local clos
	for clos in gold "$BOX"; do
		rdt "{closID: \"$clos\", schemata: [\"L3:0=f\"], enableMonitoring: true}" "$(hook createRuntime 'exit 9')"
		[ "$clos" = gold ] || configure 'del(.linux.intelRdt.closID)'
		refused_as_it_is
		says "exited with 9"
		[ ! -e "$RUNTIME_TEST_RESCTRL/$clos" ]
	done
}

@test "after kill -9 delete --force removes the groups [RecordCrashSafe IntelRdtRemoved]" {
	rdt '{schemata: ["L3:0=f"], enableMonitoring: true}' "$(hook prestart 'kill -9 $PPID')"
	run rt create --bundle "$BUNDLE" "$BOX"
	[ -d "$RUNTIME_TEST_RESCTRL/$BOX/mon_groups/$BOX" ]
	rt delete --force "$BOX"
	[ ! -e "$RUNTIME_TEST_RESCTRL/$BOX" ]
}

@test "without resctrl it is an error before there is a container, and without intelRdt nothing is touched [IntelRdtNoResctrl IntelRdtUntouched]" {
	sleeper
	create
	says_in . tasks ""
	[ "$(ls "$RUNTIME_TEST_RESCTRL")" = $'mon_groups\nschemata\ntasks' ]
	rt delete "$BOX"
	unset RUNTIME_TEST_RESCTRL
	! grep -q ' - resctrl ' /proc/self/mountinfo || skip "this machine has resctrl"
	rdt '{closID: "/"}' "$(hook prestart "touch $T/ran")"
	refused_as_it_is
	says "/linux/intelRdt"
	says "none is mounted"
	[ ! -e "$T/ran" ]
}

@test "closIDs that lead elsewhere and schemas of another form are refused [IntelRdtClosValid IntelRdtSchemaForm IntelRdtL3SchemaForm]" {
	local bad
	for bad in '' . .. a/b /a info mon_groups mon_data; do
		refused ".linux.intelRdt = {closID: \"$bad\"}"
		says "/linux/intelRdt/closID: must be"
	done
	for bad in '"L3:0=1"' '"MB:0=1\nL3:0=1"'; do
		refused ".linux.intelRdt = {memBwSchema: $bad}"
		says "/linux/intelRdt/memBwSchema: must"
	done
	refused '.linux.intelRdt = {schemata: ["L3:0=1", "L3:0=1\nMB:0=1"]}'
	says "/linux/intelRdt/schemata/1: must be one line"
	rdt '{l3CacheSchema: "L3:0=1\nMB:0=10"}'
	create
	grep "l3CacheSchema: should be one line" "$T/err"
	says_in "$BOX" schemata $'L3:0=1\nMB:0=10'
	rt delete "$BOX"
}

# runc 1.1.5 and crun 1.8.1 fail this: they don't know the directory.
@test "update gives the group new lines, alone or with other limits [CliUpdateResctrl]" {
	rdt '{l3CacheSchema: "L3:0=7f0;1=1f"}'
	create
	rt update --l3-cache-schema 'L3:0=3;1=3' "$BOX"
	says_in "$BOX" schemata $'L3:0=7f0;1=1f\nL3:0=3;1=3'
	rt update --mem-bw-schema 'MB:0=20' --pids-limit 44 "$BOX"
	says_in "$BOX" schemata $'L3:0=7f0;1=1f\nL3:0=3;1=3\nMB:0=20'
	[ "$(cgroup_value pids pids.max)" = 44 ]
	local wrong
	for wrong in --l3-cache-schema=MB:0=1 --l3-cache-schema=L3 --mem-bw-schema=L3:0=1 --mem-bw-schema=$'MB:0=1\nL3:0=1'; do
		run rt update "$wrong" "$BOX"
		[ "$status" = 1 ]
		says schema
	done
	says_in "$BOX" schemata $'L3:0=7f0;1=1f\nL3:0=3;1=3\nMB:0=20'
	rt delete "$BOX"
}

# runc 1.1.5 and crun 1.8.1 fail this: they don't know the directory.
@test "lines of an update whose other limits are refused are taken back [CliUpdateResctrl CliUpdateAtomic]" {
	rdt '{l3CacheSchema: "L3:0=7f0;1=1f"}'
	create
	run rt update --l3-cache-schema 'L3:0=3;1=3' --cpu-quota 1 --cpu-period 50000 "$BOX"
	[ "$status" = 1 ]
	says cpu
	says_in "$BOX" schemata $'L3:0=7f0;1=1f\nL3:0=3;1=3\nL3:0=7f0;1=1f'
	rt delete "$BOX"
}

@test "a container without intelRdt has no lines to update, and keeps its other limits [CliUpdateResctrl]" {
	sleeper '.linux.resources.pids = {limit: 33}'
	create
	run rt update --l3-cache-schema 'L3:0=3' --pids-limit 44 "$BOX"
	[ "$status" = 1 ]
	says resctrl
	[ "$(cgroup_value pids pids.max)" = 33 ]
	rt delete "$BOX"
}
