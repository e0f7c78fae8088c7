#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# layerctl unpack: from an image to a root file system.

load helpers
load layer.bash

# spec: ImageLayerAttributes ImageLayersInOrder
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

# Thousands of small files below deep directories, as npm leaves them: long names, scoped packages, links to programs,
# the same file under many names.
npm_tree() {
	local dir=$1 i j package
	for ((i = 0; i < 150; i++)); do
		package=$dir/node_modules/@scope$((i % 7))/a-package-with-a-long-name-$i/node_modules/dep$((i % 3))/dist/esm/internal
		mkdir -p "$package" "$dir/node_modules/.bin"
		for ((j = 0; j < 20; j++)); do
			printf 'export const n%d = %d;\n' "$j" "$i" >"$package/a-module-whose-name-is-long-enough-for-two-headers-$j.js"
		done
		ln "$package/a-module-whose-name-is-long-enough-for-two-headers-0.js" "$package/index.js"
		ln -s "../@scope$((i % 7))/a-package-with-a-long-name-$i/cli.js" "$dir/node_modules/.bin/cli$i"
		chmod $((i % 2 ? 755 : 700)) "$package"
		chown "$((i % 5 * 1000)):$((i % 3 * 70000))" "$package/index.js"
	done
}

@test "an npm tree is the one that GNU tar, bsdtar and umoci give, from every format" {
	needs umoci bsdtar
	npm_tree "$T/npm"
	[ "$(find "$T/npm" | wc -l)" -gt 3500 ]
	tree_of "$T/npm" >"$T/want"
	tar -C "$T/npm" --format=gnu -cf "$T/gnu.tar" .
	tar -C "$T/npm" --format=pax -cf "$T/pax.tar" .
	bsdtar -C "$T/npm" --format=pax -cf "$T/bsd.tar" .
	for kind in pax bsd gnu; do
		layerctl unpack --no-sync "tar:$T/$kind.tar" "$T/of-$kind"
	done
	for kind in pax bsd; do
		tree_of "$T/of-$kind" | diff "$T/want" -
	done
	diff <(cd "$T/npm" && find . -printf '%p %y %m %U:%G %n %Ts %l\n' | sort) \
		<(cd "$T/of-gnu" && find . -printf '%p %y %m %U:%G %n %Ts %l\n' | sort)
	layout "$T/image" "$T/pax.tar"
	umoci raw unpack --image "$T/image:t" "$T/by-umoci" >/dev/null
	tree_of "$T/by-umoci" | diff "$T/want" -
	mkdir "$T/by-tar" "$T/by-bsdtar"
	tar -C "$T/by-tar" -xpf "$T/pax.tar" --numeric-owner
	tree_of "$T/by-tar" | diff "$T/want" -
	bsdtar -C "$T/by-bsdtar" -xpf "$T/pax.tar" --numeric-owner
	touch -r "$T/npm" "$T/by-bsdtar" # the directory it was told to work in is none of its entries
	tree_of "$T/by-bsdtar" | diff "$T/want" -
}

# acls DIR: the access control lists below it, as the kernel has them.
acls() { (cd "$1" && find . -print0 | sort -z | xargs -0 getfattr -hd -e hex -m '^system\.posix_acl' 2>/dev/null); }

@test "access control lists of GNU tar and bsdtar are those they were" {
	needs bsdtar
	tar --acls --version >/dev/null 2>&1 || skip "a tar without --acls"
	mkdir -p "$T/x/dir" "$T/mine"
	touch "$T/x/file" "$T/x/dir/file"
	# user::rw-, user:12345:rwx, group::r--, mask::rwx, other::---; GNU tar would write a known user's name alone
	list=0x0200000001000600ffffffff020007003930000004000400ffffffff10000700ffffffff20000000ffffffff
	setfattr -n system.posix_acl_access -v "$list" "$T/x/file" || skip "a file system without access control lists"
	setfattr -n system.posix_acl_default -v "$list" "$T/x/dir"
	# Nor does a list of the directory that the tree is made in get into it.
	setfattr -n system.posix_acl_default -v "$list" "$T/mine"
	tar -C "$T/x" --format=pax --acls --numeric-owner -cf "$T/gnu.tar" .
	bsdtar -C "$T/x" --format=pax --acls -cf "$T/bsd.tar" .
	[ "$(acls "$T/x" | grep -c posix_acl)" = 2 ]
	for kind in gnu bsd; do
		layerctl unpack --no-sync "tar:$T/$kind.tar" "$T/mine/$kind"
		diff <(acls "$T/x") <(acls "$T/mine/$kind")
		diff <(tree_of "$T/x") <(tree_of "$T/mine/$kind")
	done
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

# spec: ImageLayerSparse
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

# spec: ImageLayerTypes ImageLayerTypesZstd
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

# spec: ImageLayoutArchives
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

# spec: ImageIndexRead ImageIndexNested ImageIndexFirst ImageIndexTypesUnknown ImageIndexPlatform ImagePlatformUnderstood
# spec: ImageRefNameOfIndex ImageIndexTypes
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
		| .[0].manifests[0] as $x | .[1].manifests[0] as $y
		| {schemaVersion: 2, manifests: [($x | .mediaType = "text/unknown"), ($y | .platform = {os: "linux"}),
			$x, ($y | .platform = $x.platform), $y]}' "$T/first" "$T/image/index.json" >"$T/both"
	nested=$(put_blob "$T/image" <"$T/both")
	jq -nc --arg d "$nested" --argjson s "$(stat -c %s "$T/both")" \
		'{schemaVersion: 2, manifests: [{mediaType: "application/vnd.oci.image.index.v1+json", digest: $d, size: $s}]}' >"$T/image/index.json"
	layerctl unpack --platform linux/amd64 "$T/image" "$T/a"
	[ "$(cat "$T/a/which")" = amd64 ]
	layerctl unpack --platform linux/arm/v7 "$T/image" "$T/b"
	[ "$(cat "$T/b/which")" = arm ]
	run -1 layerctl unpack --platform linux/riscv64 "$T/image" "$T/c"
	[[ $output == *"no image for linux/riscv64 (there is "*"linux/amd64, linux/arm/v7)" ]]
	run -1 layerctl unpack --platform linux "$T/image" "$T/c"
	# "t" is what the inner index calls them all
	run -1 layerctl unpack "oci:$T/image:t" "$T/c"
	[[ $output == *'no image "t"'* ]]
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
