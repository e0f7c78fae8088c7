# SPDX-License-Identifier: Apache-2.0
#
# What went wrong, and why: in the words that engines look for, and in those that help.
load inside

# program ARGS...: create and start of a bundle whose program is that; $output has what the one that failed says.
program() {
	local args
	args=$(printf '%s\n' "$@" | jq -Rsc 'split("\n")[:-1]')
	mkdir -p "$BUNDLE"
	bundle ".process.args = $args"
	output=
	status=0
	rt create --bundle "$BUNDLE" "$BOX" >"$T/err" 2>&1 </dev/null || status=$?
	[ "$status" != 0 ] || rt start "$BOX" >"$T/err" 2>&1 || status=$?
	output=$(<"$T/err")
	rt delete --force "$BOX"
	[ "$status" = 1 ] || return 1
}

# file PATH MODE TEXT...: a file of the container.
file() {
	mkdir -p "$BUNDLE"
	[ -d "$ROOTFS" ] || cp -a "$SUITE/rootfs" "$ROOTFS"
	printf "$3" >"$ROOTFS/$1"
	chmod "$2" "$ROOTFS/$1"
}

# elf MACHINE INTERPRETER: /odd in the container, the first bytes of a program for that machine.
elf() {
	file odd 755 ''
	{
		printf '\x7fELF\x02\x01\x01'
		head -c 9 /dev/zero
		printf '\x02\x00'"$1"'\x00\x01\x00\x00\x00'
		head -c 8 /dev/zero
		printf '\x40' # e_phoff
		head -c 15 /dev/zero
		printf '\x00\x00\x00\x00\x40\x00\x38\x00\x01\x00'
		head -c 6 /dev/zero
		printf '\x03\x00\x00\x00\x04\x00\x00\x00\x78' # PT_INTERP, behind this header
		head -c 23 /dev/zero
		printf '\x20'
		head -c 7 /dev/zero
		printf '\x20'
		head -c 15 /dev/zero
		printf '%s' "$2"
		head -c $((32 - ${#2})) /dev/zero
	} >"$ROOTFS/odd"
}

here() { case $(uname -m) in x86_64) echo '\x3e' ;; *) echo '\xb7' ;; esac; }
elsewhere() { case $(uname -m) in x86_64) echo '\xb7' ;; *) echo '\x3e' ;; esac; }

# Docker makes 127 of the words.  crun 1.8.1 fails this: its words are others.
@test "a program that is not there is not found in PATH [ErrorsProgram]" {
	program no-such-program
	says 'executable file not found in $PATH'
	program /no/such/program
	says 'no such file or directory'
	lacks 'permission denied'
}

# runc 1.1.5 and crun 1.8.1 fail this: they do not say which.
@test "an ELF interpreter that is not there is named [ErrorsProgram]" {
	elf "$(here)" /lib/ld-of-another.so
	program /odd
	says 'no such file or directory'
	says 'its ELF interpreter "/lib/ld-of-another.so" is not in the container'
	mv "$ROOTFS/odd" "$ROOTFS/bin/odd"
	program odd
	says 'no such file or directory'
	says 'its ELF interpreter'
	lacks 'PATH'
}

# runc 1.1.5 and crun 1.8.1 fail this: they do not say which.
@test "the interpreter of a #! line that is not there is named [ErrorsProgram]" {
	file odd 755 '#! /bin/no-such-shell -e\necho'
	program /odd
	says 'no such file or directory'
	says 'the interpreter of its #! line "/bin/no-such-shell" is not in the container'
	file odd 755 '#!/bin/sh\r\necho'
	program /odd
	says '"/bin/sh" ends in a carriage return'
}

# runc 1.1.5 and crun 1.8.1 fail this: they do not say what for.
@test "a program for another machine is told by its name [ErrorsProgram]" {
	elf "$(elsewhere)" /lib/ld.so
	program /odd
	says 'exec format error'
	says "this machine is $(uname -m)"
	says 'made for '
	file odd 755 'echo'
	program /odd
	says 'neither an ELF file nor a script that begins with #!'
	file odd 755 ''
	program /odd
	says 'the file is empty'
}

# runc 1.1.5 and crun 1.8.1 fail this: they do not say why.
@test "a program that may not be executed is told with the reason [ErrorsProgram]" {
	file odd 644 '#!/bin/sh\n'
	program /odd
	says 'permission denied'
	says 'its mode is 0644: nobody may execute it'
	program /bin
	says 'permission denied'
	says 'it is a directory'
}

