#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Images from and to a registry: Debian's docker-registry, on loopback.

load helpers
load layer.bash
load registry.bash

setup() {
	begin_layer_test
	needs docker-registry skopeo curl
	mkdir "$T/tmp"
	export TMPDIR=$T/tmp
	begin_registry
}
teardown() {
	end_registry
	end_test
}

@test "what is pushed is in the registry, and pulled again byte by byte" {
	two_layers
	IMAGE_CONFIG='{"Cmd": ["/bin/cat", "/etc/changed"]}' layout "$T/image" "$T/one.tar" "$T/two.tar"
	layerctl unpack "$T/image" "$T/want"
	layerctl save --tls-verify=false "$T/image" "docker://$REGISTRY/some/image:1"
	layerctl save --tls-verify=false --compress zstd "$T/image" "docker://$REGISTRY/some/image:2"
	run -0 skopeo list-tags --tls-verify=false "docker://$REGISTRY/some/image"
	[ "$(jq -c '.Tags | sort' <<<"$output")" = '["1","2"]' ]
	for tag in 1 2; do
		layerctl unpack --tls-verify=false "docker://$REGISTRY/some/image:$tag" "$T/$tag"
		diff <(tree_of "$T/want") <(tree_of "$T/$tag")
	done
	digest=$(jq -r '.manifests[0].digest' "$T/image/index.json")
	layerctl save --tls-verify=false "docker://$REGISTRY/some/image@$digest" "oci:$T/back"
	[ "$(jq -r '.manifests[0].digest' "$T/back/index.json")" = "$digest" ]
	diff -r "$T/image/blobs" "$T/back/blobs"
	[ -z "$(ls -A "$TMPDIR")" ]
}

@test "an image is run from a registry, and what was committed goes there" {
	mkdir -p "$T/x"/{etc,proc,dev,sys}
	put_busybox "$T/x" cat
	echo from the registry >"$T/x/etc/word"
	tar -C "$T/x" -cf "$T/x.tar" .
	IMAGE_CONFIG='{"Cmd": ["/bin/cat", "/etc/word"]}' layout "$T/image" "$T/x.tar"
	layerctl save --tls-verify=false "$T/image" "docker://$REGISTRY/box:1"
	run -0 layerctl run "${RUN_OPTIONS[@]}" --tls-verify=false "docker://$REGISTRY/box:1"
	[ "$output" = "from the registry" ]
	layerctl bundle --tls-verify=false "docker://$REGISTRY/box:1" "$T/box"
	echo changed >"$T/box/rootfs/etc/word"
	layerctl commit --tls-verify=false "$T/box" "docker://$REGISTRY/box:1" "docker://$REGISTRY/box:2"
	run -0 layerctl run "${RUN_OPTIONS[@]}" --tls-verify=false "docker://$REGISTRY/box:2"
	[ "$output" = changed ]
	[ -z "$(ls -A "$TMPDIR")" ]
}

