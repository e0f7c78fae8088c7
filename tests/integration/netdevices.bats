#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# config-linux.md "Network Devices".  The runtime runs in a network namespace of the test's own, $T/outer: the
# host's devices are left alone.  $T/inner is one that containers join.
# runc 1.1.5 and crun 1.8.1 ignore the property: they fail all of this but the devices that stay where they are.

load inside

setup() {
	begin_test
	local ns
	for ns in outer inner; do
		touch "$T/$ns"
		unshare --net="$T/$ns" true
	done
	outer ip link add dev0 type veth peer name peer0
	outer ip link set peer0 up
}

teardown() {
	umount "$T/outer" "$T/inner"
	end_test
}

outer() { nsenter --net="$T/outer" "$@"; }
inner() { nsenter --net="$T/inner" "$@"; }
rt() { RT_TEST=$TAG outer "$RUNTIME" "${DRIVER[@]}" --root "$STATE" "$@"; }

# there COMMAND...: in the network namespace of the container.
there() { nsenter --net="/proc/$(pid_of "$BOX")/ns/net" "$@"; }

join='(.linux.namespaces[] | select(.type == "network")).path = env.INNER'
# net_bundle DEVICES [JQ-FILTER...]: a sleeper with these linux.netDevices.
net_bundle() {
	export INNER=$T/inner
	local devices=$1
	shift
	sleeper ".linux.netDevices = $devices" "$@"
}

# The addresses of a device on stdin as `ip -j addr` has them, a line each.
addresses() {
	jq -r '.[].addr_info[] | [.family, .local, .address, .prefixlen, .broadcast, .scope, .label, .metric,
		.noprefixroute, .deprecated, .dynamic] | map(. // "-" | tostring) | join(" ")' | sort
}
# What a create that fails has to leave as it was; not what the kernel makes itself, and when it likes.
picture() {
	outer ip -j addr show "$1" | jq '.[] | {ifname, mtu, address, master, up: (.flags | index("UP") != null)}'
	outer ip -j addr show "$1" | addresses | grep -v ' fe80::'
	outer ip -4 route show dev "$1"
}

@test "a device is moved into the container under its new name, and is up [NetDevicesAvailable NetDevicesUp]" {
	outer ip link set dev0 mtu 1400 address 02:00:00:00:00:07
	net_bundle '{dev0: {name: "net7"}}'
	create
	run -1 outer ip link show dev0
	run there ip -j link show net7
	ok
	[ "$(jq -c '.[] | [.mtu, .address]' <<<"$output")" = '[1400,"02:00:00:00:00:07"]' ]
	jq -e '.[].flags | index("UP")' <<<"$output"
	rt delete "$BOX"
}

@test "without a name a device keeps its own, and the program sees it [NetDevicesAvailable]" {
	sh_bundle 'ip link show dev0' '.linux.netDevices = {dev0: {}}'
	run_box
	ok
	says "dev0@"
	says ",UP"
}

@test "permanent global addresses go along, as they are; others stay behind [NetDevicesAddresses]" {
	outer ip link set dev0 up
	outer ip addr add 10.7.0.1/24 brd 10.7.0.255 dev dev0 label dev0:x
	outer ip addr add 10.7.0.2/24 dev dev0
	outer ip addr add 192.168.9.1 peer 192.168.9.2/32 dev dev0 metric 77 noprefixroute
	outer ip addr add 203.0.113.5/32 dev dev0 label other
	outer ip -6 addr add fd07::1/64 dev dev0 nodad noprefixroute metric 99
	outer ip -6 addr add fd07::2/128 dev dev0 preferred_lft 0
	outer ip -j addr show dev0 | addresses | grep -v ' fe80::' | sed 's/dev0/net7/' >"$T/wanted"
	[ "$(wc -l <"$T/wanted")" = 6 ]
	outer ip addr add 10.7.0.9/24 dev dev0 valid_lft 1000 preferred_lft 500
	outer ip addr add 10.8.0.1/24 dev dev0 scope link
	outer ip -6 addr add fd07::9/64 dev dev0 valid_lft 1000 preferred_lft 500
	net_bundle '{dev0: {name: "net7"}}'
	create
	there ip -j addr show net7 | addresses | grep -v ' fe80::' >"$T/got"
	diff "$T/wanted" "$T/got"
	[ "$(there ip -4 route show dev net7 192.168.9.2)" = "" ]
	rt delete "$BOX"
}

@test "templates take what is free, after the names that are given [NetDevicesNameTemplate]" {
	inner ip link add eth0 type veth peer name eth2
	outer ip link add dev1 type veth peer name peer1
	net_bundle '{dev0: {name: "eth%d"}, dev1: {name: "eth1"}, peer1: {name: "eth%d"}}' "$join"
	create
	inner ip link show eth3
	inner ip link show eth4
	inner ip link show eth1
	[ "$(inner ip -j link | jq length)" = 6 ]
	rt delete "$BOX"
}

@test "a name that is taken is an error, before anything moves [NetDevicesNameTaken NetDevicesCheckFirst]" {
	outer ip addr add 10.7.0.1/24 dev dev0
	outer ip link add dev1 type veth peer name peer1
	inner ip link add taken type veth peer name other
	net_bundle '{dev0: {name: "fine"}, dev1: {name: "taken"}}' "$join"
	nsenter --net="$T/outer" ip monitor link >"$T/monitor" 2>&1 3>&- &
	local monitor=$!
	refused_as_it_is
	says 'network device "dev1" cannot be "taken"'
	kill "$monitor"
	wait "$monitor" || true
	picture dev0 | grep -q 10.7.0.1
	run ! grep Deleted "$T/monitor"
}

