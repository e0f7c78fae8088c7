#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# layerctl gc, fsck, du and tree; and a store whose user was killed, or whose power was cut.

load helpers
load layer.bash
load store.bash

setup() {
	begin_layer_test
	two_layers
	layout "$T/image" "$T/one.tar" "$T/two.tar"
	layout "$T/base" "$T/one.tar"
	mkdir "$T/m"
}

id_of() { sha256sum <"$1" | cut -d ' ' -f 1; }

@test "gc removes what no image and no container needs, and nothing else" {
	store import --no-sync "$T/image" image
	store import --no-sync "$T/base" base
	run -0 store gc --json
	[ "$output" = "[]" ]
	store rm image
	find "$T/store" | sort >"$T/before"
	run -0 store gc --dry-run
	[[ $output == *"layers/sha256-$(id_of "$T/two.tar")"* ]]
	[[ $output != *"$(id_of "$T/one.tar")"* ]]
	find "$T/store" | sort | diff "$T/before" -
	store gc
	[ "$(names_in layers)" = "sha256-$(id_of "$T/one.tar")" ]
	[ "$(names_in chains | wc -l)" = 1 ]
	[ "$(names_in blobs/sha256 | wc -l)" = 3 ]
	[ -z "$(names_in trash)" ]
	is_whole
	store mount base "$T/m"
	store rm base
	store gc
	[ -x "$T/m/bin/busybox" ] # a container needs it
	store umount "$T/m"
	store gc
	[ -z "$(names_in layers)$(names_in chains)$(names_in blobs/sha256)$(names_in containers)" ]
}

@test "gc removes nothing when it cannot know what is needed" {
	store import --no-sync "$T/image" image
	manifest=$(store list --json | jq -r '.[0].digest')
	cp "$T/store/blobs/sha256/${manifest#*:}" "$T/kept"
	rm "$T/store/blobs/sha256/${manifest#*:}"
	find "$T/store" | sort >"$T/before"
	run -4 store gc
	[[ $output == 'layerctl: gc: image "image": blob '*" is not in the store"* ]]
	find "$T/store" | sort | diff "$T/before" -
	run -4 store fsck
	run -4 store fsck --repair
	cp "$T/kept" "$T/store/blobs/sha256/${manifest#*:}"
	run -0 store fsck
	[ -z "$output" ]
}

@test "fsck finds what is damaged, and makes layers again from their blobs" {
	store import --no-sync "$T/image" image
	run -0 store fsck --content
	[ -z "$output" ]
	store mount --read-only image "$T/m"
	tree_of "$T/m" >"$T/want"
	store umount "$T/m"
	rm "$T/store/layers/sha256-$(id_of "$T/one.tar")/layer.json"
	rm -r "$T/store/layers/sha256-$(id_of "$T/two.tar")/fs"
	rm -r "$T"/store/chains/*
	mkdir "$T/store/staging/left" "$T/store/trash/left"
	run -4 store fsck
	[[ $output == *"layers/sha256-$(id_of "$T/one.tar"): its notes are damaged"* ]]
	[[ $output == *"layers/sha256-$(id_of "$T/two.tar"): has no files"* ]]
	[[ $output == *'image "image": '* ]]
	[[ $output == *"staging/left: is left over"* ]]
	run -0 store fsck --repair --json
	[ "$(jq -c 'map(.mended) | unique' <<<"$output")" = '[true]' ]
	run -0 store fsck --content
	[ -z "$output" ]
	store mount --read-only image "$T/m"
	tree_of "$T/m" | diff "$T/want" -
	store umount "$T/m"
	blob=$T/store/blobs/sha256/$(gzip -nc "$T/two.tar" | sha256sum | cut -d ' ' -f 1)
	chmod 600 "$blob"
	printf X | dd of="$blob" bs=1 seek=20 conv=notrunc status=none
	run -0 store fsck
	run -4 store fsck --content --repair
	[[ $output == *"is not what its digest says: mended"* ]]
	store import --no-sync "$T/image" image
	run -0 store fsck --content
}

# All that is unpacked in the store; when a whiteout or a root was made does not matter.
unpacked() {
	local dir
	for dir in "$T"/store/{layers,chains}/*/fs; do
		echo "$dir"
		tree_of "$dir" | sed 's/^\([^ ]* c 0 .*\|\. d .*\) [0-9.]* $/\1/'
	done
}

