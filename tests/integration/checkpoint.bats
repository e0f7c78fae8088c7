#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# checkpoint: a running container on disk; restore: it runs on from there.  CRIU does not work on every kernel;
# where it doesn't, what needs it is skipped and says why.
# shellcheck disable=SC2016 # what the container's shell expands

load inside
load criu

@test "checkpoint without criu says so, and the container runs on" {
	counting
	local before
	run env PATH=/nowhere RT_TEST="$TAG" "$RUNTIME" --root "$STATE" checkpoint --image-path "$T/image" "$BOX"
	[ "$status" = 1 ]
	says "criu is not installed: it is not in \$PATH (apt-get install criu)"
	[ ! -e "$T/image" ]
	before=$(count)
	eventually counts_from "$before"
	end
}

@test "--criu names another CRIU, by path or in PATH" {
	counting
	printf '#!/bin/sh\necho "called $1" >>"%s/called"\n' "$T" >"$T/other-criu"
	chmod +x "$T/other-criu"
	run rt --criu "$T/other-criu" checkpoint --image-path "$T/image" "$BOX"
	[ "$status" = 1 ]
	run env PATH="$T:$PATH" RT_TEST="$TAG" "$RUNTIME" --root "$STATE" --criu other-criu checkpoint --image-path "$T/image" "$BOX"
	[ "$status" = 1 ]
	[ "$(cat "$T/called")" = $'called swrk\ncalled swrk' ]
	run rt --criu "$T/no-criu" checkpoint --image-path "$T/image" "$BOX"
	[ "$status" = 1 ]
	says "starting criu: "
	says "$T/no-criu"
	says "No such file or directory"
	end
}

@test "only what runs can be checkpointed" {
	sleeper
	create
	checkpoint
	[ "$status" = 1 ]
	says "cannot be checkpointed: it is created (start it first)"
	rt start "$BOX"
	rt kill "$BOX" KILL
	wait_for "$BOX" stopped
	checkpoint
	[ "$status" = 1 ]
	says "cannot be checkpointed: it is stopped"
	[ ! -e "$T/image" ]
	end
	checkpoint
	[ "$status" = 1 ]
	says "container does not exist"
}

# The first 65536 ids, as root's.
IN_USER_NS='.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
	.linux.gidMappings = .linux.uidMappings'

@test "a container in a user namespace is not checkpointed, since it could not be restored" {
	sleeper "$IN_USER_NS"
	chown -R 100000:100000 "$ROOTFS"
	create
	rt start "$BOX"
	checkpoint --leave-running
	[ "$status" = 1 ]
	says "criu cannot restore a container in a user namespace (only one without it can be"
	[ ! -e "$T/image" ]
	is_in "$BOX" running
	end
}

@test "a container in a user namespace is not restored, and nothing is made" {
	bundle "$IN_USER_NS"
	mkdir "$T/image"
	touch "$T/image/inventory.img"
	restore
	[ "$status" = 1 ]
	says "criu cannot restore a container in a user namespace (only one without it can be"
	[ ! -e "$STATE/$BOX" ]
	[ ! -e "$(cgroup_dir memory)" ]
}

@test "options that mean nothing are refused" {
	local option
	for option in --manage-cgroups-mode=loose --empty-ns=pid --page-server=nowhere --page-server=:7 \
		--page-server=a:0 --status-fd=77 --status-fd=1 --network-lock=maybe --lazy-page; do
		checkpoint "$option"
		[ "$status" = 1 ]
		says "${option%%=*}"
		says "option"
	done
}

@test "checkpoint writes the container and deletes it" {
	needs_criu
	counting
	checkpoint
	[ "$status" = 0 ]
	[ -z "$output" ]
	[ ! -e "$(cgroup_dir memory)" ]
	run rt state "$BOX"
	[ "$status" = 1 ]
	[ -s "$T/image/inventory.img" ]
	[ -s "$T/image/dump.log" ]
	[ "$(jq length "$T/image/descriptors.json")" = 3 ]
}

@test "with --leave-running it runs on, and the log is in --work-path" {
	needs_criu
	counting
	local before
	checkpoint --leave-running --work-path "$T/work"
	[ "$status" = 0 ]
	[ "$(status_of "$BOX")" = running ]
	before=$(count)
	eventually counts_from "$before"
	[ -s "$T/work/dump.log" ]
	[ ! -e "$T/image/dump.log" ]
	end
}

