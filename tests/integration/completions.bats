#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What bash offers is what --help lists.

load helpers

# offered PROGRAM WORD...: what there is for the last word.
offered() {
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
	_runtime
	printf '%s\n' "${COMPREPLY[@]}"
}

setup() {
	begin_test
	LAYERCTL=${RUNTIME%/*}/layerctl
	# shellcheck source=/dev/null
	source "$BATS_TEST_DIRNAME/../../contrib/completions/programs.bash"
}

# offers_what_help_lists PROGRAM
offers_what_help_lists() {
	local program=$1 command option
	for command in $(offered "$program" ''); do
		offered "$program" "${command:0:2}" | grep -qx "$command"
		"$program" "$command" --help | grep -oE -- '--[a-z-]+ ' | tr -d ' ' >"$T/options"
		[ -s "$T/options" ]
		while read -r option; do
			offered "$program" "$command" "$option" | grep -qx -- "$option"
		done <"$T/options"
	done
}

@test "every command and every option of --help is offered [CliCompletions]" {
	[ "$(offered "$RUNTIME" '' | wc -l)" -gt 10 ]
	offers_what_help_lists "$RUNTIME"
	offered "$RUNTIME" --cgroup | grep -qx -- --cgroup-manager
	offered "$RUNTIME" --log-level debug li | grep -qx list
}

@test "containers of the state root are offered" {
	sleeper
	create
	offered "$RUNTIME" --root "$STATE" state "${BOX:0:4}" | grep -qx "$BOX"
	rt delete --force "$BOX"
}

@test "every command and option of layerctl is offered, and files [CliCompletions]" {
	[ "$(offered "$LAYERCTL" '' | wc -l)" -gt 2 ]
	offers_what_help_lists "$LAYERCTL"
	touch "$T/image.tar"
	offered "$LAYERCTL" unpack "$T/im" | grep -qx "$T/image.tar"
}
