# SPDX-License-Identifier: Apache-2.0
#
# Podman with systemd's cgroup manager and our runtime, as root or as an ordinary user, in the machine that this is: its
# storage, its images and its containers are in the test's folder.
# shellcheck shell=bash
load inside
load systemd

begin_podman() {
	[ -d /run/systemd/system ] || skip "needs systemd"
	requires podman
	[ "$(id -u)" != 0 ] || systemctl start machine.slice # it stays when the last of its scopes has gone
	begin_test
	PODS=$(mktemp -d /tmp/rt-pod.XXXXXX) # Podman refuses a longer path for what runs
	export CONTAINERS_CONF=$T/containers.conf
	printf '[engine]\ncgroup_manager="systemd"\nevents_logger="file"\n[engine.runtimes]\nours=["%s"]\n' "$RUNTIME" >"$T/containers.conf"
	tar -C "$SUITE/rootfs" -c . | pod import - tiny >"$T/import" 2>&1
}

# In teardown, before end_test.
end_podman() {
	[ -z "${PODS-}" ] || { pod rm --all --force --time 0 >/dev/null 2>&1 || true; forget; }
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
