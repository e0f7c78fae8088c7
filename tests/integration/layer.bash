# SPDX-License-Identifier: Apache-2.0
#
# Images for the tests of layerctl, made here of busybox and whatever else a layer should have.
# shellcheck shell=bash disable=SC2034,SC2154

# The layerctl to test.
LAYERCTL=${LAYERCTL:-$(realpath -- "$BATS_TEST_DIRNAME/../../build/layerctl")}
layerctl() { "$LAYERCTL" "$@"; }

setup() { begin_layer_test; }
begin_layer_test() {
	[ "$(id -u)" = 0 ] || skip "unpacking takes root"
	begin_test
	# Of `layerctl run`: what it starts is this test's, by state root, name, cgroup and environment.
	RUN_OPTIONS=(--runtime "$RUNTIME" --state-root "$STATE" --name "$BOX" --env RT_TEST="$TAG")
}

# needs PROGRAM...: another program's opinion is asked for.
needs() {
	local program
	for program; do
		command -v "$program" >/dev/null || skip "no $program"
	done
}

# What is to be known of every file below DIR: everything but where it is on disk.
tree_of() {
	(
		cd "$1" || exit
		find . -printf '%p %y %m %U:%G %n %T@ %l\n' | sort
		find . -type f -print0 | sort -z | xargs -0 -r sha256sum
		find . -print0 | sort -z | xargs -0 -r getfattr -hd -m '^(user|security.capability|trusted)' 2>/dev/null
	)
}

# The blob's digest, with stdin as its content.
put_blob() {
	local sum
	cat >"$T/blob"
	sum=$(sha256sum <"$T/blob")
	mkdir -p "$1/blobs/sha256"
	cp "$T/blob" "$1/blobs/sha256/${sum%% *}"
	echo "sha256:${sum%% *}"
}

# layout DIR TAR...: an image layout of these layers, packed by $PACK (gzip -n), written without anybody's help.
layout() {
	local dir=$1 layer blob config manifest size layers=() ids=()
	shift
	mkdir -p "$dir/blobs/sha256"
	for layer; do
		ids+=("sha256:$(sha256sum <"$layer" | cut -d ' ' -f 1)")
		blob=$(${PACK:-gzip -nc} <"$layer" | put_blob "$dir")
		layers+=("$(jq -nc --arg d "$blob" --argjson s "$(stat -c %s "$T/blob")" \
			'{mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest: $d, size: $s}')")
	done
	config=$(jq -nc --argjson c "${IMAGE_CONFIG:-null}" \
		'{architecture: "amd64", os: "linux", config: $c, rootfs: {type: "layers", diff_ids: $ARGS.positional}}' \
		--args "${ids[@]}" | put_blob "$dir")
	size=$(stat -c %s "$T/blob")
	manifest=$(printf '%s\n' "${layers[@]}" | jq -sc --arg d "$config" --argjson s "$size" \
		'{schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json", layers: .,
		  config: {mediaType: "application/vnd.oci.image.config.v1+json", digest: $d, size: $s}}' | put_blob "$dir")
	jq -nc --arg d "$manifest" --argjson s "$(stat -c %s "$T/blob")" \
		'{schemaVersion: 2, manifests: [{mediaType: "application/vnd.oci.image.manifest.v1+json", digest: $d, size: $s,
		  annotations: {"org.opencontainers.image.ref.name": "t"}}]}' >"$dir/index.json"
	echo '{"imageLayoutVersion": "1.0.0"}' >"$dir/oci-layout"
}

# edit_manifest DIR JQ-FILTER: the layout's manifest changed, and index.json with it.
edit_manifest() {
	local old new
	old=$(jq -r '.manifests[0].digest' "$1/index.json")
	new=$(jq -c "$2" "$1/blobs/sha256/${old#*:}" | put_blob "$1")
	jq -c --arg d "$new" --argjson s "$(stat -c %s "$T/blob")" '.manifests[0].digest = $d | .manifests[0].size = $s' \
		"$1/index.json" >"$T/index"
	mv "$T/index" "$1/index.json"
}

# put_busybox DIR NAME...: it is DIR/bin/busybox, and these names are links to it.
put_busybox() {
	local dir=$1 name
	shift
	mkdir -p "$dir/bin"
	cp /bin/busybox "$dir/bin/busybox"
	for name; do
		ln -sf busybox "$dir/bin/$name"
	done
}

# Two layers in $T/one.tar and $T/two.tar: everything a file can be, and changes of every kind.
two_layers() {
	local one=$T/one two=$T/two
	mkdir -p "$one"/{bin,etc,var/lib/old,gone/deep,opt} "$two"/{etc,var/lib,opt}
	cp /bin/busybox "$one/bin/busybox"
	ln -s busybox "$one/bin/sh"
	ln "$one/bin/busybox" "$one/bin/cat"
	echo one >"$one/etc/kept"
	echo one >"$one/etc/changed"
	echo one >"$one/etc/removed"
	echo one >"$one/var/lib/old/x"
	echo one >"$one/gone/deep/x"
	echo one >"$one/opt/hidden"
	mkfifo "$one/opt/fifo"
	mknod "$one/opt/null" c 1 3
	chown 12:34 "$one/etc/kept"
	chmod 4711 "$one/bin/busybox"
	chmod 1777 "$one/var"
	setfattr -n user.colour -v blue "$one/etc/kept" || :
	setcap cap_net_bind_service=ep "$one/etc/changed" 2>/dev/null || :
	touch -d '2001-02-03 04:05:06.789' "$one/etc/kept" "$one/etc" "$one/var/lib"
	head -c 3000000 /dev/zero >"$one/opt/zeros"
	seq 200000 >"$one/opt/numbers"

	echo two >"$two/etc/changed"
	: >"$two/etc/.wh.removed"
	: >"$two/.wh.gone"
	: >"$two/opt/.wh..wh..opq"
	echo two >"$two/opt/new"
	tar -C "$one" --format=pax --xattrs --xattrs-include='*' -cf "$T/one.tar" .
	tar -C "$two" --format=gnu -cf "$T/two.tar" etc/changed etc/.wh.removed .wh.gone opt
}
