#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What is damaged, enormous or in the hands of somebody else.

load helpers
load sweeps

# Every command gives an error with a word, and delete --force ends with nothing left of the id.
is_damaged() {
	local verb
	for verb in state start "kill" delete; do
		# shellcheck disable=SC2086
		run ! rt $verb "$BOX"
		[ "$status" -lt 124 ]
		[ -n "$output" ]
	done
	rt delete --force "$BOX"
	[ -z "$(ls -A "$STATE")" ]
}

home_with() {
	mkdir -m 700 "$STATE/$BOX"
	cat >"$STATE/$BOX/record.json"
}

@test "FT-13 a record cut off anywhere is an error to all, and deleted by force" {
	local size at step=61
	[ "${SWEEP-}" != full ] || step=7
	sleeper
	create
	cp "$STATE/$BOX/record.json" "$T/record"
	stop
	size=$(stat -c %s "$T/record")
	for ((at = 0; at < size; at += step)); do
		head -c "$at" "$T/record" | home_with
		is_damaged
	done
}

@test "FT-13 garbage, another version, a directory, or nothing for a record is an error to all, and deleted by force" {
	mkdir -m 700 "$STATE"
	local record
	for record in '{}' '[]' null 'garbage' '{"version":3}' '{"version":1}' '{"version":1,"init":{"pid":-1,"start":0}}'; do
		printf %s "$record" | home_with
		is_damaged
	done
	head -c 100000 /dev/urandom | home_with
	is_damaged
	mkdir -m 700 "$STATE/$BOX"
	mkdir -p "$STATE/$BOX/record.json/deeper"
	is_damaged
	mkdir -m 700 "$STATE/$BOX"
	is_damaged
	mkdir -m 700 "$STATE/$BOX"
	: >"$STATE/$BOX/record.json.new"
	is_damaged
}

@test "FT-13 a record of another version still ends what it names" {
	start_box
	sed -i 's/"version":1/"version":7/; s/"phase":"[a-z]*"/"phase":"dancing"/' "$STATE/$BOX/record.json"
	run ! rt state "$BOX"
	says "not of version 1"
	rt delete --force "$BOX"
	is_clean
}

@test "FT-13 a container that an older build made goes on: its session keyring has no name of its own" {
	start_box
	sed -i 's/"keyring":"[^"]*"/"noNewKeyring":false/' "$STATE/$BOX/record.json"
	grep -q noNewKeyring "$STATE/$BOX/record.json"
	rt exec "$BOX" true
	rt pause "$BOX"
	rt resume "$BOX"
	stop
}

@test "FT-13 what a killed writer left beside the record does no harm" {
	sleeper
	create
	printf '%s' '{"version":1,"lots of it"' >"$STATE/$BOX/record.json.new"
	head -c 100000 /dev/zero >>"$STATE/$BOX/record.json.new"
	rt start "$BOX"
	[ "$(status_of "$BOX")" = running ]
	stop
}

@test "FT-13 without its bundle, its rootfs and its cgroup a container can be used and deleted" {
	sleeper
	create
	mv "$BUNDLE" "$T/moved"
	rt start "$BOX"
	[ "$(status_of "$BOX")" = running ]
	rt kill "$BOX" KILL
	wait_for "$BOX" stopped
	[ ${#DRIVER[@]} != 0 ] || rmdir "$(cgroup_dir memory)" # systemd does that
	rt delete "$BOX"
	mv "$T/moved" "$BUNDLE"
}

@test "FT-10 a process that has got the number of an init that ended is left alone" {
	local pid start
	sleeper
	create
	pid=$(pid_of "$BOX")
	sleep 0.1 # start times are counted in hundredths
	RT_TEST=$TAG sleep 1000 3>&- &
	# The record as if the number had come round: the bystander's, with the start time of init.
	start=$(cut -d' ' -f22 "/proc/$pid/stat")
	kill -KILL "$pid"
	sed -i "s/\"init\":{\"pid\":$pid,\"start\":$start}/\"init\":{\"pid\":$!,\"start\":$start}/" "$STATE/$BOX/record.json"
	[ "$(status_of "$BOX")" = stopped ]
	run ! rt kill "$BOX" KILL
	run ! rt start "$BOX"
	rt delete --force "$BOX"
	kill -0 $!
	kill $!
}

# took SECONDS COMMAND...: each process of it has to do with that much of a processor's time, whatever else is done there.
took() {
	local most=$1
	shift
	prlimit --cpu=$((most * ${RT_SLOW:-1})) "$@"
}

@test "FT-14 two thousand mounts are made" {
	bundle '.mounts += [range(2000) | {destination: "/mnt/\(.)", type: "tmpfs", source: "tmpfs", options: ["size=4k"]}]' \
		'.process.args = ["/bin/sh", "-c", "grep -c /mnt/ /proc/mounts"]'
	run took 15 "$RUNTIME" "${DRIVER[@]}" --root "$STATE" run --bundle "$BUNDLE" "$BOX"
	says 2000
}

@test "FT-14 ten thousand variables reach the program, and too many are E2BIG" {
	bundle '.process.env += [range(10000) | "V\(.)=x"]' '.process.args = ["/bin/sh", "-c", "env | grep -c ^V"]'
	run took 10 "$RUNTIME" "${DRIVER[@]}" --root "$STATE" run --bundle "$BUNDLE" "$BOX"
	says 10000
	configure '.process.env += [range(10000) | "W\(.)=" + ("x" * 400)]'
	run ! took 10 "$RUNTIME" "${DRIVER[@]}" --root "$STATE" run --bundle "$BUNDLE" "$BOX"
	says "rgument list too long"
}

@test "FT-14 a config.json of 16 MB is read in less than 10 s" {
	bundle '.annotations = ([range(100000) | {key: "org.example.\(.)", value: ("x" * 140)}] | from_entries)'
	[ "$(stat -c %s "$BUNDLE/config.json")" -gt 16000000 ]
	took 10 "$RUNTIME" "${DRIVER[@]}" --root "$STATE" run --bundle "$BUNDLE" "$BOX"
}

@test "FT-14 five thousand rules of seccomp are compiled" {
	bundle '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [range(5000) |
		{names: ["personality"], action: "SCMP_ACT_ERRNO", args: [{index: 0, value: (. + 1000000), op: "SCMP_CMP_EQ"}]}]}'
	run took 10 "$RUNTIME" "${DRIVER[@]}" --root "$STATE" run --bundle "$BUNDLE" "$BOX"
	# More than the kernel takes in one program is an error, but it ends and says so.
	[ "$status" = 0 ] || says seccomp
	configure '.linux.seccomp.syscalls |= .[:500]'
	took 10 "$RUNTIME" "${DRIVER[@]}" --root "$STATE" run --bundle "$BUNDLE" "$BOX"
}

