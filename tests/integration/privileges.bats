#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# config.md "POSIX process", "Linux process", "User": what the program may do, seen from /proc/self.

load inside

caps() { echo "{bounding: $1, effective: $1, permitted: $1, inheritable: [], ambient: []}"; }

@test "the program has the uid and gid of process.user [ProcUserImplement]" {
	inside 'echo $(id -u):$(id -g)' '.process.user = {uid: 1000, gid: 1001}'
	ok
	line 1000:1001
}

# runc 1.1.5 fails this: no gid above 2^31.
@test "additionalGids are the program's only groups [ProcUserAdditionalGids]" {
	requires root
	inside 'grep Groups: /proc/self/status' '.process.user = {uid: 1000, gid: 1001, additionalGids: [7, 4294967294]}'
	ok
	says $'Groups:\t7 4294967294'
}

@test "without additionalGids the caller's groups are gone [ProcUserAdditionalGids]" {
	requires root setpriv
	sh_bundle 'grep Groups: /proc/self/status'
	run setpriv --groups 33,44 "$RUNTIME" "${DRIVER[@]}" --root "$STATE" run --bundle "$BUNDLE" "$BOX" </dev/null
	ok
	lacks 33
	lacks 44
}

@test "an empty list of additionalGids drops the caller's groups too [ProcUserAdditionalGids]" {
	requires root setpriv
	sh_bundle 'grep Groups: /proc/self/status' '.process.user.additionalGids = []'
	run setpriv --groups 33,44 "$RUNTIME" "${DRIVER[@]}" --root "$STATE" run --bundle "$BUNDLE" "$BOX" </dev/null
	ok
	lacks 33
	lacks 44
}

@test "process.user.umask is the program's umask [ProcUserUmask]" {
	inside umask '.process.user.umask = 63'
	ok
	line 0077
}

# runc 1.1.5 and crun 1.8.1 fail this: 0022 always.
@test "without process.user.umask the caller's umask stays [ProcUserUmaskAbsent]" {
	sh_bundle 'umask; stat -c %a /dev/null'
	umask 027
	run_box
	umask 022
	ok
	line 0027
	line 666
}

@test "rlimits are what getrlimit gives, soft and hard [PosixProcRlimitsSoftMatchCur PosixProcRlimitsHardMatchMax PosixProcRlimitsTypeGet]" {
	with_probe
	inside 'for i in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do echo $i $(probe limit $i); done' \
		'.process.rlimits = ([["CPU",1000],["FSIZE",1001],["DATA",100000000],["STACK",8000000],["CORE",1004],
		["RSS",1005],["NPROC",1006],["NOFILE",1007],["MEMLOCK",1008],["AS",900000000],["LOCKS",1010],
		["SIGPENDING",1011],["MSGQUEUE",1012],["NICE",-3],["RTPRIO",-3],["RTTIME",1015]]
		| map({type: ("RLIMIT_" + .[0]), soft: (if .[1] < 0 then 0 else .[1] end), hard: (.[1] + 3)}))'
	ok
	for want in '0 1000 1003' '1 1001 1004' '2 100000000 100000003' '3 8000000 8000003' '4 1004 1007' '5 1005 1008' \
		'6 1006 1009' '7 1007 1010' '8 1008 1011' '9 900000000 900000003' '10 1010 1013' '11 1011 1014' \
		'12 1012 1015' '13 0 0' '14 0 0' '15 1015 1018'; do
		line "$want"
	done
}

@test "a rlimit of all ones is no limit [PosixProcRlimitsHardMatchMax]" {
	sh_bundle 'grep "Max file size" /proc/self/limits' '.process.rlimits = [{type: "RLIMIT_FSIZE", soft: "most", hard: "most"}]'
	sed -i 's/"most"/18446744073709551615/' "$BUNDLE/config.json" # a number that jq would round
	run_box
	ok
	says 'unlimited            unlimited'
}

# runc 1.1.5 and crun 1.8.1 fail this: the last one wins.
@test "a rlimit given twice is refused [PosixProcRlimitsErrorOnDup]" {
	refused '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 500, hard: 500}, {type: "RLIMIT_NOFILE", soft: 400, hard: 400}]'
	says RLIMIT_NOFILE
}

@test "a rlimit that Linux does not have is refused [PosixProcRlimitsTypeGenError]" {
	refused '.process.rlimits = [{type: "RLIMIT_ICECREAM", soft: 5, hard: 5}]'
	says RLIMIT_ICECREAM
}

@test "each of the five capability sets is the one of the config [LinuxProcCapabilities]" {
	inside 'grep Cap /proc/self/status' '.process.capabilities = {
		bounding: ["CAP_CHOWN", "CAP_KILL", "CAP_NET_RAW", "CAP_SYS_CHROOT"], permitted: ["CAP_CHOWN", "CAP_KILL", "CAP_NET_RAW"],
		effective: ["CAP_CHOWN", "CAP_KILL"], inheritable: ["CAP_KILL", "CAP_NET_RAW"], ambient: ["CAP_KILL"]}' \
		'.process.user = {uid: 1000, gid: 1000}'
	ok
	# Not root: after execve the ambient set is what is permitted and effective.
	line $'CapInh:\t0000000000002020'
	line $'CapPrm:\t0000000000000020'
	line $'CapEff:\t0000000000000020'
	line $'CapBnd:\t0000000000042021'
	line $'CapAmb:\t0000000000000020'
}

