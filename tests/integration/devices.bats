#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# config-linux.md "Devices" and "Allowed Device list".

load inside

device() { echo ".linux.devices += [{$1}]"; }
rules() { echo ".linux.resources.devices = [{allow: false, access: \"rwm\"}, $1]"; }
user_ns='.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
	| .linux.gidMappings = [{containerID: 0, hostID: 200000, size: 65536}]'
# The rootfs belongs to the container's root, and the way to it can be walked.
give_rootfs() {
	mkdir -p "$BUNDLE"
	[ -d "$ROOTFS" ] || cp -a "$SUITE/rootfs" "$ROOTFS"
	chown -hR 100000:200000 "$ROOTFS"
	local d=$T
	while [ "$d" != / ]; do chmod o+x "$d"; d=$(dirname "$d"); done
}
# A device without a driver: opening it is ENXIO where the rules allow it, and EPERM where they do not.
spare=$(device 'type: "c", path: "/dev/spare", major: 1, minor: 200, fileMode: 438, uid: 0, gid: 0')
try='(: </dev/spare) 2>&1 | sed "s/.*: /r: /"; (: >>/dev/spare) 2>&1 | sed "s/.*: /w: /"'
allows() { grep -qix "$1: No such device or address" <<<"$output"; }
forbids() { grep -qix "$1: Operation not permitted" <<<"$output"; }

@test "each type of device is made, with its numbers [DevicesAvailable]" {
	inside 'cd /dev; stat -c "%n %F %t:%T" c u b p' \
		"$(device 'type: "c", path: "/dev/c", major: 1, minor: 11')" "$(device 'type: "u", path: "/dev/u", major: 10, minor: 229')" \
		"$(device 'type: "b", path: "/dev/b", major: 8, minor: 300')" "$(device 'type: "p", path: "/dev/p"')"
	ok
	line 'c character special file 1:b'
	line 'u character special file a:e5'
	line 'b block special file 8:12c'
	says 'p fifo'
}

@test "mode and owner are those of the device, whatever the umask [DevicesAvailable DevicesOwner]" {
	sh_bundle 'stat -c "%n %a %u:%g" /dev/a /dev/b' "$(device 'type: "c", path: "/dev/a", major: 1, minor: 11, fileMode: 432, uid: 5, gid: 6')" \
		"$(device 'type: "c", path: "/dev/b", major: 1, minor: 11, fileMode: 511, uid: 0, gid: 0')"
	umask 077
	run_box
	umask 022
	ok
	line '/dev/a 660 5:6'
	line '/dev/b 777 0:0'
}

@test "a device may be anywhere, its directories are made [DevicesAvailable DevicesAnywhere]" {
	inside 'stat -c "%n %t:%T" /opt/new/dir/dev' "$(device 'type: "c", path: "/opt/new/dir/dev", major: 1, minor: 11, fileMode: 438, uid: 0, gid: 0')"
	ok
	line '/opt/new/dir/dev 1:b'
}

# runc 1.1.5 and crun 1.8.1 fail this: they keep the file.
@test "a file that is there and is not the device is an error [DevicesFileNotMatch]" {
	bundle
	mkdir "$ROOTFS/opt"
	for what in 'touch' 'mkdir' 'mkfifo' 'mknod c 1 12' 'ln -s /dev/null'; do
		rm -rf "$ROOTFS/opt/dev"
		case $what in
		mknod*) mknod "$ROOTFS/opt/dev" c 1 12 ;;
		*) $what "$ROOTFS/opt/dev" ;;
		esac
		inside true "$(device 'type: "c", path: "/opt/dev", major: 1, minor: 11, fileMode: 438, uid: 0, gid: 0')"
		[ "$status" = 1 ] || { echo "accepted: $what" >&2; return 1; }
		says /opt/dev
	done
}

@test "a file that is there and is the device is fine [DevicesFileNotMatch]" {
	bundle
	mkdir "$ROOTFS/opt"
	mknod "$ROOTFS/opt/dev" c 1 11
	inside 'stat -c "%t:%T" /opt/dev' "$(device 'type: "c", path: "/opt/dev", major: 1, minor: 11')"
	ok
	line 1:b
}

