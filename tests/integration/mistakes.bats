#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What those who are new to it type, and what they are told to type instead.
# runc 1.1.5 and crun 1.8.1 fail these: they do not say what to do.

load helpers

# answered WORDS ARGUMENT...: refused, with these words.
answered() {
	local words=$1
	shift
	run ! rt "$@"
	says "$words"
}

@test "a bundle that is not there, or is no directory, is answered with what one is [CliHabits]" {
	bundle
	answered 'opening the bundle: realpath("/nope"): No such file or directory (a bundle is a directory with config.json' \
		run -b /nope
	answered 'opening the bundle: realpath("nope/"): No such file or directory (a bundle is a directory with config.json' \
		run nope/
	answered "(a bundle is a directory, the one that config.json is in)" run -b "$BUNDLE/config.json" "$BOX"
	answered '(mkdir -p DIR/rootfs makes one)' spec --bundle "$T/none"
	answered "(give a bundle's directory, or a config.json)" validate "$T/none"
}

@test "without a bundle here the answer names the option [CliBundle CliHabits]" {
	mkdir "$T/empty"
	cd "$T/empty"
	answered '--bundle DIR or DIR/ names another, `runtime spec` makes a config.json)' create "$BOX"
	answered '--bundle DIR or DIR/ names another, `runtime spec` makes a config.json)' run "$BOX"
}

@test "two words that both name a bundle are refused, and no bundle is ignored [CliBundle CliBundlePath]" {
	bundle
	answered '--bundle and "some/name" both name a bundle (a container ID has no slash in it)' run -b "$BUNDLE" some/name
}

@test "what spec writes is for a terminal, and create says what else there is [CliHabits]" {
	bundle '.process.terminal = true'
	answered 'give --console-socket, or set process.terminal to false' create --bundle "$BUNDLE" "$BOX"
}

@test "exec says which numbers a user is, and which options other programs' are [CliHabits ExecOptions]" {
	for user in 1000: :5 web 1:x; do
		answered "--user takes UID or UID:GID, both numbers, got \"$user\" (names are not looked up" exec -u "$user" "$BOX" id
	done
	answered 'names are not looked up' exec --additional-gids staff "$BOX" id
	answered '(--cwd DIR)' exec --workdir /tmp "$BOX" id
	answered '(--cwd DIR)' exec -w /tmp "$BOX" id
	answered '--cap NAME' exec --privileged "$BOX" id
	answered '--cap again for another' exec --cap KILL,CHOWN "$BOX" id
}

@test "a state root where nothing can be made is an error, and no endless attempt [CliHabits]" {
	bundle
	run -1 "$RUNTIME" --root /proc/none/none run --bundle "$BUNDLE" "$BOX"
	says 'making the state root: mkdirat("/proc/none")'
	run -1 "$RUNTIME" --root /proc/none run --bundle "$BUNDLE" "$BOX"
	says 'making the state root: mkdirat("/proc/none")'
	says 'give --root DIR'
}
