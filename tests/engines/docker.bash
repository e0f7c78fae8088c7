# SPDX-License-Identifier: Apache-2.0
#
# dockerd with a containerd of its own, our runtime its default one.
# shellcheck shell=bash disable=SC2154
load helpers

# begin_docker NAME [DOCKERD-OPTION...]: with daemon.json naming our runtime, unless an option does.
begin_docker() {
	begin_engine "$1"
	shift
	export DOCKER_HOST=unix://$E/d.sock DOCKER_CONFIG=$E/config
	mkdir -p "$E/config"
	case $* in
	*--add-runtime*) echo '{}' ;;
	*) jq -n --arg r "$RUNTIME" '{runtimes: {ours: {path: $r}}, "default-runtime": "ours"}' ;;
	esac >"$E/daemon.json"
	configure_containerd
	start_containerd
	start_docker "$@"
	docker load -i "$SUITE/box.tar"
}
start_docker() {
	daemon dockerd dockerd --config-file "$E/daemon.json" --host "$DOCKER_HOST" --containerd "$E/c.sock" \
		--data-root "$E/data" --exec-root "$E/exec" --pidfile "$E/docker.pid" --cgroup-parent "/$TAG" \
		--storage-driver vfs --ip6tables=false --userland-proxy=false "$@"
	eventually docker info
}
end_docker() {
	no_containers
	end_daemon dockerd
	end_daemon containerd
	umount "$E"/exec/netns/* 2>/dev/null || true
	end_engine
}
# One that ends by itself as it is removed is an error, and may still be there.
no_containers() { eventually none_is_left; }
none_is_left() {
	# shellcheck disable=SC2046
	docker rm -f $(docker ps -aq) || true
	[ -z "$(docker ps -aq)" ]
}
d() { docker run --rm "$@" </dev/null; }
field() { docker inspect --format "$1" "$2"; }
