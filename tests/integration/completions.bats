#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What bash offers is what --help lists.

load helpers

offered() {
	COMP_WORDS=("$RUNTIME" "$@") COMP_CWORD=$# COMPREPLY=()
	_runtime
	printf '%s\n' "${COMPREPLY[@]}"
}

setup() {
	begin_test
	# shellcheck source=/dev/null
	source "$BATS_TEST_DIRNAME/../../contrib/completions/runtime.bash"
}

@test "every command and every option of --help is offered [CliCompletions]" {
	local command option
	[ "$(offered '' | wc -l)" -gt 10 ]
	for command in $(offered ''); do
		offered "${command:0:2}" | grep -qx "$command"
		"$RUNTIME" "$command" --help | grep -oE -- '--[a-z-]+ ' | tr -d ' ' >"$T/options"
		while read -r option; do
			offered "$command" "$option" | grep -qx -- "$option"
		done <"$T/options"
	done
	offered --cgroup | grep -qx -- --cgroup-manager
}

@test "containers of the state root are offered" {
	sleeper
	create
	offered --root "$STATE" state "${BOX:0:4}" | grep -qx "$BOX"
	rt delete --force "$BOX"
}
