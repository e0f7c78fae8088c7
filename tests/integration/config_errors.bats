#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What is refused of config.json, and how it is told: pointer, line:column, everything at once, and
# nothing made.  Peers are no measure for the wording.

load inside

# refused_text TEXT: the same for a config.json word for word.
refused_text() {
	mkdir -p "$BUNDLE/rootfs"
	printf '%s' "$1" >"$BUNDLE/config.json"
	refused_as_it_is
}
# splice TEXT: a good config.json with TEXT put in before its last brace, for what jq cannot write.
splice() {
	bundle
	local text
	text=$(jq -c . "$BUNDLE/config.json")
	printf '%s' "${text%\}}$1}" >"$BUNDLE/config.json"
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "a refusal has the pointer, the line and the column [ErrorsHavePositions]" {
	bundle
	printf '{\n  "ociVersion": "1.0.2",\n  "root": {"path": "rootfs"},\n  "process": {\n    "args": ["true"],\n    "cwd": "tmp"\n  }\n}\n' >"$BUNDLE/config.json"
	refused_as_it_is
	says config.json:6:12
	says /process/cwd
	says tmp
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "all that is wrong is told at once [ErrorsAllAtOnce]" {
	refused '.process.cwd = "tmp"' '.process.rlimits = [{type: "RLIMIT_TEA", soft: 1, hard: 1}]' '.hostname = 5' \
		'.linux.namespaces += [{type: "pid"}]' '.hooks = {poststop: [{path: "x"}]}'
	for pointer in /process/cwd /process/rlimits/0/type /hostname /linux/namespaces/ /hooks/poststop/0/path; do
		says "$pointer"
	done
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "a namespace that is none hides nothing else, and what needs one is not blamed [ErrorsAllAtOnce NSTypeValueError]" {
	refused '.process.cwd = "tmp"' '.hostname = "h"' '.linux.namespaces = [{type: "tea"}]'
	says /process/cwd
	says /linux/namespaces/0/type
	lacks /hostname
	lacks /mounts
}

@test "a refused create makes nothing: no state, cgroup, mount or hook [PropApplyFailNotCreate CreateValidates ErrorsLeaveStateUnchange]" {
	refused '.process.cwd = "tmp"' "$(hook prestart "touch $T/ran")" "$(hook poststop "touch $T/ran")"
	[ ! -e "$T/ran" ]
	[ ! -e "$(cgroup_dir pids)" ]
}

# runc 1.1.5 and crun 1.8.1 fail this: the last one wins.
@test "a name given twice is refused, where it is [ConfigNoDuplicateNames]" {
	splice ',"hostname":"a","hostname":"b"'
	refused_as_it_is
	says hostname
	splice ',"annotations":{"k":"1","k":"2"}'
	refused_as_it_is
	says k
}

@test "what is not JSON is refused with its position [JsonSyntax]" {
	for text in '' '{' '{"ociVersion": "1.0.2",}' 'null' '[]' '"x"' '{"a": 01}' "{'a': 1}" '{"ociVersion": "1.0.2"} x' '{"a": NaN}'; do
		refused_text "$text" || { echo "text: $text" >&2; return 1; }
		says config.json
	done
}

# crun 1.8.1 fails this: it crashes.
@test "deep nesting is refused, not a crash [JsonDepth]" {
	refused_text "$(head -c 5000000 /dev/zero | tr '\0' '[')"
	refused_text "$(yes '{"a":' | head -n 1000000 | tr -d '\n')"
}

# runc 1.1.5 fails this.
@test "text that is not UTF-8 is refused [ConfigUtf8]" {
	splice $',"hostname":"\xff\xfe"'
	refused_as_it_is
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "a NUL in a string is refused [JsonNoNul]" {
	splice ',"domainname":"a\u0000b"'
	refused_as_it_is
	splice ',"annotations":{"k":"a\u0000b"}'
	refused_as_it_is
}

@test "a value of another type is refused, with its pointer [ValidValues AnnotationsValueString]" {
	local case
	for case in '/process/args .process.args = "true"' '/process/user/uid .process.user.uid = "0"' '/process/terminal .process.terminal = 1' \
		'/mounts .mounts = {}' '/root .root = "rootfs"' '/linux/namespaces .linux.namespaces = "pid"' '/hostname .hostname = 5' \
		'/annotations/k .annotations = {k: 5}' '/process/env/0 .process.env = [5]' '/linux/resources/memory/limit .linux.resources.memory = {limit: "1g"}'; do
		refused "${case#* }" || { echo "$case" >&2; return 1; }
		says "${case%% *}"
	done
}

@test "a number out of range is refused [ValidValues]" {
	local case
	for case in '.process.user.uid = -1' '.process.user.uid = 4294967296' '.process.user.uid = 1.5' '.linux.resources.cpu = {shares: -1}' \
		'.process.rlimits = [{type: "RLIMIT_NOFILE", soft: -1, hard: 5}]' '.process.oomScoreAdj = 5000000000' \
		'.linux.devices = [{type: "c", path: "/dev/x", major: 1, minor: 1, fileMode: -1}]'; do
		refused "$case" || { echo "$case" >&2; return 1; }
	done
}

@test "a property that the spec does not know is ignored [ExtensibilityIgnoreUnknownProp]" {
	inside 'echo fine' '.teapot = {short: true}' '.process.stout = [1]' '.linux.handle = null'
	ok
	line fine
}

# runc 1.1.5 and crun 1.8.1 fail this: they take any, or none.
@test "ociVersion is there and is a version we know [SpecVersionInSemVer]" {
	refused 'del(.ociVersion)'
	says ociVersion
	for version in '""' '"1"' '"1.0"' '"v1.0.0"' '"2.0.0"' '"x.y.z"' 1; do
		refused ".ociVersion = $version" || { echo "$version" >&2; return 1; }
		says /ociVersion
	done
}

@test "every version 1.x that was released is taken [SpecVersionInSemVer]" {
	for version in 1.0.0 1.0.2 1.0.2-dev 1.1.0 1.2.1 1.3.0 1.3.0+dev; do
		inside true ".ociVersion = \"$version\""
		ok || { echo "$version" >&2; return 1; }
	done
}

@test "what is required is missed by name [ValidValues RootOnNonWindowsRequired MountsDestRequired]" {
	local case
	for case in 'root del(.root)' 'path del(.root.path)' 'cwd del(.process.cwd)' 'args del(.process.args)' \
		'destination .mounts += [{type: "tmpfs"}]' 'type .linux.namespaces += [{}]' 'path .hooks = {prestart: [{}]}' \
		'defaultAction .linux.seccomp = {}' 'allow .linux.resources.devices = [{access: "r"}]' 'hard .process.rlimits = [{type: "RLIMIT_CPU", soft: 1}]'; do
		refused "${case#* }" || { echo "$case" >&2; return 1; }
		says "${case%% *}"
	done
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "an annotation without a key is refused [AnnotationsKeyRequired]" {
	refused '.annotations = {"": "x"}'
	says /annotations
}

@test "annotations may be empty, and of any name [AnnotationsKeyIgnoreUnknown]" {
	inside 'echo fine' '.annotations = {}'
	ok
	line fine
	inside 'echo fine' '.annotations = {"org.example.unknown": "x", "plain": ""}'
	ok
	line fine
}

@test "ids on a mount come both or not at all [MountsMappingsTogether]" {
	refused '.mounts += [{destination: "/m", source: "/tmp", options: ["bind"], uidMappings: [{containerID: 0, hostID: 1, size: 1}]}]'
	says /mounts/
}

@test "a bind mount with options of a file system is refused [MountsBindOption]" {
	refused '.mounts += [{destination: "/m", source: "/tmp", options: ["bind", "size=5k"]}]'
	says size=5k
}

@test "type bind without the option is refused, with a hint [MountsBindOption]" {
	refused '.mounts += [{destination: "/m", type: "bind", source: "/tmp"}]'
	says /mounts/
}

@test "the config.json of a bundle is called so [ConfigConstName ConfigInRootBundleDir]" {
	bundle
	mv "$BUNDLE/config.json" "$BUNDLE/Config.json"
	refused_as_it_is
	says config.json
}

@test "what run refuses, create refuses with the same words" {
	refused '.process.cwd = "tmp"'
	first=$output
	run_box
	[ "$status" = 1 ]
	[ "${output//run/create}" = "${first//run/create}" ]
}
