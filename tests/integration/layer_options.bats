#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What layerctl run and bundle are told of a container besides its image.

load helpers
load layer.bash

setup() {
	begin_layer_test
	mkdir -p "$T/x"/{etc,srv,proc,dev,sys} "$T/tmp" "$T/shared/below"
	put_busybox "$T/x" sh cat id pwd touch grep sleep hostname dd ls
	printf 'root:x:0:0::/root:/bin/sh\nalice:x:1000:100::/srv:/bin/sh\n' >"$T/x/etc/passwd"
	tar -C "$T/x" -cf "$T/x.tar" .
	IMAGE_CONFIG='{"User": "alice", "WorkingDir": "/srv", "Entrypoint": ["/bin/sh", "-c"], "Cmd": ["id -u; pwd"]}' \
		layout "$T/image" "$T/x.tar"
	echo words >"$T/shared/file"
}

# boxed OPTION... [-- COMMAND...]: what a container of the image says.
boxed() {
	local options=()
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	[ $# = 0 ] || shift
	TMPDIR=$T/tmp layerctl run "${RUN_OPTIONS[@]}" "${options[@]}" "$T/image" "$@"
}

# refused MESSAGE OPTION...: by run and by bundle, before anything is made.
refused() {
	local message=$1
	shift
	run -125 boxed "$@"
	[ "$output" = "layerctl: run: $message" ]
	run -1 layerctl bundle "$@" "$T/image" "$T/box"
	[ "$output" = "layerctl: bundle: $message" ]
	[ ! -e "$T/box" ]
	[ -z "$(ls -A "$T/tmp")" ]
}

@test "user, directory and program are the command line's before they are the image's" {
	run -0 boxed
	[ "$output" = $'1000\n/srv' ]
	run -0 boxed --user 7:8 --workdir /etc -- 'id -u; id -g; pwd'
	[ "$output" = $'7\n8\n/etc' ]
	run -0 boxed -u root
	[ "${lines[0]}" = 0 ]
	run -0 boxed --entrypoint /bin/hostname --hostname one.two
	[ "$output" = one.two ]
	run -0 boxed --entrypoint /bin/cat -- /etc/passwd
	[[ $output == *alice* ]]
	run -0 boxed --entrypoint '' -- /bin/pwd
	[ "$output" = /srv ]
	run -125 boxed --user bob
	[ "$output" = 'layerctl: run: the image has no user "bob"' ]
	refused '--workdir: "srv" is not absolute' --workdir srv
}

@test "a volume is the host's directory or file, to be written to unless it is ro" {
	chmod 777 "$T/shared"
	run -0 boxed --volume "$T/shared:/srv/data" -- 'cat /srv/data/file; touch /srv/data/new'
	[ "$output" = words ]
	[ "$(stat -c %u "$T/shared/new")" = 1000 ]
	run boxed -v "$T/shared:/srv/data:ro" -u 0 -- 'touch /srv/data/other'
	[[ $output == *"Read-only file system"* ]]
	[ ! -e "$T/shared/other" ]
	run -0 boxed -v "$T/shared/file:/etc/words" -- 'cat /etc/words'
	[ "$output" = words ]
	cd "$T"
	run -0 boxed -v shared:/data:ro,noexec -- 'cat /data/file; grep " /data " /proc/self/mountinfo'
	[ "${lines[0]}" = words ]
	[[ ${lines[1]} == *"ro,"*"noexec"* ]]
	[[ ${lines[1]} != *"shared:"* ]]
}

@test "a volume that cannot be is refused before anything is made" {
	refused '--volume: "nothing": No such file or directory (there are no named volumes: FROM is a path, as ./data, and has to be there)' \
		--volume nothing:/data
	refused '--volume: "/tmp" is not FROM:TO (FROM:TO, or FROM:TO:ro)' --volume /tmp
	refused '--volume: "/tmp:a:ro:b" is not FROM:TO (FROM:TO, or FROM:TO:ro)' --volume /tmp:a:ro:b
	refused '--volume: "/tmp:data" has no absolute path below / for the container (FROM:TO, or FROM:TO:ro)' -v /tmp:data
	refused '--volume: "/tmp://" has no absolute path below / for the container (FROM:TO, or FROM:TO:ro)' -v /tmp://
	refused '--volume: "/tmp:/t:ro,what" has "what", which is no option of a bind mount (FROM:TO, or FROM:TO:ro)' \
		-v /tmp:/t:ro,what
}

@test "limits hold" {
	run boxed --pids-limit 3 -- 'for i in 1 2 3; do sleep 20 & done; kill $(jobs -p)'
	[[ $output == *"fork"* ]]
	run boxed -- 'sleep 0.1 & sleep 0.1 & sleep 0.1 & wait'
	[ -z "$output" ]
	run boxed --memory 16M -- 'dd if=/dev/zero of=/dev/null bs=64M count=1; exit 0'
	[[ $output == *Killed* ]]
	run boxed -- 'dd if=/dev/zero of=/dev/null bs=64M count=1; exit 0'
	[[ $output != *Killed* ]]
	layerctl bundle --memory 2g --cpus 1.5 --pids-limit 9 "$T/image" "$T/box"
	rt validate "$T/box"
	[ "$(jq -c '.linux.resources | del(.devices)' "$T/box/config.json")" = \
		'{"memory":{"limit":2147483648},"cpu":{"quota":150000,"period":100000},"pids":{"limit":9}}' ]
}

@test "amounts that are none are refused" {
	refused '--memory: "5x" is no amount (as 1000000, 512m, 1.5g)' --memory 5x
	refused '--memory: "-1" is no amount (as 1000000, 512m, 1.5g)' --memory -1
	refused '--memory: "99999999999G" is no amount (as 1000000, 512m, 1.5g)' --memory 99999999999G
	refused '--memory: 64 bytes are less than a page (m and g are for more: 512m, 1.5g)' --memory 64
	refused '--cpus: "0" is no amount (processors, from 0.01 on: 1.5)' --cpus 0
	refused '--cpus: "nan" is no amount (processors, from 0.01 on: 1.5)' --cpus nan
	refused '--cpus: "2,5" is no amount (processors, from 0.01 on: 1.5)' --cpus 2,5
	refused '--pids-limit: "0" is no amount (a whole number above 0)' --pids-limit 0
}

# capabilities OPTION...: the bounding set of such a container, in hexadecimal.
capabilities() { boxed "$@" -u 0 -- 'grep CapBnd /proc/self/status' | cut -f 2; }

@test "capabilities are the usual ones, less what is dropped, and what is added" {
	[ "$(capabilities)" = 00000000a80425fb ]
	[ "$(capabilities --cap-drop net_raw --cap-drop CAP_MKNOD)" = 00000000a00405fb ]
	[ "$(capabilities --cap-drop ALL)" = 0000000000000000 ]
	[ "$(capabilities --cap-drop ALL --cap-add chown)" = 0000000000000001 ]
	[ "$(capabilities --cap-add SYS_TIME)" = 00000000aa0425fb ]
	refused '--cap-add: "root" is no capability (as NET_ADMIN, or ALL)' --cap-add root
}

@test "a network namespace that is there already can be the container's" {
	touch "$T/net"
	unshare --net="$T/net" true
	inside=$(nsenter --net="$T/net" readlink /proc/self/ns/net)
	run boxed --net "$T/net" -- 'ls -l /proc/self/ns/net'
	umount "$T/net"
	[ "$status" = 0 ]
	[[ $output == *"$inside" ]]
	refused '--net: "/nothing": No such file or directory' --net /nothing
	refused '--net: "bridge" is not known (none, host, or the path of a network namespace)' --net bridge
}

@test "names are looked up as the host does where the network is the host's" {
	[ -s /etc/hosts ] || skip "no /etc/hosts"
	run -0 boxed --net host -- 'cat /etc/hosts'
	[ "$output" = "$(cat /etc/hosts)" ]
	[ ! -e /etc/resolv.conf ] || [ "$(boxed --net host -- 'cat /etc/resolv.conf')" = "$(cat /etc/resolv.conf)" ]
	run boxed --net host -u 0 -- 'echo evil >>/etc/hosts'
	[[ $output == *"Read-only file system"* ]]
	echo 127.0.0.1 mine >"$T/hosts"
	run -0 boxed --net host -v "$T/hosts:/etc/hosts" -- 'cat /etc/hosts'
	[ "$output" = "127.0.0.1 mine" ]
	run boxed -- 'cat /etc/hosts'
	[[ $output == *"No such file"* ]]
}
