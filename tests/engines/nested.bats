# SPDX-License-Identifier: Apache-2.0
#
# Our runtime in a container of Docker's, which runc or our runtime made: it works, or says which permission is missing.
load docker

setup_file() {
	begin_docker nested
	mkdir -p "$E/inner/rootfs"
	docker export "$(docker create box:1)" | tar -C "$E/inner/rootfs" -x
	cp "$RUNTIME" "$E/inner/runtime"
	"$RUNTIME" spec --bundle "$E/inner"
	# Root of the container alone is mapped, and its cgroup stays what it is.
	jq '.process.terminal = false | .process.args = ["sh", "-c", "echo inner; cat /proc/self/uid_map"]
		| .linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}]
		| .linux.gidMappings = .linux.uidMappings | del(.linux.resources, .linux.cgroupsPath)
		| (.mounts[] | select(.type == "devpts").options) -= ["gid=5"]' "$E/inner/config.json" >"$E/inner/fresh.json"
	# The kernel makes no new procfs, nor a new sysfs, where the outer ones are covered.
	jq '.mounts |= map(if .destination == "/proc" or .destination == "/sys"
		then {destination, type: "none", source: .destination, options: ["rbind"]} else . end)' "$E/inner/fresh.json" >"$E/inner/bound.json"
}
teardown_file() { end_docker; }
teardown() { no_containers; }

# nest CONFIG DOCKER-OPTION...: runs the inner container in one of Docker's.
nest() {
	local config=$1
	shift
	run d -v "$E/inner:/inner" "$@" box:1 sh -c "mkdir /b && cp /inner/$config /b/config.json && ln -s /inner/rootfs /b/rootfs &&
		/inner/runtime --root /run/state run /b inner; echo \"ended with \$?\"; ls /run/state"
	ok
}
inner_ran() {
	says $'inner\n'
	[[ $output =~ 0\ +0\ +1 ]]
	says 'ended with 0'
}

@test "Docker's seccomp filter is named, which lets nobody make namespaces" {
	local by
	for by in ours runc; do
		nest bound.json --runtime "$by"
		says 'a seccomp filter that the runtime was started under may forbid '
		says 'ended with 1'
	done
}

@test "without the filter a new procfs is refused, with what covers the old one" {
	local by
	for by in ours runc; do
		nest fresh.json --runtime "$by" --security-opt seccomp=unconfined
		says 'mounting "/proc"'
		says 'whoever made the container that we are in has covered /proc/'
		says 'ended with 1'
	done
}

@test "without the filter a container runs whose procfs and sysfs are bound" {
	local by
	for by in ours runc; do
		nest bound.json --runtime "$by" --security-opt seccomp=unconfined
		inner_ran
	done
}

@test "without the filter and with nothing covered a container with a new procfs runs" {
	local by
	for by in ours runc; do
		nest fresh.json --runtime "$by" --security-opt seccomp=unconfined --security-opt systempaths=unconfined
		inner_ran
	done
}

@test "a privileged container runs one that needs no user namespace" {
	jq 'del(.linux.uidMappings, .linux.gidMappings) | .linux.namespaces |= map(select(.type != "user"))' "$E/inner/fresh.json" >"$E/inner/root.json"
	nest root.json --privileged
	says 'ended with 0'
	nest root.json --security-opt seccomp=unconfined
	says 'whoever started the runtime has taken CAP_SYS_ADMIN from it'
}
