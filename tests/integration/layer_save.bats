#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# layerctl save and commit: images written, so that everybody takes them.

load helpers
load layer.bash

# $T/image, of two layers, with what we do not know in its documents.
an_image() {
	two_layers
	IMAGE_CONFIG='{"Cmd": ["/bin/sh"], "X-unknown": [1.5, {"a": null}]}' layout "$T/image" "$T/one.tar" "$T/two.tar"
	edit_manifest "$T/image" '. + {annotations: {"org.example.kept": "yes"}, unknown: 1.5}'
	layerctl unpack "$T/image" "$T/tree"
	tree_of "$T/tree" >"$T/want"
}

# unpacked IMAGE: it is the tree of $T/image.
unpacked() {
	rm -rf "$T/unpacked"
	layerctl unpack --no-sync "$1" "$T/unpacked"
	tree_of "$T/unpacked" | diff "$T/want" -
}

manifest_of() { jq -r '.manifests[0].digest' "$1/index.json"; }

# spec: ImageBytesKept ImageLayersReproducible ImageDataNotWritten ImagePropertiesUnknown ImageLayoutWritten ImageBlobMatches
# spec: ImageIndexType ImageAnnotationsWritten ImageCompactJson
@test "save keeps every byte of manifest, config and layers" {
	an_image
	layerctl save "$T/image" "oci:$T/copy:new"
	for blob in "$T"/copy/blobs/sha256/*; do
		cmp "$blob" "$T/image/blobs/sha256/${blob##*/}"
	done
	[ "$(manifest_of "$T/copy")" = "$(manifest_of "$T/image")" ]
	[ "$(jq -r '.manifests[0].annotations["org.opencontainers.image.ref.name"]' "$T/copy/index.json")" = new ]
	[ "$(jq -c '[.mediaType, .manifests[0].annotations]' "$T/copy/index.json")" = \
		'["application/vnd.oci.image.index.v1+json",{"org.opencontainers.image.ref.name":"new"}]' ]
	[ "$(cat "$T/copy/oci-layout")" = '{"imageLayoutVersion":"1.0.0"}' ]
	layerctl save "$T/image" "oci-archive:$T/copy.tar"
	mkdir "$T/x"
	tar -C "$T/x" -xf "$T/copy.tar"
	[ "$(manifest_of "$T/x")" = "$(manifest_of "$T/image")" ]
	[ "$(jq -r '.manifests[0].annotations["org.opencontainers.image.ref.name"]' "$T/x/index.json")" = t ]
	diff -r "$T/x/blobs" "$T/copy/blobs"
	unpacked "oci:$T/copy:new"
	unpacked "oci-archive:$T/copy.tar:t"
	layerctl save "$T/image" oci-archive:- | cmp - "$T/copy.tar"
}

@test "a docker archive is read as such and as a layout, its layers unpacked" {
	needs skopeo
	an_image
	layerctl save "$T/image" "docker-archive:$T/docker.tar:example/image"
	[ "$(tar -xOf "$T/docker.tar" manifest.json | jq -r '.[0].RepoTags[0]')" = example/image:latest ]
	unpacked "oci-archive:$T/docker.tar"
	unpacked "docker-archive:$T/docker.tar:example/image"
	skopeo copy -q "docker-archive:$T/docker.tar" "oci:$T/by-skopeo:t"
	unpacked "$T/by-skopeo"
	run -1 layerctl save --compress gzip "$T/image" "docker-archive:$T/other.tar"
	[ ! -e "$T/other.tar" ]
}

@test "what skopeo made of it, save takes back: docker archives get a manifest" {
	needs skopeo
	an_image
	skopeo copy -q "oci:$T/image:t" "docker-archive:$T/docker.tar:example/image:1"
	layerctl save "$T/docker.tar" "oci:$T/back"
	[[ $(jq -r '.manifests[0].annotations["org.opencontainers.image.ref.name"]' "$T/back/index.json") == *example/image:1 ]]
	unpacked "$T/back"
	skopeo copy -q "oci:$T/back" "oci:$T/again:t"
	unpacked "$T/again"
}

