#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Whatever fails, a command says so in words, ends, and leaves nothing; what it could do without, it does without.
# SWEEP=full takes every call with every error, otherwise every SWEEP_STRIDE-th pair (31).

load helpers
load sweeps
load seccomp_agent

setup() {
	requires strace
	begin_test
	[ "${SWEEP-}" = full ] && stride=1 || stride=${SWEEP_STRIDE:-31}
}

ERRORS="EMFILE ENOMEM ENOSPC EIO EINTR EAGAIN EPERM"
teardown() {
	end_agent
	end_test
}

# What runs before main; and close(2), which frees its descriptor whatever it answers, and would not here.
UNTOUCHED="close brk arch_prctl set_tid_address set_robust_list rseq readlink getrandom exit_group exit"
# The kernel never interrupts these.
UNBROKEN="clone3 socket socketpair memfd_create signalfd4 mmap munmap mremap mprotect prctl close_range capget bpf
	rt_sigprocmask rt_sigaction pidfd_open pidfd_send_signal prlimit64 getpid geteuid setitimer fcntl lseek ioctl
	open_tree mount_setattr bind listen dup3 kill"

# The pairs of a command as lines "name k error".
pairs() {
	points "$@" | awk -v errors="$ERRORS" -v untouched="$UNTOUCHED" -v unbroken="$UNBROKEN" '
		BEGIN {
			n = split(errors, error, " ")
			split(untouched, list, " "); for (i in list) skip[list[i]] = 1
			split(unbroken, list, " "); for (i in list) whole[list[i]] = 1
		}
		!($1 in skip) { for (i = 1; i <= n; i++) if (error[i] != "EINTR" || !($1 in whole)) print $0, error[i] }'
}

failing_at() {
	local name=$1 k=$2 error=$3
	shift 3
	RT_TEST=$TAG timeout "$PATIENCE" strace -qq -o /dev/null -e trace="$name" -e inject="$name:error=$error:when=$k" \
		-- "$RUNTIME" "${DRIVER[@]}" --root "$STATE" "$@" >/dev/null 2>"$T/err" </dev/null
}

# judge STATUS ERROR: what is wrong with the end of a command, as a line, or nothing.
judge() {
	[ "$1" -lt 124 ] || echo "exit $1"
	[ "$1" = 0 ] || [ -s "$T/err" ] || echo "exit $1 without a word"
	[ "$1" = 0 ] || [ "$2" != EINTR ] || echo "EINTR is no error: $(cat "$T/err")"
}

# fail_each PREPARE LEAVES COMMAND...: LEAVES is yes when the container may be there after a failure.
fail_each() {
	local prepare=$1 leaves=$2 bad=0 n=0 name k error status word
	shift 2
	$prepare
	pairs "$@" >"$T/pairs"
	rt delete --force "$BOX"
	[ "$(wc -l <"$T/pairs")" -gt 50 ]
	while read -r name k error; do
		n=$((n + 1))
		[ $((n % stride)) = 0 ] || continue
		$prepare
		status=0
		failing_at "$name" "$k" "$error" "$@" || status=$?
		word=$(judge "$status" "$error")
		if [ "$status" = 0 ] || [ "$leaves" = yes ]; then
			rt delete --force "$BOX" 2>"$T/left" || word+=" delete --force: $(cat "$T/left")"
		fi
		is_clean >"$T/left" || word+=" left behind: $(cat "$T/left")"
		if [ -n "$word" ]; then
			echo "$name $k $error: $word ($(cat "$T/err"))"
			bad=$((bad + 1))
			rt delete --force "$BOX"
		fi
	done <"$T/pairs"
	echo "$n pairs, $bad bad"
	[ "$bad" = 0 ]
}

@test "FT-03 create: each system call may fail, and a create that failed leaves nothing [PropApplyFailNotCreate]" {
	sleeper
	fail_each : no create --bundle "$BUNDLE" "$BOX"
}

@test "FT-03 run: each system call may fail, and a run that failed leaves nothing [PropApplyFailNotCreate]" {
	bundle
	fail_each : no run --bundle "$BUNDLE" "$BOX"
}

