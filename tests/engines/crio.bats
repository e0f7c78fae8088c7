# SPDX-License-Identifier: Apache-2.0
#
# CRI-O, as a kubelet talks to it.  Debian has no package of it: where `crio` and its `pinns` are in PATH, they are tried.
load cri

setup_file() {
	command -v crio >/dev/null || return 0
	begin_engine crio
	export CRI_SOCKET=$E/crio.sock STATE=$E/runtime BOX_IMAGE=localhost/box:1
	export CONTAINERS_REGISTRIES_CONF=$E/registries.conf CONTAINERS_STORAGE_CONF=$E/storage.conf TMPDIR=$E
	: >"$CONTAINERS_REGISTRIES_CONF"
	printf '[storage]\ndriver = "vfs"\nrunroot = "%s/storage"\ngraphroot = "%s/graph"\n' "$E" "$E" >"$CONTAINERS_STORAGE_CONF"
	printf '{"default": [{"type": "insecureAcceptAnything"}]}' >"$E/policy.json"
	podman load --signature-policy "$E/policy.json" -i "$SUITE/box.tar"
	podman load --signature-policy "$E/policy.json" -i "$SUITE/pause.tar"
	configure_pod_network
	cat >"$E/crio.conf" <<-END
		[crio]
		root = "$E/graph"
		runroot = "$E/storage"
		storage_driver = "vfs"
		version_file = "$E/version"
		clean_shutdown_file = "$E/clean.shutdown"
		[crio.api]
		listen = "$CRI_SOCKET"
		[crio.runtime]
		default_runtime = "crun"
		cgroup_manager = "cgroupfs"
		conmon_cgroup = "pod"
		drop_infra_ctr = false
		apparmor_profile = "unconfined"
		seccomp_profile = ""
		container_exits_dir = "$E/exits"
		container_attach_socket_dir = "$E/attach"
		namespaces_dir = "$E/namespaces"
		hooks_dir = []
		[crio.runtime.runtimes.runtime]
		runtime_path = "$RUNTIME"
		runtime_type = "oci"
		runtime_root = "$STATE"
		monitor_path = "/usr/bin/conmon"
		monitor_cgroup = "pod"
		[crio.runtime.runtimes.crun]
		runtime_path = "/usr/bin/crun"
		monitor_path = "/usr/bin/conmon"
		monitor_cgroup = "pod"
		[crio.image]
		pause_image = "localhost/pause:1"
		pause_command = ""
		signature_policy = "$E/policy.json"
		[crio.network]
		network_dir = "$E/cni"
		plugin_dirs = ["/usr/lib/cni"]
	END
	daemon crio crio --config "$E/crio.conf" --config-dir ""
	eventually ask Version Empty VersionAnswer <<<''
}
setup() { command -v crio >/dev/null || skip "needs crio, which is no package of Debian's"; }
teardown_file() {
	[ -n "${E-}" ] || return 0
	end_daemon crio
	end_engine
}
cgroup_of() { echo "crio-$1"; }

@test "a pod of two containers: they share its network, keep their files, obey limits, and end" {
	pod_of_two
	[ -z "$(ls "$STATE")" ]
}

@test "a container that cannot start says why" { pod_of_none; }
