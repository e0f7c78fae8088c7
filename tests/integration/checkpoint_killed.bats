#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Checkpoint and restore when the runtime, CRIU or the container is killed on the way.
# shellcheck disable=SC2016 # what the container's shell expands

load inside
load criu

# kill_after SECONDS COMMAND...: SIGKILL for `rt COMMAND...`, and what CRIU makes of that.
kill_after() {
	local after=$1 pid
	shift
	RT_TEST=$TAG "$RUNTIME" --root "$STATE" "$@" >>"$T/out" 2>"$T/why" </dev/null 3>&- &
	pid=$!
	sleep "$after"
	kill -KILL "$pid" 2>/dev/null || true
	wait "$pid" || true
}
# no_criu: of this test; the machine may have others.  CRIU writes its title over its environment: it is known by what it has
# open as well.
no_criu() {
	local pid
	for pid in $(pgrep -x criu); do
		! grep -qz "^RT_TEST=$TAG\$" "/proc/$pid/environ" 2>/dev/null || return 1
		[ -z "$(find "/proc/$pid/fd" -lname "$T/*" -print -quit 2>/dev/null)" ] || return 1
	done
}

@test "a checkpoint that is killed leaves a container that runs, or one that has ended and can be deleted" {
	needs_criu
	local after before
	for after in 0.05 0.3 0.8 1.5; do
		counting
		kill_after "$after" checkpoint --image-path "$T/image" "$BOX"
		eventually no_criu
		if [ "$(status_of "$BOX")" = running ]; then
			before=$(count)
			eventually counts_from "$before"
		fi
		rt delete --force "$BOX"
		[ ! -e "$STATE/$BOX" ]
		[ ! -e "$(cgroup_dir memory)" ]
	done
}

@test "a restore that is killed can be deleted at once, and nothing is left" {
	needs_criu
	local after
	counting
	checkpoint
	for after in 0.05 0.3 0.8 1.5 3; do
		kill_after "$after" restore --detach --bundle "$BUNDLE" --image-path "$T/image" --work-path "$T" "$BOX"
		rt delete --force "$BOX"
		[ ! -e "$STATE/$BOX" ]
		[ ! -e "$(cgroup_dir memory)" ]
		eventually no_criu
	done
	restore
	[ "$status" = 0 ]
	end
}

# restoring [OPTION...]: `restore` in the background, of process $RESTORE, until its CRIU, process $CRIU, has been told that the
# container is announced: it is stopped before it can let the container go on.  (CRIU may have been quicker.)
restoring() {
	local try
	for try in 1 2 3 4 5 6; do
		restoring_once "$@" && return
		wait "$RESTORE" || true
		rt delete --force "$BOX"
	done
	echo "CRIU was never stopped in time" >&2
	return 1
}
restoring_once() {
	rm -f "$T/pid"
	RT_TEST=$TAG "$RUNTIME" --root "$STATE" restore --detach --bundle "$BUNDLE" --image-path "$T/image" \
		--work-path "$T" --pid-file "$T/pid" "$@" "$BOX" >>"$T/out" 2>"$T/why" </dev/null 3>&- &
	RESTORE=$!
	until CRIU=$(pgrep -o -x -P "$RESTORE" criu); do kill -0 "$RESTORE" || return; done
	until [ -e "$T/pid" ]; do kill -0 "$RESTORE" || return; done
	kill -STOP "$CRIU" || return
	! no_criu || return
	eventually grep -q '^State:.S' "/proc/$RESTORE/status"
}

@test "a restore whose container ends before CRIU has let it go on fails, and leaves nothing" {
	needs_criu
	counting
	checkpoint
	restoring
	kill -KILL "$(<"$T/pid")"
	kill -CONT "$CRIU"
	status=0
	wait "$RESTORE" || status=$?
	[ "$status" = 1 ]
	output=$(<"$T/why")
	says "restoring container \"$BOX\": the container's first process ended, and criu did not notice: criu restore: "
	no_criu
	[ ! -e "$T/pid" ]
	[ ! -e "$STATE/$BOX" ]
	[ ! -e "$(cgroup_dir memory)" ]
}

@test "delete --force ends a CRIU whose restore was killed and whose container ended" {
	needs_criu
	counting
	checkpoint
	restoring
	kill -KILL "$RESTORE" "$(<"$T/pid")"
	kill -CONT "$CRIU"
	rt delete --force "$BOX"
	no_criu
	[ ! -e "$STATE/$BOX" ]
	[ ! -e "$(cgroup_dir memory)" ]
}

@test "delete --force ends a CRIU that is of the group of a killed restore --shell-job" {
	needs_criu
	counting
	checkpoint
	restoring --shell-job
	[ "$(ps -o pgid= -p "$CRIU")" -eq "$(ps -o pgid= -p "$RESTORE")" ]
	kill -KILL "$RESTORE" "$(<"$T/pid")"
	rt delete --force "$BOX"
	no_criu
	[ ! -e "$STATE/$BOX" ]
	[ ! -e "$(cgroup_dir memory)" ]
}

@test "a CRIU that is killed leaves nothing of the container that it was making" {
	needs_criu
	local children
	counting
	checkpoint
	RT_TEST=$TAG "$RUNTIME" --root "$STATE" restore --detach --bundle "$BUNDLE" --image-path "$T/image" \
		--work-path "$T" "$BOX" >>"$T/out" 2>"$T/why" </dev/null 3>&- &
	RESTORE=$!
	until CRIU=$(pgrep -o -x -P "$RESTORE" criu); do kill -0 "$RESTORE"; done
	until read -r -a children <"/proc/$RESTORE/task/$RESTORE/children" || [ ${#children[@]} = 2 ]; do # it has no newline
		kill -0 "$CRIU"
	done
	kill -KILL "$CRIU"
	status=0
	wait "$RESTORE" || status=$?
	[ "$status" = 1 ]
	no_criu
	[ ! -e "$STATE/$BOX" ]
	[ ! -e "$(cgroup_dir memory)" ]
}