@test "FT-03 start: each system call may fail, and it says so" {
	sleeper
	fail_each created yes start "$BOX"
}

@test "FT-03 start with a seccomp listener: each system call may fail, and it says so" {
	agent
	snapshot
	sleeper "$(notify sched_yield)"
	fail_each created yes start "$BOX"
}

@test "FT-03 delete: each system call may fail, and deletes what is left the next time" {
	sleeper
	fail_each stopped yes delete "$BOX"
}

# fail_each_exec OPTION...: an exec that failed leaves the container as it was, and no pid file.
fail_each_exec() {
	local words bad=0 n=0 name k error status word
	running_alone
	mapfile -t words < <(exec_words "$@")
	pairs "${words[@]}" >"$T/pairs"
	[ "$(wc -l <"$T/pairs")" -gt 50 ]
	while read -r name k error; do
		n=$((n + 1))
		[ $((n % stride)) = 0 ] || continue
		status=0
		rm -f "$T/pid"
		failing_at "$name" "$k" "$error" "${words[@]}" || status=$?
		word=
		[ "$status" = 255 ] || word=$(judge "$status" "$error")
		[ "$status" = 0 ] || [ -s "$T/err" ] || word+=" exit $status without a word"
		[ "$status" = 0 ] || [ -z "$(find "$T" -maxdepth 1 -name '*pid*')" ] || word+=" a pid file"
		eventually is_alone 2>/dev/null || word+=" left: $(cat "$(cgroup_dir pids)/cgroup.procs"), $(ls -A "$T")"
		if [ -n "$word" ]; then
			echo "$name $k $error: $word ($(cat "$T/err"))"
			bad=$((bad + 1))
			rm -f "$T"/.pid*
		fi
	done <"$T/pairs"
	echo "$n pairs, $bad bad"
	[ "$(status_of "$BOX")" = running ]
	rt delete --force "$BOX"
	[ "$bad" = 0 ]
}

@test "FT-03 exec: each system call may fail, and an exec that failed leaves nothing [ExecFailure]" {
	fail_each_exec
}

@test "FT-03 exec --detach: each system call may fail, and an exec that failed leaves nothing [ExecFailure]" {
	fail_each_exec --detach
}

# ends_well COMMAND...: a container by COMMAND or an error with a word, and nothing left in either case.
ends_well() {
	local status=0
	timeout "$PATIENCE" env RT_TEST="$TAG" "$@" >/dev/null 2>"$T/err" </dev/null || status=$?
	judge "$status" none
	[ "$status" != 0 ] || rt delete --force "$BOX"
	is_clean
}

@test "FT-04 with whatever number of descriptors a container is made, or it is said that there are too few" {
	local n bad=0
	sleeper 'del(.process.rlimits)'
	for ((n = 3; n <= 64; n += stride > 1 ? 3 : 1)); do
		ends_well prlimit --nofile="$n:$n" "$RUNTIME" "${DRIVER[@]}" --root "$STATE" create --bundle "$BUNDLE" "$BOX" >"$T/word" ||
			echo "unclean" >>"$T/word"
		[ ! -s "$T/word" ] || { bad=1 && echo "nofile $n: $(cat "$T/word" "$T/err")"; }
	done
	[ "$bad" = 0 ]
	ends_well prlimit --nofile=64:64 "$RUNTIME" "${DRIVER[@]}" --root "$STATE" create --bundle "$BUNDLE" "$BOX"
	[ ! -s "$T/err" ]
}

@test "FT-04 with whatever number of descriptors a running container is not taken for a stopped one" {
	local n
	start_box
	for ((n = 3; n <= 16; n++)); do
		run ! prlimit --nofile="$n:$n" "$RUNTIME" "${DRIVER[@]}" --root "$STATE" delete "$BOX"
		[ -n "$output" ]
		run prlimit --nofile="$n:$n" "$RUNTIME" "${DRIVER[@]}" --root "$STATE" state "$BOX"
		[ "$status" != 0 ] || says '"running"'
	done
	[ "$(status_of "$BOX")" = running ]
	stop
}