@test "a paused container that is left is still paused" {
	needs_criu
	counting
	rt pause "$BOX"
	checkpoint --leave-running
	[ "$status" = 0 ]
	[ "$(status_of "$BOX")" = paused ]
	end
}

@test "--pre-dump writes memory only, and the next checkpoint builds on it" {
	needs_criu
	counting
	run rt checkpoint --image-path "$T/before" --pre-dump "$BOX"
	if [[ $output == *"does not track which memory changes"* ]]; then
		rt delete --force "$BOX"
		skip "needs CONFIG_MEM_SOFT_DIRTY"
	fi
	[ "$status" = 0 ]
	[ "$(status_of "$BOX")" = running ]
	[ ! -e "$T/before/core-1.img" ]
	checkpoint --parent-path ../before
	[ "$status" = 0 ]
	[ "$T/image/parent/pagemap-1.img" -ef "$T/before/pagemap-1.img" ]
}

# A counter at one end of a TCP connection, and who reads it at the other.
connected() {
	counting '.process.capabilities[] += ["CAP_NET_ADMIN"]' '.process.args[2] |=
		"ip link set lo up; tail -f /dev/null | nc -l -p 7000 >/dev/null & until netstat -ltn | grep -q :7000; do sleep 0.1; done; while :; do echo; sleep 0.1; done | nc 127.0.0.1 7000 &" + .'
	eventually established
}
established() { rt exec "$BOX" netstat -tn | grep -q '127.0.0.1:7000.*ESTABLISHED'; }

@test "what criu refuses is said in its words, and the container runs on: a connection without --tcp-established" {
	needs_criu
	connected
	local before
	checkpoint
	[ "$status" = 1 ]
	says "checkpointing container \"$BOX\": criu dump: "
	says "onnected TCP socket"
	says "(the whole log: $T/image/dump.log)"
	[ "$(status_of "$BOX")" = running ]
	before=$(count)
	eventually counts_from "$before"
	checkpoint --tcp-established
	[ "$status" = 0 ]
	before=$(count)
	restore --tcp-established
	restored "$before"
	established
	end
}

@test "a terminal goes on at the new console socket, which has the old one's name inside" {
	needs_criu
	sh_bundle 'while read -r line; do echo "$(tty) has $line"; done' '.process.terminal = true'
	console
	rt run --detach --bundle "$BUNDLE" --console-socket "$CONSOLE" "$BOX" >"$T/out" 2>&1 </dev/null
	checkpoint
	[ "$status" = 0 ]
	rm -f "$CONSOLE"
	console -i $'hello\n'
	restore --console-socket "$CONSOLE"
	[ "$status" = 0 ]
	tty_says "/dev/pts/0 has hello"
	end
}

@test "a bind mount comes from where the new config.json says" {
	needs_criu
	mkdir "$T/one" "$T/two"
	counting '.mounts += [{destination: "/data", type: "bind", source: "'"$T"'/one", options: ["rbind", "ro", "rprivate"]}]'
	local before
	checkpoint
	[ "$status" = 0 ]
	before=$(count)
	echo second >"$T/two/word"
	configure '(.mounts[] | select(.destination == "/data") | .source) = "'"$T"'/two"'
	rm -rf "$ROOTFS/data"
	restore
	restored "$before"
	[ "$(rt exec "$BOX" cat /data/word)" = second ]
	run rt exec "$BOX" touch /data/new
	[ "$status" != 0 ]
	end
}

@test "hooks of the namespaces run before the processes, poststart after; one that fails leaves nothing" {
	needs_criu
	counting
	local before
	checkpoint
	before=$(count)
	configure '.hooks = {createRuntime: [{path: "/bin/sh", args: ["sh", "-c", "jq -r .status >'"$T"'/early"]}],
		poststart: [{path: "/bin/sh", args: ["sh", "-c", "jq -r .status >'"$T"'/late"]}]}'
	restore
	restored "$before"
	[ "$(<"$T/early")" = creating ]
	[ "$(<"$T/late")" = running ]
	checkpoint
	configure '.hooks = {prestart: [{path: "/bin/false"}]}'
	restore
	[ "$status" = 1 ]
	says 'hook prestart[0] "/bin/false": exited with 1'
	[ ! -e "$STATE/$BOX" ]
	[ ! -e "$(cgroup_dir memory)" ]
}

