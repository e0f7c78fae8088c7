#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# config.md "Process", "Hostname", "Domainname"; config-linux.md "Sysctl", "Personality": the program
# and what it finds; and how `run` passes signals, descriptors and its end.

load inside

@test "args are given as they are, each one [ProcArgs ProcImplement]" {
	bundle '.process.args = ["/bin/printf", "%s|", "", "a b", "ü\n", "--", "$HOME"]'
	run_box
	ok
	[ "$output" = $'|a b|ü\n|--|$HOME|' ]
}

@test "an empty list of args is refused [ProcArgsOneEntryRequired]" {
	refused '.process.args = []'
	says /process/args
}

@test "args[0] without a slash is looked up in the PATH of the container [ProcArgsExecvp]" {
	bundle '.process.args = ["tool"]' '.process.env = ["PATH=/nowhere:/opt/bin:/bin"]'
	mkdir -p "$ROOTFS/opt/bin"
	printf '#!/bin/sh\necho the tool\n' >"$ROOTFS/opt/bin/tool"
	chmod 755 "$ROOTFS/opt/bin/tool"
	run_box
	ok
	line 'the tool'
	configure '.process.env = ["PATH=/nowhere"]'
	run_box
	[ "$status" -ne 0 ]
	says tool
}

@test "the caller's PATH and environment do not reach the program [ProcEnv]" {
	bundle '.process.args = ["/bin/env"]' '.process.env = ["PATH=/bin", "A=1", "B=x=y", "EMPTY="]'
	SECRET=1 run_box
	ok
	line A=1
	line B=x=y
	line EMPTY=
	lacks SECRET
	lacks RT_TEST
}

@test "HOME is that of the user in the container's passwd, unless it is set [ProcEnvHome]" {
	bundle '.process.args = ["/bin/env"]' '.process.user = {uid: 1000, gid: 1000}'
	run_box
	ok
	line HOME=/home/user
	configure '.process.env += ["HOME=/mine"]'
	run_box
	ok
	line HOME=/mine
	lacks /home/user
}

@test "the program starts in cwd [ProcCwd]" {
	inside pwd '.process.cwd = "/tmp"'
	ok
	line /tmp
}

@test "a cwd that is not there is made [CwdInContainer]" {
	inside 'pwd; stat -c %a .' '.process.cwd = "/new/dir"'
	ok
	line /new/dir
	line 755
	[ -d "$ROOTFS/new/dir" ]
}

# crun 1.8.1 fails this.
@test "a cwd that is not absolute is refused [ProcCwdAbs]" {
	refused '.process.cwd = "tmp"'
	says /process/cwd
}

@test "a program that cannot be executed says why [ProcArgsExecvp]" {
	bundle '.process.args = ["/etc/passwd"]'
	run_box
	[ "$status" -ne 0 ]
	says /etc/passwd
	says ermission
	configure '.process.args = ["/etc"]'
	run_box
	[ "$status" -ne 0 ]
	says /etc
	says ermission
	printf 'garbage' >"$ROOTFS/bin/garbage"
	chmod 755 "$ROOTFS/bin/garbage"
	configure '.process.args = ["/bin/garbage"]'
	run_box
	[ "$status" -ne 0 ]
	says /bin/garbage
	says 'xec format'
}

@test "start reports a program that is not there, and nothing runs" {
	bundle '.process.args = ["/no/such/program"]'
	if create 2>/dev/null; then
		run ! rt start "$BOX"
		says /no/such/program
		rt delete --force "$BOX"
	fi
}

@test "run ends with the program's code, 128 + n for signal n [ProcExitCode]" {
	for code in 0 1 42 255; do
		inside "exit $code"
		[ "$status" = $code ] || { echo "$code: $status" >&2; return 1; }
	done
	with_probe
	for name in ABRT SEGV; do
		# Not as process 1, which the kernel spares.
		inside "sh -c 'kill -$name \$\$'; exit \$?"
		[ "$status" = $((128 + $(kill -l $name))) ]
	done
}

@test "a program that a signal ends makes run end with 128 + n [ProcExitCode]" {
	sleeper
	rt run --bundle "$BUNDLE" "$BOX" </dev/null >"$T/out" 2>&1 3>&- &
	local runner=$! code=0
	wait_for "$BOX" running
	rt kill "$BOX" KILL
	wait $runner || code=$?
	[ $code = 137 ]
}

