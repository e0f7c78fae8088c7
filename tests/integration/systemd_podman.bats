#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Podman with systemd's cgroup manager, as root or as an ordinary user, in the machine that this is: its storage, its
# images and its containers are in the test's folder.

load inside
load systemd

setup() {
	[ -d /run/systemd/system ] || skip "needs systemd"
	requires podman
	[ "$(id -u)" != 0 ] || systemctl start machine.slice # it stays when the last of its scopes has gone
	begin_test
	PODS=$(mktemp -d /tmp/rt-pod.XXXXXX) # Podman refuses a longer path for what runs
	export CONTAINERS_CONF=$T/containers.conf
	printf '[engine]\ncgroup_manager="systemd"\nevents_logger="file"\n[engine.runtimes]\nours=["%s"]\n' "$RUNTIME" >"$T/containers.conf"
	tar -C "$SUITE/rootfs" -c . | pod import - tiny >"$T/import" 2>&1
}

teardown() {
	[ -z "${PODS-}" ] || { pod rm --all --force --time 0 >/dev/null 2>&1 || true; forget; }
	end_test
}

pod() { podman --root "$PODS/storage" --runroot "$PODS/run" --tmpdir "$PODS/tmp" --storage-driver vfs --runtime "$RUNTIME" "$@"; }

# An ordinary user's files may be those of ids in its namespace, which a process of Podman's keeps.
forget() {
	local keeper
	keeper=$(cat "$PODS/tmp/pause.pid" "$XDG_RUNTIME_DIR/libpod/tmp/pause.pid" 2>/dev/null | head -n 1)
	[ "$(id -u)" = 0 ] || pod unshare rm -rf "$PODS/storage"
	rm -rf "${PODS:?}"
	[ -z "$keeper" ] || kill "$keeper"
}

scopes() { systemctl list-units --all --plain --no-legend --no-pager "libpod-*${1-}*.scope"; }
no_scopes() { [ -z "$(scopes "$@")" ]; }
property() { systemctl show --property "$2" --value "libpod-$1.scope"; }

@test "podman run: the container is a scope with its limits, and nothing is left [SystemdUnit SystemdLimits]" {
	requires v2
	run pod run --rm --network none --name one -m 64m --pids-limit 50 --cpus 0.5 tiny sh -c 'cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/cpu.max'
	[ "$status" = 0 ]
	says 67108864
	says "50000 100000"
	eventually no_scopes
}

@test "podman exec, update, pause, daemon-reload and stop [SystemdUpdate SystemdDevices]" {
	requires v2
	local id
	id=$(pod run -d --network none -m 64m tiny sleep 1000)
	[ "$(property "$id" ActiveState)" = active ]
	[ "$(property "$id" MemoryMax)" = 67108864 ]
	[ "$(property "$id" KillSignal)" = 15 ]
	systemctl daemon-reload
	run pod exec "$id" sh -c 'echo >/dev/null && echo fine'
	says fine
	pod update -m 128m "$id"
	[ "$(property "$id" MemoryMax)" = 134217728 ]
	pod pause "$id"
	pod unpause "$id"
	pod stop -t 1 "$id"
	pod rm -f "$id"
	eventually no_scopes "$id"
}
