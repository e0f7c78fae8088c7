#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# layerctl import, and what is said of the images of a store.

load helpers
load layer.bash
load store.bash

setup() {
	begin_layer_test
	two_layers
	IMAGE_CONFIG='{"Cmd": ["/bin/sh"]}' layout "$T/image" "$T/one.tar" "$T/two.tar"
}

digest_in() { jq -r '.manifests[0].digest' "$1/index.json"; }

@test "an imported image is listed, shown, tagged and removed by name or digest" {
	run -0 store import "$T/image"
	[ -z "$output" ]
	store import "$T/image" example/one:2.0
	[ "$(store list --json | jq -c '[.[] | [.name, .digest, .layers]]')" = \
		"[[\"example/one:2.0\",\"$(digest_in "$T/image")\",2],[\"t\",\"$(digest_in "$T/image")\",2]]" ]
	run -0 store list
	[[ ${lines[0]} == "NAME "*"DIGEST "*"LAYERS "*"SIZE "*CREATED ]]
	[[ ${lines[1]} == "example/one:2.0  "* ]]
	[ "$(store inspect t | jq -c '.[0].config.config')" = '{"Cmd":["/bin/sh"]}' ]
	[ "$(store inspect t | jq -r '.[0].layers[0].diffID')" = "sha256:$(sha256sum <"$T/one.tar" | cut -d ' ' -f 1)" ]
	store tag t other
	store rm t example/one:2.0
	digest=$(store list --json | jq -r '.[].digest')
	[ "$(store inspect "${digest:0:15}" | jq -r '.[0].name')" = other ]
	run -3 store inspect t
	[ "$output" = 'layerctl: inspect: there is no image "t" (see layerctl list; layerctl import IMAGE NAME gets one in, of a file or docker://HOST/NAME)' ]
	run -3 store rm t
	run -3 store tag t u
	run -3 store history t
	run -3 layerctl --root "$T/nowhere" list
	[ ! -e "$T/nowhere" ]
}

# spec: ImageHistory
@test "a config's time is shown in seconds, and its last newline is not shown" {
	layout "$T/timed" "$T/one.tar"
	config=$(jq -nc --arg d "sha256:$(sha256sum <"$T/one.tar" | cut -d ' ' -f 1)" '{architecture: "amd64", os: "linux",
		created: "2001-02-03T04:05:06.789Z", rootfs: {type: "layers", diff_ids: [$d]}}' | put_blob "$T/timed")
	edit_manifest "$T/timed" ".config.digest = \"$config\" | .config.size = $(stat -c %s "$T/blob")"
	store import --no-sync "$T/timed" timed
	[[ $(store list) == *" 2001-02-03T04:05:06Z"* ]]
	[[ $(store list --json) == *'"2001-02-03T04:05:06.789Z"'* ]]
	store inspect timed | run ! grep -x '[[:space:]]*,'
}

@test "history tells the steps, the newest first, with the layers they made" {
	config=$(jq -r '.config.digest' "$T/image/blobs/sha256/$(digest_in "$T/image" | cut -d : -f 2)")
	new=$(jq -c '.history = [{created_by: "first\u001b[2J", created: "2001-02-03T04:05:06Z"}, {created_by: "nothing", empty_layer: true},
		{created_by: "second", comment: "why"}]' "$T/image/blobs/sha256/${config#*:}" | put_blob "$T/image")
	edit_manifest "$T/image" ".config.digest = \"$new\" | .config.size = $(stat -c %s "$T/blob")"
	store import "$T/image" i
	[ "$(store history --json i | jq -c '[.[] | [.createdBy, .unpacked != null]]')" = '[["second",true],["nothing",false],["first\u001b[2J",true]]' ]
	run -0 store history i
	[[ ${lines[1]} == *"second # why" ]]
	[[ ${lines[3]} == *"2001-02-03T04:05:06Z"*"first\u001b[2J" ]]
}

# spec: ImageBytesKept ImageLayoutWritten
@test "the store is an image layout with the bytes that came" {
	needs skopeo umoci
	store import "$T/image" i
	[ "$(skopeo inspect --raw "oci:$T/store:i" | sha256sum | cut -d ' ' -f 1)" = "$(digest_in "$T/image" | cut -d : -f 2)" ]
	skopeo copy -q "oci:$T/store:i" "oci:$T/copy:i"
	diff <(cd "$T/image/blobs/sha256" && ls) <(cd "$T/copy/blobs/sha256" && ls)
	layerctl unpack "oci:$T/store:i" "$T/ours"
	umoci raw unpack --image "$T/store:i" "$T/theirs" >/dev/null
	diff <(tree_of "$T/ours") <(tree_of "$T/theirs")
}

