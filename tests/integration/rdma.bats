#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# RDMA resources are limited, as who asks for them feels it: on Soft RoCE, which a machine that is thrown away gets.

load inside

# One device for all: rdma_rxe of Linux 6.1 makes no second one.
setup_file() {
	export WHY_NO_RDMA='' WITH_DEVICE=''
	local node=/dev/infiniband/uverbs0 numbers
	if [ -z "${RT_THROWAWAY-}" ] || ! modprobe -q -a rdma_rxe dummy; then
		WHY_NO_RDMA="needs a machine of its own, and Soft RoCE (rdma_rxe)"
		return
	fi
	ip link add rt_roce0 type dummy
	ip link set rt_roce0 up
	rdma link add rt_roce type rxe netdev rt_roce0
	numbers="type: \"c\", major: $((0x$(stat -c %t $node))), minor: $((0x$(stat -c %T $node)))"
	WITH_DEVICE=".linux.devices += [{path: \"$node\", $numbers, fileMode: 438}]
		| .linux.resources.devices += [{allow: true, $numbers, access: \"rw\"}]"
}

teardown_file() {
	[ -n "$WHY_NO_RDMA" ] || ip link delete rt_roce0 # rdma(8) of Debian 12 crashes when it deletes a link
}

needs_rdma() {
	[ -z "$WHY_NO_RDMA" ] || skip "$WHY_NO_RDMA"
	if is_v1; then requires v1:rdma; else
		grep -qw rdma /sys/fs/cgroup/cgroup.controllers || skip "needs the controller rdma"
	fi
}

limit() { echo ".linux.resources.rdma = {rt_roce: $1}"; }

@test "rdma: no more objects and handles than the limit [LinuxResourcesRdma]" {
	needs_rdma
	with_probe
	inside 'probe domains 3' "$WITH_DEVICE"
	[ "$output" = 3 ]
	inside 'probe domains 3; probe domains 2' "$WITH_DEVICE" "$(limit '{hcaObjects: 2}')"
	[ "$output" = $'errno 11 at 3\n2' ]
	inside 'probe domains 3' "$WITH_DEVICE" "$(limit '{hcaHandles: 0}')"
	[ "$output" = 'errno 11 at 0' ]
	inside 'probe domains 3' "$WITH_DEVICE" "$(limit '{hcaHandles: 1, hcaObjects: 3}')"
	[ "$output" = 3 ]
}

@test "rdma: the limits of each device are in events --stats [CliEventsStats]" {
	needs_rdma
	start_box "$WITH_DEVICE" "$(limit '{hcaObjects: 5}')"
	run rt events --stats "$BOX"
	ok
	jq -e '.data.rdma.limit.rt_roce.hca_object == 5' <<<"$output" || { echo "$output" >&2; return 1; }
	jq -e '.data.rdma.limit.rt_roce.hca_handle > 1000' <<<"$output" || { echo "$output" >&2; return 1; }
	rt delete --force "$BOX"
}

@test "rdma: a device that is not there is refused by its name [LinuxResourcesRdma PropApplyFailGenError]" {
	needs_rdma
	refused '.linux.resources.rdma = {no_such: {hcaHandles: 1}}'
	says no_such
	says '/sys/class/infiniband has the devices of this machine'
}
