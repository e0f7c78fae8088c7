#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# All that can be done with a container (life), by everybody whom the runtime may belong to: each step is done, or
# refused with the reason.

load rootless
load lives

setup() { begin_test; }
teardown() {
	end_user
	end_test
}

# here JQ-FILTER...: a life by `rt`; $output has a line of each step.
here() {
	two_bundles "$T" "$@"
	{
		echo '#!/bin/bash'
		declare -p T STATE TAG U RUNTIME "${!HOLDER@}"
		declare -f rt user
		echo 'rt "$@"'
	} >"$T/rt"
	chmod +x "$T/rt"
	run "$BATS_TEST_DIRNAME/life" "$T/rt" "$T"
	ok
}

inner_user='.linux |= (.uidMappings[0].hostID = 0 | .gidMappings[0].hostID = 0)'

@test "root leads containers through their lives [RootlessMaps]" {
	bundle() { any_bundle "$@"; }
	rt() { RT_TEST=$TAG "$RUNTIME" --root "$STATE" "$@"; }
	here
	lived 0 '' ''
}

@test "an ordinary user does, but for what needs a cgroup [RootlessMaps RootlessProcesses RootlessCgroups]" {
	as_user
	here
	lived 0 "$no_pause" "$no_update"
}

@test "an ordinary user with more ids does [RootlessMaps RootlessProcesses RootlessCgroups]" {
	as_mapped_user
	here
	lived 0 "$no_pause" "$no_update"
}

@test "root of a user namespace does [RootlessMaps RootlessProcesses RootlessCgroups]" {
	as_root_inside
	MAPS=$inner_user
	here
	lived 0 "$no_pause" "$no_update"
}

# As engines have it who made the user namespace themselves.
@test "who shares the user namespace with the container does [RootlessMaps RootlessProcesses RootlessCgroups]" {
	as_root_inside
	MAPS='del(.linux.uidMappings, .linux.gidMappings) | .linux.namespaces |= map(select(.type != "user"))'
	here
	lived 0 "$no_pause" "$no_update"
}