@test "FT-14 a config.json that is a fifo, a directory or a device is refused, and holds nobody up" {
	bundle
	rm "$BUNDLE/config.json"
	mkfifo "$BUNDLE/config.json"
	run ! timeout "$PATIENCE" "$RUNTIME" "${DRIVER[@]}" --root "$STATE" create --bundle "$BUNDLE" "$BOX"
	says "is no regular file"
	rm "$BUNDLE/config.json"
	mkdir "$BUNDLE/config.json"
	run ! rt create --bundle "$BUNDLE" "$BOX"
	rmdir "$BUNDLE/config.json"
	ln -s /dev/zero "$BUNDLE/config.json"
	run ! timeout "$PATIENCE" "$RUNTIME" "${DRIVER[@]}" --root "$STATE" create --bundle "$BUNDLE" "$BOX"
	says "is no regular file"
}

@test "FT-17 a storm of SIGTERM on run ends with the code of the program" {
	local i status=0
	sh_bundle 'n=0; trap "n=\$((n+1))" TERM; touch /tmp/in; while [ ! -e /tmp/end ]; do sleep 0.02; done; exit 7'
	RT_TEST=$TAG "$RUNTIME" "${DRIVER[@]}" --root "$STATE" run --bundle "$BUNDLE" "$BOX" </dev/null >/dev/null 2>&1 3>&- &
	eventually test -e "$ROOTFS/tmp/in"
	for ((i = 0; i < 200; i++)); do
		kill -TERM $!
	done
	touch "$ROOTFS/tmp/end"
	wait $! || status=$?
	[ "$status" = 7 ]
}

@test "FT-11 a hook that kills the runtime leaves what delete --force removes" {
	sleeper '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "kill -KILL $PPID"]}]'
	run ! rt create --bundle "$BUNDLE" "$BOX"
	rt delete --force "$BOX"
	is_clean
}

@test "FT-11 startContainer: what the hook said is in the error of start [StartContainerHookFailGenError]" {
	sleeper '.hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "echo it is; echo the wrong moon >&2; exit 3"]}]'
	create
	run ! rt start "$BOX"
	says "the wrong moon"
	says "exited with 3"
}

@test "FT-11 createContainer: a hook without env has ours [PosixHooksEnv]" {
	bundle ".hooks.createContainer = [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \"echo \$MOON >$T/moon\"]}]"
	MOON=full rt run --bundle "$BUNDLE" "$BOX"
	[ "$(cat "$T/moon")" = full ]
}

@test "FT-17 an output that nobody reads keeps no signal from the program, and loses nothing [RunTerminal RunForwardsSignals]" {
	local status=0
	sh_bundle 'trap "exit 7" TERM; (while :; do echo 0123456789012345678901234567890123456789; done) &
		touch /tmp/in; while :; do sleep 0.02; done' \
		'.process.terminal = true'
	mkfifo "$T/output"
	exec 8<>"$T/output"
	RT_TEST=$TAG "$RUNTIME" "${DRIVER[@]}" --root "$STATE" run --keep --bundle "$BUNDLE" "$BOX" </dev/null >"$T/output" 2>/dev/null 3>&- 8>&- &
	eventually test -e "$ROOTFS/tmp/in"
	sleep 0.3
	kill -TERM $!
	wait_for "$BOX" stopped
	cat <&8 >"$T/all" 3>&- &
	local reader=$!
	wait %1 || status=$?
	exec 8>&-
	kill $reader
	[ "$status" = 7 ]
	head -n -1 "$T/all" | tr -d '\r' >"$T/lines"
	run ! grep -qvx 0123456789012345678901234567890123456789 "$T/lines"
	rt delete "$BOX"
}
