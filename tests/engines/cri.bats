# SPDX-License-Identifier: Apache-2.0
#
# containerd's CRI plugin, as a kubelet talks to it.
load cri

setup_file() {
	begin_engine cri
	export CRI_SOCKET=$E/c.sock STATE=/run/containerd/runc/k8s.io BOX_IMAGE=docker.io/library/box:1
	cat >"$E/containerd.toml" <<-END
		version = 2
		root = "$E/root"
		state = "$E/state"
		[grpc]
		  address = "$E/c.sock"
		[ttrpc]
		  address = "$E/t.sock"
		[timeouts]
		  "io.containerd.timeout.shim.load" = "60s"
		  "io.containerd.timeout.task.state" = "60s"
		[plugins."io.containerd.grpc.v1.cri"]
		  sandbox_image = "docker.io/library/pause:1"
		  disable_apparmor = true
		  enable_unprivileged_ports = false
		  restrict_oom_score_adj = true
		  [plugins."io.containerd.grpc.v1.cri".cni]
		    bin_dir = "/usr/lib/cni"
		    conf_dir = "$E/cni"
		  [plugins."io.containerd.grpc.v1.cri".containerd]
		    snapshotter = "native"
		    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
		      runtime_type = "io.containerd.runc.v2"
		    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runtime]
		      runtime_type = "io.containerd.runc.v2"
		      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runtime.options]
		        BinaryName = "$RUNTIME"
	END
	configure_pod_network
	start_containerd
	ctr --address "$E/c.sock" -n k8s.io images import "$SUITE/box.tar"
	ctr --address "$E/c.sock" -n k8s.io images import "$SUITE/pause.tar"
	eventually ask Version Empty VersionAnswer <<<''
}
teardown_file() {
	end_daemon containerd
	end_engine
}

cgroup_of() { echo "$1"; }

@test "a pod of two containers: they share its network, keep their files, obey limits, and end" {
	pod_of_two
	[ -z "$(ls "$STATE")" ]
}

@test "a container that cannot start says why" { pod_of_none; }
