#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# ps: the processes of a container.

load inside

# A first process with two children.
family() {
	sh_bundle 'sleep 100 & sleep 100 & wait' "$@"
	create
	rt start "$BOX"
	eventually three
}
three() { [ "$(wc -l <"$(cgroup_dir pids)/cgroup.procs")" = 3 ]; }
end() { rt delete --force "$BOX"; }

# crun 1.8.1 fails this: it prints a line for each.
@test "as JSON they are one line with an array of numbers, in order [CliPs]" {
	family
	run --separate-stderr rt ps --format json "$BOX"
	[ "$status" = 0 ]
	[ "$output" = "[$(sort -n "$(cgroup_dir pids)/cgroup.procs" | paste -sd ,)]" ]
	[ "$(rt ps -f json "$BOX" | wc -l)" = 1 ]
	end
}

# crun 1.8.1 fails this: it prints pids alone.
@test "as a table they are the lines of ps -ef with its header [CliPs]" {
	requires ps
	family
	run rt ps "$BOX"
	[ "$status" = 0 ]
	[ "${#lines[@]}" = 4 ]
	[ "${lines[0]}" = "$(ps -ef | head -n 1)" ]
	[ "$(awk 'NR > 1 { print $2 }' <<<"$output")" = "$(sort -n "$(cgroup_dir pids)/cgroup.procs")" ]
	end
}

# runc 1.1.5 and crun 1.8.1 fail this: they do not say which column is missing.
@test "what follows the id is for ps [CliPs]" {
	family
	run rt ps "$BOX" -e -o comm,pid
	[ "$status" = 0 ]
	[ "${#lines[@]}" = 4 ]
	grep -qE "^sh +$(pid_of "$BOX")\$" <<<"$output"
	run rt ps "$BOX" -e -o comm
	[ "$status" = 1 ]
	says PID
	run rt ps "$BOX" --no-such-option
	[ "$status" = 1 ]
	says 'exited with'
	end
}

@test "it works without a PATH, as engines call it [CliPs]" {
	requires ps
	family
	run env -i "$RUNTIME" "${DRIVER[@]}" --root "$STATE" ps "$BOX"
	[ "$status" = 0 ]
	[ "${#lines[@]}" = 4 ]
	end
}

@test "a process in a cgroup below is one of them [CliPs]" {
	family
	local pid dir
	pid=$(tail -n 1 "$(cgroup_dir pids)/cgroup.procs")
	for dir in "$(cgroup_dir pids)" "$(cgroup_dir unified)"; do
		mkdir -p "$dir/below"
		echo "$pid" >"$dir/below/cgroup.procs"
	done
	run rt ps --format json "$BOX"
	says "$pid"
	end
}

# runc 1.1.5 and crun 1.8.1 fail this: null, and no table.
@test "of a created container there is one, of a stopped one none, of no container an error [CliPs]" {
	requires ps
	sleeper
	create
	[ "$(rt ps --format json "$BOX")" = "[$(pid_of "$BOX")]" ]
	rt start "$BOX"
	rt kill "$BOX" KILL
	wait_for "$BOX" stopped
	[ "$(rt ps --format json "$BOX")" = '[]' ]
	[ "$(rt ps "$BOX" | wc -l)" = 1 ]
	rt delete "$BOX"
	run rt ps "$BOX"
	[ "$status" = 1 ]
	says 'does not exist'
}

@test "a format that is none is refused [CliPs]" {
	start_box
	run rt ps --format xml "$BOX"
	[ "$status" = 1 ]
	says xml
	stop
}
