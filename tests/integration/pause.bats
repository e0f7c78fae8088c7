#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# pause and resume, and what the other commands do with a paused container.

load inside

# A program that counts in $ROOTFS/tmp/n, one a moment.
counter() {
	sh_bundle 'n=0; while :; do n=$((n + 1)); echo $n >/tmp/new; mv /tmp/new /tmp/n; sleep 0.01; done' "$@"
	create
}
count() { cat "$ROOTFS/tmp/n"; }
counts_from() { [ "$(count)" != "$1" ]; }
started() {
	counter "$@"
	rt start "$BOX"
	eventually [ -s "$ROOTFS/tmp/n" ]
}
end() { rt delete --force "$BOX"; }

@test "nothing of a paused container runs, and it goes on where it was [CliPause StatePaused StateNewStatus]" {
	started
	rt pause "$BOX"
	[ "$(status_of "$BOX")" = paused ]
	local before spin
	before=$(count)
	for ((spin = 0; spin < 200; spin++)); do status_of "$BOX" >/dev/null; done
	[ "$(count)" = "$before" ]
	rt resume "$BOX"
	[ "$(status_of "$BOX")" = running ]
	eventually counts_from "$before"
	end
}

@test "a process that moved into a cgroup below is paused too [CliPause]" {
	started
	local dir before spin
	rt kill "$BOX" 0
	for dir in "/sys/fs/cgroup/freezer$(cgroup_path)" "$(cgroup_dir unified)"; do
		[ -d "$dir" ] || continue
		mkdir "$dir/below"
		pid_of "$BOX" >"$dir/below/cgroup.procs"
	done
	rt pause "$BOX"
	before=$(count)
	for ((spin = 0; spin < 100; spin++)); do status_of "$BOX" >/dev/null; done
	[ "$(count)" = "$before" ]
	end
}

# crun 1.8.1 fails this.
@test "a created container is paused, and not started before resume [CliPause PausedStart]" {
	counter
	rt pause "$BOX"
	[ "$(status_of "$BOX")" = paused ]
	run rt start "$BOX"
	[ "$status" = 1 ]
	says paused
	rt resume "$BOX"
	[ "$(status_of "$BOX")" = created ]
	rt start "$BOX"
	wait_for "$BOX" running
	end
}

# crun 1.8.1 fails this.
@test "pause of what does not run, and resume of what is not paused, are errors [CliPause]" {
	run rt pause "$BOX"
	[ "$status" = 1 ]
	says 'does not exist'
	started
	run rt resume "$BOX"
	[ "$status" = 1 ]
	says 'container not paused'
	rt pause "$BOX"
	run rt pause "$BOX"
	[ "$status" = 1 ]
	says 'container not running'
	rt resume "$BOX"
	rt kill "$BOX" KILL
	wait_for "$BOX" stopped
	run rt pause "$BOX"
	[ "$status" = 1 ]
	says 'container not running'
	run rt resume "$BOX"
	[ "$status" = 1 ]
	says 'container not paused'
	rt delete "$BOX"
}

# crun 1.8.1 fails this.
@test "KILL ends a paused container [PausedKill]" {
	started
	rt pause "$BOX"
	rt kill "$BOX" KILL
	wait_for "$BOX" stopped
	rt delete "$BOX"
}

# crun 1.8.1 fails this.
@test "KILL ends a paused container that has its processes in the host's pid namespace [PausedKill]" {
	sh_bundle 'sleep 100 & sleep 100 & wait' '.linux.namespaces |= map(select(.type != "pid"))'
	create
	rt start "$BOX"
	rt pause "$BOX"
	rt kill "$BOX" KILL
	wait_for "$BOX" stopped
	eventually is_empty "$(cgroup_dir pids)/cgroup.procs"
	rt delete "$BOX"
}

# What v1 froze does not die of SIGKILL alone.  crun 1.8.1 fails this.
@test "KILL ends a container that somebody froze with the freezer of v1 [PausedKill StatePaused]" {
	requires v1:freezer
	started
	echo FROZEN >"/sys/fs/cgroup/freezer$(cgroup_path)/freezer.state"
	eventually is_in "$BOX" paused
	rt kill "$BOX" KILL
	wait_for "$BOX" stopped
	rt delete "$BOX"
}

@test "whatever froze a container, state and list say so [StatePaused CliList]" {
	local dir states
	requires v1:freezer
	counter
	dir=/sys/fs/cgroup/freezer$(cgroup_path)
	for states in created running; do
		echo FROZEN >"$dir/freezer.state"
		eventually is_in "$BOX" paused
		[ "$(rt list -f json | jq -r '.[].status')" = paused ]
		rt resume "$BOX"
		[ "$(status_of "$BOX")" = "$states" ]
		[ "$(rt list -f json | jq -r '.[].status')" = "$states" ]
		[ "$states" = running ] || rt start "$BOX"
	done
	end
}

