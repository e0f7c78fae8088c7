#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# config-linux.md "Seccomp": what a system call comes to.  probe.c asks sched_yield, whose arguments
# the kernel does not look at.

load inside

# filter DEFAULT RULE...: a profile; a rule is the inside of an object of `syscalls`.
filter() {
	local rules=() rule
	for rule in "${@:2}"; do
		rules+=("{$rule}")
	done
	echo ".linux.seccomp = {defaultAction: \"SCMP_ACT_$1\", syscalls: [$(IFS=,; echo "${rules[*]}")]}"
}
yield_is() { echo "names: [\"sched_yield\"], action: \"SCMP_ACT_$1\" ${2:+, $2}"; }
errno_if() { yield_is ERRNO "errnoRet: 77, args: [$1]"; }

# probes SCRIPT FILTER...: runs it with /bin/probe there.
probes() {
	with_probe
	inside "$@"
}

@test "errno gives the number of the rule, or EPERM [SeccompActions SeccompErrnoRet]" {
	probes 'probe yield; mkdir /x; mkdir /y 2>&1; true' "$(filter ALLOW "$(yield_is ERRNO 'errnoRet: 77')" 'names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"')"
	ok
	line 'errno 77'
	says 'Operation not permitted'
}

@test "the default action can be an errno with a number of its own [SeccompErrnoRet]" {
	probes 'probe yield' "$(filter ALLOW)" '.linux.seccomp |= {defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 78,
		syscalls: [{names: ["execve", "execveat", "exit", "exit_group", "brk", "mmap", "mprotect", "munmap", "write", "read", "open", "openat",
		"close", "fstat", "newfstatat", "stat", "lstat", "access", "faccessat", "faccessat2", "arch_prctl", "prctl", "set_tid_address", "set_robust_list",
		"rseq", "prlimit64", "getrandom", "readlink", "readlinkat", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "getuid", "geteuid",
		"getgid", "getegid", "getpid", "getppid", "fork", "vfork", "clone", "clone3", "wait4", "ioctl", "fcntl", "getcwd", "uname",
		"dup", "dup2", "dup3", "lseek", "futex", "capget", "capset", "setuid", "setgid", "setgroups", "setresuid", "setresgid", "chdir", "fchdir",
		"epoll_ctl", "epoll_pwait", "epoll_create1", "getdents64", "tgkill", "gettid", "nanosleep", "sigaltstack", "madvise", "pipe2", "poll", "umask",
		"recvmsg", "sendmsg", "recvfrom", "sendto", "close_range", "statx", "unlinkat", "setsid", "ppoll", "fstatfs", "statfs", "exit"],
		action: "SCMP_ACT_ALLOW"}]}' '.process.args = ["/bin/probe", "yield"]'
	ok
	line 'errno 78'
}

@test "allow is the answer of the kernel [SeccompActions]" {
	probes 'probe yield' "$(filter ALLOW "$(yield_is ALLOW)")"
	ok
	line 0
}

@test "log lets the call through [SeccompActions]" {
	probes 'probe yield' "$(filter ALLOW "$(yield_is LOG)")"
	ok
	line 0
}

@test "trap is a SIGSYS with the call's data [SeccompActions]" {
	probes 'probe trapped; probe yield; echo $?' "$(filter ALLOW "$(yield_is TRAP)")"
	says 'signal 31 code 1'
	line 159
}

@test "kill_process ends the process, kill and kill_thread the thread [SeccompActions]" {
	probes 'probe thread; echo $?' "$(filter ALLOW "$(yield_is KILL_PROCESS)")"
	line 159
	lacks lives
	for action in KILL KILL_THREAD; do
		probes 'probe thread; echo $?' "$(filter ALLOW "$(yield_is $action)")"
		line 'process lives'
		line 0
	done
}

@test "trace without a tracer is ENOSYS [SeccompActions]" {
	probes 'probe yield' "$(filter ALLOW "$(yield_is TRACE 'errnoRet: 5')")"
	ok
	line 'errno 38'
}

@test "every operator compares as its name says [SeccompOperators]" {
	local op
	# For each operator with the value 10: which of 9, 10, 11 and 2^32 + 10 meet it.
	for op in 'NE 9,11,4294967306' 'LT 9' 'LE 9,10' 'EQ 10' 'GE 10,11,4294967306' 'GT 11,4294967306'; do
		probes 'for v in 9 10 11 4294967306; do [ "$(probe yield 0 $v)" = "errno 77" ] && echo $v; done; true' \
			"$(filter ALLOW "$(errno_if "{index: 1, value: 10, op: \"SCMP_CMP_${op% *}\"}")")"
		ok
		[ "$(paste -sd, <<<"$output")" = "${op#* }" ] || { echo "$op: $output" >&2; return 1; }
	done
}

