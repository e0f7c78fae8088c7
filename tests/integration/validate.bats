#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# `validate`: everything that is wrong, where, by which clause, and what to write instead.  runc and crun have
# no such command.

load inside

check_it() { run rt validate "$@" "$BUNDLE"; }

@test "a good bundle is accepted, without a word of blame [CliValidate]" {
	bundle
	check_it
	ok
	says "no errors, no warnings"
}

@test "all is told at once, with line, pointer, clause and what to write instead [CliValidate ErrorsAllAtOnce]" {
	bundle '.process.cwd = "tmp"' '.process.rlimits = [{type: "RLIMIT_NOFIL", soft: 1, hard: 1}]' '.linux.namespcaes = []'
	check_it
	[ "$status" = 1 ]
	for text in ': error: /process/cwd: ' 'instead: "/tmp"' '= ProcCwdAbs: ' 'config.md#process' \
		'instead: "RLIMIT_NOFILE"' ': warning: /linux/namespcaes: ' 'instead: "namespaces"' '2 errors, 1 warning'; do
		says "$text"
	done
}

@test "validate --format json has the same, for programs [CliValidate]" {
	bundle '.process.cwd = "tmp"' '.linux.seccmp = {}'
	check_it --format json
	[ "$status" = 1 ]
	jq -e '.verdict == "refused" and .errors == 1 and .warnings == 1 and (.findings | length) == 2' <<<"$output"
	jq -e '.findings[] | select(.severity == "error") | .pointer == "/process/cwd" and .clause == "ProcCwdAbs" and
		.instead == "\"/tmp\"" and .source == "config.md#process" and .line > 1 and .column > 1' <<<"$output"
	jq -e '.findings[] | select(.severity == "warning") | .pointer == "/linux/seccmp"' <<<"$output"
}

@test "what the bundle lacks is told: the root as an error, the rest as warnings [CliValidate RootPathExist]" {
	bundle '.mounts += [{destination: "/x", source: "/no/such/source", options: ["bind"]}]' \
		'.hooks.poststop = [{path: "/no/such/hook"}]' '.process.args = ["/no/such/program"]' \
		'.linux.namespaces |= map(if .type == "ipc" then .path = "/no/such/namespace" else . end)'
	check_it
	ok
	for pointer in source hook program namespace; do says "no/such/$pointer"; done
	configure '.root.path = "nowhere"'
	check_it
	[ "$status" = 1 ]
	says "/root/path"
	says '"rootfs", which is there'
}

@test "links of the image are followed inside it [CliValidate]" {
	bundle '.process.args = ["/bin/absolute"]'
	ln -s /bin/busybox "$ROOTFS/bin/absolute"
	[ -e "$ROOTFS/bin/busybox" ] || cp "$ROOTFS/bin/sh" "$ROOTFS/bin/busybox"
	check_it
	ok
	says "no warnings"
}

@test "what only one kind of cgroup can do is a warning that names it [CliValidate]" {
	bundle '.linux.resources.unified = {"memory.high": "1000000"}'
	check_it
	ok
	says "with cgroup v1: "
}

@test "what is no config.json ends with 2 [CliValidate]" {
	mkdir -p "$BUNDLE"
	check_it
	[ "$status" = 2 ]
	echo '{"ociVersion": ' >"$BUNDLE/config.json"
	check_it
	[ "$status" = 2 ]
	says ":2:1: expected a value"
	check_it --format json
	[ "$status" = 2 ]
	jq -e '.verdict == "unreadable"' <<<"$output"
	mkfifo "$T/fifo"
	run rt validate "$T/fifo"
	[ "$status" = 2 ]
}

@test "validate needs no privilege and leaves no trace [CliValidate]" {
	bundle
	chmod 0644 "$BUNDLE/config.json"
	exec 9<"$BUNDLE/config.json"
	run setpriv --reuid 65534 --regid 65534 --clear-groups "$RUNTIME" "${DRIVER[@]}" --root "$STATE" validate /dev/fd/9
	exec 9<&-
	ok
	says "no errors, no warnings"
	[ ! -e "$STATE" ]
}

@test "the transcripts in docs/errors.md are current" {
	run bash "$BATS_TEST_DIRNAME/../../docs/errors.sh" --check "$RUNTIME"
	ok
}
