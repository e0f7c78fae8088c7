#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# `features`: what engines read before the first container.

load inside

@test "features prints JSON and nothing else, also as an ordinary user [CliFeatures]" {
	requires root
	env -i setpriv --reuid 65534 --regid 65534 --clear-groups "$RUNTIME" features >"$T/out" 2>"$T/err"
	is_empty "$T/err"
	jq -e type "$T/out"
	[ "$(tail -c 1 "$T/out" | od -An -tx1 | tr -d ' ')" = 0a ]
	run ! "$RUNTIME" features surplus
	says "no arguments"
}

# runc 1.1.5 and crun 1.8.1 fail this: an older specification, or no such command.
@test "features has what engines look for [CliFeatures FeaturesVersions]" {
	"$RUNTIME" features >"$T/out"
	jq -e '.ociVersionMin == "1.0.0" and .ociVersionMax == "1.3.0"' "$T/out"
	jq -e '.mountOptions | index("rro")' "$T/out"
	jq -e '.linux.namespaces | index("user")' "$T/out"
	jq -e '.linux.mountExtensions.idmap.enabled | type == "boolean"' "$T/out"
	jq -e '.annotations | all(type == "string")' "$T/out"
	[ "$("$RUNTIME" --version | sed -n 's/^libseccomp: //p')" = "$(jq -r '.annotations["io.github.seccomp.libseccomp.version"]' "$T/out")" ]
}

# crun 1.8.1 fails this.
@test "features is the same where there is nothing to probe [FeaturesBuildTime]" {
	requires root
	mkdir "$T/nothing"
	cp "$(command -v "$RUNTIME")" "$T/nothing/runtime"
	chroot "$T/nothing" /runtime features >"$T/out"
	[ "$(cat "$T/out")" = "$("$RUNTIME" features)" ]
}

# crun 1.8.1 fails this.
@test "every version that features tells is fine in config.json [FeaturesVersions]" {
	local version versions
	versions=$("$RUNTIME" features | jq -r '.ociVersionMin, .ociVersionMax')
	[ "$(wc -w <<<"$versions")" = 2 ]
	for version in $versions; do
		bundle ".ociVersion = \"$version\" | .process.args = [\"/bin/echo\", \"fine\"]"
		run_box
		ok
		line fine
	done
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "a mount takes every option that features lists [FeaturesMountOptions]" {
	local options
	# What needs another mount, or mappings, to say anything.
	options=$("$RUNTIME" features | jq -c '.mountOptions - ["bind", "rbind", "remount", "idmap", "ridmap"]')
	[ "$(jq length <<<"$options")" -gt 50 ]
	bundle ".mounts += ($options | map({destination: (\"/tmp/\" + .), type: \"tmpfs\", source: \"tmpfs\", options: [.]}))" \
		'.process.args = ["/bin/grep", "-cE", "^([^ ]+ ){4}/tmp/", "/proc/self/mountinfo"]'
	run_box
	ok
	line "$(jq length <<<"$options")"
}