@test "a manifest of docker's kind stays what it is" {
	two_layers
	layout "$T/image" "$T/one.tar"
	skopeo copy -q --format v2s2 --dest-tls-verify=false "oci:$T/image:t" "docker://$REGISTRY/docker:1"
	digest=$(skopeo inspect --raw --tls-verify=false "docker://$REGISTRY/docker:1" | sha256sum)
	layerctl save --tls-verify=false "docker://$REGISTRY/docker:1" "oci:$T/back:t"
	[ "$(jq -r '.manifests[0].digest' "$T/back/index.json")" = "sha256:${digest%% *}" ]
	layerctl save --tls-verify=false "oci:$T/back:t" "docker://$REGISTRY/docker:2"
	[ "$(skopeo inspect --raw --tls-verify=false "docker://$REGISTRY/docker:2" | sha256sum)" = "$digest" ]
}

@test "of an image for several platforms the one that was asked for is fetched" {
	two_layers
	layout "$T/image" "$T/one.tar"
	layerctl save --tls-verify=false "$T/image" "docker://$REGISTRY/many:amd64"
	layout "$T/other" "$T/two.tar"
	edit_manifest "$T/other" '.annotations = {a: "b"}'
	layerctl save --tls-verify=false "$T/other" "docker://$REGISTRY/many:arm64"
	local list=$T/list
	for arch in amd64 arm64; do
		skopeo inspect --raw --tls-verify=false "docker://$REGISTRY/many:$arch" >"$T/m"
		jq -nc --arg a $arch --arg d "sha256:$(sha256sum <"$T/m" | cut -d ' ' -f 1)" --argjson s "$(stat -c %s "$T/m")" \
			'{mediaType: "application/vnd.oci.image.manifest.v1+json", digest: $d, size: $s, platform: {os: "linux", architecture: $a}}'
	done | jq -sc '{schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: .}' >"$list"
	curl -fsS -X PUT -H 'Content-Type: application/vnd.oci.image.index.v1+json' --data-binary "@$list" "http://$REGISTRY/v2/many/manifests/all"
	layerctl unpack --tls-verify=false --platform linux/arm64 "docker://$REGISTRY/many:all" "$T/out"
	[ -e "$T/out/opt/new" ]
	[ ! -e "$T/out/bin" ]
	layerctl unpack --tls-verify=false --platform linux/amd64 "docker://$REGISTRY/many:all" "$T/out2"
	[ -e "$T/out2/bin" ]
}

@test "without skopeo there is a hint, and what fails leaves nothing" {
	run -1 env PATH=/nowhere "$LAYERCTL" unpack "docker://$REGISTRY/x:1" "$T/out"
	[[ $output == *"it is not in PATH (install skopeo, or have the image as a file)" ]]
	run -1 layerctl unpack --tls-verify=false "docker://$REGISTRY/nothing:1" "$T/out"
	[[ $output == *'skopeo failed (what it said is above)' ]]
	run -1 layerctl unpack "docker://$REGISTRY/nothing:1" "$T/out" # there is no TLS
	[ ! -e "$T/out" ]
	[ -z "$(ls -A "$TMPDIR")" ]
}

# skopeo_of PID: the child's id.
skopeo_of() { pgrep -P "$1" -x skopeo; }

@test "who is to end while skopeo waits for an answer ends it, and leaves nothing" {
	kill -STOP "$registry_pid"
	for stopped in no yes; do # also one that does not obey
		RT_TEST=$TAG "$LAYERCTL" unpack --tls-verify=false "docker://$REGISTRY/x:1" "$T/out" >"$T/said" 2>&1 3>&- &
		pid=$!
		eventually skopeo_of $pid
		skopeo=$(skopeo_of $pid)
		[ $stopped = no ] || kill -STOP "$skopeo"
		kill -TERM $pid
		status=0
		wait $pid || status=$?
		[ "$status" = 1 ]
		grep -q 'Interrupted system call' "$T/said"
		run ! kill -0 "$skopeo"
		[ ! -e "$T/out" ]
		[ -z "$(ls -A "$TMPDIR")" ]
	done
	kill -CONT "$registry_pid"
}

# spec: LayerProgress
@test "what comes from a registry is counted while it comes, where somebody looks" {
	mkdir "$T/x"
	head -c 30000000 /dev/urandom >"$T/x/file"
	tar -C "$T/x" -cf "$T/x.tar" file
	layout "$T/image" "$T/x.tar"
	layerctl save --tls-verify=false "$T/image" "docker://$REGISTRY/large:1"
	layerctl unpack --tls-verify=false --progress always "docker://$REGISTRY/large:1" "$T/out" 2>"$T/err"
	grep -aqE 'fetching [1-9][0-9.]* [KMG]iB, [1-9][0-9.]* [KMG]iB/s, [0-9]+ s' "$T/err"
	grep -aq '100 %' "$T/err"
	layerctl unpack --tls-verify=false "docker://$REGISTRY/large:1" "$T/quiet" 2>"$T/err"
	[ ! -s "$T/err" ]
}