# spec: ImageConfigPlatform ImageWrittenTypes
@test "images come from folders, archives, docker save and layers alone" {
	needs skopeo
	tar -C "$T/image" -cf "$T/oci.tar" .
	skopeo copy -q "oci:$T/image:t" "docker-archive:$T/docker.tar:example/image:latest"
	store import "$T/image" a
	store import "oci-archive:$T/oci.tar:t" b
	store import oci-archive:- c < <(gzip -c "$T/oci.tar")
	store import "docker-archive:$T/docker.tar"
	gzip -k "$T/one.tar"
	run -1 store import "tar:$T/one.tar.gz"
	[ "$output" = "layerctl: import: the image has no name of its own (layerctl import IMAGE NAME)" ]
	store import "tar:$T/one.tar.gz" d
	[ "$(store inspect d | jq -c '.[0].config | [.os, .rootfs.type]')" = '["linux","layers"]' ]
	[ -n "$(store inspect d | jq -r '.[0].config.architecture')" ]
	[ "$(store list --json | jq -c '[.[0:3][].digest] | unique | length')" = 1 ]
	[ "$(store list --json | jq -r '.[4].name')" = "docker.io/example/image:latest" ] || store list | grep -q example/image:latest
	[ "$(names_in layers | wc -l)" = 2 ]
	layerctl unpack "oci:$T/store:d" "$T/d"
	mkdir "$T/want"
	tar -C "$T/want" -xpf "$T/one.tar" --xattrs --xattrs-include='*' --numeric-owner
	diff <(tree_of "$T/want") <(tree_of "$T/d")
}

@test "what is there is not made again" {
	store import "$T/image" a
	(cd "$T/store" && stat -c '%n %i' layers/* blobs/sha256/*) >"$T/before"
	layout "$T/base" "$T/one.tar"
	store import "$T/base" base
	[ "$(names_in layers | wc -l)" = 2 ]
	strace -f -qq -o "$T/trace" -e trace=mknodat,linkat "$LAYERCTL" --root "$T/store" import "$T/image" b
	run ! grep -q mknodat "$T/trace" # of one.tar
	(cd "$T/store" && stat -c '%n %i' layers/* blobs/sha256/*) | grep -Fxf "$T/before" | diff "$T/before" -
}

@test "many imports of one image at once do the work once" {
	pids=()
	for i in 1 2 3 4 5 6 7 8; do
		strace -f -qq -o "$T/trace.$i" -e trace=mknodat "$LAYERCTL" --root "$T/store" import "$T/image" "n$i" 3>&- &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
	[ "$(store list --json | jq length)" = 8 ]
	[ -z "$(names_in staging)" ]
	# one.tar has a device and a FIFO, two.tar hides two files
	# (a call during which another was shown has two lines)
	[ "$(cat "$T"/trace.* | grep -c 'mknodat(')" = 4 ]
	is_whole
}

@test "a damaged image leaves the store as it was" {
	layout "$T/base" "$T/one.tar"
	store import "$T/base" base
	find "$T/store" | sort >"$T/before"
	blob=$T/image/blobs/sha256/$(gzip -nc "$T/two.tar" | sha256sum | cut -d ' ' -f 1)
	cp "$blob" "$T/good"
	printf X | dd of="$blob" bs=1 seek=20 conv=notrunc status=none
	run -4 store import "$T/image" a
	[[ $output == "layerctl: import: layer 2 of 2: the blob's digest is sha256:"* ]]
	find "$T/store" | sort | diff "$T/before" -
	cp "$T/good" "$blob"
	store import "$T/image" a
	is_whole
}

@test "blobs and DiffIDs that are known but do not belong together are refused" {
	store import "$T/image" a
	find "$T/store" | sort >"$T/before"
	# the layers of the manifest the other way round, the DiffIDs as they were
	edit_manifest "$T/image" '.layers = [.layers[1], .layers[0]]'
	run -4 store import "$T/image" b
	[[ $output == *": the DiffID is sha256:"* ]]
	find "$T/store" | sort | diff "$T/before" -
}

@test "what is wrong on the command line is refused before there is a store" {
	for name in '' /a a/ .a a..b 'a b' a:b: oci:a tar:b; do
		run -1 store import "$T/image" "$name"
		[[ $output == *"is no name of an image"* || $output == *"would be taken for where an image is"* ]]
	done
	run -1 store import --jobs 0 "$T/image" a
	run -1 store import --jobs x "$T/image" a
	[ ! -e "$T/store" ]
	mkdir "$T/other"
	echo mine >"$T/other/file"
	run -1 layerctl --root "$T/other" import "$T/image" a
	[[ $output == *"is no store, and not empty"* ]]
	[ "$(ls "$T/other")" = file ]
	store import "$T/image" a
	echo '{"version": 3}' >"$T/store/format"
	run -1 store list
	[[ $output == *"is of a format that is not known"* ]]
}

@test "what a killed import left goes with the next" {
	needs strace
	for call in syncfs renameat2 renameat fsync linkat; do
		rm -rf "$T/store"
		store import "tar:$T/two.tar" first
		run strace -f -qq -o "$T/trace" -e trace=$call -e inject=$call:signal=KILL:when=1 "$LAYERCTL" --root "$T/store" import "$T/image" a
		[ "$status" != 0 ]
		is_whole
		store import "tar:$T/two.tar" again
		[ -z "$(names_in staging)" ]
		store import "$T/image" a
		is_whole
	done
}

@test "when the disk is full the store is as it was" {
	mkdir "$T/store"
	whole=0
	for pages in 40 200 800 1600 1700 4000; do
		mount -t tmpfs -o "size=$((pages * 4096))" small "$T/store"
		layerctl --root "$T/store" import "tar:$T/two.tar" first
		run store import --no-sync --no-room-check "$T/image" a
		if [ "$status" = 0 ]; then
			whole=$((whole + 1))
		else
			[ "$status" = 6 ]
			[ -z "$(names_in staging)" ]
			[ "$(store list --json | jq -r '.[].name')" = first ]
		fi
		is_whole
		umount "$T/store"
	done
	[ "$whole" -gt 0 ]
	[ "$whole" -lt 6 ]
}