# spec: ImageWrittenTypes ImageConfigMore ImageDigestsWritten ImageManifestType
@test "layers are packed anew, and what is not changed stays as it was" {
	needs skopeo umoci zstd
	an_image
	for how in zstd none gzip; do
		layerctl save --compress $how "$T/image" "oci:$T/$how:t"
		unpacked "$T/$how"
		blob=$T/$how/blobs/sha256/$(manifest_of "$T/$how" | cut -d : -f 2)
		[ "$(jq -c '[.annotations, .unknown]' "$blob")" = '[{"org.example.kept":"yes"},1.5]' ]
		config=$(jq -r .config.digest "$blob")
		cmp "$T/$how/blobs/sha256/${config#*:}" "$T/image/blobs/sha256/${config#*:}"
	done
	[ "$(manifest_of "$T/gzip")" = "$(manifest_of "$T/image")" ] # they are gzip already
	[ "$(jq -r '.layers[1].mediaType' "$T/zstd/blobs/sha256/$(manifest_of "$T/zstd" | cut -d : -f 2)")" = application/vnd.oci.image.layer.v1.tar+zstd ]
	skopeo copy -q "oci:$T/zstd:t" "oci:$T/by-skopeo:t"
	umoci raw unpack --image "$T/none:t" "$T/theirs" >/dev/null
	tree_of "$T/theirs" | diff "$T/want" -
}

