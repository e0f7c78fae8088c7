#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# containerd and Docker that have systemd make their containers' cgroups ("SystemdCgroup", native.cgroupdriver=systemd),
# in the machine that this is: what they keep is in the test's folder.

load inside

setup() {
	[ -d /run/systemd/system ] || skip "needs systemd"
	requires v2 root containerd ctr
	begin_test
	D=$(mktemp -d /tmp/rt-dock.XXXXXX) # a longer path is none for a socket
	DAEMONS=()
	printf 'version = 2\nroot = "%s"\nstate = "%s"\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n[grpc]\naddress = "%s"\n[ttrpc]\naddress = "%s"\n' \
		"$D/ctr" "$D/ctr-state" "$D/c.sock" "$D/t.sock" >"$D/containerd.toml"
	daemon containerd --config "$D/containerd.toml"
	patiently ctr --address "$D/c.sock" version
}

teardown() {
	[ -z "${D-}" ] || end_daemons
	end_test
}

# daemon COMMAND...: in the background, until the test ends.
daemon() {
	"$@" >>"$D/log" 2>&1 </dev/null 3>&- &
	DAEMONS=("$!" "${DAEMONS[@]}")
}
end_daemons() {
	local pid
	for pid in "${DAEMONS[@]}"; do
		kill "$pid"
		wait "$pid" || true
	done
	umount "$D"/exec/netns/* 2>/dev/null || true
	rm -rf "${D:?}"
}
# patiently COMMAND...: until it succeeds, ten times as long as `eventually`.
patiently() {
	local i
	for ((i = 0; i < 9; i++)); do
		eventually "$@" >/dev/null 2>&1 && return 0
	done
	tail -n 5 "$D/log" >&2
	eventually "$@"
}

scopes() { systemctl list-units --all --plain --no-legend --no-pager "$1-*.scope"; }
no_scopes() { [ -z "$(scopes "$1")" ]; }
property() { systemctl show --property "$2" --value "$1"; }

@test "docker with native.cgroupdriver=systemd: limits, exec, update, pause, daemon-reload and stop [SystemdUnit SystemdLimits SystemdUpdate SystemdDevices]" {
	requires dockerd docker
	export DOCKER_HOST=unix://$D/d.sock DOCKER_CONFIG=$D/config
	echo '{}' >"$D/daemon.json"
	daemon dockerd --config-file "$D/daemon.json" --host "$DOCKER_HOST" --containerd "$D/c.sock" --data-root "$D/data" \
		--exec-root "$D/exec" --pidfile "$D/d.pid" --storage-driver vfs --bridge none --iptables=false --ip6tables=false \
		--exec-opt native.cgroupdriver=systemd --add-runtime "ours=$RUNTIME" --default-runtime ours
	patiently docker info
	docker info | grep -q 'Cgroup Driver: systemd'
	tar -C "$SUITE/rootfs" -c . | docker import - tiny >/dev/null
	run docker run --rm -m 64m --pids-limit 50 --cpus 0.5 tiny sh -c 'cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/cpu.max'
	ok
	says 67108864
	says "50000 100000"
	eventually no_scopes docker
	local id unit
	id=$(docker run -d -m 64m --device /dev/fuse tiny sleep 1000)
	unit=docker-$id.scope
	[ "$(property "$unit" ActiveState)" = active ]
	[ "$(property "$unit" MemoryMax)" = 67108864 ]
	systemctl daemon-reload
	run docker exec "$id" sh -c 'echo >/dev/null && : <>/dev/fuse && echo fine'
	says fine
	docker update -m 128m --memory-swap 128m "$id"
	[ "$(property "$unit" MemoryMax)" = 134217728 ]
	docker pause "$id"
	[ "$(cat "/sys/fs/cgroup/system.slice/$unit/cgroup.freeze")" = 1 ]
	docker unpause "$id"
	docker stop -t 1 "$id"
	docker rm "$id"
	eventually no_scopes docker
}

@test "ctr with --runc-systemd-cgroup: limits, exec, and nothing left [SystemdUnit SystemdLimits]" {
	local c=(ctr --address "$D/c.sock")
	local run=("${c[@]}" run --rootfs --runc-binary "$RUNTIME" --runc-systemd-cgroup --memory-limit 67108864)
	cp -a "$SUITE/rootfs" "$D/rootfs"
	run "${run[@]}" --rm --cgroup "system.slice:rtctr:one" "$D/rootfs" one sh -c 'cat /proc/self/cgroup; exit 7' </dev/null
	[ "$status" = 7 ]
	eventually no_scopes rtctr
	"${run[@]}" --detach --cgroup "system.slice:rtctr:two" "$D/rootfs" two sleep 1000 </dev/null
	[ "$(property rtctr-two.scope ActiveState)" = active ]
	[ "$(property rtctr-two.scope MemoryMax)" = 67108864 ]
	run "${c[@]}" tasks exec --exec-id e two cat /proc/self/cgroup </dev/null
	ok
	"${c[@]}" tasks kill -s KILL two
	eventually "${c[@]}" tasks rm two
	"${c[@]}" containers rm two
	eventually no_scopes rtctr
}
