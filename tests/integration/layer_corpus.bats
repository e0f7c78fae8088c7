#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Every image of tests/corpus/layers, one that wants to do harm each: the tree or the message is the one that is
# written there, and nothing else on the disk has changed.

load helpers
load layer.bash

CORPUS=${CORPUS:-$(realpath -m -- "$BATS_TEST_DIRNAME/../../build/tests/corpus/layers/layer_corpus")}

# all_hold CLASS LEAST: at least so many cases, and they hold.
all_hold() {
	[ -x "$CORPUS" ] || skip "no layer_corpus: ninja -C build tests/corpus/layers/layer_corpus"
	run "$CORPUS" "$LAYERCTL" "$1"
	echo "$output"
	echo "# $(head -n 1 <<<"$output")" >&3
	[ "$status" = 0 ]
	[[ $output =~ "corpus: "([0-9]+)" cases, 0 failed" ]]
	[ "${BASH_REMATCH[1]}" -ge "$2" ]
}

@test "layers that want to leave their directory [esc]" { all_hold esc 70; }
@test "whiteouts, opaque directories and many layers [wh]" { all_hold wh 43; }

# fooled LEAST SHELL-COMMAND: so many of the escapes succeed with another program.
fooled() {
	[ -x "$CORPUS" ] || skip "no layer_corpus"
	run "$CORPUS" --fooled "$2" esc
	echo "$output"
	[[ $output =~ "fooled by "([0-9]+)" of" ]]
	[ "${BASH_REMATCH[1]}" -ge "$1" ]
}

# shellcheck disable=SC2016
@test "the escapes are escapes: programs that trust the archive are led out" {
	needs bsdtar
	fooled 30 'tar -xpPf "$1"'
	fooled 30 'bsdtar -xpPf "$1"'
	fooled 5 'tar -xpf "$1"' # by two layers, as in CVE-2025-45582
}
