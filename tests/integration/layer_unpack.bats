#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# layerctl unpack: from an image to a root file system.

load helpers
load layer.bash

@test "unpack gives the tree that umoci gives" {
	needs umoci
	two_layers
	layout "$T/image" "$T/one.tar" "$T/two.tar"
	layerctl unpack "oci:$T/image:t" "$T/ours"
	umoci raw unpack --image "$T/image:t" "$T/theirs" >/dev/null
	diff <(tree_of "$T/ours") <(tree_of "$T/theirs")
	[ -e "$T/ours/opt/new" ]
	[ ! -e "$T/ours/opt/hidden" ]
	[ ! -e "$T/ours/gone" ]
}

@test "a layer alone gives the tree that GNU tar and bsdtar give" {
	needs bsdtar
	two_layers
	layerctl unpack "tar:$T/one.tar" "$T/ours"
	mkdir "$T/gnu" "$T/bsd"
	tar -C "$T/gnu" -xpf "$T/one.tar" --xattrs --xattrs-include='*' --numeric-owner
	bsdtar -C "$T/bsd" -xpf "$T/one.tar" --numeric-owner
	diff <(tree_of "$T/ours") <(tree_of "$T/gnu")
	touch -r "$T/ours" "$T/bsd" # the directory it was told to work in is none of its entries
	diff <(tree_of "$T/ours") <(tree_of "$T/bsd")
}

@test "every program's and format's archive is the same tree" {
	needs bsdtar
	two_layers
	mkdir "$T/want"
	tar -C "$T/one" -cf - etc opt/numbers var | tar -C "$T/want" -xpf -
	for format in v7 oldgnu gnu ustar pax; do
		tar -C "$T/want" --format=$format -cf "$T/a.tar" .
		layerctl unpack --no-sync "tar:$T/a.tar" "$T/$format"
		diff <(cd "$T/want" && find . -printf '%p %y %m %U:%G %n %Ts %l\n' | sort) \
			<(cd "$T/$format" && find . -printf '%p %y %m %U:%G %n %Ts %l\n' | sort)
	done
	for format in ustar pax gnutar; do
		bsdtar -C "$T/want" --format=$format -cf "$T/a.tar" .
		layerctl unpack --no-sync "tar:$T/a.tar" "$T/bsd-$format"
		diff <(cd "$T/want" && find . -printf '%p %y %m %U:%G %n %Ts %l\n' | sort) \
			<(cd "$T/bsd-$format" && find . -printf '%p %y %m %U:%G %n %Ts %l\n' | sort)
	done
}

@test "sparse files stay sparse in all four formats" {
	truncate -s 20M "$T/holes"
	printf begin | dd of="$T/holes" conv=notrunc status=none
	printf middle | dd of="$T/holes" bs=1 seek=10000000 conv=notrunc status=none
	for format in "gnu" "pax --sparse-version=0.0" "pax --sparse-version=0.1" "pax --sparse-version=1.0"; do
		# shellcheck disable=SC2086
		tar -C "$T" -S --format=$format -cf "$T/a.tar" holes
		rm -rf "$T/out"
		layerctl unpack "tar:$T/a.tar" "$T/out"
		cmp "$T/holes" "$T/out/holes"
		[ "$(stat -c %b "$T/out/holes")" -lt 200 ]
	done
}

@test "layers are unpacked from gzip of many members, zstd and plain tar" {
	needs zstd
	two_layers
	PACK="zstd -qc" layout "$T/zstd" "$T/one.tar" "$T/two.tar"
	PACK="cat -" layout "$T/plain" "$T/one.tar" "$T/two.tar"
	layout "$T/gzip" "$T/one.tar" "$T/two.tar"
	for kind in gzip zstd plain; do
		layerctl unpack "oci:$T/$kind" "$T/of-$kind"
		diff <(tree_of "$T/of-gzip") <(tree_of "$T/of-$kind")
	done
	{ head -c 5000000 "$T/one.tar" | gzip -n; tail -c +5000001 "$T/one.tar" | gzip -n; } >"$T/members.gz"
	layerctl unpack "tar:$T/members.gz" "$T/members"
	[ -x "$T/members/bin/busybox" ]
}

