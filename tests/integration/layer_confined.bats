#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Who in layerctl reads what an archive holds: only a child that may do nothing else.

load helpers
load layer.bash

setup() {
	begin_layer_test
	needs strace
	mkdir -p "$T/x" "$T/tmp"
	head -c 3000000 /dev/urandom >"$T/x/file"
	tar -C "$T/x" -cf "$T/x.tar" .
	layout "$T/image" "$T/x.tar"
	LAYER=$(find "$T/image/blobs" -size +2000k)
	tar -C "$T/image" -cf - . | gzip -c >"$T/image.tar.gz"
	export TMPDIR=$T/tmp
}

# readers FILE COMMAND...: a line for each process of layerctl that has read more of FILE than the 32 bytes that say how it is packed: "confined",
# or "free" when it has not given up its system calls before.
readers() {
	local file=$1
	shift
	strace -f -qq -y -o "$T/trace" -e trace=read,pread64,prctl,seccomp "$LAYERCTL" "$@" >"$T/said" || return
	awk -v file="<$file>" '
		/PR_SET_SECCOMP/ { confined[$1] = 1 }
		index($0, file) && $NF > 32 { read[$1] = ($1 in confined) ? "confined" : "free" }
		END { for (pid in read) print read[pid] }' "$T/trace" | sort -u
}

@test "layers are read by confined children alone" {
	[ "$(readers "$LAYER" unpack "$T/image" "$T/out")" = confined ]
	[ "$(readers "$LAYER" lint "$T/image")" = confined ]
	[ "$(readers "$LAYER" save --compress zstd "$T/image" "oci:$T/zstd")" = confined ]
	[ "$(readers "$LAYER" save --compress none "$T/image" "oci-archive:$T/plain.tar")" = confined ]
	[ "$(readers "$LAYER" save "$T/image" "docker-archive:$T/docker.tar")" = confined ]
	[ "$(readers "$LAYER" --root "$T/store" import "$T/image" a)" = confined ]
	[ "$(readers "$LAYER" diff "$T/image" "$T/out")" = confined ]
}

@test "archives of images are read by confined children alone" {
	[ "$(readers "$T/image.tar.gz" unpack "$T/image.tar.gz" "$T/out")" = confined ]
	[ "$(readers "$T/image.tar.gz" lint "$T/image.tar.gz")" = confined ]
	[ "$(readers "$T/image.tar.gz" save "$T/image.tar.gz" "oci:$T/copy")" = confined ]
	[ "$(readers "$T/image.tar.gz" --root "$T/store" import "$T/image.tar.gz" a)" = confined ]
}

# A copy that keeps every byte reads them, and nothing in them.
@test "who only copies a layer is not confined, and the difference is seen" {
	[ "$(readers "$LAYER" save "$T/image" "oci:$T/copy")" = free ]
}

@test "without any privilege readers are confined as well" {
	powerless=(setpriv --bounding-set -all --inh-caps -all "$LAYERCTL")
	"${powerless[@]}" save --compress zstd "$T/image.tar.gz" "oci:$T/copy"
	run -0 "${powerless[@]}" lint --strict "$T/copy"
	layerctl unpack "$T/copy" "$T/out"
	cmp "$T/out/file" "$T/x/file"
}
