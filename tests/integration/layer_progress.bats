#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# How far layerctl is: a line that comes and goes.

load helpers
load layer.bash

# What is drawn begins by taking away what was.
line_taken_away=$'\r\e[K'

setup() {
	begin_layer_test
	two_layers
	IMAGE_CONFIG='{"Cmd": ["/bin/sh"]}' layout "$T/image" "$T/one.tar" "$T/two.tar"
}

# spec: LayerProgress
@test "on a terminal a line says how far it is, and is gone at the end" {
	needs script
	run -0 script -qec "$LAYERCTL unpack oci:$T/image:t $T/out" /dev/null </dev/null
	[[ $output == "$line_taken_away"*'100 %  '*' of '*'iB, '*' files, '*'/s, 0 s left'"$line_taken_away" ]]
	[ -e "$T/out/opt/new" ]
	run -0 script -qec "$LAYERCTL --root $T/store import oci:$T/image:t web:1" /dev/null </dev/null
	[[ $output == *'100 %  '* ]]
}

# spec: LayerProgress
@test "in a pipe there is no line, unless it is asked for" {
	layerctl unpack "oci:$T/image:t" "$T/quiet" 2>"$T/err"
	[ ! -s "$T/err" ]
	layerctl unpack --progress always "oci:$T/image:t" "$T/loud" 2>"$T/err" >"$T/printed"
	grep -aq '100 %' "$T/err"
	[ ! -s "$T/printed" ]
	needs script
	run -0 script -qec "$LAYERCTL unpack --progress never oci:$T/image:t $T/never" /dev/null </dev/null
	[ -z "$output" ]
	run -1 layerctl unpack --progress sometimes "oci:$T/image:t" "$T/sometimes"
	says 'auto, always or never'
	[ ! -e "$T/sometimes" ]
}

# spec: LayerProgress
@test "who writes images and layers says so too" {
	layerctl --root "$T/store" import --progress always "oci:$T/image:t" web:1 2>"$T/err"
	grep -aq '100 %' "$T/err"
	layerctl --root "$T/store" save --progress always web:1 "oci-archive:$T/out.tar" 2>"$T/err"
	grep -aq '100 %' "$T/err"
	layerctl --root "$T/store" save --progress always --compress zstd web:1 "oci:$T/zstd" 2>"$T/err"
	grep -aq '100 %' "$T/err"
	layerctl --root "$T/store" export --progress always web:1 "$T/all.tar" 2>"$T/err"
	grep -aqE '[1-9][0-9]* files' "$T/err"
	layerctl bundle --progress always "oci:$T/image:t" "$T/box" 2>"$T/err"
	grep -aq '100 %' "$T/err"
	touch "$T/box/rootfs/more"
	layerctl commit --progress always "$T/box" "oci:$T/image:t" "oci:$T/new" 2>"$T/err"
	grep -aqE '[1-9][0-9]* files?' "$T/err"
}

# spec: LayerProgress
@test "an error comes behind the line, not into it" {
	dd if=/dev/zero of="$T/image/blobs/sha256/$(jq -r '.manifests[0].digest' "$T/image/index.json" | cut -d : -f 2)" \
		bs=1 count=1 conv=notrunc status=none
	run ! layerctl unpack --progress always "oci:$T/image:t" "$T/out"
	[ ! -e "$T/out" ]
	truncate -s 100 "$T/one.tar"
	run ! layerctl unpack --progress always "tar:$T/one.tar" "$T/out"
	[[ $output == *"$line_taken_away"layerctl:* ]]
	[ ! -e "$T/out" ]
}