# catches_term PID: before its trap is set, a first process is not even sent the signal.
catches_term() { (( 16#$(sed -n 's/^SigCgt:\t//p' "/proc/$1/status") & 1 << 14 )); }

@test "another signal waits until resume [PausedKill]" {
	start_box
	eventually catches_term "$(pid_of "$BOX")"
	rt pause "$BOX"
	rt kill "$BOX" TERM
	[ "$(status_of "$BOX")" = paused ]
	rt resume "$BOX"
	wait_for "$BOX" stopped
	rt delete "$BOX"
}

# crun 1.8.1 fails this.
@test "a paused container is deleted by force and not without [PausedDelete]" {
	started
	rt pause "$BOX"
	run rt delete "$BOX"
	[ "$status" = 1 ]
	says paused
	rt delete --force "$BOX"
	run rt state "$BOX"
	says 'does not exist'
}

# started_below: a counter in the cgroup $ABOVE/box of each hierarchy.
started_below() {
	ABOVE=$(cgroup_path)
	counter '.linux.cgroupsPath += "/box"'
}
# ask_above VALUE: asks it (1: freeze) of the cgroup above the container's, in v2 or, where there is one, in v1's freezer.
ask_above() {
	local words=(THAWED FROZEN) dir
	dir=$(cgroup_dir freezer "$ABOVE")
	if [ -e "$dir/cgroup.freeze" ]; then
		echo "$1" >"$dir/cgroup.freeze"
		SHOWN="frozen $1" SHOWS=$dir/box/cgroup.events
	else
		echo "${words[$1]}" >"$dir/freezer.state"
		SHOWN=${words[$1]} SHOWS=$dir/box/freezer.state
	fi
}
# The same, and waits for it.
above() {
	ask_above "$1"
	eventually grep -qx "$SHOWN" "$SHOWS"
}
# What a failed test has frozen does not die.
teardown() {
	[ -z "${ABOVE-}" ] || ask_above 0 2>/dev/null || true
	end_test
}
# patient COMMAND...: a hang is an end with 124.
patient() { RT_TEST=$TAG run timeout -k 1 "$PATIENCE" "$RUNTIME" --root "$STATE" "$@"; }

@test "what is frozen with a cgroup above it is not paused, is not started, and takes nobody in [FrozenAbove StatePaused PausedStart]" {
	requires cgroupfs root
	started_below
	above 1
	[ "$(status_of "$BOX")" = created ]
	patient start "$BOX"
	[ "$status" = 1 ]
	says "the cgroup \"$(cgroup_dir freezer "$ABOVE")\" above the container's is frozen"
	above 0
	rt start "$BOX"
	eventually [ -s "$ROOTFS/tmp/n" ]
	above 1
	[ "$(status_of "$BOX")" = running ]
	patient exec "$BOX" /bin/true
	[ "$status" = 255 ]
	says "the cgroup \"$(cgroup_dir freezer "$ABOVE")\" above the container's is frozen"
	above 0
	rt exec "$BOX" /bin/true
	end
}

@test "below a frozen cgroup a container is paused and resumed, and runs when that is thawed [FrozenAbove CliPause]" {
	requires cgroupfs root
	local before
	started_below
	rt start "$BOX"
	eventually [ -s "$ROOTFS/tmp/n" ]
	above 1
	rt pause "$BOX"
	[ "$(status_of "$BOX")" = paused ]
	run rt resume "$BOX"
	[ "$status" = 0 ]
	says "the cgroup \"$(cgroup_dir freezer "$ABOVE")\" above the container's is frozen"
	[ "$(status_of "$BOX")" = running ]
	run rt resume "$BOX"
	[ "$status" = 1 ]
	says 'container not paused'
	before=$(count)
	above 0
	eventually counts_from "$before"
	end
}

# What v1 has frozen outlives SIGKILL.
@test "below a frozen cgroup a container is killed and deleted, by v1 when that is thawed [FrozenAbove PausedKill PausedDelete]" {
	requires cgroupfs root
	started_below
	rt start "$BOX"
	above 1
	run rt kill "$BOX" KILL
	[ "$status" = 0 ]
	if is_v1; then
		says "the cgroup \"$(cgroup_dir freezer "$ABOVE")\" above the container's is frozen"
		run rt delete --force "$BOX"
		[ "$status" = 1 ]
		says "the cgroup \"$(cgroup_dir freezer "$ABOVE")\" above the container's is frozen"
		above 0
	fi
	wait_for "$BOX" stopped
	rt delete "$BOX"
	[ ! -e "$(cgroup_dir freezer "$ABOVE")" ]
}