@test "root has the bounding set after execve [LinuxProcCapabilities]" {
	inside 'grep Cap /proc/self/status' \
		".process.capabilities = $(caps '["CAP_CHOWN", "CAP_DAC_OVERRIDE"]')"
	ok
	line $'CapPrm:\t0000000000000003'
	line $'CapEff:\t0000000000000003'
	line $'CapBnd:\t0000000000000003'
	line $'CapInh:\t0000000000000000'
	line $'CapAmb:\t0000000000000000'
}

@test "empty capability sets leave nothing [LinuxProcCapabilities]" {
	inside 'grep Cap /proc/self/status' ".process.capabilities = $(caps '[]')"
	ok
	line $'CapPrm:\t0000000000000000'
	line $'CapEff:\t0000000000000000'
	line $'CapBnd:\t0000000000000000'
}

@test "without process.capabilities the program has none [LinuxProcCapabilitiesAbsent]" {
	inside 'grep Cap /proc/self/status' 'del(.process.capabilities)'
	ok
	line $'CapPrm:\t0000000000000000'
	line $'CapEff:\t0000000000000000'
	line $'CapBnd:\t0000000000000000'
}

# crun 1.8.1 fails this: it says nothing.
@test "an unknown capability is a warning, not an error [LinuxProcCapabilitiesWarn LinuxProcCapabilitiesNoFail WarnsLeaveFlowUnchange]" {
	inside 'grep CapEff /proc/self/status' \
		".process.capabilities = $(caps '["CAP_CHOWN", "CAP_TEA_MAKING"]')"
	ok
	line $'CapEff:\t0000000000000001'
	[[ $output == *CAP_TEA_MAKING* ]]
}

@test "an ambient capability that cannot be granted is a warning, not an error [LinuxProcCapabilitiesWarn LinuxProcCapabilitiesNoFail]" {
	inside 'grep CapAmb /proc/self/status' '.process.capabilities = {bounding: ["CAP_CHOWN"], permitted: ["CAP_CHOWN"],
		effective: ["CAP_CHOWN"], inheritable: [], ambient: ["CAP_CHOWN"]}'
	ok
	line $'CapAmb:\t0000000000000000'
}

@test "noNewPrivileges holds a setuid program down, and only then [LinuxProcNoNewPrivileges]" {
	with_probe
	chmod 4755 "$ROOTFS/bin/probe"
	for want in 'true 1000 1000' 'false 1000 0'; do
		inside 'grep NoNewPrivs /proc/self/status; probe ids' ".process.noNewPrivileges = ${want%% *}" \
			'.process.user = {uid: 1000, gid: 1000}' ".process.capabilities = $(caps '["CAP_CHOWN"]')"
		ok
		says "${want#* } 1000 1000"
	done
	line $'NoNewPrivs:\t0'
}

@test "without noNewPrivileges the bit is not set [LinuxProcNoNewPrivileges]" {
	inside 'grep NoNewPrivs /proc/self/status' 'del(.process.noNewPrivileges)'
	ok
	line $'NoNewPrivs:\t0'
}

@test "oomScoreAdj is written [LinuxProcOomScoreAdjSet]" {
	inside 'cat /proc/self/oom_score_adj' '.process.oomScoreAdj = 321'
	ok
	line 321
}

@test "without oomScoreAdj the caller's stays [LinuxProcOomScoreAdjNotSet]" {
	sh_bundle 'cat /proc/self/oom_score_adj'
	run sh -c "echo 123 >/proc/self/oom_score_adj; exec $RUNTIME ${DRIVER[*]} --root $STATE run --bundle $BUNDLE $BOX" </dev/null
	ok
	line 123
}

@test "oomScoreAdj beyond the kernel's range is refused [ValidValues]" {
	refused '.process.oomScoreAdj = 1001'
}

@test "two containers and the host have different session keyrings [CliNoNewKeyring]" {
	with_probe
	inside 'probe keyring'
	ok
	first=$output
	# Another id: runc's keyring has the id for a name, and a name may still be there.
	run rt run --bundle "$BUNDLE" "${BOX}2" </dev/null
	ok
	[ "$output" != "$first" ]
	[ "$output" != "$("$SUITE/probe" keyring)" ]
}

@test "--no-new-keyring keeps the caller's session keyring [CliNoNewKeyring]" {
	requires keyctl
	with_probe
	sh_bundle 'probe keyring'
	run rt run --no-new-keyring --bundle "$BUNDLE" "$BOX" </dev/null
	ok
	first=$output
	run rt run --no-new-keyring --bundle "$BUNDLE" "$BOX" </dev/null
	[ "$output" = "$first" ]
}
