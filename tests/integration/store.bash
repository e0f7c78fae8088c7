# SPDX-License-Identifier: Apache-2.0
#
# A store of the test's own, and what should be true of any.
# shellcheck shell=bash disable=SC2154

# store COMMAND...: layerctl on $T/store.
store() { layerctl --root "$T/store" "$@"; }

# run_stored ARGUMENT...: layerctl run of what is in it; bundles are in $T/tmp.
run_stored() { TMPDIR=$T/tmp store run "${RUN_OPTIONS[@]}" "$@"; }

# What the store has of DIRECTORY: blobs/sha256, layers, staging, ...
names_in() { ls -A "$T/store/$1"; }

# Everything is there that the names of images promise, and every blob is what it says.
is_whole() {
	local blob dir
	for blob in "$T"/store/blobs/sha256/*; do
		[ ! -e "$blob" ] || [ "$(sha256sum <"$blob")" = "${blob##*/}  -" ] || return 1
	done
	for dir in "$T"/store/layers/*; do
		[ ! -e "$dir" ] || jq -e --arg d "${dir##*/sha256-}" '.diffID == "sha256:" + $d' "$dir/layer.json" >/dev/null || return 1
	done
	[ ! -e "$T/store/format" ] || store list --json | jq -r '.[].name' >"$T/names" || return 1
	xargs -r -d '\n' "$LAYERCTL" --root "$T/store" inspect <"$T/names" >/dev/null
}
