#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# --lock-timeout: who waits for others, how long, and whom they are told of.

load helpers
load layer.bash
load store.bash

setup() {
	begin_layer_test
	mkdir "$T/x"
	echo words >"$T/x/file"
	tar -C "$T/x" -cf "$T/x.tar" file
	layout "$T/image" "$T/x.tar"
	store import --no-sync "$T/image" i
}

# holding FILE HOW: somebody has it locked, $holder, until end_holding.
holding() {
	mkfifo "$T/pipe"
	rm -f "$T/held" # the one before has left its word
	# shellcheck disable=SC2016
	RT_TEST=$TAG flock "$2" "$1" sh -c 'echo held; cat "$0"' "$T/pipe" >"$T/held" 3>&- &
	flock_pid=$!
	eventually grep -q held "$T/held"
}
end_holding() {
	echo >"$T/pipe"
	wait "$flock_pid"
	rm "$T/pipe"
}

@test "who waits for the store longer than asked for is told who has it" {
	holding "$T/store/lock" --shared
	store --lock-timeout 0 list >"$T/out" 2>&1 # beside others
	for command in gc fsck; do
		run -5 store --lock-timeout 0 $command
		[[ $output == "layerctl: $command: store \"$T/store\" is in use by process $flock_pid (\"flock --shared "*" (wait longer: --lock-timeout)" ]]
	done
	run -5 store --lock-timeout 1 gc
	end_holding
	store --lock-timeout 0 gc
	holding "$T/store/lock" --exclusive
	run -5 store --lock-timeout 0 list
	[[ $output == *"is in use by process $flock_pid "* ]]
	store --lock-timeout 60 list >"$T/out" &
	pid=$!
	end_holding
	wait $pid
	[ -s "$T/out" ]
}

@test "an import waits no longer than asked for, for a layer or for the index" {
	id=$(sha256sum <"$T/x.tar" | cut -d ' ' -f 1)
	store rm i
	store gc
	mkdir "$T/store/staging/sha256-$id"
	holding "$T/store/staging/sha256-$id" --exclusive
	run -5 store --lock-timeout 0 import "$T/image" i
	[[ $output == *"staging/sha256-$id is in use by process $flock_pid "* ]]
	end_holding
	store --lock-timeout 0 import "$T/image" i
	holding "$T/store" --exclusive
	run -5 store --lock-timeout 0 tag i j
	[[ $output == *"the index of the store is in use by process $flock_pid "* ]]
	end_holding
	store --lock-timeout 0 tag i j
}

@test "a time that is none is refused" {
	for time in x -1 1.5 99999999999 ''; do
		run -1 store --lock-timeout="$time" list
		[ "$output" = "layerctl: list: --lock-timeout: \"$time\" is no number of seconds" ]
	done
}
