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