@test "run passes signals to the program [RunForwardsSignals]" {
	sh_bundle 'for s in HUP INT USR1 USR2 WINCH; do trap "echo $s" $s; done; trap "echo TERM; exit 5" TERM; echo ready; while :; do sleep 0.02; done'
	rt run --bundle "$BUNDLE" "$BOX" </dev/null >"$T/out" 2>&1 3>&- &
	local runner=$! code=0 name
	eventually grep -q ready "$T/out"
	# The runtime itself, not the subshell that `rt` runs in.
	local pid
	pid=$(pgrep -f "^$RUNTIME .*--root $STATE run" | head -n 1)
	for name in HUP USR1 USR2 TERM; do
		kill -$name "$pid"
		eventually grep -q $name "$T/out"
	done
	wait $runner || code=$?
	[ $code = 5 ]
}

@test "stdin, stdout and stderr of run are the program's" {
	sh_bundle 'read -r x; echo "out $x"; echo err >&2; cat'
	printf 'line\nrest' | rt run --bundle "$BUNDLE" "$BOX" >"$T/out" 2>"$T/err"
	[ "$(cat "$T/out")" = $'out line\nrest' ]
	[ "$(cat "$T/err")" = err ]
}

@test "only descriptors 0, 1 and 2 reach the program [OnlyAskedDescriptors]" {
	with_probe
	bundle '.process.args = ["/bin/probe", "fds"]'
	run rt run --bundle "$BUNDLE" "$BOX" </dev/null 5</etc/passwd 7</ 12<"$T"
	ok
	[ "$(cut -d' ' -f1 <<<"$output" | sort -n | paste -sd' ')" = '0 1 2' ]
}

@test "--preserve-fds gives as many more, from 3 [OnlyAskedDescriptors]" {
	with_probe
	bundle '.process.args = ["/bin/probe", "fds"]'
	echo hello >"$T/three"
	run rt run --preserve-fds 2 --bundle "$BUNDLE" "$BOX" </dev/null 3<"$T/three" 4</dev/zero 5</etc/passwd
	ok && says "3 $T/three" || says '3 /'
	line '4 /dev/zero'
	[ "$(cut -d' ' -f1 <<<"$output" | sort -n | paste -sd' ')" = '0 1 2 3 4' ]
}

# crun 1.8.1 fails this.
@test "--preserve-fds of a descriptor that is not open is an error [OnlyAskedDescriptors]" {
	bundle
	run rt run --preserve-fds 9 --bundle "$BUNDLE" "$BOX" </dev/null
	[ "$status" = 1 ]
}

# runc 1.1.5 fails this.
@test "a LISTEN_FDS that is larger than all descriptors there can be is refused [OnlyAskedDescriptors]" {
	local count
	sh_bundle 'echo runs'
	for count in 4294967293 4294967295 2147483647; do
		LISTEN_FDS=$count run rt run --bundle "$BUNDLE" "$BOX" </dev/null
		[ "$status" = 1 ]
		says 'is to be preserved but is not open'
	done
}

@test "LISTEN_FDS passes its descriptors, with LISTEN_PID 1 [OnlyAskedDescriptors]" {
	with_probe
	sh_bundle 'echo $LISTEN_FDS $LISTEN_PID; exec probe fds'
	LISTEN_FDS=2 run rt run --bundle "$BUNDLE" "$BOX" </dev/null 3</dev/zero 4</dev/full 5</etc/passwd
	ok
	line '2 1'
	line '3 /dev/zero'
	line '4 /dev/full'
	[ "$(cut -d' ' -f1 <<<"$output" | sed 1d | sort -n | paste -sd' ')" = '0 1 2 3 4' ]
}

@test "hostname and domainname are set in the container's UTS namespace [LinuxHostname]" {
	local before
	before=$(hostname)
	inside 'hostname; cat /proc/sys/kernel/domainname' '.hostname = "box.example"'
	ok
	line box.example
	[ "$(hostname)" = "$before" ]
}

