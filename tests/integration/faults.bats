#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Whatever fails, a command says so in words, ends, and leaves nothing; what it could do without, it does without.
# SWEEP=full takes every call with every error, otherwise every SWEEP_STRIDE-th pair (31).

load helpers
load sweeps

setup() {
	requires strace
	begin_test
	[ "${SWEEP-}" = full ] && stride=1 || stride=${SWEEP_STRIDE:-31}
}

ERRORS="EMFILE ENOMEM ENOSPC EIO EINTR EAGAIN EPERM"
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
	RT_TEST=$TAG timeout 12 strace -qq -o /dev/null -e trace="$name" -e inject="$name:error=$error:when=$k" \
		-- "$RUNTIME" --root "$STATE" "$@" >/dev/null 2>"$T/err" </dev/null
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

@test "FT-03 delete: each system call may fail, and deletes what is left the next time" {
	sleeper
	fail_each stopped yes delete "$BOX"
}
