#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Whatever system call a command is killed at, `delete --force` afterwards exits 0 and leaves nothing.
# strace counts `when=` per system call number, so a point is a pair: name and how many of that name
# came before.  SWEEP=full takes every point, otherwise every SWEEP_STRIDE-th (7).

load inside
load sweeps
load seccomp_agent

setup() {
	requires strace
	begin_test
	remake=sleeper
	sleeper
	[ "${SWEEP-}" = full ] && stride=1 || stride=${SWEEP_STRIDE:-7}
}

teardown() {
	end_agent
	end_test
}

killed_at() {
	local name=$1 k=$2
	shift 2
	# The group, so that the shell's own word about the kill goes the same way.
	{
		RT_TEST=$TAG timeout "$PATIENCE" strace -qq -o /dev/null -e trace="$name" -e inject="$name:signal=SIGKILL:when=$k" \
			-- "$RUNTIME" "${DRIVER[@]}" --root "$STATE" "$@" >/dev/null </dev/null || true
	} 2>/dev/null
}

# sweep PREPARE COMMAND...: kills COMMAND at each point, PREPARE before each; every point has to end clean.
sweep() {
	local prepare=$1 bad=0 n=0 name k
	shift
	$prepare
	points "$@" >"$T/points"
	rt delete --force "$BOX"
	[ "$(wc -l <"$T/points")" -gt 10 ]
	while read -r name k; do
		n=$((n + 1))
		[ $((n % stride)) = 0 ] || continue
		$prepare
		killed_at "$name" "$k" "$@"
		if ! timeout "$PATIENCE" "$RUNTIME" "${DRIVER[@]}" --root "$STATE" delete --force "$BOX" 2>"$T/err"; then
			echo "killed at $name $k: delete --force: $(cat "$T/err")"
			bad=$((bad + 1))
		fi
		if ! is_clean >"$T/left"; then
			echo "killed at $name $k, left behind: $(cat "$T/left")"
			bad=$((bad + 1))
			clean_up >/dev/null 2>&1
			$remake
		fi
	done <"$T/points"
	echo "$n points, $bad bad"
	[ "$bad" = 0 ]
}

@test "create may be killed at any system call [RecordCrashSafe]" {
	sweep : create --bundle "$BUNDLE" "$BOX"
}

# Before it had no name of its own this left .pid.N at a renameat(2).
@test "a pid file is there whole, or there is nothing, whichever call that names a file create is killed at [CliPidFile RecordCrashSafe]" {
	local name k
	mkdir "$T/pids"
	for name in linkat renameat unlinkat; do
		for k in 1 2 3 4; do
			echo stale >"$T/pids/pid"
			[ $((k % 2)) = 0 ] || rm "$T/pids/pid"
			killed_at "$name" "$k" create --pid-file "$T/pids/pid" --bundle "$BUNDLE" "$BOX"
			rt delete --force "$BOX"
			[ -z "$(find "$T/pids" -type f ! -name pid)" ]
			[ ! -e "$T/pids/pid" ] || grep -qxE 'stale|[0-9]+' "$T/pids/pid"
		done
	done
}

@test "start may be killed at any system call [RecordCrashSafe]" {
	sweep created start "$BOX"
}

@test "start may be killed at any system call while it hands a seccomp listener over [RecordCrashSafe]" {
	agent
	snapshot
	remake=listened
	listened
	sweep created start "$BOX"
}
listened() { sleeper "$(notify sched_yield)"; }

# The host's socket is nobody's: that start says so comes behind all that is to be undone.
@test "start may be killed at any system call while the caller waits to hear that it is ready [RecordCrashSafe NotifyNeverHangs]" {
	with_probe
	remake=ready
	export NOTIFY_SOCKET=$T/nobody
	ready
	sweep created start "$BOX"
}
ready() { sh_bundle 'probe notify READY=1; while :; do sleep 0.02; done'; }

@test "run may be killed at any system call [RecordCrashSafe]" {
	remake=bundle
	bundle
	sweep : run --bundle "$BUNDLE" "$BOX"
}

@test "delete may be killed at any system call [RecordCrashSafe]" {
	sweep stopped delete "$BOX"
}

@test "delete --force may be killed at any system call [RecordCrashSafe]" {
	sweep running delete --force "$BOX"
}

# What init alone calls until the program takes over, as "name k".
init_points() {
	strace -f -qq -o "$T/trace" -- "$RUNTIME" "${DRIVER[@]}" --root "$STATE" run --bundle "$BUNDLE" "$BOX" >/dev/null 2>&1 </dev/null
	awk 'NR == 1 { parent = $1 }
		{ call = substr($2, 1, index($2, "(") - 1) }
		call == "" { next }
		$1 == parent { theirs[call] = 1; next }
		$1 in gone { next }
		call == "execve" { gone[$1] = 1 }
		{ k[call]++; order[++n] = call " " k[call] }
		END { for (i = 1; i <= n; i++) { split(order[i], p, " "); if (!(p[1] in theirs)) print order[i] } }' "$T/trace"
}