@test "in the foreground its exit code is ours, and it is deleted" {
	needs_criu
	sh_bundle 'while [ ! -e /tmp/go ]; do sleep 0.05; done; exit 33'
	create
	rt start "$BOX"
	checkpoint
	[ "$status" = 0 ]
	touch "$ROOTFS/tmp/go"
	status=0
	rt restore --bundle "$BUNDLE" --image-path "$T/image" "$BOX" >>"$T/out" 2>"$T/why" </dev/null || status=$?
	[ "$status" = 33 ]
	[ ! -e "$STATE/$BOX" ]
}

@test "restore without a checkpoint, or where there is none, changes nothing" {
	bundle
	local before
	run rt restore --bundle "$BUNDLE" --image-path "$T/nowhere" "$BOX"
	[ "$status" = 1 ]
	says "opening the image directory: openat(\"$T/nowhere\"): No such file or directory"
	mkdir "$T/image"
	run rt restore --bundle "$BUNDLE" --image-path "$T/image" "$BOX"
	[ "$status" = 1 ]
	says "\"$T/image\" holds no checkpoint (it has no inventory.img)"
	[ ! -e "$STATE/$BOX" ]
	touch "$T/image/inventory.img"
	run env PATH=/nowhere RT_TEST="$TAG" "$RUNTIME" --root "$STATE" restore --bundle "$BUNDLE" --image-path "$T/image" "$BOX"
	[ "$status" = 1 ]
	says "criu is not installed"
	[ ! -e "$STATE/$BOX" ]
	[ ! -e "$(cgroup_dir memory)" ]
}

@test "what was checkpointed goes on where it was, in its cgroup, with its limits" {
	needs_criu
	counting '.linux.resources.pids.limit = 47'
	local before pid
	checkpoint
	before=$(count)
	restore --pid-file "$T/pid"
	restored "$before"
	pid=$(pid_of "$BOX")
	[ "$(<"$T/pid")" = "$pid" ]
	[ "$(cat "$(cgroup_dir pids)/pids.max")" = 47 ]
	grep -qx "$pid" "$(cgroup_dir pids)/cgroup.procs"
	[ "$(rt exec "$BOX" sh -c 'echo $$')" -gt 1 ]
	rt pause "$BOX"
	[ "$(status_of "$BOX")" = paused ]
	rt resume "$BOX"
	run ! compgen -G "$T/.criu.cgyard*"
	stop
}

@test "a damaged checkpoint leaves nothing behind but the log" {
	needs_criu
	counting
	checkpoint
	truncate --size 40 "$T/image/core-1.img"
	restore --pid-file "$T/pid"
	[ "$status" = 1 ]
	says "restoring container \"$BOX\": criu restore: "
	says "(the whole log: $T/restore.log)"
	[ ! -e "$T/pid" ]
	[ ! -e "$STATE/$BOX" ]
	[ ! -e "$(cgroup_dir memory)" ]
}

@test "with --manage-cgroups-mode=ignore it is in its cgroup all the same" {
	needs_criu
	counting
	local before
	checkpoint --manage-cgroups-mode=ignore
	before=$(count)
	restore --manage-cgroups-mode=ignore
	restored "$before"
	grep -qx "$(pid_of "$BOX")" "$(cgroup_dir pids)/cgroup.procs"
	end
}

is_sleep() { [ "$(<"/proc/$1/comm")" = sleep ]; }

@test "namespaces that config.json names are joined again" {
	needs_criu
	local holder before ns
	unshare --net --ipc --uts sleep 600 3>&- &
	holder=$!
	eventually is_sleep "$holder"
	counting '.linux.namespaces |= map(.type as $t | if $t == "network" or $t == "ipc" or $t == "uts"
		then .path = "/proc/'$holder'/ns/" + {network: "net", ipc: "ipc", uts: "uts"}[$t] else . end) | del(.hostname)'
	checkpoint
	before=$(count)
	restore
	restored "$before"
	for ns in net ipc uts; do
		[ "/proc/$holder/ns/$ns" -ef "/proc/$(pid_of "$BOX")/ns/$ns" ]
	done
	end
	kill "$holder"
}
