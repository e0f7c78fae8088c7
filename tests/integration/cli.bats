#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The command line: runc's words, in any order, and what each option does.

load inside

COMMANDS='create start state kill delete run spec'
listening() { [ -S "$1" ]; }

# crun 1.8.1 fails this: -bundle.
@test "options come in any order, with = or a blank, long or short [CliOptions]" {
	bundle '.process.args = ["/bin/echo", "fine"]'
	local form forms=("--bundle $BUNDLE $BOX" "--bundle=$BUNDLE $BOX" "-b $BUNDLE $BOX" "-bundle $BUNDLE $BOX"
		"--no-pivot --bundle $BUNDLE $BOX" "--bundle $BUNDLE --no-pivot=false $BOX" "--no-new-keyring=true -b=$BUNDLE $BOX")
	for form in "${forms[@]}"; do
		# shellcheck disable=SC2086
		run rt run $form </dev/null
		ok && line fine || { echo "$form" >&2; return 1; }
	done
}

# crun 1.8.1 fails this: -log-format.
@test "global options stand before the command, in every form [CliOptions]" {
	requires cgroupfs
	bundle '.process.args = ["/bin/echo", "fine"]'
	run "$RUNTIME" --root="$STATE" --log "$T/log" --log-format=json --debug run -b "$BUNDLE" "$BOX" </dev/null
	ok
	line fine
	run "$RUNTIME" -log-format text --systemd-cgroup=false -root "$STATE" run -b "$BUNDLE" "$BOX" </dev/null
	ok
	line fine
}

@test "the real command lines of containerd and conmon work [CliCallers]" {
	sleeper
	"$RUNTIME" "${DRIVER[@]}" --root "$STATE" --log "$T/log.json" --log-format json create --bundle "$BUNDLE" --pid-file "$T/pid" "$BOX" </dev/null >/dev/null 2>&1
	"$RUNTIME" "${DRIVER[@]}" --root "$STATE" --log "$T/log.json" --log-format json start "$BOX"
	"$RUNTIME" "${DRIVER[@]}" --root "$STATE" --log "$T/log.json" --log-format json kill --all "$BOX" 9
	wait_for "$BOX" stopped
	"$RUNTIME" "${DRIVER[@]}" --root "$STATE" --log "$T/log.json" --log-format json delete "$BOX"
	"$RUNTIME" "${DRIVER[@]}" --root "$STATE" --log-format=json "--log=$T/log.json" create --bundle "$BUNDLE" --pid-file "$T/pid" "$BOX" </dev/null >/dev/null 2>&1
	"$RUNTIME" "${DRIVER[@]}" --root "$STATE" delete --force "$BOX"
}

@test "without --bundle the bundle is the working directory [CliBundle]" {
	bundle '.process.args = ["/bin/echo", "fine"]'
	cd "$BUNDLE"
	run rt run "$BOX" </dev/null
	cd /
	ok
	line fine
}

# runc 1.1.5 and crun 1.8.1 fail this: they have no such form.
@test "a bundle may be named by its path, with and without an id [CliBundlePath]" {
	bundle -d "$T/${BOX}name" '.process.args = ["/bin/echo", "fine"]'
	for form in "$BUNDLE/" "$BUNDLE" "$BUNDLE/ $BOX"; do
		# shellcheck disable=SC2086
		run rt run $form </dev/null
		ok && line fine || { echo "$form" >&2; return 1; }
	done
	cd "$T"
	run rt run "./${BOX}name" </dev/null
	ok
	line fine
	cd "$BUNDLE"
	run rt run . </dev/null
	ok
	line fine
	cd /
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "a bundle named by its path gives the container the folder's name, made unique [CliBundlePath]" {
	sleeper
	mv "$BUNDLE" "$T/${BOX}name"
	BUNDLE=$T/${BOX}name
	rt run --detach "$BUNDLE/" >/dev/null 2>&1 </dev/null
	[ "$(ls "$STATE")" = "${BOX}name" ]
	configure ".linux.cgroupsPath = \"$(cgroups_path "${BOX}other")\""
	rt run --detach "$BUNDLE/" >/dev/null 2>&1 </dev/null
	[ "$(find "$STATE" -mindepth 1 -maxdepth 1 -type d | wc -l)" = 2 ]
	for dir in "$STATE"/*; do
		rt delete --force "${dir##*/}"
	done
}

