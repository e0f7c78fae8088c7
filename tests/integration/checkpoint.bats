#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# checkpoint: a running container on disk; restore: it runs on from there.  CRIU does not work on every kernel;
# where it doesn't, what needs it is skipped and says why.

load inside

setup_file() {
	local why=''
	if ! command -v criu >/dev/null; then
		why="needs criu"
	elif ! why=$(criu check 2>&1); then
		why="criu does not work on $(uname -r): ${why%%$'\n'*}"
	else
		why=''
	fi
	export WHY_NO_CRIU=$why
	# CRIU mounts cgroup2 for itself without nsdelegate, and so takes that from the machine: before, not during
	# the tests, who look what changes.
	[ -n "$why" ] || unshare --mount -- mount -t cgroup2 cgroup2 /mnt || true
}

needs_criu() { [ -z "$WHY_NO_CRIU" ] || skip "$WHY_NO_CRIU"; }

# A program that counts in $ROOTFS/tmp/n, one a moment, in a container that is like an engine's.
counting() {
	sh_bundle 'n=0; while :; do n=$((n + 1)); echo $n >/tmp/new; mv /tmp/new /tmp/n; sleep 0.05; done' "$@"
	create
	rt start "$BOX"
	eventually [ -s "$ROOTFS/tmp/n" ]
}
count() { cat "$ROOTFS/tmp/n"; }
counts_from() { [ "$(count)" -gt "$1" ]; }
end() { rt delete --force "$BOX"; }

# checkpoint [OPTION...]: of $BOX to $T/image; $output is what it says.
checkpoint() { run rt checkpoint --image-path "$T/image" "$@" "$BOX"; }
# restore [OPTION...]: of it, in the background; $output is what it says.
restore() {
	status=0
	rt restore --detach --bundle "$BUNDLE" --image-path "$T/image" --work-path "$T" "$@" "$BOX" \
		>>"$T/out" 2>"$T/why" </dev/null || status=$?
	output=$(<"$T/why")
}
# restored: the counter goes on from where it was.
restored() {
	[ "$status" = 0 ] || { echo "$output" >&2; return 1; }
	[ "$(status_of "$BOX")" = running ]
	eventually counts_from "$1"
}

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
	local pid
	pid=$(pid_of "$BOX")
	checkpoint
	[ "$status" = 0 ]
	[ -z "$output" ]
	[ ! -e "/proc/$pid" ]
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
	[ "$status" = 0 ]
	[ "$(status_of "$BOX")" = running ]
	[ ! -e "$T/before/core-1.img" ]
	checkpoint --parent-path ../before
	[ "$status" = 0 ]
	[ "$T/image/parent/pagemap-1.img" -ef "$T/before/pagemap-1.img" ]
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