@test "fsck --content finds whatever is changed in what is unpacked, and makes it again" {
	chmod 1777 "$T/one/var"
	mkdir "$T/two/var/lib/passed"
	tar -C "$T/two" -rf "$T/two.tar" var/lib/passed # implied directories, for the mending layer
	rm -rf "$T/image"
	layout "$T/image" "$T/one.tar" "$T/two.tar"
	store import --no-sync "$T/image" image
	one=$T/store/layers/sha256-$(id_of "$T/one.tar")
	two=$T/store/layers/sha256-$(id_of "$T/two.tar")
	chain=$(echo "$T"/store/chains/*)
	[ -d "$chain/fs" ]
	unpacked >"$T/want"
	time=$(stat -c %y "$one/fs/opt/numbers")
	run -0 store fsck --content
	[ -z "$output" ]
	for harm in 'printf X | dd of=$one/fs/opt/numbers bs=1 seek=20 conv=notrunc status=none; touch -d "$time" $one/fs/opt/numbers' \
		'chmod 600 $one/fs/etc/kept' 'chown 1:1 $one/fs/etc' 'setfattr -n user.colour -v red $one/fs/etc/kept' 'touch -d @5 $one/fs/etc/kept' \
		'rm $one/fs/opt/fifo' 'touch $one/fs/new' 'rm $one/fs/bin/cat; cp -p $one/fs/bin/busybox $one/fs/bin/cat' \
		'ln -sfn other $one/fs/bin/sh' 'setfattr -x trusted.overlay.opaque $two/fs/opt' 'rm $two/fs/etc/removed' \
		'sed -i s,var/lib/passed,var/lib/passee, $two/layer.json; sed -i "s,\"implied\":,\"implied\": ," $two/layer.json; rm $two/fs/gone' \
		'chmod 700 $chain/fs' 'rm -r $chain/fs/var'; do
		eval "$harm"
		run -0 store fsck
		run -4 store fsck --content
		[[ $output == *"is not what its "*" make"*": "* ]]
		[[ $output != *mended* ]]
		run -0 store fsck --content --repair
		[[ $output == *": mended" ]]
		run -0 store fsck --content
		[ -z "$output" ]
		unpacked | diff "$T/want" -
		[ -z "$(names_in staging)$(names_in trash)" ]
	done
	# Not below who is there.
	store mount image "$T/m"
	chmod 600 "$one/fs/etc/kept"
	run -4 store fsck --content --repair
	[[ $output == *'its blob makes: "etc/kept", and containers are mounted: umount them first' ]]
	[ -x "$T/m/bin/busybox" ]
	store umount "$T/m"
	run -0 store fsck --content --repair
}

@test "du tells alone from shared, tree which layers lie on which" {
	store import --no-sync "$T/image" image
	store import --no-sync "$T/base" base
	[ "$(store du --json | jq -c '[.[] | [.name, .alone < 10000, .shared > 3000000]]')" = '[["base",true,true],["image",false,true]]' ]
	[ "$(store tree --json | jq -c '.above[0] | [.images, .above[0].images]')" = '[["base"],["image"]]' ]
	run -0 store tree
	[[ ${lines[0]} == "$(id_of "$T/one.tar" | cut -c -12)  "*"  base" ]]
	[[ ${lines[1]} == "  $(id_of "$T/two.tar" | cut -c -12)  "*"  image" ]]
	run -0 store du
	[[ ${lines[0]} == "NAME "*"ALONE "*"SHARED "*ALL ]]
}

# killed_at CALL WHEN COMMAND...: the store's user dies there; false: it never came there.
killed_at() {
	local call=$1 when=$2
	shift 2
	run strace -f -qq -o "$T/trace" -e "trace=$call" -e "inject=$call:signal=KILL:when=$when" "$LAYERCTL" --root "$T/store" "$@"
	[ "$status" != 0 ]
}

@test "killed at any call, import and gc leave whole layers only" {
	needs strace
	tar -C "$T/two" -cf "$T/small.tar" etc/changed
	layout "$T/small" "$T/small.tar" "$T/two.tar"
	kills=0
	for call in openat mkdirat renameat2 renameat linkat fsync syncfs flock write pwrite64 fork,vfork,clone unlinkat; do
		for when in 1 3 9; do
			store import --no-sync "tar:$T/two.tar" kept
			for order in "import $T/small i" gc; do
				# shellcheck disable=SC2086
				killed_at $call $when $order && kills=$((kills + 1))
				is_whole
				store fsck --json | jq -e 'map(select(.what != "is left over")) == []' >/dev/null
			done
			store gc >/dev/null
			run -0 store fsck --content
			[ -z "$output" ]
			rm -rf "$T/store"
		done
	done
	[ "$kills" -gt 20 ] # or nobody died
}

@test "a power cut leaves images that are whole, or none" {
	command -v mkfs.ext4 >/dev/null || skip "no mkfs.ext4"
	truncate -s 64M "$T/disk"
	mkfs.ext4 -q "$T/disk"
	mkdir "$T/cut" "$T/store"
	mount -o loop "$T/disk" "$T/store" || skip "no loop devices"
	rmdir "$T/store/lost+found"
	store import "tar:$T/two.tar" first
	store import "$T/image" image
	cp "$T/disk" "$T/copy" # the disk as it is in this instant
	mount -o loop "$T/copy" "$T/cut"
	[ "$(layerctl --root "$T/cut" list --json | jq -c 'map(.name)')" = '["first","image"]' ]
	run layerctl --root "$T/cut" fsck --content --json
	[ "$(jq -c 'map(select(.what != "is left over"))' <<<"$output")" = "[]" ]
	diff <(tree_of "$T/store/layers") <(tree_of "$T/cut/layers")
	tar -C "$T/one" -cf "$T/new.tar" opt
	store import --no-sync "tar:$T/new.tar" unsafe
	umount "$T/cut"
	cp "$T/disk" "$T/copy"
	mount -o loop "$T/copy" "$T/cut"
	run ! diff <(tree_of "$T/store/layers") <(tree_of "$T/cut/layers") # so a cut is a cut
	umount "$T/cut" "$T/store"
}

# The file that a directory to be removed has is gone, and the directory elsewhere, before gc goes up from it: what is
# there belongs to somebody else.
@test "a directory that is moved away while gc removes it takes gc nowhere else" {
	requires strace
	store import --no-sync "$T/base" base
	in_trash
	strace -f -qq -o "$T/trace" -e trace=unlinkat "$LAYERCTL" --root "$T/store" gc
	nth=$(awk '{ n[$1]++ } /"leaf"/ { print n[$1] }' "$T/trace")
	in_trash
	mkdir -p "$T/elsewhere/here" "$T/elsewhere/a"
	strace -f -qq -o "$T/trace" -e trace=unlinkat -e inject="unlinkat:signal=SIGSTOP:when=$nth" \
		"$LAYERCTL" --root "$T/store" gc >"$T/said" 2>&1 3>&- &
	eventually grep -q 'stopped by SIGSTOP' "$T/trace"
	[ ! -e "$T/store/trash/box/a/b/leaf" ]
	mv "$T/store/trash/box/a/b" "$T/elsewhere/here/"
	kill -CONT "$(awk '/stopped by SIGSTOP/ { print $1 }' "$T/trace")"
	gone=0
	wait $! || gone=$?
	[ "$gone" != 0 ]
	grep -q '"b" was moved while it was removed' "$T/said"
	[ -d "$T/elsewhere/here/b" ]
	[ -d "$T/elsewhere/a" ]
	store gc
	[ -z "$(names_in trash)" ]
}
in_trash() {
	mkdir -p "$T/store/trash/box/a/b"
	touch "$T/store/trash/box/a/b/leaf"
}
