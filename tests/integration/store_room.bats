#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What is known not to fit is not begun.

load helpers
load layer.bash
load store.bash

setup() {
	begin_layer_test
	mkdir -p "$T/x" "$T/store" "$T/small"
	seq 400000 >"$T/x/numbers" # 2.6 MB, and packed much less
	tar -C "$T/x" -cf "$T/x.tar" numbers
}

# on OPTIONS DIR: a small file system.
on() { mount -t tmpfs -o "$1" small "$2"; }

# nothing_begun COMMAND...: exits with 6, says so, and no child is started for unpacking.
nothing_begun() {
	run -6 strace -f -qq -o "$T/trace" -e trace=pivot_root "$@"
	[[ $output == *"and "*" are free: No space left on device (--no-room-check begins all the same)" ]]
	[ ! -s "$T/trace" ]
}

@test "an image that is known not to fit is not begun, however it is packed" {
	needs strace zstd
	on size=2M "$T/small"
	on size=2M "$T/store"
	for PACK in "gzip -nc" "zstd -qc --stream-size=$(stat -c %s "$T/x.tar")" cat; do
		rm -rf "$T/image"
		PACK=$PACK layout "$T/image" "$T/x.tar"
		nothing_begun "$LAYERCTL" unpack "$T/image" "$T/small/out"
		[[ $output == *"it takes $(stat -c %s "$T/x.tar") bytes or more"* ]]
		[ -z "$(ls -A "$T/small")" ]
		nothing_begun "$LAYERCTL" --root "$T/store" import "$T/image" i
		[ -z "$(names_in staging)$(names_in layers)$(names_in blobs/sha256)" ]
		run -6 store import --no-room-check "$T/image" i
		[[ $output != *"are free"* ]]
	done
	umount "$T/small" "$T/store"
	mkdir -p "$T/store"
	on size=8M "$T/store"
	store import "$T/image" i
	umount "$T/store"
}

@test "what the store has needs no room" {
	layout "$T/image" "$T/x.tar"
	on size=4M "$T/store"
	store import --no-sync "$T/image" i
	store import --no-sync "$T/image" again
	seq 300000 >"$T/x/others"
	tar -C "$T/x" -cf "$T/more.tar" others
	layout "$T/both" "$T/x.tar" "$T/more.tar"
	run -6 store import "$T/both" both
	[[ $output == *"are free: No space left on device"* ]]
	[ "$(store list --json | jq -c 'map(.name)')" = '["again","i"]' ]
	umount "$T/store"
}

@test "an image of more layers than there are inodes is not begun" {
	needs strace
	local i tars=()
	for i in 1 2 3 4 5 6; do
		echo "$i" >"$T/x/file"
		tar -C "$T/x" -cf "$T/$i.tar" file
		tars+=("$T/$i.tar")
	done
	layout "$T/image" "${tars[@]}"
	on nr_inodes=32 "$T/store"
	nothing_begun "$LAYERCTL" --root "$T/store" import "$T/image" i
	[[ $output == *"it takes 24 files or more"* ]]
	umount "$T/store"
}

@test "what becomes smaller than its archive fits when nothing is compared" {
	local i
	for ((i = 0; i < 400; i++)); do
		ln -s x "$T/x/$i"
	done
	rm "$T/x/numbers"
	tar -C "$T/x" -cf "$T/links.tar" .
	on size=100k "$T/small"
	run -6 layerctl unpack "tar:$T/links.tar" "$T/small/out"
	layerctl unpack --no-room-check "tar:$T/links.tar" "$T/small/out"
	[ "$(find "$T/small/out" -type l | wc -l)" = 400 ]
	umount "$T/small"
}
