#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# --systemd-cgroup of an ordinary user in a login session: its cgroup is root's, and what lies above it and the
# units of the user's systemd is as well.

RT_DRIVER=systemd
load rootless
load systemd

setup() {
	requires root v2
	U=$(id -u tester 2>&1) && [ -S "/run/user/$U/systemd/private" ] || skip "needs the virtual machines' user and its systemd"
	systemctl start user.slice
	begin_unit_test
	as_user
	MAPS=".linux.cgroupsPath = \"user.slice:rt:$BOX\""
}

# Where sshd and login(1) have their sessions started.
user() {
	XDG_RUNTIME_DIR=/run/user/$U command systemd-run --quiet --scope --uid "$U" --gid "$U" --slice "user-$U.slice" -- "$@"
}
systemctl() { user systemctl --user "$@"; }
rt() { RT_TEST=$TAG user "$T/runtime" --systemd-cgroup --root "$STATE" "$@"; }
cgroup_path() { echo "/user.slice/user-$U.slice/user@$U.service/user.slice/$UNIT"; }
cgroup_of() { sed -n 's/^0:://p' "/proc/$1/cgroup"; }

@test "a session's container is in its unit from its first step on, alone [SystemdSession SystemdUnit]" {
	sleeper "$(hook createContainer "cat /proc/self/cgroup >$ROOTFS/hooked")" "$(resources '{pids: {limit: 20}}')"
	create
	[ "$(cgroup_of "$(pid_of "$BOX")")" = "$(cgroup_path)" ]
	file_has cgroup.procs "$(pid_of "$BOX")"
	file_has pids.max 20
	[ "$(cat "$ROOTFS/hooked")" = "0::$(cgroup_path)" ]
	rt delete --force "$BOX"
	eventually no_unit
}

@test "a cgroup namespace that is made in a session begins at the unit [SystemdSession]" {
	inside 'cat /proc/self/cgroup' '.linux.namespaces += [{type: "cgroup"}]'
	[ "$status" = 0 ]
	line 0::/
	eventually no_unit
}

@test "all that can be done with a container can be done from a session [SystemdSession]" {
	start_box
	run rt exec "$BOX" /bin/cat /proc/self/cgroup </dev/null
	[ "$status" = 0 ]
	line "0::$(cgroup_path)"
	run rt exec --tty "$BOX" /bin/cat /proc/self/cgroup </dev/null
	[ "$status" = 0 ]
	says "0::$(cgroup_path)"
	rt pause "$BOX"
	[ "$(status_of "$BOX")" = paused ]
	rt resume "$BOX"
	rt update --pids-limit 30 "$BOX"
	file_has pids.max 30
	unit_has TasksMax 30
	rt ps --format json "$BOX" | jq -e "index($(pid_of "$BOX"))"
	rt events --stats "$BOX" | jq -e '.data.pids.current >= 1'
	stop
	eventually no_unit
}

@test "from a session a container is entered that was made outside of it [SystemdSession ExecCgroups]" {
	sleeper
	RT_TEST=$TAG user systemd-run --user --quiet --scope -p Delegate=yes -- \
		"$T/runtime" --systemd-cgroup --root "$STATE" create --bundle "$BUNDLE" "$BOX" >"$T/out" 2>&1 </dev/null
	rt start "$BOX"
	run rt exec "$BOX" /bin/cat /proc/self/cgroup </dev/null
	[ "$status" = 0 ]
	line "0::$(cgroup_path)"
	rt delete --force "$BOX"
	eventually no_unit
}

@test "a cgroup below the unit's is reached from a session too [SystemdSession AnnotationSubgroup ExecCgroupBelow]" {
	start_box '.annotations["run.oci.systemd.subgroup"] = "inner"'
	[ "$(cgroup_of "$(pid_of "$BOX")")" = "$(cgroup_path)/inner" ]
	run rt exec "$BOX" /bin/cat /proc/self/cgroup </dev/null
	[ "$status" = 0 ]
	line "0::$(cgroup_path)/inner"
	user mkdir "$(DIR)/inner/beside"
	run rt exec --cgroup beside "$BOX" /bin/cat /proc/self/cgroup </dev/null
	[ "$status" = 0 ]
	line "0::$(cgroup_path)/inner/beside"
	stop
	eventually no_unit
}

@test "a process of exec waits in its unit for the end of a pause, or is ended there [SystemdSession ExecInterrupted]" {
	local own
	start_box
	rt pause "$BOX"
	own=$(processes_here)
	run -124 user timeout -k 10 1 "$T/runtime" --systemd-cgroup --root "$STATE" exec --ignore-paused "$BOX" /bin/true </dev/null
	eventually are_here "$own"
	RT_TEST=$TAG user "$T/runtime" --systemd-cgroup --root "$STATE" exec --ignore-paused "$BOX" /bin/cat /proc/self/cgroup \
		>"$T/said" 2>&1 </dev/null 3>&- &
	eventually are_here $((own + 1))
	is_empty "$T/said"
	rt resume "$BOX"
	wait $!
	[ "$(cat "$T/said")" = "0::$(cgroup_path)" ]
	stop
	eventually no_unit
}
processes_here() { wc -l <"$(DIR)/cgroup.procs"; }
are_here() { [ "$(processes_here)" = "$1" ]; }

# Its first stage asks for nothing before it forks: the process that counts would be left in the session.
@test "a session's container that joins another's namespaces is in its unit as a whole [SystemdSession]" {
	local pid joined other=${UNIT%.scope}-b.scope
	start_box
	pid=$(pid_of "$BOX")
	bundle -d "$T/second" "$(jq .process "$BUNDLE/config.json" | jq -c '{process: .}' | sed 's/^/. += /')"
	chmod -R o+rX "$T/second"
	configure "del(.linux.uidMappings, .linux.gidMappings) | .linux.cgroupsPath += \"-b\"
		| .linux.namespaces |= map(if .type == \"user\" or .type == \"pid\" then .path = \"/proc/$pid/ns/\" + .type else . end)"
	chmod o+r "$BUNDLE/config.json"
	create "$BOX-b"
	joined=$(pid_of "$BOX-b")
	[ "$(readlink "/proc/$joined/ns/pid")" = "$(readlink "/proc/$pid/ns/pid")" ]
	[ "$(cgroup_of "$joined")" = "$(dirname "$(cgroup_path)")/$other" ]
	rt delete --force "$BOX-b"
	stop
	eventually no_unit
	eventually no_unit "$other"
}

@test "where the user's systemd moves no process, the error says what does without, and nothing is left [SystemdSession]" {
	local slice=rt${BOX//-/}.slice
	bundle
	configure ".linux.cgroupsPath = \"::$slice\""
	run ! rt create --bundle "$BUNDLE" "$BOX" </dev/null
	says "into the unit \"$slice\""
	says 'systemd-run --user --scope -p Delegate=yes'
	[ ! -e "$STATE/$BOX" ]
	eventually is_inactive "$slice"
}
is_inactive() { [ "$(systemctl show --property ActiveState --value "$1")" = inactive ]; }