@test "masked_eq compares the bits of value with valueTwo [SeccompOperators]" {
	probes 'for v in 0 5 7 13 4294967301; do [ "$(probe yield 0 0 $v)" = "errno 77" ] && echo $v; done; true' \
		"$(filter ALLOW "$(errno_if '{index: 2, value: 15, valueTwo: 5, op: "SCMP_CMP_MASKED_EQ"}')")"
	ok
	[ "$(paste -sd, <<<"$output")" = 5,4294967301 ]
}

@test "values of 64 bits compare whole, unsigned [SeccompOperators]" {
	with_probe
	sh_bundle 'for v in 0 0x8000000000000000 0xffffffffffffffff; do [ "$(probe yield $v)" = "errno 77" ] && echo $v; done; true' \
		"$(filter ALLOW "$(errno_if '{index: 0, value: "most", op: "SCMP_CMP_GT"}')")"
	sed -i 's/"most"/9223372036854775807/' "$BUNDLE/config.json" # a number that jq would round
	run_box
	ok
	[ "$(paste -sd, <<<"$output")" = 0x8000000000000000,0xffffffffffffffff ]
}

@test "arguments of different index must all hold [SeccompArgsOfOneEntryAnd]" {
	probes 'probe yield 1 2; probe yield 1 3; probe yield 0 2' \
		"$(filter ALLOW "$(errno_if '{index: 0, value: 1, op: "SCMP_CMP_EQ"}, {index: 1, value: 2, op: "SCMP_CMP_EQ"}')")"
	ok
	[ "$(paste -sd, <<<"$output")" = 'errno 77,0,0' ]
}

@test "arguments of the same index are alternatives [SeccompRepeatedArgIndexOr]" {
	probes 'probe yield 1; probe yield 2; probe yield 3' \
		"$(filter ALLOW "$(errno_if '{index: 0, value: 1, op: "SCMP_CMP_EQ"}, {index: 0, value: 2, op: "SCMP_CMP_EQ"}')")"
	ok
	[ "$(paste -sd, <<<"$output")" = 'errno 77,errno 77,0' ]
}

@test "all six arguments can be looked at [SeccompOperators]" {
	probes 'probe yield 0 0 0 0 0 9; probe yield 9 9 9 9 9 0' "$(filter ALLOW "$(errno_if '{index: 5, value: 9, op: "SCMP_CMP_EQ"}')")"
	ok
	[ "$(paste -sd, <<<"$output")" = 'errno 77,0' ]
}

@test "a rule with the default action and the same rule twice do no harm [SeccompRuleEqualToDefaultSkipped]" {
	probes 'probe yield' "$(filter ALLOW 'names: ["mkdir"], action: "SCMP_ACT_ALLOW"' "$(yield_is ERRNO 'errnoRet: 77')" "$(yield_is ERRNO 'errnoRet: 77')")"
	ok
	line 'errno 77'
}

@test "an unknown system call is left out, the rest of its rule holds [SeccompUnknownName]" {
	probes 'probe yield' "$(filter ALLOW 'names: ["make_tea", "sched_yield"], action: "SCMP_ACT_ERRNO", errnoRet: 77')"
	ok
	says 'errno 77'
	says 'unknown: make_tea'
	[ "$(grep -c make_tea <<<"$output")" = 1 ]
}

# crun 1.8.1 fails this: EPERM.
@test "a system call newer than the profile is ENOSYS, not the default errno [SeccompNewerSyscallsEnosys]" {
	local arch=SCMP_ARCH_X86_64
	[ "$(uname -m)" = x86_64 ] || arch=SCMP_ARCH_AARCH64
	probes 'probe yield; probe number 1000; true' "$(filter ALLOW)" \
		'.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 1, syscalls: [{action: "SCMP_ACT_ALLOW", names:
		["execve", "execveat", "exit", "exit_group", "brk", "mmap", "mprotect", "munmap", "write", "writev", "read", "open", "openat", "close", "fstat", "newfstatat",
		"stat", "lstat", "arch_prctl", "prctl", "set_tid_address", "set_robust_list", "rseq", "prlimit64", "getrandom", "readlink", "readlinkat",
		"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "getuid", "geteuid", "getgid", "getegid", "getpid", "getppid", "fork", "vfork", "clone",
		"wait4", "ioctl", "fcntl", "getcwd", "uname", "dup2", "lseek", "futex", "capget", "capset", "setuid", "setgid", "setgroups", "chdir",
		"epoll_ctl", "epoll_pwait", "getdents64", "tgkill", "gettid", "nanosleep", "sigaltstack", "madvise", "close_range", "statx", "setsid", "fstatfs", "statfs"]}]}' \
		".linux.seccomp.architectures = [\"$arch\"]"
	ok
	line 'errno 1'
	line 'errno 38'
}

# User Mode Linux takes the number of the 32-bit entry for one of the 64-bit table.
has_32_bit_entry() { [ "$("$SUITE/probe" yield-32)" = 0 ] || skip "no 32-bit entry"; }