@test "a device that is not there, or cannot move, is an error before there is a container [NetDevicesCheckFirst]" {
	net_bundle '{nowhere: {}}' "$(hook prestart "touch $T/ran")"
	refused_as_it_is
	says 'network device "nowhere" does not exist'
	outer ip link add br7 type bridge
	net_bundle '{dev0: {}, br7: {}}'
	refused_as_it_is
	says 'network device "br7" cannot be moved'
	outer ip link show dev0
	export INNER=$T/outer
	configure '.linux.netDevices = {dev0: {}}' "$join"
	refused_as_it_is
	says "is the runtime's own"
	[ ! -e "$T/ran" ]
}

@test "names that no device can have are refused, and devices for the host's network [NetDevicesValid NetDevicesCheckFirst]" {
	local name
	for name in "" . .. a/b a:b 'a b' sixteen-bytes-ab 'a%' 'a%dz' 'a%s' '%d%d' lo; do
		[ -z "$name" ] || { refused ".linux.netDevices = {dev0: {name: \"$name\"}}" && says /linux/netDevices/dev0/name; }
		refused ".linux.netDevices = {\"$name\": {name: \"fine\"}}"
		says "/linux/netDevices/${name//\//'~1'}:"
	done
	refused '.linux.netDevices = {dev0: {name: "x"}, dev1: {name: "x"}}'
	says '/linux/netDevices/dev1/name: "x" is already the name that /linux/netDevices/dev0 gets'
	refused '.linux.netDevices = {dev0: {}}' 'del(.linux.namespaces[] | select(.type == "network"))'
	says '/linux/netDevices: needs a "network" namespace'
}

# with_everything: dev0 as a port of a bridge, up, with addresses of all kinds.
with_everything() {
	outer ip link add br7 type bridge
	outer ip link set br7 up
	outer ip link set dev0 mtu 1450 master br7 up
	outer ip addr add 10.7.0.1/24 brd + dev dev0 label dev0:x
	outer ip addr add 10.8.0.1/24 dev dev0 scope link
	outer ip -6 addr add fd07::1/64 dev dev0 nodad
	outer ip link add dev1 type veth peer name peer1
	outer ip addr add 10.9.0.1/24 dev dev1
}

# A failure late in create, when the devices are in: of a hook.
@test "a create that fails puts the devices back as they were [NetDevicesUndone]" {
	with_everything
	picture dev0 >"$T/dev0" && picture dev1 >"$T/dev1"
	local namespace
	for namespace in . "$join"; do
		net_bundle '{dev0: {name: "net%d"}, dev1: {name: "other"}}' "$namespace" \
			"$(hook createRuntime 'nsenter --net="/proc/$(sed "s/.*\"pid\": *\([0-9]*\).*/\1/")/ns/net" ip link show net0 >/dev/null && exit 9')"
		refused_as_it_is
		says "exited with 9"
		diff "$T/dev0" <(picture dev0)
		diff "$T/dev1" <(picture dev1)
		[ "$(inner ip -j link | jq length)" = 1 ]
	done
}

@test "after kill -9 delete --force gets the devices out of a namespace that is still there [NetDevicesUndone RecordCrashSafe]" {
	requires strace
	with_everything
	picture dev0 >"$T/dev0" && picture dev1 >"$T/dev1"
	net_bundle '{dev0: {name: "net%d"}, dev1: {name: "other"}}' "$join"
	local k=0 moved=0
	# Every message of the runtime from the first on, until the one that comes after "created" is on disk.
	while [ "$k" -lt 99 ]; do
		k=$((k + 1))
		RT_TEST=$TAG strace -qq -o /dev/null -e trace=sendmsg -e inject=sendmsg:signal=SIGKILL:when=$k \
			nsenter --net="$T/outer" "$RUNTIME" "${DRIVER[@]}" --root "$STATE" create --bundle "$BUNDLE" "$BOX" >/dev/null 2>&1 </dev/null ||
			true
		! grep -q '"phase":"created"' "$STATE/$BOX/record.json" 2>/dev/null || break
		inner ip link show net0 >/dev/null 2>&1 && moved=$((moved + 1))
		rt delete --force "$BOX"
		diff "$T/dev0" <(picture dev0) && diff "$T/dev1" <(picture dev1) || { echo "killed at message $k"; false; }
		[ "$(inner ip -j link | jq length)" = 1 ]
	done
	rt delete --force "$BOX"
	echo "killed at $k messages, $moved of them with devices on their way"
	[ "$moved" -gt 5 ]
}

@test "delete leaves the devices in a namespace that outlives the container [NetDevicesNotMovedBack NetDevicesNotManaged]" {
	outer ip addr add 10.7.0.1/24 dev dev0
	net_bundle '{dev0: {name: "net7"}}' "$join"
	create
	inner ip addr add 10.7.0.3/24 dev net7
	inner ip link set net7 down
	rt start "$BOX"
	[ "$(inner ip -j link show net7 | jq -r '.[].operstate')" = DOWN ]
	rt delete --force "$BOX"
	[ "$(inner ip -j addr show net7 | addresses | grep -c 10.7.0.)" = 2 ]
	run -1 outer ip link show dev0
}

@test "a container in a user namespace gets devices too [NetDevicesAvailable]" {
	outer ip addr add 10.7.0.1/24 dev dev0
	local d=$T
	net_bundle '{dev0: {name: "net7"}}' '.linux.namespaces += [{type: "user"}]' \
		'.linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}]' '.linux.gidMappings = .linux.uidMappings'
	create
	there ip -j addr show net7 | addresses | grep 10.7.0.1
	rt delete "$BOX"
}