@test "FT-05 a state root that is full or read-only is an error that names it, and nothing is left" {
	sleeper
	mkdir "$STATE"
	chmod 700 "$STATE"
	# `make` of the tests has a mount namespace of its own.
	mount -t tmpfs -o size=4k,mode=700 tmpfs "$STATE"
	dd if=/dev/zero of="$STATE/fill" bs=4k count=1 2>/dev/null
	run ! rt create --bundle "$BUNDLE" "$BOX"
	says "No space left on device"
	run ls -A "$STATE"
	[ "$output" = fill ]
	rm "$STATE/fill"
	mount -o remount,ro "$STATE"
	run ! rt create --bundle "$BUNDLE" "$BOX"
	says "Read-only file system"
	rt delete --force "$BOX"
	umount "$STATE"
}

@test "FT-05 a log that takes nothing ends no container, and its errors go to stderr" {
	bundle
	rt --log /dev/full run --bundle "$BUNDLE" "$BOX"
	run ! rt --log /dev/full run --bundle "$T/none" "$BOX"
	says "none"
	mkfifo "$T/fifo"
	run ! timeout "$PATIENCE" "$RUNTIME" --log "$T/fifo" --root "$STATE" run --bundle "$BUNDLE" "$BOX"
	says "opening the log"
}

@test "FT-05 what is printed to a full device or a closed pipe is an error" {
	start_box
	run ! eval 'rt state "$BOX" >/dev/full'
	says "No space left on device"
	mkfifo "$T/pipe"
	exec 8<>"$T/pipe"
	exec 9>"$T/pipe"
	exec 8>&- # its reader has gone
	run -1 eval 'rt state "$BOX" 2>&1 >&9'
	exec 9>&-
	says "Broken pipe"
	stop
}

@test "FT-07 a half-made container that is frozen, and whose creator is killed, can be deleted" {
	requires v1:freezer
	local creator begin
	sleeper ".hooks.createContainer = [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \"touch $T/in; sleep 1000\"]}]"
	RT_TEST=$TAG "$RUNTIME" "${DRIVER[@]}" --root "$STATE" create --bundle "$BUNDLE" "$BOX" >/dev/null 2>&1 </dev/null 3>&- &
	creator=$!
	eventually test -e "$T/in"
	echo FROZEN >"$(cgroup_dir freezer)/freezer.state"
	kill -KILL "$creator"
	begin=$SECONDS
	rt delete --force "$BOX"
	((SECONDS - begin < PATIENCE))
}

@test "FT-08 a frozen container is killed and deleted like any other" {
	requires v1:freezer
	start_box
	echo FROZEN >"$(cgroup_dir freezer)/freezer.state"
	rt kill --all "$BOX" KILL
	wait_for "$BOX" stopped
	rt delete "$BOX"
	create
	echo FROZEN >"$(cgroup_dir freezer)/freezer.state"
	rt delete --force "$BOX"
}

@test "FT-09 an init that ended before start makes the container stopped" {
	sleeper
	create
	kill -KILL "$(pid_of "$BOX")"
	wait_for "$BOX" stopped
	run ! rt start "$BOX"
	says "stopped"
	run ! rt kill "$BOX" TERM
	says "not running"
	rt delete "$BOX"
}

@test "FT-09 an init that nobody reaps is stopped, and can be deleted" {
	local pid
	bundle
	RT_TEST=$TAG "$SUITE/adopt" "$RUNTIME" "${DRIVER[@]}" --root "$STATE" create --bundle "$BUNDLE" "$BOX" \
		>/dev/null 2>&1 </dev/null 3>&- &
	wait_for "$BOX" created
	pid=$(pid_of "$BOX")
	rt start "$BOX"
	wait_for "$BOX" stopped
	[ -d "/proc/$pid" ]
	rt delete "$BOX"
	[ -d "/proc/$pid" ]
	kill $!
}

@test "FT-09 a stopped init holds start up, and nothing else" {
	sleeper
	create
	kill -STOP "$(pid_of "$BOX")"
	[ "$(status_of "$BOX")" = created ]
	run ! timeout 0.5 "$RUNTIME" "${DRIVER[@]}" --root "$STATE" start "$BOX"
	rt delete --force "$BOX"
}
