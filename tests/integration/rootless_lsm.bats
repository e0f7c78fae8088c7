#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# AppArmor and somebody who is not root: profiles of their containers, and a profile around the runtime itself.
load rootless

setup() {
	[ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] && command -v apparmor_parser >/dev/null ||
		skip "needs AppArmor"
	begin_test
	as_user
}
teardown() {
	[ -z "${T-}" ] || [ ! -e "$T/profile" ] || apparmor_parser --remove "$T/profile" || true
	end_user
	end_test
}

usual='file, capability, network, signal, ptrace, unix, dbus, umount, pivot_root,'

# profiles TEXT: loads them.
profiles() {
	echo "$1" >"$T/profile"
	apparmor_parser --replace --skip-cache "$T/profile"
}
profile() { echo "profile $1 flags=(attach_disconnected,mediate_deleted) { ${*:2} }"; }
caged() { rt() { RT_TEST=$TAG user aa-exec -p rt-cage -- "$T/runtime" --root "$STATE" "$@"; }; }

@test "the program of an ordinary user's container is confined by its AppArmor profile, and execs as well [LinuxProcApparmorProfile]" {
	profiles "$(profile rt-box "$usual" 'deny /secret rw,')"
	local look='cat /proc/self/attr/current; cat /secret || echo denied'
	inside "echo x >/secret; $look" '.process.apparmorProfile = "rt-box"'
	ok
	says 'rt-box (enforce)'
	line denied
	start_box '.process.apparmorProfile = "rt-box"'
	run rt exec "$BOX" sh -c "$look"
	ok
	says 'rt-box (enforce)'
	line denied
	stop
}

@test "an ordinary user's container whose AppArmor profile is not loaded is none [LinuxProcApparmorProfile]" {
	refused '.process.apparmorProfile = "rt-nowhere"'
	says 'confining by AppArmor profile "rt-nowhere"'
	says 'the AppArmor profile is not loaded'
}

@test "where the profile around the runtime lets it choose none there is no container, and it is named [LinuxProcApparmorProfile ErrorsNested]" {
	profiles "$(profile rt-box "$usual") $(profile rt-cage "$usual" mount,)"
	caged
	inside 'cat /proc/self/attr/current'
	ok
	says 'rt-cage (enforce)'
	inside 'touch /made' '.process.apparmorProfile = "rt-box"'
	[ "$status" = 1 ]
	says 'confining by AppArmor profile "rt-box"'
	says 'the AppArmor profile "rt-cage (enforce)" that the runtime was started under lets it choose no other'
	[ ! -e "$ROOTFS/made" ]
}

@test "a profile around the runtime that forbids mounts is named [ErrorsNested]" {
	profiles "$(profile rt-cage "$usual")"
	caged
	refused .
	says 'the AppArmor profile "rt-cage (enforce)" that the runtime was started under may forbid '
}

# The kernel keeps this one from all but root of the machine.
forbidden='.mounts += [{destination: "/forbidden", type: "devtmpfs", source: "none"}]'

@test "a profile that only complains is not blamed [ErrorsNested]" {
	caged
	profiles "$(profile rt-cage "$usual" mount,)"
	refused "$forbidden"
	says 'the AppArmor profile "rt-cage (enforce)" that the runtime was started under may forbid '
	profiles "profile rt-cage flags=(attach_disconnected,mediate_deleted,complain) { $usual }"
	refused "$forbidden"
	says 'mounting "/forbidden"'
	lacks AppArmor
}

@test "a machine that keeps ordinary users from leaving \"unconfined\" confines all the same [LinuxProcApparmorProfile]" {
	local knob=/proc/sys/kernel/apparmor_restrict_unprivileged_unconfined
	[ -n "${RT_THROWAWAY-}" ] && [ -w $knob ] || skip "needs a throw-away machine with kernel.apparmor_restrict_unprivileged_unconfined"
	profiles "$(profile rt-box "$usual" 'deny /secret rw,')"
	echo 1 >$knob
	inside 'echo x >/secret; cat /proc/self/attr/current; cat /secret || echo denied' '.process.apparmorProfile = "rt-box"'
	echo 0 >$knob
	ok
	says rt-box
	line denied
}
