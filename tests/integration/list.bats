#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# `list`: what runc prints, so that its readers read it.

load inside

# runc 1.1.5 fails this: it makes the root.
@test "list without containers is a header, nothing, or an empty array [CliList]" {
	run -0 rt list
	[[ ${#lines[@]} = 1 && ${lines[0]} =~ ^ID\ +PID\ +STATUS\ +BUNDLE\ +CREATED\ +OWNER$ ]]
	run -0 rt list -q
	[ -z "$output" ]
	run -0 rt list --format json
	jq -e '. == [] or . == null' <<<"$output"
	[ ! -e "$STATE" ]
}

@test "list tells every container, whatever its state, as table, JSON and ids [CliList]" {
	sleeper '.annotations = {"a.b": "c d"}'
	create "${TAG}b"
	rt start "${TAG}b"
	configure ".linux.cgroupsPath = \"$(cgroups_path "${TAG}a")\""
	create "${TAG}a"
	run -0 rt list -q
	[ "$output" = "${TAG}a"$'\n'"${TAG}b" ]
	run -0 rt list -f json
	jq -e --arg a "${TAG}a" --arg b "${TAG}b" --arg bundle "$BUNDLE" --arg me "$(id -un)" 'map([.id, .status, .bundle, .owner]) ==
		[[$a, "created", $bundle, $me], [$b, "running", $bundle, $me]]' <<<"$output"
	jq -e 'all(.created | test("^20[0-9-]+T[0-9:.]+Z$")) and all(.pid > 1) and .[0].annotations == {"a.b": "c d"}' <<<"$output"
	run -0 rt list
	[[ ${lines[1]} =~ ^${TAG}a\ +$(pid_of "${TAG}a")\ +created\ +$BUNDLE\ +20.*\ +$(id -un)$ ]]
	[[ ${lines[2]} =~ ^${TAG}b\ +$(pid_of "${TAG}b")\ +running ]]
	rt kill "${TAG}b" KILL
	wait_for "${TAG}b" stopped
	run -0 rt list --format=json
	jq -e '.[1] | .status == "stopped" and .pid == 0' <<<"$output"
	rt delete --force "${TAG}a"
	rt delete "${TAG}b"
}

# The columns of a table begin where runc's begin.
@test "list prints runc's table and runc's keys [CliList]" {
	requires peer:runc
	local ours theirs program peer='' id=${TAG}x
	for program in "$RUNTIME" runc; do
		sleeper
		[ "$program" != runc ] || peer=spared
		$peer "$program" "${DRIVER[@]}" --root "$T/${program##*/}" create --bundle "$BUNDLE" "$id" >/dev/null 2>&1 </dev/null
		"$program" --root "$T/${program##*/}" list >"$T/${program##*/}.table"
		"$program" --root "$T/${program##*/}" list --format json >"$T/${program##*/}.json"
		"$program" --root "$T/${program##*/}" delete --force "$id"
		rm -r "${T:?}/${program##*/}"
	done
	ours=$T/${RUNTIME##*/} theirs=$T/runc
	[ "$(head -n 1 "$ours.table" | wc -w)" = 6 ]
	[ "$(head -n 1 "$ours.table" | sed 's/CREATED *OWNER//')" = "$(head -n 1 "$theirs.table" | sed 's/CREATED *OWNER//')" ]
	[ "$(jq -c '.[0] | keys' "$ours.json")" = "$(jq -c '.[0] | keys' "$theirs.json")" ]
}

@test "a container whose record cannot be read is left out, with a warning [CliList]" {
	sleeper
	create
	mkdir "$STATE/${TAG}bad"
	echo nonsense >"$STATE/${TAG}bad/record.json"
	rt list -q >"$T/ids" 2>"$T/err"
	[ "$(cat "$T/ids")" = "$BOX" ]
	grep -q "${TAG}bad" "$T/err"
	rt delete --force "${TAG}bad"
	rt delete --force "$BOX"
	run ! rt list --format yaml
	says yaml
	run ! rt list surplus
}

# So many that they are looked at side by side, where there are processors to do it on.
@test "forty containers come in order, each with its own state, without those that cannot be read [CliList]" {
	local i at
	sleeper
	for i in {10..49}; do
		at=$BUNDLE/config.json
		jq --arg path "$(cgroups_path "$TAG$i")" '.linux.cgroupsPath = $path' "$at" >"$at.new"
		mv "$at.new" "$at"
		create "$TAG$i"
		((i % 2)) || rt start "$TAG$i"
	done
	mkdir "$STATE/${TAG}25x" "$STATE/${TAG}empty"
	echo nonsense >"$STATE/${TAG}25x/record.json"
	rt list --format json >"$T/list" 2>"$T/err"
	grep -q "${TAG}25x" "$T/err"
	[ "$(wc -l <"$T/err")" = 1 ]
	jq -e --arg tag "$TAG" 'map([.id, .status]) == [range(10; 50) | ["\($tag)\(.)", if . % 2 == 0 then "running" else "created" end]]' "$T/list"
	jq -e 'map(.pid) | unique | length == 40' "$T/list"
	for i in {10..49}; do
		rt delete --force "$TAG$i"
	done
	rmdir "$STATE/${TAG}empty"
	rt delete --force "${TAG}25x"
}
