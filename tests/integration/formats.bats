#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Every format that somebody may read: what comes out of a real run is what lies in tests/golden/formats, with what
# differs from run to run replaced, and jq reads it.  GOLDEN=write makes what comes out now that.
# tests/engines/gorunc.bats reads the same outputs with the decoder and types that engines have.

load inside

# golden NAME: compares stdin with it.
golden() {
	local file=$BATS_TEST_DIRNAME/../golden/formats/$1
	cat >"$T/came"
	case $1 in *.json) jq -es . "$T/came" >/dev/null ;; esac
	[ "${GOLDEN-}" != write ] || cp "$T/came" "$file"
	diff -u "$file" "$T/came"
}

# normal: names, times, pids and the width of columns, which are this run's.
normal() {
	sed -E -e "s,$BUNDLE,/bundle,g; s,$BOX,box,g" -e 's/20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]+(\.[0-9]{1,9})?Z/TIME/g' \
		-e 's/("pid": ?)[1-9][0-9]*/\1"PID"/; s/^box [0-9]+ /box PID /'
}
squeezed() { sed -E 's/ +/ /g; s/ $//'; }

# shape: each value by its kind, an entry for all of a list or of a map whose names the kernel gives.
shape() {
	jq 'def shape: if type == "object" then with_entries(.value |= shape)
			elif type == "array" then (.[:1] | map(shape)) else type end;
		.id = "box" | del(.data.memory.cache) | .data.memory.raw |= {cache} | .data.hugetlb |= (to_entries[:1] | map(.key = "SIZE") | from_entries) |
		if .data.blkio then .data.blkio |= map_values([]) else . end | shape'
}

@test "state, in each status [CliFormats]" {
	sleeper '.annotations = {"org.example.key": "a \"value\""}'
	create
	rt state "$BOX" | normal | golden state-created.json
	rt start "$BOX"
	rt state "$BOX" | normal | golden state-running.json
	rt pause "$BOX"
	rt state "$BOX" | normal | golden state-paused.json
	rt kill "$BOX" KILL
	wait_for "$BOX" stopped
	rt state "$BOX" | normal | golden state-stopped.json
	rt delete "$BOX"
}

@test "list, as a table, as JSON and as ids [CliFormats]" {
	rt list | squeezed | golden list-none.txt
	rt list --format json | golden list-none.json
	start_box
	rt list | squeezed | normal | golden list.txt
	rt list --format json | normal | golden list.json
	rt list --quiet | normal | golden list-quiet.txt
	stop
}

@test "ps, as ps(1) prints it and as JSON [CliFormats]" {
	requires ps
	start_box '.process.args = ["/bin/sleep", "1000"]'
	rt ps "$BOX" | squeezed | sed -E 's/^(root|0) [0-9]+ [0-9]+ .* (.bin.sleep 1000)$/root PID ... \2/' | golden ps.txt
	rt ps --format json "$BOX" | sed -E 's/[0-9]+/"PID"/' | golden ps.json
	stop
}

@test "events --stats, by the kind of each value [CliFormats]" {
	requires v1 kernel:6.12
	start_box '.linux.resources = {memory: {limit: 67108864}, pids: {limit: 20}}'
	rt events --stats "$BOX" | shape | golden events-stats.json
	stop
}

# Where cgroup v2 is alone there is one more namespace.
OWN_VIEW='.linux.namespaces |= map(select(.type != "cgroup"))'

@test "features, spec and --version [CliFormats]" {
	rt features | jq --indent 2 '.annotations |= map_values("VERSION")' | golden features.json
	mkdir "$T/root" "$T/rootless"
	rt spec --bundle "$T/root"
	jq "$OWN_VIEW" "$T/root/config.json" | golden spec.json
	rt spec --rootless --bundle "$T/rootless"
	jq "$OWN_VIEW" "$T/rootless/config.json" | golden spec-rootless.json
	rt --version | sed -E '/^spec:/!s/[^ ]+$/VERSION/' | golden version.txt
}

@test "validate and plan, as text and as JSON [CliFormats]" {
	bundle '.process.cwd = "x"' '.procces = {}' '.linux.namespaces[0].type = "nte"'
	(cd "$T" && rt validate --format text "$BUNDLE" || true) | normal | golden validate.txt
	(cd "$T" && rt validate --format json "$BUNDLE" || true) | normal | golden validate.json
	echo '{"ociVersion": ' >"$BUNDLE/config.json"
	(rt validate --format json "$BUNDLE" || true) | normal | golden validate-unreadable.json
	(cd "$BATS_TEST_DIRNAME/../golden" && "$RUNTIME" plan --host v2 ./hooks box) | sed "s,$(realpath "$BATS_TEST_DIRNAME/../golden"),,g" | golden plan.txt
	(cd "$BATS_TEST_DIRNAME/../golden" && "$RUNTIME" plan --host v2 --format json ./hooks box) | sed "s,$(realpath "$BATS_TEST_DIRNAME/../golden"),,g" | golden plan.json
}

@test "an error, on stderr and in both kinds of log [CliFormats]" {
	bundle '.process.cwd = "relative"'
	run rt --log "$T/log" --log-format json create --bundle "$BUNDLE" "$BOX"
	normal <<<"$output" | golden error.txt
	normal <"$T/log" | golden log.json
	run rt --log "$T/log.txt" state "$BOX"
	normal <"$T/log.txt" | golden log.txt
}

# The object of `update -r` is LinuxResources of config.json: this one sets what each of its parts can.
@test "update -r takes a resources object [CliFormats]" {
	requires v1
	start_box
	rt update -r "$BATS_TEST_DIRNAME/../golden/formats/update.json" "$BOX"
	[ "$(cgroup_value memory memory.limit_in_bytes)" = 67108864 ]
	[ "$(cgroup_value memory memory.soft_limit_in_bytes)" = 33554432 ]
	[ "$(cgroup_value cpu cpu.shares)" = 512 ]
	[ "$(cgroup_value cpu cpu.cfs_quota_us)" = 20000 ]
	[ "$(cgroup_value cpu cpu.cfs_period_us)" = 100000 ]
	[ "$(cgroup_value pids pids.max)" = 50 ]
	[ "$(cgroup_value cpuset cpuset.cpus)" = 0 ]
	stop
}
