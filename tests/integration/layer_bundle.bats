#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# layerctl bundle: from an image to a container in two commands.

load helpers
load layer.bash

# an_image JQ-FILTER: $T/image, busybox with this "config".
an_image() {
	mkdir -p "$T/x"/{etc,srv,proc,dev,sys}
	put_busybox "$T/x" sh cat id env pwd touch grep sleep
	printf 'root:x:0:0::/root:/bin/sh\nalice:x:1000:100::/srv:/bin/sh\n' >"$T/x/etc/passwd"
	printf 'root:x:0:\nusers:x:100:\naudio:x:29:alice\n' >"$T/x/etc/group"
	tar -C "$T/x" -cf "$T/x.tar" .
	IMAGE_CONFIG=$1 layout "$T/image" "$T/x.tar"
}

# in_box: the bundle $T/box, run under this test's name and cgroup.
in_box() {
	jq --arg c "/$BOX" --arg t "RT_TEST=$TAG" '.linux.cgroupsPath = $c | .process.env += [$t]' "$T/box/config.json" >"$T/edited"
	mv "$T/edited" "$T/box/config.json"
	rt run --bundle "$T/box" "$BOX"
}

# spec: ImageRunsAsConfigured
@test "an image's program runs as its user, in its directory, with its variables" {
	an_image '{"User": "alice", "WorkingDir": "/srv", "Env": ["COLOUR=blue"], "Entrypoint": ["/bin/sh", "-c"],
		"Cmd": ["id -u; id -g; id -G; pwd; echo $COLOUR; echo $PATH"]}'
	layerctl bundle "$T/image" "$T/box"
	rt validate "$T/box"
	run -0 in_box
	[ "${lines[0]}" = 1000 ]
	[ "${lines[1]}" = 100 ]
	[[ " ${lines[2]} " == *" 29 "* ]]
	[ "${lines[3]}" = /srv ]
	[ "${lines[4]}" = blue ]
	[ "${lines[5]}" = /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin ]
}

@test "a command takes the place of the image's, options of bundle end before it" {
	an_image '{"Entrypoint": ["/bin/sh"], "Cmd": ["-c", "exit 1"]}'
	layerctl bundle --env A=1 --read-only "$T/image" "$T/box" -c 'echo --env $A; touch /file'
	run in_box
	[ "${lines[0]}" = "--env 1" ]
	[[ ${lines[1]} == *"Read-only file system" ]]
	[ "$status" = 1 ]
}

@test "the network is its own, and empty, unless the host's is asked for" {
	an_image '{"Cmd": ["/bin/grep", "-c", ":", "/proc/net/dev"]}'
	layerctl bundle "$T/image" "$T/box"
	run -0 in_box
	[ "$output" = 1 ]
	[ "$(jq -c '[.linux.namespaces[].type] | index("network")' "$T/box/config.json")" != null ]
	layerctl bundle --net host "$T/image" "$T/other"
	[ "$(jq -c '[.linux.namespaces[].type] | index("network")' "$T/other/config.json")" = null ]
	run -1 layerctl bundle --net bridge "$T/image" "$T/third"
}

# spec: ImageConvAnnotationsKept ImageConvNoOtherAnnotations
@test "labels become annotations, but give no orders" {
	an_image '{"Cmd": ["/bin/id"], "Labels": {"a": "b", "run.oci.hooks": "x", "org.criu.config": "x"}}'
	edit_manifest "$T/image" '. + {annotations: {"of.the": "manifest"}}'
	layerctl bundle "$T/image" "$T/box"
	[ "$(jq -c .annotations "$T/box/config.json")" = '{"a":"b","org.opencontainers.image.architecture":"amd64","org.opencontainers.image.os":"linux"}' ]
}

@test "a user that the image has not got makes no bundle" {
	an_image '{"Cmd": ["/bin/id"], "User": "bob"}'
	run -1 layerctl bundle "$T/image" "$T/box"
	[ "$output" = 'layerctl: bundle: the image has no user "bob"' ]
	[ ! -e "$T/box" ]
	[ ! -e "$T/.box.layerctl" ]
	run -1 layerctl bundle "tar:$T/x.tar" "$T/box"
	[[ $output == *"a layer alone has no config"* ]]
	[ ! -e "$T/box" ]
}

# run_image [OPTION...] IMAGE [COMMAND...]: as this test's, with TMPDIR in its own directory.
run_image() {
	mkdir -p "$T/tmp"
	TMPDIR=$T/tmp layerctl run "${RUN_OPTIONS[@]}" "$@"
}

@test "run gives the container's output and exit status, and leaves nothing" {
	an_image '{"Entrypoint": ["/bin/sh", "-c"], "Cmd": ["cat; exit 7"]}'
	run run_image "$T/image" <<<words
	[ "$output" = words ]
	[ "$status" = 7 ]
	[ -z "$(ls -A "$T/tmp")" ]
	run -0 run_image "$T/image" 'echo other'
	[ "$output" = other ]
	run -125 run_image "$T/nothing"
	run -125 run_image --runtime /nowhere "$T/image"
	[ -z "$(ls -A "$T/tmp")" ]
}

# begin_run: the image's container in the background, until it has made /ready; $pid is layerctl's.
begin_run() {
	mkdir "$T/tmp"
	TMPDIR=$T/tmp "$LAYERCTL" run "${RUN_OPTIONS[@]}" "$T/image" >"$T/out" 2>&1 3>&- &
	pid=$!
	eventually test -e "$T/tmp/.layerctl-run-0.layerctl/root/rootfs/ready"
	[ "$(status_of "$BOX")" = running ]
}

@test "run hands on SIGTERM, and what a killed run left goes with the next" {
	an_image '{"Cmd": ["/bin/sh", "-c", "trap \"exit 3\" TERM; touch /ready; while :; do sleep 0.05; done"]}'
	begin_run
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	[ "$status" = 3 ]
	[ -z "$(ls -A "$T/tmp")" ]
	mkdir -p "$T/tmp/.layerctl-run-0.layerctl/root/rootfs/old"
	run -0 run_image "$T/image" /bin/id
	[ -z "$(ls -A "$T/tmp")" ]
}

@test "the container of a run that was killed is the runtime's, by the name that was given" {
	an_image '{"Cmd": ["/bin/sh", "-c", "touch /ready; while :; do sleep 0.05; done"]}'
	begin_run
	kill -KILL $pid
	wait $pid || true
	[ "$(status_of "$BOX")" = running ]
	[ -d "$(cgroup_dir pids)" ]
	rt delete --force "$BOX"
	eventually test ! -d "$(cgroup_dir pids)"
}
