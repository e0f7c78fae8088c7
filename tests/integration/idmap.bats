#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Idmapped mounts: mounts[].uidMappings and gidMappings, and the options idmap and ridmap.
#
# runc 1.1.5 fails all of this: it shows the files with their own owners, or hands the word to the file system.

load inside

ids() { echo "uidMappings: [{containerID: $1, hostID: $2, size: ${4:-65536}}], gidMappings: [{containerID: $1, hostID: $3, size: ${4:-65536}}]"; }
mappings=$(ids 0 100000 200000)
user_ns=".linux.namespaces += [{type: \"user\"}] | .linux += {$mappings}"
look='cat /proc/self/mountinfo'
# idmap_at DESTINATION OPTIONS [MORE]: the filter that binds $T/src, with OPTIONS, a list.
idmap_at() { echo ".mounts += [{destination: \"$1\", type: \"none\", source: \"$T/src\", options: [$2]${3:+, $3}}]"; }

# $T/src: files of root and of 1000:1001 on a tmpfs, and root's on another tmpfs below.
make_source() {
	requires kernel:6.3 # tmpfs
	mkdir "$T/src"
	mount -t tmpfs src "$T/src"
	mkdir "$T/src/below"
	mount -t tmpfs below "$T/src/below"
	touch "$T/src/root" "$T/src/user" "$T/src/below/root"
	chown 1000:1001 "$T/src/user"
	chmod 0777 "$T/src"
}
drop_source() { umount "$T/src/below" "$T/src"; }
# The rootfs belongs to the container's root, and the way to it can be walked.
give_rootfs() {
	mkdir -p "$BUNDLE"
	cp -a "$SUITE/rootfs" "$ROOTFS"
	chown -hR 100000:200000 "$ROOTFS"
	local d=$T
	while [ "$d" != / ]; do chmod o+x "$d"; d=$(dirname "$d"); done
}

teardown() {
	umount "$T/src/below" "$T/src" 2>/dev/null || true
	end_test
}

@test "files have the owners that the mount's mappings give them, on this mount alone [MountsIdmapOwnMappings MountsMappingsImplement]" {
	make_source
	inside "stat -c '%n %u:%g' /m/* /plain/*; $look" "$(idmap_at /m '"bind", "idmap", "ro", "nosuid"' "$mappings")" \
		"$(idmap_at /plain '"bind"')"
	ok
	line '/m/root 100000:200000'
	line '/m/user 101000:201001'
	line '/plain/root 0:0'
	line '/plain/user 1000:1001'
	mounted /m idmapped ro nosuid
	mounted /plain !idmapped
	[ "$(stat -c %u:%g "$T/src/root" "$T/src/user" | xargs)" = '0:0 1000:1001' ]
}

@test "what is made through the mount has the mapped owner on the host, who is not mapped makes nothing [MountsMappingsImplement]" {
	make_source
	inside 'touch /m/made && stat -c %u:%g /m/made' "$(idmap_at /m '"bind", "idmap"' "$mappings")" '.process.user = {uid: 100005, gid: 200006}'
	ok
	line 100005:200006
	[ "$(stat -c %u:%g "$T/src/made")" = 5:6 ]
	inside 'touch /m/no 2>&1' "$(idmap_at /m '"bind", "idmap"' "$mappings")"
	says 'Value too large'
	[ ! -e "$T/src/no" ]
}

@test "without mappings idmap takes those of the container's user namespace [MountsIdmapContainerMappings]" {
	make_source
	give_rootfs
	inside "stat -c '%n %u:%g' /m/* /plain/*; touch /m/mapped /plain/unmapped" "$user_ns" "$(idmap_at /m '"bind", "idmap"')" \
		"$(idmap_at /plain '"bind"')" '.process.user = {uid: 5, gid: 6}'
	ok
	line '/m/root 0:0'
	line '/m/user 1000:1001'
	line '/plain/root 65534:65534'
	line '/plain/user 65534:65534'
	[ "$(stat -c %u:%g "$T/src/mapped" "$T/src/unmapped" | xargs)" = '5:6 100005:200006' ]
}

@test "the mount's own mappings come before those of the user namespace [MountsIdmapOwnMappings]" {
	make_source
	give_rootfs
	inside "stat -c '%n %u:%g' /m/*" "$user_ns" "$(idmap_at /m '"bind", "idmap"' "$(ids 0 100007 200008 1)")"
	ok
	line '/m/root 7:8'
	line '/m/user 65534:65534'
}

@test "idmap takes the maps of a user namespace that is joined [MountsIdmapContainerMappings]" {
	make_source
	give_rootfs
	local pid
	start_box "$user_ns"
	pid=$(pid_of "$BOX")
	BOX=${TAG}second
	bundle -d "$T/second" ".root.path = \"$T/bundle/rootfs\"" ".linux.namespaces += [{type: \"user\", path: \"/proc/$pid/ns/user\"}]" \
		"$(idmap_at /m '"bind", "idmap"')" '.process.args = ["/bin/stat", "-c", "%n %u:%g", "/m/root", "/m/user"]'
	run_box
	BOX=${TAG}box
	stop
	ok
	line '/m/root 0:0'
	line '/m/user 1000:1001'
}