# runc 1.1.5 fails this: more than a screen.
@test "help of every command fits a screen and names its options [CliHelp]" {
	local command
	run -0 "$RUNTIME" --help
	((${#lines[@]} <= 40))
	for command in $COMMANDS; do
		says "$command"
	done
	for command in $COMMANDS; do
		run -0 "$RUNTIME" "$command" --help
		((${#lines[@]} <= 40))
		says "$command"
	done
	run -0 "$RUNTIME" create --help
	for option in --bundle --console-socket --pid-file --pidfd-socket --no-pivot --no-new-keyring --preserve-fds; do
		says "$option"
	done
}

# crun 1.8.1 fails this.
@test "help, and help of a command, print what --help prints [CliHelp]" {
	[ "$("$RUNTIME" help)" = "$("$RUNTIME" --help)" ]
	[ "$("$RUNTIME" help kill)" = "$("$RUNTIME" kill --help)" ]
	run ! "$RUNTIME" help craete
	says craete
}

@test "version tells the program, the spec and libseccomp, a line each [CliVersion]" {
	for option in --version -v; do
		run -0 "$RUNTIME" $option
		[[ ${lines[0]} == *version* ]] && says 'spec: 1.' && says 'libseccomp'
	done
}

@test "an unknown command and an unknown option are errors that name them [CliUnknown]" {
	run ! "$RUNTIME" "${DRIVER[@]}" --root "$STATE" craete
	says craete
	run ! rt create --bundel "$BUNDLE" "$BOX"
	says bundel
	run ! "$RUNTIME" --rooot "$STATE" state "$BOX"
	says rooot
}

@test "a command without its id, or with too much, is an error [QueryWithoutIDGenError CreateWithBundlePathAndID StartWithoutIDGenError KillWithoutIDGenError DeleteWithoutIDGenError]" {
	bundle
	for command in create start state kill delete; do
		run ! rt $command
		[ -n "$output" ]
	done
	for command in start state delete; do
		run ! rt $command a b c
	done
}

# runc 1.1.5 fails this: no name.
@test "every command on an unknown container is an error that names it [QueryNonExistGenError]" {
	for command in start state kill delete; do
		run ! rt $command "$BOX"
		says "$BOX"
	done
}

# runc 1.1.5 fails this: no name.
@test "an error is a line of the text log, or an object of the json log [CliLog]" {
	run ! "$RUNTIME" "${DRIVER[@]}" --root "$STATE" --log "$T/text" state "$BOX"
	grep -q "$BOX" "$T/text"
	grep -q error "$T/text"
	run ! "$RUNTIME" "${DRIVER[@]}" --root "$STATE" --log "$T/json" --log-format json state "$BOX"
	tail -n 1 "$T/json" | jq -e --arg id "$BOX" '.level == "error" and (.msg | contains($id)) and (.time | test("^20[0-9-]*T[0-9:.]*(Z|[+-])"))'
	run ! "$RUNTIME" "${DRIVER[@]}" --root "$STATE" --log-format tea state "$BOX"
	says tea
}

@test "a log is appended to, not cut [CliLog]" {
	echo first >"$T/log"
	run ! "$RUNTIME" "${DRIVER[@]}" --root "$STATE" --log "$T/log" state "$BOX"
	[ "$(head -n 1 "$T/log")" = first ]
}

@test "--pid-file holds the container's pid and nothing else [CliPidFile]" {
	sleeper
	create --pid-file "$T/pid"
	[ "$(stat -c %s "$T/pid")" = "$(printf %s "$(pid_of "$BOX")" | wc -c)" ]
	[ "$(cat "$T/pid")" = "$(pid_of "$BOX")" ]
	rt delete --force "$BOX"
}

@test "a pid file that cannot be written is an error, and no container is left [CliPidFile]" {
	sleeper
	run ! create --pid-file "$T/no/such/dir/pid"
	[ ! -e "$STATE/$BOX" ]
}

# runc 1.1.5 and crun 1.8.1 fail this: they do not have it.
@test "--pidfd-socket hands over a descriptor of the container's process [CliPidfdSocket]" {
	sleeper
	"$SUITE/recvtty" -q "$T/p.sock" "$T/pidfd" >/dev/null 3>&-
	create --pidfd-socket "$T/p.sock"
	eventually test -s "$T/pidfd"
	rt delete --force "$BOX"
}

# runc 1.1.5 fails this: it does not know the annotation.
@test "run.oci.pidfd_receiver is sent a descriptor of the container's process [AnnotationPidfdReceiver]" {
	sleeper ".annotations[\"run.oci.pidfd_receiver\"] = \"$T/p.sock\""
	"$SUITE/recvtty" -q "$T/p.sock" "$T/pidfd" >/dev/null 3>&-
	create
	eventually test -s "$T/pidfd"
	rt delete --force "$BOX"
}

# runc 1.1.5 fails this: it does not know the annotation.
@test "run.oci.pidfd_receiver where nobody listens is an error, and no container is left [AnnotationPidfdReceiver]" {
	refused ".annotations[\"run.oci.pidfd_receiver\"] = \"$T/nobody\""
	says "$T/nobody"
}

@test "--root keeps containers apart, and its directory is the owner's alone [CliRoot]" {
	start_box
	run ! "$RUNTIME" --root "$T/other" state "$BOX"
	[ "$(stat -c %a "$STATE")" = 700 ] || [ "$(stat -c %a "$STATE")" = 711 ]
	stop
	rm -rf "$T/other"
}

# runc 1.1.5 and crun 1.8.1 fail this: they have no --strict, and delete a created container.
@test "--strict refuses to delete a created container, and nothing happens to it [CliStrict DeleteNonStopGenError DeleteNonStopHaveNoEffect]" {
	sleeper
	create
	run ! rt --strict delete "$BOX"
	says "that is not stopped: created"
	[ "$(status_of "$BOX")" = created ]
	rt --strict start "$BOX"
	run ! rt --strict delete "$BOX"
	[ "$(status_of "$BOX")" = running ]
	rt kill "$BOX" KILL
	wait_for "$BOX" stopped
	rt --strict delete "$BOX"
	create
	rt --strict delete --force "$BOX"
	create
	rt delete "$BOX"
}

@test "spec writes a config.json that runs, and never over another [CliSpec]" {
	requires root
	mkdir "$T/new"
	(cd "$T/new" && rt spec)
	jq -e '.ociVersion and .process.args and .root.path == "rootfs" and (.linux.namespaces | length > 3)' "$T/new/config.json"
	before=$(cat "$T/new/config.json")
	run ! rt spec --bundle "$T/new"
	says config.json
	[ "$(cat "$T/new/config.json")" = "$before" ]
	cp -a "$SUITE/rootfs" "$T/new/rootfs"
	BUNDLE=$T/new
	configure '.process.terminal = false | .process.args = ["echo", "fine"]' ".linux.cgroupsPath = \"$(cgroups_path)\""
	run_box
	ok
	line fine
}

# crun 1.8.1 fails this.
@test "spec --rootless adds a user namespace with maps [CliSpec]" {
	mkdir "$T/new"
	rt spec --rootless --bundle "$T/new"
	jq -e 'any(.linux.namespaces[]; .type == "user") and (.linux.uidMappings | length == 1) and all(.linux.namespaces[]; .type != "network")' "$T/new/config.json"
}

@test "spec has what users of runc expect in it [CliSpec]" {
	requires peer:runc
	local option normal='del(.ociVersion, .hostname, .process.capabilities.ambient) | .linux.namespaces |= sort |
		.linux.maskedPaths -= ["/proc/scsi", "/proc/sched_debug"] | .linux.maskedPaths |= sort |
		.mounts |= map(select(.destination != "/sys/fs/cgroup"))'
	for option in "" --rootless; do
		rm -rf "$T/ours" "$T/theirs"
		mkdir "$T/ours" "$T/theirs"
		# shellcheck disable=SC2086
		(cd "$T/ours" && rt spec $option && cd "$T/theirs" && runc spec $option)
		diff <(jq -S "$normal" "$T/theirs/config.json") <(jq -S "$normal" "$T/ours/config.json")
	done
}

# runc 1.1.5 and crun 1.8.1 fail this: no plan.
@test "spec --rootless is for who calls it, and can be planned by them [CliSpec]" {
	requires root
	mkdir "$T/new"
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR" "$T"
	chown 65534:65533 "$T/new"
	cp "$(command -v "$RUNTIME")" "$T/runtime"
	local user=(env -i setpriv --reuid 65534 --regid 65533 --clear-groups)
	"${user[@]}" "$T/runtime" spec --rootless --bundle "$T/new"
	jq -e '.linux | (.uidMappings | tojson) == "[{\"containerID\":0,\"hostID\":65534,\"size\":1}]" and .gidMappings[0].hostID == 65533' "$T/new/config.json"
	"${user[@]}" "$T/runtime" plan "$T/new" >"$T/plan"
	grep -q 'mapping users: uid_map \["0 65534 1"\]' "$T/plan"
	grep -q 'denying setgroups' "$T/plan"
}

# crun 1.8.1 fails this: it has no --keep.
@test "--keep leaves the stopped container, without it nothing stays [CliKeep]" {
	bundle
	run rt run --keep --bundle "$BUNDLE" "$BOX" </dev/null
	ok
	[ "$(status_of "$BOX")" = stopped ]
	rt delete "$BOX"
	run rt run --bundle "$BUNDLE" "$BOX" </dev/null
	ok
	run ! rt state "$BOX"
}

@test "--detach returns as soon as the program runs, with 0 [CliDetach]" {
	sleeper
	rt run -d --pid-file "$T/pid" --bundle "$BUNDLE" "$BOX" >/dev/null 2>&1 </dev/null
	[ "$(status_of "$BOX")" = running ]
	[ "$(cat "$T/pid")" = "$(pid_of "$BOX")" ]
	stop
}

# runc 1.1.5 and crun 1.8.1 fail this: RTMIN+n, lower case.
@test "kill takes numbers, names with and without SIG, and real-time signals [KillSignalImplement]" {
	sh_bundle 'for s in 1 10 12 34 35 37 64; do trap "echo got $s >>/got" $s; done; echo >/ready; while :; do sleep 0.02; done'
	create
	rt start "$BOX"
	eventually test -e "$ROOTFS/ready"
	local pair
	for pair in 1:1 USR1:10 SIGUSR2:12 usr1:10 34:34 RTMIN+1:35 SIGRTMIN+3:37 64:64; do
		rm -f "$ROOTFS/got"
		rt kill "$BOX" "${pair%:*}"
		eventually grep -qx "got ${pair#*:}" "$ROOTFS/got" || { echo "$pair" >&2; return 1; }
	done
	rt kill "$BOX" 0
	for bad in TEA SIGTEA 65 -1 ''; do
		run ! rt kill "$BOX" "$bad"
	done
	[ "$(status_of "$BOX")" = running ]
	rt delete --force "$BOX"
}

@test "kill --all reaches every process of the container [KillAll]" {
	sh_bundle 'sleep 30 & sleep 30 & echo >/ready; wait'
	create
	rt start "$BOX"
	eventually test -e "$ROOTFS/ready"
	rt kill --all "$BOX" KILL
	wait_for "$BOX" stopped
	eventually is_empty "$(cgroup_dir pids)/cgroup.procs"
	rt delete "$BOX"
}

@test "without a pid namespace kill KILL leaves no process behind [KillAll]" {
	sh_bundle 'sleep 30 & sleep 30 & echo >/ready; wait' 'del(.linux.namespaces[] | select(.type == "pid"))'
	create
	rt start "$BOX"
	eventually test -e "$ROOTFS/ready"
	rt kill "$BOX" KILL
	wait_for "$BOX" stopped
	rt delete --force "$BOX"
	[ ! -e "$(cgroup_dir pids)" ]
}

@test "delete --force takes created, running and stopped containers [CliDeleteForce]" {
	sleeper
	create
	rt delete --force "$BOX"
	create
	rt start "$BOX"
	rt delete -f "$BOX"
	create
	rt kill "$BOX" KILL
	wait_for "$BOX" stopped
	rt delete --force "$BOX"
	run ! rt state "$BOX"
}

# crun 1.8.1 fails this.
@test "state is the JSON that callers read [DefaultStateJSONPattern StateExtraProperties]" {
	start_box '.annotations = {"a.b": "c"}'
	rt state "$BOX" | jq -e --arg id "$BOX" --arg b "$BUNDLE" '
		.ociVersion and .id == $id and .status == "running" and .pid > 1 and .bundle == $b
		and .rootfs == ($b + "/rootfs") and (.created | test("^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]+(\\.[0-9]+)?Z$"))
		and .annotations == {"a.b": "c"} and has("owner")'
	stop
}

@test "--cgroup-manager takes cgroupfs, and refuses what it does not know [CliCgroupManager]" {
	requires cgroupfs
	bundle '.process.args = ["/bin/echo", "fine"]'
	run "$RUNTIME" "${DRIVER[@]}" --root "$STATE" --cgroup-manager cgroupfs run -b "$BUNDLE" "$BOX" </dev/null
	ok
	line fine
	run ! "$RUNTIME" "${DRIVER[@]}" --root "$STATE" --cgroup-manager tea run -b "$BUNDLE" "$BOX" </dev/null
	says tea
}

@test "--cgroup-manager disabled makes no cgroup, and refuses limits [CliCgroupsDisabled]" {
	bundle 'del(.linux.resources)' '.process.args = ["/bin/cat", "/proc/self/cgroup"]'
	run "$RUNTIME" --root "$STATE" --cgroup-manager disabled run -b "$BUNDLE" "$BOX" </dev/null
	ok
	lacks "$BOX"
	bundle '.linux.resources = {pids: {limit: 10}}'
	run ! "$RUNTIME" --root "$STATE" --cgroup-manager disabled run -b "$BUNDLE" "$BOX" </dev/null
	says '/linux/resources/pids/limit: the cgroup controller "pids" is not available here (--cgroup-manager disabled makes no cgroup: drop it, or the property)'
	bundle '.linux.resources = {pids: {limit: -1}}' '.process.args = ["/bin/true"]'
	run "$RUNTIME" --root "$STATE" --cgroup-manager disabled run -b "$BUNDLE" "$BOX" </dev/null
	ok
}