@test "init may be killed at any of its system calls, and the command says so and leaves nothing [RecordCrashSafe ErrorsLeaveStateUnchange]" {
	local name k n=0 bad=0 status
	remake=bundle
	bundle
	init_points >"$T/points"
	[ "$(wc -l <"$T/points")" -gt 20 ]
	while read -r name k; do
		n=$((n + 1))
		[ $((n % stride)) = 0 ] || continue
		status=0
		RT_TEST=$TAG timeout "$PATIENCE" strace -f -qq -o /dev/null -e trace="$name" -e inject="$name:signal=SIGKILL:when=$k" \
			-- "$RUNTIME" "${DRIVER[@]}" --root "$STATE" run --bundle "$BUNDLE" "$BOX" >/dev/null 2>"$T/err" </dev/null || status=$?
		# Behind the last message it is the container's process that was killed: 128 + 9, and no more to say.
		[ "$status" = 137 ] || [ -s "$T/err" ] || status=0
		if [ "$status" = 0 ] || [ "$status" = 124 ] || ! is_clean >"$T/left"; then
			echo "init killed at $name $k: exit $status, $(cat "$T/err" "$T/left" 2>/dev/null)"
			bad=$((bad + 1))
			clean_up >/dev/null 2>&1
			bundle
		fi
	done <"$T/points"
	echo "$n points, $bad bad"
	[ "$bad" = 0 ]
}

# sweep_exec OPTION...: the container is there all the time, and nobody's but its own process at every end.
sweep_exec() {
	local words bad=0 n=0 name k
	running_alone
	mapfile -t words < <(exec_words "$@")
	points "${words[@]}" >"$T/points"
	[ "$(wc -l <"$T/points")" -gt 50 ]
	while read -r name k; do
		n=$((n + 1))
		[ $((n % stride)) = 0 ] || continue
		rm -f "$T/pid"
		killed_at "$name" "$k" "${words[@]}"
		if ! eventually is_alone 2>/dev/null; then
			echo "killed at $name $k: $(cat "$(cgroup_dir pids)/cgroup.procs"), not only $OWN"
			bad=$((bad + 1))
		fi
	done <"$T/points"
	echo "$n points, $bad bad"
	[ "$(status_of "$BOX")" = running ]
	rt exec "$BOX" true
	rt delete --force "$BOX"
	[ "$bad" = 0 ]
}

@test "exec may be killed at any system call, and leaves the container as it was [ExecFailure]" {
	sweep_exec
}

@test "exec --detach may be killed at any system call, and leaves the container as it was [ExecFailure]" {
	sweep_exec --detach
}

@test "init of an exec may be killed at any of its system calls, and the command says so [ExecFailure]" {
	local name k n=0 bad=0 status
	running_alone
	strace -f -qq -o "$T/trace" -- "$RUNTIME" "${DRIVER[@]}" --root "$STATE" exec "$BOX" /bin/true >/dev/null 2>&1 </dev/null
	awk 'NR == 1 { parent = $1 }
		{ call = substr($2, 1, index($2, "(") - 1) }
		call == "" { next }
		$1 == parent { theirs[call] = 1; next }
		$1 in gone || call ~ /^exit/ { next }
		call == "execve" { gone[$1] = 1 }
		{ point = call " " ++k[$1, call] } # strace counts for each process
		!(point in known) { known[point] = 1; order[++n] = point }
		END { for (i = 1; i <= n; i++) { split(order[i], p, " "); if (!(p[1] in theirs)) print order[i] } }' "$T/trace" >"$T/points"
	[ "$(wc -l <"$T/points")" -gt 20 ]
	while read -r name k; do
		n=$((n + 1))
		[ $((n % stride)) = 0 ] || continue
		status=0
		rm -f "$T/pid"
		RT_TEST=$TAG timeout "$PATIENCE" strace -f -qq -o /dev/null -e trace="$name" -e inject="$name:signal=SIGKILL:when=$k" \
			-- "$RUNTIME" "${DRIVER[@]}" --root "$STATE" exec --pid-file "$T/pid" "$BOX" /bin/true >/dev/null 2>"$T/err" </dev/null || status=$?
		[ "$status" = 137 ] || [ -s "$T/err" ] || status=0
		[ "$status" != 255 ] || [ ! -e "$T/pid" ] || status=0
		if [ "$status" = 0 ] || [ "$status" = 124 ] || ! eventually is_alone 2>/dev/null; then
			echo "init killed at $name $k: exit $status, $(cat "$T/err"), $(ls -A "$T")"
			bad=$((bad + 1))
		fi
	done <"$T/points"
	echo "$n points, $bad bad"
	rt delete --force "$BOX"
	[ "$bad" = 0 ]
}