# crun 1.8.1 fails this.
@test "ridmap maps the mounts below too, idmap does not [MountsIdmapRecursive]" {
	make_source
	inside "stat -c '%n %u' /m/root /m/below/root /r/root /r/below/root" "$(idmap_at /m '"rbind", "idmap"' "$mappings")" \
		"$(idmap_at /r '"rbind", "ridmap"' "$mappings")"
	ok
	line '/m/root 100000'
	line '/m/below/root 0'
	line '/r/root 100000'
	line '/r/below/root 100000'
	rm -rf "$ROOTFS"
	give_rootfs
	inside "stat -c '%n %u' /m/root /m/below/root /r/root /r/below/root" "$user_ns" "$(idmap_at /m '"rbind", "idmap"')" \
		"$(idmap_at /r '"rbind", "ridmap"')"
	ok
	line '/m/root 0'
	line '/m/below/root 65534'
	line '/r/root 0'
	line '/r/below/root 0'
}

# crun 1.8.1 fails this: the mappings are ignored.
@test "mappings without the option are applied, with a warning [MountsMappingsOption]" {
	make_source
	inside "stat -c '%n %u:%g' /m/root" "$(idmap_at /m '"bind"' "$mappings")"
	ok
	line '/m/root 100000:200000'
	says /mounts/
	says '"idmap" or "ridmap"'
}

# crun 1.8.1 fails this.
@test "a new file system can be idmapped, what was copied into it too, and never hears the word [MountsMappingsImplement MountsIdmapNotData]" {
	requires kernel:6.3
	bundle
	mkdir "$ROOTFS/up"
	touch "$ROOTFS/up/user"
	chown 1000:1001 "$ROOTFS/up/user"
	inside "stat -c '%n %u:%g' /t /up/user; $look" ".mounts += [{destination: \"/t\", type: \"tmpfs\", source: \"t\", options: [\"idmap\", \"mode=711\"], $mappings},
		{destination: \"/up\", type: \"tmpfs\", source: \"u\", options: [\"tmpcopyup\", \"ridmap\"], $mappings}]"
	ok
	line '/t 100000:200000'
	line '/up/user 101000:201001'
	mounted /t idmapped mode=711
	mounted /up idmapped
	[ "$(stat -c %u:%g "$ROOTFS/up/user")" = 1000:1001 ]
}

# crun 1.8.1 fails this.
@test "a file system made in the user namespace has its ids already [MountsIdmapContainerMappings]" {
	give_rootfs
	inside "stat -c '%n %u:%g' /t /s" "$user_ns" ".mounts += [{destination: \"/t\", type: \"tmpfs\", options: [\"idmap\"]},
		{destination: \"/s\", type: \"tmpfs\", options: [\"ridmap\"], $mappings}]"
	ok
	line '/t 0:0'
	line '/s 0:0'
}

# crun 1.8.1 fails this.
@test "idmap with neither mappings nor a user namespace is refused [MountsIdmapNoMappings]" {
	local word
	for word in idmap ridmap; do
		refused ".mounts = [{destination: \"/m\", source: \"/tmp\", options: [\"rbind\", \"$word\"]}]"
		says /mounts/0/options/1
		says uidMappings
	done
	refused '.mounts = [{destination: "/m", source: "t", type: "tmpfs", options: ["idmap"]}]'
	says /mounts/0/options/0
}

# crun 1.8.1 fails this.
@test "mappings that are no mappings are refused [MountsMappingsFormat MountsMappingsTogether]" {
	local more
	at() { refused ".mounts = [{destination: \"/m\", source: \"/tmp\", options: [\"bind\", \"idmap\"], $2}]" && says "$1"; }
	more='{containerID: 0, hostID: 1, size: 2}'
	at /mounts/0/uidMappings "uidMappings: [$more]"
	at /mounts/0/gidMappings "gidMappings: [$more]"
	at /mounts/0/uidMappings/0/size "uidMappings: [{containerID: 0, hostID: 1, size: 0}], gidMappings: [$more]"
	at /mounts/0/gidMappings/1/containerID "gidMappings: [$more, {containerID: 1, hostID: 9, size: 2}], uidMappings: [$more]"
	at /mounts/0/gidMappings/1/hostID "gidMappings: [$more, {containerID: 7, hostID: 2, size: 2}], uidMappings: [$more]"
	at /mounts/0/uidMappings/0/size "uidMappings: [{containerID: 4294967290, hostID: 1, size: 10}], gidMappings: [$more]"
}

# crun 1.8.1 fails this.
@test "idmap is refused where no ids can be mapped [MountsIdmapFits]" {
	refused ".mounts += [{destination: \"/tmp\", options: [\"remount\", \"idmap\"], $mappings}]"
	says 'remount'
	says /options/1
	refused ".mounts = [{destination: \"/c\", type: \"cgroup\", options: [\"idmap\"], $mappings}]"
	says '"cgroup"'
	says /mounts/0/options/0
	refused "$user_ns" ".mounts = [{destination: \"/t\", type: \"tmpfs\", options: [\"idmap\"], $(ids 0 1000 1000)}]"
	says namespace
	says /mounts/0/options/0
}

# crun 1.8.1 fails this.
@test "a file system without idmapped mounts is named, and nothing is left [MountsIdmapFits]" {
	refused ".mounts += [{destination: \"/m\", source: \"/sys/kernel\", options: [\"bind\", \"idmap\"], $mappings}]"
	says 'mounting "/m"'
	says 'type "sysfs"'
	refused ".mounts += [{destination: \"/m\", type: \"ramfs\", source: \"r\", options: [\"idmap\"], $mappings}]"
	says 'mount "/m"'
	says 'type "ramfs"'
	refused ".mounts += [{destination: \"/m\", source: \"$T/none\", options: [\"bind\", \"idmap\"], $mappings}]"
	says 'mounting "/m"'
	says "$T/none"
	says 'create the source'
}