@test "the profile holds for the 32-bit entry if its architecture is listed [SeccompArchitectures]" {
	[ "$(uname -m)" = x86_64 ] || skip "x86_64 only"
	with_probe
	has_32_bit_entry
	inside 'probe yield 5; probe yield-32 5; probe yield-32 6' "$(filter ALLOW "$(errno_if '{index: 0, value: 5, op: "SCMP_CMP_EQ"}')")" \
		'.linux.seccomp.architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"]'
	ok
	[ "$(paste -sd, <<<"$output")" = 'errno 77,errno 77,0' ]
}

@test "an entry of an architecture that is not listed is refused by the filter [SeccompArchitectures]" {
	[ "$(uname -m)" = x86_64 ] || skip "x86_64 only"
	with_probe
	has_32_bit_entry
	probes 'probe yield; probe yield-32; echo $?' "$(filter ALLOW "$(yield_is ERRNO 'errnoRet: 77')")" '.linux.seccomp.architectures = ["SCMP_ARCH_X86_64"]'
	line 'errno 77'
	line 159
}

@test "the filter is there with noNewPrivileges and without it [SeccompWithoutNoNewPrivileges]" {
	for nnp in true false; do
		probes 'probe yield; grep -E "^(Seccomp|NoNewPrivs|CapEff)" /proc/self/status' "$(filter ALLOW "$(yield_is ERRNO 'errnoRet: 77')")" \
			".process.noNewPrivileges = $nnp"
		ok
		line 'errno 77'
		line $'Seccomp:\t2'
	done
	line $'NoNewPrivs:\t0'
}

@test "without noNewPrivileges a program without capabilities has the filter too [SeccompWithoutNoNewPrivileges]" {
	probes 'probe yield; grep CapEff /proc/self/status' "$(filter ALLOW "$(yield_is ERRNO 'errnoRet: 77')")" '.process.noNewPrivileges = false' \
		'.process.user = {uid: 1000, gid: 1000}' '.process.capabilities |= map_values([])'
	ok
	line 'errno 77'
	line $'CapEff:\t0000000000000000'
}

# runc 1.1.5 fails this: it has no flags.
@test "every flag of the spec is taken [SeccompFlags]" {
	probes 'probe yield' "$(filter ALLOW "$(yield_is ERRNO 'errnoRet: 77')")" \
		'.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_TSYNC"]'
	ok
	line 'errno 77'
}

# crun 1.8.1 fails this: any flag will do.
@test "what the spec does not know is refused: action, operator, architecture, flag [ValidValues SeccompArchitectures SeccompFlags]" {
	refused "$(filter TEA)"
	refused "$(filter ALLOW "$(yield_is TEA)")"
	refused "$(filter ALLOW "$(errno_if '{index: 0, value: 1, op: "SCMP_CMP_TEA"}')")"
	refused "$(filter ALLOW "$(errno_if '{index: 6, value: 1, op: "SCMP_CMP_EQ"}')")"
	refused "$(filter ALLOW)" '.linux.seccomp.architectures = ["SCMP_ARCH_TEA"]'
	refused "$(filter ALLOW)" '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_TEA"]'
}

# runc 1.1.5 fails this: it takes no notice.
@test "an errno with an action that takes none is refused [SeccompErrnoRetAction]" {
	refused "$(filter ALLOW "$(yield_is ALLOW 'errnoRet: 5')")"
	says /linux/seccomp/syscalls/0/errnoRet
	refused "$(filter ALLOW)" '.linux.seccomp.defaultErrnoRet = 5'
	says /linux/seccomp/defaultErrnoRet
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "a rule without names is refused [SeccSyscallsNamesRequired]" {
	refused "$(filter ALLOW 'names: [], action: "SCMP_ACT_ERRNO"')"
	refused "$(filter ALLOW 'action: "SCMP_ACT_ERRNO"')"
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "listenerMetadata without listenerPath is refused [SeccompListenerMetadata]" {
	refused "$(filter ALLOW)" '.linux.seccomp.listenerMetadata = "x"'
	says listenerMetadata
}

# crun 1.8.1 fails this: EPERM for a system call that it does not know.
@test "Docker's default profile lets a shell work and keeps it from new namespaces" {
	[ -f "$BATS_TEST_DIRNAME/docker-seccomp.json" ] || skip "needs docker-seccomp.json"
	with_probe
	sh_bundle 'ls / | wc -l; unshare -U true 2>&1; probe yield; probe number 1000'
	jq --slurpfile s "$BATS_TEST_DIRNAME/docker-seccomp.json" '.linux.seccomp = ($s[0].linux.seccomp // $s[0])' "$BUNDLE/config.json" >"$T/c"
	mv "$T/c" "$BUNDLE/config.json"
	run_box
	ok
	says 'Operation not permitted'
	line 0
	line 'errno 38'
}
