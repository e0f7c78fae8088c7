#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# A real system: Debian, made here of its packages, installed into, kept, and taken by others.  Needs what `make deps`
# needs, a mirror that apt-get reaches.

load helpers
load layer.bash
load store.bash

setup_file() {
	[ "$(id -u)" = 0 ] || return 0
	export SYSTEM=$BATS_FILE_TMPDIR/system.tar
	mmdebstrap --mode=root --quiet --variant=minbase --aptopt='Acquire::Retries "5"' bookworm "$SYSTEM"
}

setup() {
	TEST_SECONDS=600 # a mirror takes its time
	begin_layer_test
	mkdir "$T/tmp"
	IMAGE_CONFIG='{"Cmd": ["/bin/bash"]}' layout "$T/image" "$SYSTEM"
}

teardown() {
	[ ! -d "$T/box/rootfs" ] || store umount "$T/box/rootfs" 2>/dev/null || :
	end_test
}

@test "Debian's tree is the one that GNU tar, bsdtar and umoci give" {
	needs umoci bsdtar
	layerctl unpack --no-sync "$T/image" "$T/ours"
	[ "$(find "$T/ours" | wc -l)" -gt 5000 ]
	tree_of "$T/ours" >"$T/have"
	umoci raw unpack --image "$T/image:t" "$T/by-umoci" >/dev/null
	tree_of "$T/by-umoci" | diff - "$T/have"
	mkdir "$T/by-tar" "$T/by-bsdtar"
	tar -C "$T/by-tar" --xattrs --xattrs-include='*' --numeric-owner -xpf "$SYSTEM"
	tree_of "$T/by-tar" | diff - "$T/have"
	bsdtar -C "$T/by-bsdtar" --numeric-owner -xpf "$SYSTEM"
	touch -r "$T/ours" "$T/by-bsdtar" # the directory it was told to work in is none of its entries
	tree_of "$T/by-bsdtar" | diff - "$T/have"
}

# Modules of JavaScript come in thousands of small files; a server of names and of packages is asked from inside.
@test "packages are installed in a container, which becomes an image that others take" {
	needs umoci skopeo
	store import --no-sync "$T/image" debian:1
	run -0 run_stored debian:1 dpkg --verify
	[ -z "$output" ]
	store bundle --net host debian:1 "$T/box" /bin/sh -ec \
		'apt() { apt-get -q -y -o Acquire::Retries=5 "$@"; }; apt update; apt --no-install-recommends install node-lodash node-core-js; apt-get clean' >"$T/id"
	rt run --bundle "$T/box" "$BOX" >"$T/said" 2>&1
	store commit "$(cat "$T/id")" debian:2
	store umount "$T/box/rootfs"
	run -0 run_stored debian:2 node -e 'console.log(require("lodash").chunk(["a", "b", "c"], 2).length)'
	[ "$output" = 2 ]
	run -0 run_stored debian:2 dpkg --verify
	[ -z "$output" ]
	[ "$(store diff debian:1 debian:2 | grep -c '^A /usr/share/nodejs/')" -gt 2000 ]

	store save debian:2 "oci:$T/saved:t"
	layerctl unpack --no-sync "$T/saved" "$T/ours"
	umoci raw unpack --image "$T/saved:t" "$T/by-umoci" >/dev/null
	diff <(tree_of "$T/by-umoci") <(tree_of "$T/ours")
	skopeo copy -q "oci:$T/saved:t" "docker-archive:$T/docker.tar"
	store import --no-sync "$T/docker.tar" debian:3
	[ -z "$(store diff debian:2 debian:3)" ]
	store fsck --content
}