# runc 1.1.5 fails this: the device loses its rule.
@test "a default device may be listed as well [DefaultDevices]" {
	inside 'stat -c "%t:%T %a" /dev/null' "$(device 'type: "c", path: "/dev/null", major: 1, minor: 3, fileMode: 438, uid: 0, gid: 0')"
	ok
	line '1:3 666'
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "a device without its numbers is refused [DevicesMajMinRequired]" {
	refused "$(device 'type: "c", path: "/dev/x"')"
	says /linux/devices/0
}

# crun 1.8.1 fails this.
@test "an unknown type of device is refused [DevicesTypeKnown ValidValues]" {
	local type
	for type in '"z"' '"a"' '""' 1; do
		refused "$(device "type: $type, path: \"/dev/x\", major: 1, minor: 1")"
		says /linux/devices/0/type
	done
	refused "$(device 'path: "/dev/x", major: 1, minor: 1')"
	says /linux/devices/0/type
}

@test "in a user namespace the host's device is bound, and works [DevicesBoundFromHost]" {
	give_rootfs
	inside 'echo x >/dev/null; stat -c "%n %t:%T" /dev/zero /dev/full; head -c 2 /dev/zero | xxd -p' "$user_ns"
	ok
	line '/dev/zero 1:5'
	line '/dev/full 1:7'
	line 0000
}

# runc 1.1.5 and crun 1.8.1 fail this: they bind what the host has at the path, if it has.
@test "in a user namespace a device has the owner and mode asked for, whatever the host has there [DevicesOwner DevicesAvailable]" {
	give_rootfs
	inside 'stat -c "%n %t:%T %a %u:%g" /dev/full /opt/null /dev/kmsg; echo x >/opt/null && echo wrote' "$user_ns" \
		"$(device 'type: "c", path: "/opt/null", major: 1, minor: 3, fileMode: 384, uid: 5, gid: 6')" \
		"$(device 'type: "c", path: "/dev/full", major: 1, minor: 7, fileMode: 416, uid: 0, gid: 7')" \
		"$(device 'type: "c", path: "/dev/kmsg", major: 1, minor: 5')" '.process.user = {uid: 5, gid: 6}'
	ok
	line '/opt/null 1:3 600 5:6'
	line '/dev/full 1:7 640 0:7'
	line '/dev/kmsg 1:5 666 0:0'
	line wrote
	[ "$(stat -c '%t:%T %u:%g' /dev/full /dev/kmsg | xargs)" = '1:7 0:0 1:b 0:0' ]
}

# runc 1.1.5 and crun 1.8.1 fail this: they cover the file.
@test "in a user namespace, too, what is there and is not the device is an error [DevicesFileNotMatch]" {
	bundle
	mkdir "$ROOTFS/opt"
	mknod "$ROOTFS/opt/same" c 1 11
	mknod "$ROOTFS/opt/other" c 1 12
	echo text >"$ROOTFS/opt/text"
	ln -s /dev/null "$ROOTFS/opt/link"
	touch "$ROOTFS/opt/blank" # what an earlier container's device lay on
	give_rootfs
	local what
	for what in other text link; do
		refused "$user_ns" "$(device "type: \"c\", path: \"/opt/$what\", major: 1, minor: 11")"
		says "/opt/$what"
	done
	inside 'stat -c "%n %t:%T" /opt/same /opt/blank' "$user_ns" "$(device 'type: "c", path: "/opt/same", major: 1, minor: 11')" \
		"$(device 'type: "c", path: "/opt/blank", major: 1, minor: 11')"
	ok
	line '/opt/same 1:b'
	line '/opt/blank 1:b'
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "a device of an id that is not mapped is refused [DevicesOwner]" {
	refused "$user_ns" "$(device 'type: "c", path: "/dev/x", major: 1, minor: 11, uid: 70000')"
	says /linux/devices/0/uid
	refused "$user_ns" "$(device 'type: "p", path: "/dev/x", gid: 65536')"
	says /linux/devices/0/gid
}

