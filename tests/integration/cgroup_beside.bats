#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# cgroup v2 on /sys/fs/cgroup, and a hierarchy of v1 that somebody has mounted besides.

load inside

setup() {
	begin_test
	requires v2 root cgroupfs
}

DIR() { cgroup_dir unified; }

# has FILE VALUE: of the container's cgroup.
has() {
	local value
	value=$(cat "$(DIR)/$1")
	[ "$value" = "$2" ] || { echo "$1: expected $2, is $value" >&2; return 1; }
}

# beside_v1: from here on the runtime runs where somebody has mounted a hierarchy of v1, as Mullvad's VPN does net_cls.
beside_v1() {
	local name=${TAG}v1
	mkdir "/sys/fs/cgroup/$name"
	cat >"$T/beside" <<-END
		#!/bin/sh
		exec unshare --mount -- sh -c '
			mount -t cgroup -o none,name=$name none /sys/fs/cgroup/$name && exec "\$@"' sh "$RUNTIME" "\$@"
	END
	chmod +x "$T/beside"
	RUNTIME=$T/beside
}

@test "a v1 hierarchy that somebody mounts below v2 is nothing to a container: limits come later, unified and events work [CgroupV1Beside]" {
	beside_v1
	start_box
	rt update --memory 67108864 --pids-limit 55 --cpu-quota 30000 "$BOX"
	has memory.max 67108864
	has pids.max 55
	has cpu.max '30000 100000'
	rt update -r - "$BOX" <<<'{"unified": {"memory.high": "33554432"}}'
	has memory.high 33554432
	run -0 rt events --stats "$BOX"
	says '"current":'
	stop
	rmdir "/sys/fs/cgroup/${TAG}v1"
}

@test "below v2 beside a v1 hierarchy a container sees v2 alone, and owns what is its own [CgroupV1Beside]" {
	beside_v1
	bundle '.linux.namespaces += [{type: "cgroup"}]' '.process.user = {uid: 1000, gid: 1000}' \
		'.mounts |= map(select(.destination != "/sys/fs/cgroup"))' \
		'.mounts += [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup"}]' '.process.args = ["/bin/sleep", "100"]'
	create
	[ "$(stat -c %u "$(DIR)")" = 1000 ]
	rt start "$BOX"
	run -0 rt exec "$BOX" ls /sys/fs/cgroup/cgroup.controllers
	rt delete --force "$BOX"
	rmdir "/sys/fs/cgroup/${TAG}v1"
}
