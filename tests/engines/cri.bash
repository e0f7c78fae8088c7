# SPDX-License-Identifier: Apache-2.0
#
# What a kubelet says to a container engine: gRPC on its socket $CRI_SOCKET, messages made by protoc, carried by curl.
# The pods name our runtime as a RuntimeClass does, by the handler "runtime"; $STATE is where the engine has it keep
# their state.  $BOX_IMAGE is what the engine calls the image; cgroup_of ID what it calls a container's cgroup.
# shellcheck shell=bash disable=SC2154
load helpers

# A bridge for pods, as $E/cni.
configure_pod_network() {
	mkdir -p "$E/cni" "$E/logs"
	cat >"$E/cni/10-net.conflist" <<-END
		{"cniVersion": "0.4.0", "name": "pods", "plugins": [
		 {"type": "bridge", "bridge": "pods0", "isGateway": true, "ipam": {"type": "host-local", "dataDir": "$E/ipam",
		  "ranges": [[{"subnet": "10.88.9.0/24"}]]}}]}
	END
}

# ask METHOD REQUEST ANSWER: one call; the request's text on stdin, the answer's on stdout.
ask() {
	local body=$E/body.$BASHPID
	protoc --proto_path="$BATS_TEST_DIRNAME" --encode="$2" cri.proto >"$body.pb"
	printf '\0%b' "$(printf '\\x%02x\\x%02x\\x%02x\\x%02x' $(($(stat -c %s "$body.pb") >> 24 & 255)) $(($(stat -c %s "$body.pb") >> 16 & 255)) $(($(stat -c %s "$body.pb") >> 8 & 255)) $(($(stat -c %s "$body.pb") & 255)))" >"$body"
	cat "$body.pb" >>"$body"
	curl -sS --max-time 120 --unix-socket "$CRI_SOCKET" --http2-prior-knowledge -X POST -H 'content-type: application/grpc' \
		-H 'te: trailers' --data-binary "@$body" -D "$body.head" -o "$body.out" "http://localhost/runtime.v1.RuntimeService/$1"
	if ! grep -qi '^grpc-status: 0' "$body.head"; then
		grep -i '^grpc' "$body.head" >&2
		return 1
	fi
	tail -c +6 "$body.out" | protoc --proto_path="$BATS_TEST_DIRNAME" --decode="$3" cri.proto
}
# ask_id METHOD REQUEST: the id in the answer.
ask_id() { ask "$1" "$2" Id | sed 's/^id: "\(.*\)"$/\1/'; }

pod='metadata {name: "p" uid: "u'$BATS_TEST_NUMBER'" namespace: "default"} hostname: "box" log_directory: "'$BATS_FILE_TMPDIR'/e/logs" linux {cgroup_parent: "/'$TAG'" security_context {namespace_options {pid: 1}}}'
container() {
	printf 'pod: "%s" pod_config {%s} config {metadata {name: "%s"} image {image: "%s"} log_path: "%s.log" linux {resources {memory_limit_in_bytes: 67108864 cpu_shares: 512}} command: "/bin/sh" command: "-c" command: "%s"}' \
		"$1" "$pod" "$2" "$BOX_IMAGE" "$2" "$3"
}
# in_container ID COMMAND...: what it printed; fails unless its exit code is 0.
in_container() {
	local id=$1 word request
	shift
	request="id: \"$id\" timeout: 100"
	for word; do
		request+=" cmd: \"$word\""
	done
	run ask ExecSync ExecSync ExecAnswer <<<"$request"
	ok && ! grep -q exit_code <<<"$output"
}
state_is() { ask ContainerStatus Id ContainerStatus <<<"id: \"$1\"" | grep -q "state: $2"; }

# A pod of two containers: they share its network, keep their files, obey limits, and end.
pod_of_two() {
	local p web client
	p=$(ask_id RunPodSandbox RunPod <<<"config {$pod} runtime_handler: \"runtime\"")
	web=$(container "$p" web 'mkdir /w; echo page >/w/index.html; exec httpd -f -p 80 -h /w' | ask_id CreateContainer CreateContainer)
	client=$(container "$p" client 'trap \"exit 6\" TERM; echo up; while :; do sleep 0.05; done' | ask_id CreateContainer CreateContainer)
	ask StartContainer Id Empty <<<"id: \"$web\""
	ask StartContainer Id Empty <<<"id: \"$client\""
	"$RUNTIME" --root "$STATE" state "$client"
	eventually in_container "$client" wget -qO- http://127.0.0.1/
	in_container "$client" wget -qO- http://127.0.0.1/
	says page
	in_container "$client" hostname
	says box
	in_container "$client" ls /
	[[ $output != *'w\n'* ]]
	in_container "$client" ip -o -4 addr show eth0
	says 10.88.9.
	eventually grep -q 'stdout F up' "$E/logs/client.log"
	[ "$(cat "/sys/fs/cgroup/memory/$TAG/$(cgroup_of "$client")/memory.limit_in_bytes")" = 67108864 ]
	ask UpdateContainerResources UpdateContainer Empty <<<"id: \"$client\" linux {memory_limit_in_bytes: 50331648}"
	[ "$(cat "/sys/fs/cgroup/memory/$TAG/$(cgroup_of "$client")/memory.limit_in_bytes")" = 50331648 ]
	ask StopContainer StopContainer Empty <<<"id: \"$client\" timeout: 100"
	run ask ContainerStatus Id ContainerStatus <<<"id: \"$client\""
	says 'exit_code: 6'
	ask StopPodSandbox Id Empty <<<"id: \"$p\""
	eventually state_is "$web" 2
	ask RemoveContainer Id Empty <<<"id: \"$web\""
	ask RemovePodSandbox Id Empty <<<"id: \"$p\""
	no_cgroups
}

# started POD: asks for a container whose program is not there; CRI-O says so when it makes it, containerd when it starts.
started() {
	local id
	id=$(container "$1" bad x | sed 's,command: .*,command: "no-such-program"},' | ask_id CreateContainer CreateContainer)
	ask StartContainer Id Empty <<<"id: \"$id\""
}
# A container whose program is not there: the answer says that, and the pod is removed.
pod_of_none() {
	local p
	p=$(ask_id RunPodSandbox RunPod <<<"config {$pod} runtime_handler: \"runtime\"")
	run started "$p"
	[ "$status" != 0 ]
	says 'executable file not found'
	ask StopPodSandbox Id Empty <<<"id: \"$p\""
	ask RemovePodSandbox Id Empty <<<"id: \"$p\""
}
