# SPDX-License-Identifier: Apache-2.0
#
# A registry of the test's own: Debian's docker-registry, on loopback.
# shellcheck shell=bash disable=SC2154

# A registry at $REGISTRY; nobody asks it for TLS.
begin_registry() {
	local port try
	for try in {1..20}; do
		port=$((20000 + RANDOM % 20000))
		cat >"$T/registry.yml" <<-END
			version: 0.1
			storage: {filesystem: {rootdirectory: $T/registry}, delete: {enabled: true}}
			http: {addr: "127.0.0.1:$port"}
		END
		docker-registry serve "$T/registry.yml" >"$T/registry.log" 2>&1 3>&- &
		registry_pid=$!
		eventually registry_is_there_or_gone "$port"
		kill -0 "$registry_pid" 2>/dev/null && break # or somebody else has the port
	done
	REGISTRY=127.0.0.1:$port
}
registry_is_there_or_gone() { curl -fs "http://127.0.0.1:$1/v2/" || ! kill -0 "$registry_pid"; }

# In teardown, before end_test.
end_registry() {
	[ -n "${registry_pid:-}" ] || return 0
	kill "$registry_pid" 2>/dev/null
	wait "$registry_pid" 2>/dev/null
}
