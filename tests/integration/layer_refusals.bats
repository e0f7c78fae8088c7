#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# layerctl unpack: all of an image, or nothing.

load helpers
load layer.bash

setup() {
	begin_layer_test
	mkdir "$T/x"
	echo hello >"$T/x/file"
	tar -C "$T/x" -cf "$T/x.tar" file
	layout "$T/image" "$T/x.tar"
}

# refused WORDS IMAGE [STATUS]: with exit status 1 or this one, these words, and nothing left.
refused() {
	run layerctl unpack "$2" "$T/out"
	echo "$output"
	[ "$status" = "${3:-1}" ]
	[[ $output == *"$1"* ]]
	[ ! -e "$T/out" ]
	[ ! -e "$T/.out.layerctl" ]
}

layer_blob() {
	local manifest
	manifest=$(jq -r '.manifests[0].digest' "$T/image/index.json")
	echo "$T/image/blobs/sha256/$(jq -r '.layers[0].digest' "$T/image/blobs/sha256/${manifest#*:}" | cut -d : -f 2)"
}

@test "the image is good before it is made bad" {
	layerctl unpack "$T/image" "$T/out"
	[ "$(cat "$T/out/file")" = hello ]
}

# spec: ImageContentVerified ImageContentSize ImageBlobMatches ImageBlobsMissing
@test "a damaged layer, config or manifest is refused" {
	blob=$(layer_blob)
	printf X | dd of="$blob" bs=1 seek=20 conv=notrunc status=none
	refused "layer 1 of 1: the blob's digest is sha256:" "$T/image" 4
	truncate -s -1 "$blob"
	refused "layer 1: blob" "$T/image" 4
	rm "$blob"
	refused "is not in the image (copy the whole image)" "$T/image"
	edit_manifest "$T/image" '.layers[0].urls = ["https://example.org/blob"]'
	refused "is not in the image (it may be at https://example.org/blob)" "$T/image"
}

# spec: ImageRootfs
@test "a DiffID that is another's is refused" {
	manifest=$(jq -r '.manifests[0].digest' "$T/image/index.json")
	config=$(jq -r '.config.digest' "$T/image/blobs/sha256/${manifest#*:}")
	jq -c '.rootfs.diff_ids[0] = "sha256:" + ("0" * 64)' "$T/image/blobs/sha256/${config#*:}" >"$T/config"
	new=$(put_blob "$T/image" <"$T/config")
	edit_manifest "$T/image" ".config.digest = \"$new\" | .config.size = $(stat -c %s "$T/config")"
	refused "layer 1 of 1: the DiffID is sha256:" "$T/image" 4
}

@test "more layers than DiffIDs are refused" {
	edit_manifest "$T/image" '.layers += .layers'
	refused "2 layers, but the config has 1 DiffIDs" "$T/image"
}

@test "documents that are not what they say are refused" {
	cp -r "$T/image" "$T/good"
	while IFS=$'\t' read -r filter words; do
		rm -rf "$T/image"
		cp -r "$T/good" "$T/image"
		edit_manifest "$T/image" "$filter"
		refused "$words" "$T/image"
	done <<-'CASES'
		.manifests = []	/manifests: does not belong here
		.schemaVersion = 1	/schemaVersion: must be 2
		.mediaType = "application/vnd.oci.image.index.v1+json"	/mediaType: is not the media type
		del(.config)	has no "config"
		.config.mediaType = "application/vnd.oci.empty.v1+json"	is no image to unpack
		.layers[0].mediaType = "text/plain"	is of a media type that is not known
		.layers[0].size = -1	/layers/0/size: must be a whole number
		.layers[0].size = 1.5	/layers/0/size: must be a whole number
		.layers[0].digest = "sha256:../../../etc/passwd"	is no digest
		.layers[0].digest = "../../x:abc"	is no digest
		.layers[0].digest = "sha256:abc"	is no digest
		.layers[0].digest |= ascii_upcase	is no digest
		.layers[0].data = "aGVsbG8="	/layers/0/data: is not what size and digest say
		.layers = {}	/layers: must be an array
	CASES
}

@test "index.json and oci-layout are looked at" {
	echo '{"imageLayoutVersion": "2.0.0"}' >"$T/image/oci-layout"
	refused "is no version 1" "$T/image"
	rm "$T/image/oci-layout"
	refused '"oci-layout"' "oci:$T/image"
	echo '{"imageLayoutVersion": "1.0.0"}' >"$T/image/oci-layout"
	refused 'no image "other" (there is t)' "oci:$T/image:other"
	echo '{"schemaVersion": 2, "manifests": [], "manifests": []}' >"$T/image/index.json"
	refused "index.json:1:" "$T/image"
	ln -sf /etc/passwd "$T/image/index.json"
	refused "index.json" "$T/image"
}

@test "a directory that is not empty is left alone" {
	mkdir "$T/full"
	touch "$T/full/mine"
	run -1 layerctl unpack "$T/image" "$T/full"
	[[ $output == *"is not empty"* ]]
	[ "$(ls -A "$T/full")" = mine ]
	mkdir "$T/empty"
	layerctl unpack "$T/image" "$T/empty"
	[ -e "$T/empty/file" ]
}

@test "misuse exits with 2" {
	run -2 layerctl
	run -2 layerctl unpak
	[[ $output == *"did you mean unpack?"* ]]
	run -2 layerctl unpack "$T/image"
	run -2 layerctl unpack --colour "$T/image" "$T/out"
	run -0 layerctl --help
	run -0 layerctl unpack --help
	run -0 layerctl --version
}

@test "no room exits with 6 and leaves nothing" {
	mkdir "$T/small"
	mount -t tmpfs -o size=1M small "$T/small"
	head -c 3000000 /dev/urandom >"$T/x/big"
	tar -C "$T/x" -cf "$T/x.tar" file big
	run -6 layerctl unpack --no-room-check "tar:$T/x.tar" "$T/small/out"
	[[ $output == *"No space left on device"* ]]
	[ -z "$(ls -A "$T/small")" ]
	umount "$T/small"
}

@test "a bomb is stopped by its size" {
	mkdir "$T/bomb"
	truncate -s 300M "$T/bomb/zeros"
	tar -C "$T/bomb" -cf - zeros | gzip >"$T/bomb.tar.gz"
	run -1 layerctl unpack --max-size 100M "tar:$T/bomb.tar.gz" "$T/out"
	[[ $output == *"more than 104857600 bytes come out of it"* ]]
	[ ! -e "$T/out" ]
	[ ! -e "$T/.out.layerctl" ]
}

@test "who is asked to end takes away what is half made, and who is killed leaves it to the next" {
	needs strace
	head -c 32000000 /dev/urandom >"$T/x/big"
	tar -C "$T/x" -cf "$T/x.tar" big
	for signal in TERM INT KILL; do
		# in pieces of 256 KiB, each held up
		strace -f -qq -o "$T/trace" -e trace=pwrite64 -e inject=pwrite64:delay_enter=300000 \
			"$LAYERCTL" unpack "tar:$T/x.tar" "$T/out" >"$T/said" 2>&1 3>&- &
		pid=$!
		eventually test -s "$T/.out.layerctl/root/big"
		run -1 layerctl unpack "$T/image" "$T/out"
		[[ $output == *"another layerctl unpacks there"* ]]
		kill -$signal "$(pgrep -P $pid)"
		wait $pid || :
		[ ! -e "$T/out" ]
		[ $signal = KILL ] || [ ! -e "$T/.out.layerctl" ]
	done
	eventually layerctl unpack "$T/image" "$T/out"
	[ "$(ls -A "$T/out")" = file ]
	[ ! -e "$T/.out.layerctl" ]
}

# spec: ErrorsBoth ErrorsLogFields
@test "errors are in the log as well, as text or as JSON" {
	run -3 layerctl --log "$T/log" inspect nothing
	[ "$(cut -d " " -f 2- <"$T/log")" = "level=error msg=$(jq -n --arg m "${output#layerctl: }" '$m')" ]
	run -3 layerctl --root "$T/store" --log "$T/json" --log-format json inspect nothing
	[ "$(jq -r .msg "$T/json")" = "${output#layerctl: }" ]
	[ "$(jq -r '.level, .code' "$T/json")" = $'error\nabsent' ]
	mkdir "$T/full"
	touch "$T/full/file"
	run -1 layerctl --log "$T/json" --log-format json unpack "tar:$T/x.tar" "$T/full"
	[ "$(jq -r .object "$T/json" | tail -n 1)" = "$T/full" ]
	run -2 layerctl --log-format xml list
	[ "$output" = 'layerctl: parsing log format "xml": expected "text" or "json"' ]
	run -2 layerctl --log "$T/nothing/log" list
	[[ $output == *"opening the log: "*"No such file or directory"* ]]
}