# spec: ImageArtifactsCopied ImageConfigUnknown
@test "an artifact is copied as it is, and is no image otherwise" {
	an_image
	config=$(printf 'no JSON at all' | put_blob "$T/image")
	edit_manifest "$T/image" '.artifactType = "text/own" | .config = {mediaType: "text/own.config", size: 14, digest: "'"$config"'"}
		| .layers[0].mediaType = "text/own.layer" | .subject = {mediaType: "text/x", size: 1, digest: .layers[1].digest}'
	layerctl save "$T/image" "oci-archive:$T/copy.tar"
	layerctl save "$T/copy.tar" "oci:$T/copy"
	[ "$(manifest_of "$T/copy")" = "$(manifest_of "$T/image")" ]
	for blob in "$T"/copy/blobs/sha256/*; do
		cmp "$blob" "$T/image/blobs/sha256/${blob##*/}"
	done
	[ "$(cat "$T/copy/blobs/sha256/${config#*:}")" = "no JSON at all" ]
	for command in "unpack $T/image $T/x" "bundle $T/image $T/x" "--root $T/store import $T/image a"; do
		# shellcheck disable=SC2086
		run -1 layerctl $command
		[[ $output == *'is no image to unpack: its config is "text/own.config"' ]]
	done
	for target in "docker-archive:$T/x" "--compress zstd oci:$T/x"; do
		# shellcheck disable=SC2086
		run -1 layerctl save "$T/image" $target
		[[ $output == *"its layers stay as they are packed"* ]]
	done
	[ ! -e "$T/x" ]
}

@test "an image that is damaged is not written" {
	an_image
	blob=$(find "$T/image/blobs" -size +100k | head -n 1)
	printf x | dd of="$blob" bs=1 seek=50000 conv=notrunc status=none
	run ! layerctl save "$T/image" "oci-archive:$T/copy.tar"
	[[ $output == *"is damaged"* ]]
	run ! layerctl save "$T/image" "oci:$T/copy"
	run ! layerctl save "$T/image" "docker-archive:$T/docker.tar"
	[ "$(cd "$T" && echo copy* .copy* docker*)" = "copy* .copy* docker*" ]
	run -1 layerctl save "$T/image" "$T/copy"
	[[ $output == *"does not say how the image is to be written (oci:DIR[:NAME]"* ]]
	run -1 layerctl save "tar:$T/one.tar" "oci:$T/copy"
	[[ $output == *"a layer alone is no image"* ]]
}

# changed: the bundle $T/box of $T/image, with changes, and the tree that an image of it should have.
changed() {
	layerctl bundle "$T/image" "$T/box"
	(
		cd "$T/box/rootfs" || exit
		rm -r var/lib opt/new
		echo changed >etc/changed
		mkdir srv
		ln bin/busybox srv/busybox
		touch -d @1700000000.5 srv
	)
	tree_of "$T/box/rootfs" >"$T/want"
}

# spec: ImageHistory ImageConfigMore ImageAnnotationsUnknown
@test "commit makes an image of a bundle and the image it is of" {
	needs umoci skopeo
	an_image
	changed
	layerctl commit -m "by hand" -a somebody "$T/box" "$T/image" "oci:$T/new:t"
	unpacked "$T/new"
	umoci raw unpack --image "$T/new:t" "$T/theirs" >/dev/null
	tree_of "$T/theirs" | diff "$T/want" -
	skopeo copy -q "oci:$T/new:t" "oci:$T/by-skopeo:t"
	unpacked "$T/by-skopeo"
	blob=$T/new/blobs/sha256/$(manifest_of "$T/new" | cut -d : -f 2)
	config=$T/new/blobs/sha256/$(jq -r .config.digest "$blob" | cut -d : -f 2)
	[ "$(jq -c '[(.layers | length), .annotations]' "$blob")" = '[3,{"org.example.kept":"yes"}]' ]
	[ "$(jq -c '[(.rootfs.diff_ids | length), (.history | length)]' "$config")" = '[3,3]' ]
	[ "$(jq -c '.history[2] | [.author, .comment]' "$config")" = '["somebody","by hand"]' ]
	[ "$(jq -c .config "$config")" = '{"Cmd":["/bin/sh"],"X-unknown":[1.5,{"a":null}]}' ]
	[ -z "$(find "$T" -maxdepth 1 -name '.layerctl*')" ]
}

# spec: ImageVolumesNotCommitted
@test "what is in volumes is not committed, unless it is asked for" {
	two_layers
	IMAGE_CONFIG='{"Volumes": {"/var/lib": {}, "data/": {}}}' layout "$T/image" "$T/one.tar" "$T/two.tar"
	layerctl bundle "$T/image" "$T/box" /bin/sh
	rm -r "$T/box/rootfs/var/lib/old"
	mkdir "$T/box/rootfs/data"
	echo x | tee "$T/box/rootfs/var/lib/new" "$T/box/rootfs/data/new" "$T/box/rootfs/var/new" >/dev/null
	layerctl commit "$T/box" "$T/image" "oci:$T/without"
	[ "$(layerctl diff "$T/image" "$T/without")" = $'C /var\nC /var/lib\nA /var/new' ]
	layerctl commit --include-volumes "$T/box" "$T/image" "oci:$T/with"
	[ "$(layerctl diff "$T/box" "$T/with")" = "" ]
}

# spec: ImageCanonical
@test "the same commit at the same SOURCE_DATE_EPOCH is the same image" {
	an_image
	changed
	export SOURCE_DATE_EPOCH=1600000000
	layerctl commit "$T/box" "$T/image" "oci-archive:$T/a.tar:t"
	cp -a "$T/box" "$T/other"
	layerctl commit "$T/other" "$T/image" "oci-archive:$T/b.tar:t"
	cmp "$T/a.tar" "$T/b.tar"
	layerctl commit --compress zstd "$T/box" "$T/image" "oci:$T/z:t"
	unset SOURCE_DATE_EPOCH
	layerctl unpack "$T/z" "$T/out"
	[ "$(stat -c %Y "$T/out/srv")" = 1600000000 ]
	[ "$(stat -c %Y "$T/out/etc/kept")" = "$(stat -c %Y "$T/box/rootfs/etc/kept")" ]
}