# runc 1.1.5 and crun 1.8.1 fail this: they do not say why.
@test "a program on a mount with noexec is told so [ErrorsProgram]" {
	start_box '.mounts += [{destination: "/n", type: "tmpfs", source: "tmpfs", options: ["noexec", "mode=755"]}]'
	rt exec "$BOX" /bin/sh -c 'echo "#!/bin/sh" >/n/odd; chmod 755 /n/odd'
	run rt exec "$BOX" /n/odd
	[ "$status" = 255 ]
	says 'permission denied'
	says 'it is on a mount with the option noexec'
	stop
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "what is told of a program is that of the container's own mounts [ErrorsProgram]" {
	requires root
	file odd 755 '#!/m/sh\n'
	mkdir "$T/m"
	cp "$ROOTFS/bin/busybox" "$T/m/other" 2>/dev/null || cp "$ROOTFS/bin/sh" "$T/m/other"
	bundle '.process.args = ["/odd"]' ".mounts += [{destination: \"/m\", source: \"$T/m\", options: [\"bind\"]}]"
	create
	run ! rt start "$BOX"
	says 'the interpreter of its #! line "/m/sh" is not in the container'
	rt delete --force "$BOX"
	bundle '.process.args = ["/odd"]' ".mounts += [{destination: \"/m\", source: \"$T/m\", options: [\"bind\"]}]"
	run ! rt run --bundle "$BUNDLE" "$BOX"
	says 'the program, or the interpreter it names'
}

# runc 1.1.5 and crun 1.8.1 fail this: they name the whole path.
@test "the part of a mount's source that is missing is named [ErrorsMissingSource]" {
	mkdir "$T/there"
	refused ".mounts += [{destination: \"/m\", source: \"$T/there/not/at/all\", options: [\"bind\"]}]"
	says "\"$T/there/not\" is the part that is missing"
	says 'mounting "/m"'
	lacks 'permission denied'
}

@test "a file that is to cover a directory, or the reverse, is told so [MountsBindSource]" {
	local source target
	touch "$T/file"
	mkdir "$T/directory"
	for source in file:/tmp directory:/etc/passwd; do
		target=${source#*:} source=${source%:*}
		refused ".mounts += [{destination: \"$target\", source: \"$T/$source\", options: [\"bind\"]}]"
		says "mounting \"$target\""
		says 'Invalid argument (the source and the target have to be two files or two directories)'
	done
}

@test "a working directory that cannot be made is told with the reason [ProcCwd]" {
	start_box '.root.readonly = true'
	run -255 rt exec --cwd /nope "$BOX" true
	says 'changing to working directory "/nope"'
	says 'Read-only file system (the directory is not there, and cannot be made)'
	stop
}

@test "a cgroup controller that is not there is told with its property and its place [ErrorsMissingController]" {
	requires v1
	[ ! -e /sys/fs/cgroup/net_cls ] || skip "this machine has them all"
	refused '.linux.resources.network = {classID: 1}'
	says '/linux/resources/network'
	says 'the cgroup controller "net_cls" is not available here (mount it, as "/sys/fs/cgroup/net_cls", if /proc/cgroups lists it; or drop the property)'
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "a hook that failed is told with its place, its path and the end of what it printed [ErrorsHook]" {
	local kind
	for kind in prestart createRuntime createContainer; do
		refused "$(hook "$kind" 'exit 0')" "$(hook "$kind" 'seq 1 9; echo broken >&2; exit 7')"
		says "${kind}[1] \"/bin/sh\": exited with 7: 6 | 7 | 8 | 9 | broken"
	done
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "a startContainer hook that failed is told so by start [ErrorsHook]" {
	bundle "$(hook startContainer 'echo one; echo two; exit 3')"
	create
	run ! rt start "$BOX"
	says 'startContainer[0] "/bin/sh": exited with 3: one | two'
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "a memory limit that kills the container while it is made is named [ErrorsKilled]" {
	requires v1:memory
	refused '.linux.resources.memory = {limit: 4096}'
	says 'for memory: the limit is 4096 bytes'
}

# runc 1.1.5 and crun 1.8.1 fail this: they say that the result is out of range.
@test "processors and memory nodes that the machine has not are told with those that it has [ErrorsLimits]" {
	requires v1:cpuset
	refused '.linux.resources.cpu = {cpus: "0-999"}'
	says 'writing "0-999"'
	says "(the processors of this machine are $(cat /sys/devices/system/cpu/online))"
	refused '.linux.resources.cpu = {mems: "0,999"}'
	says "(the memory nodes of this machine are $(cat /sys/devices/system/node/has_memory))"
}

# runc 1.1.5 and crun 1.8.1 fail this: they say that permission is denied, and crun leaves a cgroup behind.
@test "processors that the cgroup above has not are told so [ErrorsLimits]" {
	requires cgroupfs v1:cpuset
	local above
	above=$(cgroup_dir cpuset)
	[ "$(nproc)" -gt 1 ] || skip "needs two processors"
	mkdir "$above"
	echo 0 >"$above/cpuset.cpus"
	refused '.linux.resources.cpu = {cpus: "1"}' '.linux.cgroupsPath += "/below"'
	rmdir "$above"
	says 'the cgroup above has not all of these processors'
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "a hard limit above the runtime's own is told with both [ErrorsLimits]" {
	requires setpriv
	bundle '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 64, hard: 900}]'
	status=0
	(
		ulimit -n 500
		RT_TEST=$TAG setpriv --bounding-set=-sys_resource --inh-caps=-sys_resource "$RUNTIME" "${DRIVER[@]}" --root "$STATE" \
			create --bundle "$BUNDLE" "$BOX"
	) >"$T/err" 2>&1 </dev/null || status=$?
	[ "$status" = 1 ]
	output=$(<"$T/err")
	says 'RLIMIT_NOFILE'
	says "the hard limit would be 900, the runtime's own is 500; raising it needs CAP_SYS_RESOURCE"
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "a hard limit above fs.nr_open is told with both [ErrorsLimits]" {
	local most
	most=$(cat /proc/sys/fs/nr_open)
	refused ".process.rlimits = [{type: \"RLIMIT_NOFILE\", soft: 64, hard: $((most + 1))}]"
	says "the hard limit would be $((most + 1)), fs.nr_open of the host is $most"
}

# runc 1.1.5 and crun 1.8.1 fail this: nothing behind time.
@test "the JSON log says more behind level, msg and time [ErrorsLogFields]" {
	bundle '.mounts += [{destination: "/m", source: "/no/such/source", options: ["bind"]}]'
	run ! "$RUNTIME" "${DRIVER[@]}" --root "$STATE" --log "$T/log" --log-format json create --bundle "$BUNDLE" "$BOX"
	jq -se 'length == 1 and (.[0] | (keys_unsorted[:3] == ["level", "msg", "time"]) and .level == "error" and
		.code == "kernel" and .phase == "create" and .object == "/m" and .errno == "ENOENT" and
		(.hint | contains("/no")))' "$T/log"
	bundle '.process.cwd = "tmp"'
	run ! "$RUNTIME" "${DRIVER[@]}" --root "$STATE" --log "$T/log2" --log-format json create --bundle "$BUNDLE" "$BOX"
	jq -se 'length == 1 and (.[0] | .code == "input" and (.pointer | startswith("/process/cwd")))' "$T/log2"
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "an error is in the log and on stderr, once each [ErrorsBoth]" {
	run ! --separate-stderr "$RUNTIME" "${DRIVER[@]}" --root "$STATE" --log "$T/log" --log-format json state "$BOX"
	[[ $stderr == *'does not exist'* ]]
	[ "${#stderr_lines[@]}" = 1 ]
	[ "$(wc -l <"$T/log")" = 1 ]
	run ! --separate-stderr "$RUNTIME" "${DRIVER[@]}" --root "$STATE" --log /dev/stderr state "$BOX"
	[ "${#stderr_lines[@]}" = 1 ]
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "capabilities that cannot be ambient are one warning in all [WarningsOnce LinuxProcCapabilitiesWarn]" {
	local some='["CAP_CHOWN", "CAP_KILL", "CAP_NET_RAW"]'
	bundle '.process.args = ["true"]' ".process.capabilities =
		{bounding: $some, permitted: $some, effective: $some, inheritable: [], ambient: $some}"
	"$RUNTIME" "${DRIVER[@]}" --root "$STATE" --log "$T/log" run --bundle "$BUNDLE" "$BOX" </dev/null
	[ "$(grep -c level=warning "$T/log")" = 1 ]
	grep -q 'ambient: not granted, since not inheritable: CAP_CHOWN, CAP_KILL, CAP_NET_RAW' "$T/log"
}

# exec's stderr is its command's.
@test "what create warned of, exec does not warn of again [WarningsOnce]" {
	start_box '.process.capabilities.ambient = ["CAP_CHOWN"] | .process.capabilities.inheritable = []'
	run --separate-stderr -0 rt exec "$BOX" true
	[ -z "$stderr" ]
	jq '.process | .args = ["true"] | .capabilities.bounding += ["CAP_SYS_TEA"]' "$BUNDLE/config.json" >"$T/process"
	run --separate-stderr -0 rt exec --process "$T/process" "$BOX"
	[[ $stderr == *CAP_SYS_TEA* ]]
	[[ $stderr != *CAP_CHOWN* ]]
	stop
}

@test "what fails has no warning in its log, where podman wants one object [WarningsOnce]" {
	bundle '.process.capabilities.bounding += ["CAP_TEA"]' "$(hook createRuntime 'exit 1')"
	run ! "$RUNTIME" "${DRIVER[@]}" --root "$STATE" --log "$T/log" --log-format json create --bundle "$BUNDLE" "$BOX"
	jq -se 'length == 1 and .[0].level == "error"' "$T/log"
	start_box
	jq '.process | .args = ["/no/such"] | .capabilities.bounding += ["CAP_SYS_TEA"]' "$BUNDLE/config.json" >"$T/process"
	run ! "$RUNTIME" "${DRIVER[@]}" --root "$STATE" --log "$T/log2" --log-format json exec --process "$T/process" "$BOX"
	jq -se 'length == 1 and .[0].level == "error"' "$T/log2"
	says 'runtime: warning'
	stop
}

@test "a caller whose real-time policy the cpu cgroup does not take is told so [ErrorsLimits]" {
	requires root v1:cpu chrt
	[ -e /sys/fs/cgroup/cpu/cpu.rt_runtime_us ] || skip "needs CONFIG_RT_GROUP_SCHED"
	sleeper
	create
	rt start "$BOX"
	run -255 chrt --fifo 10 "$RUNTIME" "${DRIVER[@]}" --root "$STATE" exec "$BOX" true
	says 'real-time policy cannot enter'
	run -0 chrt --fifo 10 chrt --other 0 "$RUNTIME" "${DRIVER[@]}" --root "$STATE" exec "$BOX" true
	stop
}

@test "annotations of engines are kept, whatever they are for [AnnotationsKept]" {
	bundle '.annotations = {"io.podman.annotations.autoremove": "FALSE", "run.oci.handler": "krun",
		"org.systemd.property.TimeoutStopUSec": "uint64 10000000", "io.kubernetes.cri.container-type": "sandbox"}'
	create
	rt state "$BOX" | jq -e '.annotations | length == 4 and .["org.systemd.property.TimeoutStopUSec"] == "uint64 10000000"'
	rt delete --force "$BOX"
}

# runc 1.1.5 fails this: it does not know the annotation.
@test "run.oci.keep_original_groups keeps the caller's groups, for exec too [AnnotationKeepGroups]" {
	requires root setpriv
	with_groups() { RT_TEST=$TAG setpriv --groups 0,4321,4322 "$RUNTIME" "${DRIVER[@]}" --root "$STATE" "$@"; }
	sleeper '.annotations["run.oci.keep_original_groups"] = "1"' '.process.user = {uid: 1000, gid: 1000}'
	with_groups create --bundle "$BUNDLE" "$BOX" >"$T/out" 2>&1 </dev/null
	rt start "$BOX"
	grep -E '^Groups:.*4321 4322' "/proc/$(pid_of "$BOX")/status"
	run with_groups exec "$BOX" grep Groups /proc/self/status
	says '4321 4322'
	stop
	configure 'del(.annotations)'
	with_groups create --bundle "$BUNDLE" "$BOX" >"$T/out" 2>&1 </dev/null
	rt start "$BOX"
	run ! grep -E '^Groups:.*4321' "/proc/$(pid_of "$BOX")/status"
	stop
}

# runc 1.1.5 and crun 1.8.1 fail this: they do not say what to do.
@test "commands and options of other programs are answered with what to do here [CliHabits]" {
	run -1 "$RUNTIME" stop "$BOX"
	says 'unknown command "stop" (kill ID'
	run -1 "$RUNTIME" help stop
	says 'kill ID'
	run -1 "$RUNTIME" kill -9 "$BOX"
	says 'kill ID KILL'
	run -255 "$RUNTIME" exec -it "$BOX" sh
	says 'standard input'
	run -2 "${RUNTIME%/*}/layerctl" pull box
	says 'import docker://'
	run -2 "${RUNTIME%/*}/layerctl" run -it box
	says 'standard input'
}

# runc 1.1.5 and crun 1.8.1 fail this: they do not say what to do.
@test "words in the wrong place are answered with the right one [CliHabits]" {
	run -1 "$RUNTIME" kill TERM "$BOX"
	says "kill $BOX TERM"
	run -1 "$RUNTIME" spec --bundle "$T/none"
	says 'opening the bundle'
	says "$T/none"
	run "$RUNTIME" run alpine:latest
	[ "$status" != 0 ]
	says 'layerctl run'
}
