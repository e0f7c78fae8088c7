# SPDX-License-Identifier: Apache-2.0
#
# containerd's library for runc (go-runc) and the types of runtime-spec in Go: both drive and read us here as they do
# in a shim.  What the outputs are, byte by byte: tests/integration/formats.bats.
load helpers

setup_file() {
	begin_engine gorunc
	GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=$E/cache go build -o "$E/gorunc" "$BATS_TEST_DIRNAME/gorunc/main.go"
	mkdir -p "$E/bundle/rootfs"
	tar -xOf "$SUITE/box.tar" ./layer.tar | tar -xC "$E/bundle/rootfs"
}
teardown_file() {
	"$RUNTIME" --root "$E/state" delete --force "$TAG"
	end_engine
}

@test "go-runc leads a container through its life, and reads all we say of it" {
	"$RUNTIME" spec --bundle "$E/bundle"
	jq --arg cgroup "/$TAG" '.process.terminal = false | .root.readonly = false | .annotations = {"org.example": "kept"} |
		.process.args = ["sh", "-c", "sleep 1000 & wait"] | .linux.cgroupsPath = $cgroup |
		.linux.resources = {memory: {limit: 67108864}, pids: {limit: 20}}' "$E/bundle/config.json" >"$E/config.json"
	mv "$E/config.json" "$E/bundle/config.json"
	run timeout 120 "$E/gorunc" "$RUNTIME" "$E/state" "$E/bundle" "$TAG"
	ok
	[ "$output" = lived ]
	[ -z "$(ls "$E/state")" ]
}