# runc 1.1.5 fails this: it does not know it.
@test "domainname is set [LinuxDomainname]" {
	inside 'cat /proc/sys/kernel/domainname' '.domainname = "example.org"'
	ok
	line example.org
}

@test "a hostname without a UTS namespace is refused [LinuxHostname]" {
	refused '.hostname = "box"' 'del(.linux.namespaces[] | select(.type == "uts"))'
	says hostname
}

@test "sysctls of the container's namespaces are set, in both spellings [LinuxSysctlSet LinuxSysctlNamespaced]" {
	inside 'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shm_rmid_forced /proc/sys/fs/mqueue/msg_max /proc/sys/net/ipv4/conf/lo/forwarding' \
		'.linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.shm_rmid_forced": "1", "fs.mqueue.msg_max": "17", "net/ipv4/conf/lo/forwarding": "0"}'
	ok
	[ "$(paste -sd' ' <<<"$output")" = '1 1 17 0' ]
}

@test "sysctls of the host are refused before anything is made [LinuxSysctlNamespaced]" {
	for name in kernel.panic vm.swappiness kernel.core_pattern fs.file-max net/../kernel/panic 'net.ipv4..x' ''; do
		refused ".linux.sysctl = {\"$name\": \"1\"}"
	done
}

@test "sysctls of net and ipc are refused without those namespaces [LinuxSysctlNamespaced]" {
	refused '.linux.sysctl = {"net.ipv4.ip_forward": "1"}' 'del(.linux.namespaces[] | select(.type == "network"))'
	refused '.linux.sysctl = {"kernel.shm_rmid_forced": "1"}' 'del(.linux.namespaces[] | select(.type == "ipc"))'
}

# runc 1.1.5 fails this.
@test "personality LINUX32 makes a 32-bit machine name, LINUX does not [LinuxPersonality]" {
	[ "$(uname -m)" = x86_64 ] || skip "x86_64 only"
	[ "$(setarch i686 uname -m)" = i686 ] || skip "needs a kernel that can be called i686" # User Mode Linux is not
	inside 'uname -m' '.linux.personality = {domain: "LINUX32"}'
	ok
	line i686
	inside 'uname -m' '.linux.personality = {domain: "LINUX"}'
	ok
	line x86_64
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "an unknown personality is refused [LinuxPersonalityDomain ValidValues]" {
	refused '.linux.personality = {domain: "BEOS"}'
	refused '.linux.personality = {}'
	refused '.linux.personality = {domain: "LINUX", flags: ["ADDR_NO_RANDOMIZE"]}'
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "without process the container is made and can be deleted, start is an error [ProcRequiredAtStart StartWithProcUnsetGenError]" {
	bundle 'del(.process)'
	create
	[ "$(status_of "$BOX")" = created ]
	run ! rt start "$BOX"
	says process
	rt delete --force "$BOX"
}

# runc 1.1.5 fails this for want of /proc, crun 1.8.1 for want of mounts.
@test "linux and mounts may be absent [ConfigOptionalProperties]" {
	requires root
	inside 'echo fine' '.linux = {cgroupsPath: .linux.cgroupsPath, namespaces: [{type: "mount"}]} | del(.mounts, .hostname)'
	ok
	line fine
	inside 'echo fine' 'del(.linux, .mounts, .hostname, .hooks, .annotations)'
	ok
	line fine
}

@test "the program has a session and no terminal of the caller [ProcSession]" {
	inside 'tty; cat /proc/self/stat | cut -d" " -f6,7; echo x 2>/dev/null >/dev/tty || echo none'
	says 'not a tty'
	line none
}

# Engines make 127 and 126 of what create says, and take an error of start for another thing.
@test "create hears that the program is not there, or is none [CreateFindsProgram]" {
	refused '.process.args = ["no-such-program"]'
	says 'executable file not found in $PATH'
	refused '.process.args = ["/no/such/program"]'
	says 'no such file or directory'
	refused '.process.args = ["/etc"]'
	says 'permission denied'
	refused '.process.args = ["/etc/passwd"]'
	says 'permission denied'
	refused '.process.args = ["passwd"]' '.process.env = ["PATH=/nowhere:/etc"]'
	says 'permission denied'
	bundle '.process.args = ["./sh"]' '.process.cwd = "/bin"'
	create
	stop
}
