# SPDX-License-Identifier: Apache-2.0
#
# For tests of the runtime inside of a container: filters of the outer config.json and of the inner one.
# shellcheck shell=bash disable=SC2034
load inside

# The capabilities that Docker gives.
docker_caps='["CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID", "SETFCAP", "SETPCAP", "NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE"] | map("CAP_" + .)'
caps() { echo ".process.capabilities = ($1 | {bounding: ., effective: ., permitted: .}) | .process.noNewPrivileges = false"; }
# As Docker makes its containers, but for seccomp.
docker=("$(caps "$docker_caps")" '.linux.namespaces += [{type: "cgroup"}]')
unmasked='.linux.maskedPaths = [] | .linux.readonlyPaths = []'

# Of root of the outer container, mapped alone.
own_user='.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}] | .linux.gidMappings = .linux.uidMappings | (.mounts[] | select(.type == "devpts").options) -= ["gid=5"]'
no_limits='del(.linux.resources, .linux.cgroupsPath)'
bound() { echo "(.mounts[] | select(.destination == \"$1\")) = {destination: \"$1\", type: \"none\", source: \"$1\", options: [\"rbind\"]}"; }

# outer COMMAND JQ-FILTER...: runs COMMAND in a container whose /inner is $T/inner.
outer() {
	local command=$1
	shift
	inside "$command" ".mounts += [{destination: \"/inner\", source: \"$T/inner\", options: [\"rbind\", \"rw\"]}]" "$@"
}

# may_everything: the filters of an outer container that lacks nothing; skips where capsh cannot say what there is.
may_everything() {
	local names
	names=$(capsh --print 2>/dev/null | sed -n 's/^Bounding set *=//p' | tr '[:lower:]' '[:upper:]' | jq -Rc 'split(",")')
	[ "$names" != '[]' ] || skip "needs capsh"
	everything=("$(caps "$names")" "$unmasked" '.linux.namespaces += [{type: "cgroup"}]'
		'(.mounts[] | select(.type == "cgroup").options) -= ["ro"]' '.linux.resources.devices = [{allow: true, access: "rwm"}]')
}
