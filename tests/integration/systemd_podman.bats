#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Podman with systemd's cgroup manager, as root or as an ordinary user.

load podman

setup() { begin_podman; }
teardown() {
	end_podman
	end_test
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