@test "there are no devices but the default ones and those listed [DevicesNoOthers]" {
	inside 'find / -xdev -type b -o -xdev -type c; find /dev -type b -o -type c | grep -v /dev/pts/' \
		"$(device 'type: "b", path: "/dev/listed", major: 8, minor: 300')"
	ok
	[ "$(sort <<<"$output" | xargs)" = '/dev/full /dev/listed /dev/null /dev/random /dev/tty /dev/urandom /dev/zero' ]
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "the same numbers twice, and a mode that looks like octal, are warned about [DevicesErrorOnDup DevicesModeDecimal]" {
	inside 'stat -c "%n %t:%T" /dev/a /dev/b' "$(device 'type: "c", path: "/dev/a", major: 1, minor: 11')" \
		"$(device 'type: "c", path: "/dev/b", major: 1, minor: 11, fileMode: 666')"
	ok
	line '/dev/a 1:b'
	line '/dev/b 1:b'
	says /linux/devices/1:
	says /linux/devices/1/fileMode
}

@test "a device that no rule allows cannot be opened [LinuxResourcesDevices]" {
	requires v1:devices
	inside "$try; echo >/dev/null && echo null" "$spare" '.linux.resources.devices = [{allow: false, access: "rwm"}]'
	ok
	forbids r
	forbids w
	line null
}

@test "a rule allows what it says [LinuxResourcesDevices]" {
	requires v1:devices
	for access in r w rw; do
		inside "$try" "$spare" "$(rules "{allow: true, type: \"c\", major: 1, minor: 200, access: \"$access\"}")"
		ok
		for right in r w; do
			case $access in
			*$right*) allows $right ;;
			*) forbids $right ;;
			esac || { echo "$access: $output" >&2; return 1; }
		done
	done
}

@test "what no rule names is denied, also without a rule that denies [LinuxResourcesDevices]" {
	requires root
	inside "$try; echo >/dev/null && echo null" "$spare" \
		'.linux.resources.devices = [{allow: true, type: "c", major: 10, minor: 229, access: "rwm"}]'
	ok
	forbids r
	forbids w
	line null
}

@test "rules count in their order: a later one overrides [DevicesApplyInOrder]" {
	requires v1:devices
	inside "$try" "$spare" "$(rules '{allow: true, type: "c", major: 1, minor: 200, access: "rwm"}, {allow: false, type: "c", major: 1, minor: 200, access: "r"}')"
	forbids r
	allows w
	inside "$try" "$spare" "$(rules '{allow: false, type: "c", major: 1, minor: 200, access: "r"}, {allow: true, type: "c", major: 1, minor: 200, access: "r"}')"
	allows r && forbids w
}

@test "a rule without minor is for every minor [LinuxResourcesDevices]" {
	requires v1:devices
	inside "$try" "$spare" "$(rules '{allow: true, type: "c", major: 1, access: "rwm"}')"
	allows r && allows w
}

@test "what is made by mknod is held to the rules too [LinuxResourcesDevices]" {
	requires v1:devices
	inside 'mknod /x c 1 200; (: </x) 2>&1' '.linux.resources.devices = [{allow: false, access: "rwm"}]' \
		'.process.capabilities |= map_values(. + ["CAP_MKNOD"] | unique)'
	says 'Operation not permitted'
	says /x
}

@test "the rules are what devices.list shows [LinuxResourcesDevices]" {
	requires v1:devices
	start_box "$(rules '{allow: true, type: "b", major: 8, minor: 300, access: "r"}, {allow: true, type: "c", major: 10, access: "rw"}')"
	run cgroup_value devices devices.list
	stop
	line 'b 8:300 r'
	line 'c 10:* rw'
	lacks 'a *:* rwm'
}

@test "the default devices are allowed whatever the rules say [DevicesDefaultRules]" {
	requires v1:devices
	start_box '.linux.resources.devices = [{allow: false, access: "rwm"}]'
	run cgroup_value devices devices.list
	stop
	for want in '1:3' '1:5' '1:7' '1:8' '1:9' '5:0' '5:2' '136:\*'; do
		grep -qx "c $want rwm" <<<"$output" || { echo "$want: $output" >&2; return 1; }
	done
	line 'c *:* m'
	line 'b *:* m'
}

# runc 1.1.5 fails this; crun 1.8.1 finds out when the cgroups are made, and leaves them.
@test "a rule with an access that is none is refused [LinuxResourcesDevicesAccess]" {
	refused "$(rules '{allow: true, type: "c", major: 1, minor: 11, access: "rx"}')"
	says /linux/resources/devices/1
}