@test "archives of layouts and of docker save give the same tree, packed or through a pipe" {
	needs skopeo
	two_layers
	layout "$T/image" "$T/one.tar" "$T/two.tar"
	layerctl unpack "$T/image" "$T/of-folder"
	tar -C "$T/image" -cf "$T/oci.tar" .
	gzip -k "$T/oci.tar"
	skopeo copy -q "oci:$T/image:t" "docker-archive:$T/docker.tar:example/image:latest"
	tree_of "$T/of-folder" >"$T/want"

	layerctl unpack "oci-archive:$T/oci.tar:t" "$T/a"
	tree_of "$T/a" | diff "$T/want" -
	layerctl unpack "$T/oci.tar.gz" "$T/b"
	tree_of "$T/b" | diff "$T/want" -
	layerctl unpack oci-archive:- "$T/c" <"$T/oci.tar.gz"
	tree_of "$T/c" | diff "$T/want" -
	layerctl unpack oci-archive:- "$T/d" < <(cat "$T/oci.tar") # a pipe
	tree_of "$T/d" | diff "$T/want" -
	layerctl unpack "docker-archive:$T/docker.tar" "$T/e"
	tree_of "$T/e" | diff "$T/want" -
	run -1 layerctl unpack "docker-archive:$T/docker.tar:other" "$T/f"
	[ ! -e "$T/f" ]
}

@test "of an image for several platforms the one that was asked for is taken" {
	mkdir "$T/x" "$T/y"
	echo amd64 >"$T/x/which"
	echo arm >"$T/y/which"
	tar -C "$T/x" -cf "$T/x.tar" which
	tar -C "$T/y" -cf "$T/y.tar" which
	layout "$T/image" "$T/x.tar"
	cp "$T/image/index.json" "$T/first"
	layout "$T/image" "$T/y.tar"
	jq -sc '.[0].manifests[0].platform = {os: "linux", architecture: "amd64"}
		| .[1].manifests[0].platform = {os: "linux", architecture: "arm", variant: "v7"}
		| {schemaVersion: 2, manifests: (.[0].manifests + .[1].manifests)}' "$T/first" "$T/image/index.json" >"$T/both"
	nested=$(put_blob "$T/image" <"$T/both")
	jq -nc --arg d "$nested" --argjson s "$(stat -c %s "$T/both")" \
		'{schemaVersion: 2, manifests: [{mediaType: "application/vnd.oci.image.index.v1+json", digest: $d, size: $s}]}' >"$T/image/index.json"
	layerctl unpack --platform linux/amd64 "$T/image" "$T/a"
	[ "$(cat "$T/a/which")" = amd64 ]
	layerctl unpack --platform linux/arm/v7 "$T/image" "$T/b"
	[ "$(cat "$T/b/which")" = arm ]
	run -1 layerctl unpack --platform linux/riscv64 "$T/image" "$T/c"
	[[ $output == *"no image for linux/riscv64 (there is linux/amd64, linux/arm/v7)" ]]
}

@test "what was unpacked runs" {
	two_layers
	layout "$T/image" "$T/one.tar" "$T/two.tar"
	bundle '.process.args = ["/bin/sh", "-c", "/bin/cat /etc/changed"]'
	rm -rf "$ROOTFS"
	layerctl unpack "$T/image" "$ROOTFS"
	mkdir -p "$ROOTFS"/{proc,dev,sys}
	run -0 rt run --bundle "$BUNDLE" "$BOX"
	[ "$output" = two ]
}

@test "limits and umask of the caller change nothing" {
	two_layers
	layout "$T/image" "$T/one.tar" "$T/two.tar"
	layerctl unpack "$T/image" "$T/want"
	(
		ulimit -n 24
		umask 077
		LANG=C setpriv --bounding-set -sys_resource "$LAYERCTL" unpack "$T/image" "$T/out" <&- 3>&-
	)
	diff <(tree_of "$T/want") <(tree_of "$T/out")
}
