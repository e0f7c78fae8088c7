#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What those who are new to it type, and what layerctl tells them to type instead.

load helpers
load layer.bash
load store.bash

setup() {
	begin_layer_test
	mkdir -p "$T/x/bin" "$T/x/dev"
	ln -s ../../up "$T/x/bin/up" # no member of an image's archive, and usual in a tree
	ln -s /proc/mounts "$T/x/mtab"
	mknod "$T/x/dev/null" c 1 3
	tar -C "$T/x" -cf "$T/x.tar" .
	layout "$T/image" "$T/x.tar"
	cd "$T" || return
}

# answered WORDS ARGUMENT...: refused, with these words.
answered() {
	local words=$1
	shift
	run ! store "$@"
	says "$words"
}

@test "what is no image layout is told from one that is not whole [CliHabits]" {
	answered '"oci:/none": opening the image layout: openat("/none"): No such file or directory (it is a folder with oci-layout' \
		unpack oci:/none out
	answered '(a layout is a folder; oci-archive:FILE is one in an archive)' unpack oci:x.tar out
	answered '"x": no image layout: openat2("oci-layout"): No such file or directory (a layout has oci-layout' unpack x out
	answered 'is a folder, and no archive (oci:x is an image layout in a folder)' unpack oci-archive:x out
	rm "image/blobs/sha256/$(jq -r '.manifests[0].digest[7:]' image/index.json)"
	answered 'manifest: blob sha256:' unpack image out
	says 'is not in the image (copy the whole image)'
	rm image/index.json
	answered '"image": no image layout: openat2("index.json"): No such file or directory (copy the whole image)' unpack image out
}

# Links that lead out and devices are what a tree has, and the archive of an image has not.
@test "a plain tarball is answered with tar:, and that takes it [CliHabits]" {
	answered 'a plain tarball, as docker export writes it, is tar:x.tar; layerctl import tar:x.tar NAME' unpack x.tar out
	gzip -k x.tar
	answered 'layerctl import tar:x.tar.gz NAME' import x.tar.gz name
	answered 'layerctl import tar:FILE NAME' run tar:x.tar sh
	answered 'layerctl import tar:FILE NAME' save tar:x.tar oci:out
	store import --no-sync tar:x.tar.gz name
	run -0 store list --json
	[ "$(jq -r '.[0].name' <<<"$output")" = name ]
	answered 'the image names no program (give a COMMAND' run name
}

@test "a name that nothing has is answered with how to get one in, or with the one that was meant [CliHabits]" {
	LAYERCTL_ROOT=$T/none run -125 layerctl run box
	says '"box": is no file, no folder and no name of the store (the store is empty: layerctl import docker://HOST/NAME'
	answered '(layerctl import makes one)' run box
	store import --no-sync image web:1
	answered '(did you mean web:1?)' run web
	answered '(did you mean web:1?)' bundle wbe:1 out
	answered '(layerctl list has the names; layerctl import docker://HOST/NAME' run box
	answered 'docker-archive:image:t, or oci-archive: or oci:' run image:t
	answered '(docker-archive:- or oci-archive:-)' import - name
	store save image docker-archive:saved.tar
	answered 'there is no image "none" (there is t:latest)' unpack docker-archive:saved.tar:none out
	answered '(layerctl ps lists them)' umount none
}

@test "a volume that is a name is answered with a path [CliHabits]" {
	store import --no-sync image web:1
	answered '--volume: "data": No such file or directory (there are no named volumes: FROM is a path, as ./data' run -v data:/data web:1 true
	answered '--volume: "./data": No such file or directory (FROM has to be there' run -v ./data:/data web:1 true
	answered '(of our own environment: --env NAME="$NAME")' run -e HOME web:1 true
	answered '(--cap-add ALL' run --privileged web:1 true
	answered '(--env NAME=VALUE' run --env-file x web:1 true
	answered '(--volume FROM:TO' run --mount type=bind web:1 true
}

@test "directories that are not there are named with what was to be made in them [CliHabits]" {
	store import --no-sync image web:1
	answered 'making "none/out": openat("none"): No such file or directory (the directory above has to be there)' unpack image none/out
	answered 'writing "none/x.tar": openat("none"): No such file or directory (the directory above has to be there)' export x none/x.tar
	answered 'opening the mount point: openat("none"): No such file or directory (DIR has to be a directory' mount web:1 none
	answered 'opening the store: openat("x.tar"): Not a directory (--root DIR' --root "x.tar" list
	answered 'making the store: mkdirat("/proc/none"): No such file or directory (--root DIR' --root /proc/none import image
}
