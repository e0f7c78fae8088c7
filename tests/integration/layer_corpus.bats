#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Every image of tests/corpus/layers, one that wants to do harm each: the tree or the message is the one that is
# written there, and nothing else on the disk has changed.

load helpers
load layer.bash

CORPUS=${CORPUS:-$(realpath -m -- "$BATS_TEST_DIRNAME/../../build/tests/corpus/layers/layer_corpus")}

has_corpus() { [ -x "$CORPUS" ] || { echo "no $CORPUS: make test-integration builds it" >&2; return 1; }; }

# all_hold CLASS LEAST [OPTION]: at least so many cases, and they hold.
all_hold() {
	has_corpus
	# shellcheck disable=SC2086
	run "$CORPUS" ${3-} "$LAYERCTL" "$1"
	echo "$output"
	echo "# $(head -n 1 <<<"$output")" >&3
	[ "$status" = 0 ]
	[[ $output =~ "corpus: "([0-9]+)" cases, 0 failed" ]]
	[ "${BASH_REMATCH[1]}" -ge "$2" ]
}

@test "every dialect of tar is read as it is meant [tar]" { all_hold tar 64; }
@test "owners, modes and extended attributes [attr]" { all_hold attr 35; }
@test "archives that are broken, or claim more than there is [bad]" { all_hold bad 72; }
@test "archives that others read in two ways [diff]" { all_hold diff 29; }
@test "gzip, zstd and what pretends to be it [pack]" { all_hold pack 51; }
@test "little that becomes much [bomb]" { all_hold bomb 16; }
@test "whiteouts, opaque directories and many layers [wh]" { all_hold wh 43; }
@test "layers that want to leave their directory [esc]" { all_hold esc 70; }
@test "image layouts whose documents, digests or files are wrong [layout]" { all_hold layout 93; }
@test "archives of images [arc]" { all_hold arc 39; }
@test "what a config says becomes config.json, or is refused [config]" { all_hold config 54; }

# What of a store is mounted is the same tree: its layers are laid on each other by overlayfs.
@test "mounted from a store, every dialect of tar is read as it is meant [tar]" { all_hold tar 64 --store; }
@test "mounted from a store: owners, modes and extended attributes [attr]" { all_hold attr 35 --store; }
@test "what is broken does not come into a store [bad]" { all_hold bad 72 --store; }
@test "what others read in two ways does not come into a store [diff]" { all_hold diff 29 --store; }
@test "mounted from a store: gzip, zstd and what pretends to be it [pack]" { all_hold pack 51 --store; }
@test "little that becomes much does not come into a store [bomb]" { all_hold bomb 16 --store; }
@test "mounted from a store: whiteouts, opaque directories and many layers [wh]" { all_hold wh 43 --store; }
@test "mounted from a store, no layer leaves its directory [esc]" { all_hold esc 70 --store; }
@test "layouts that are wrong do not come into a store [layout]" { all_hold layout 93 --store; }
@test "archives of images, imported [arc]" { all_hold arc 39 --store; }

@test "the program may be given as it is called from here, and one that is not there is named" {
	has_corpus
	cd "${LAYERCTL%/*}"
	run "$CORPUS" "./${LAYERCTL##*/}" config
	[ "$status" = 0 ]
	run -2 "$CORPUS" ./no-such-program config
	says no-such-program
	run -1 "$CORPUS" no-such-program config
	says "no-such-program: No such file"
}

# others LEAST OPTION COMMAND... CLASS: so many of the class's cases are what the option asks for.
others() {
	local least=$1
	shift
	has_corpus
	run "$CORPUS" "$@"
	echo "$output"
	[[ ${lines[-1]} =~ ^([0-9]+)" of "[0-9]+$ ]]
	[ "${BASH_REMATCH[1]}" -ge "$least" ]
}

# shellcheck disable=SC2016
@test "the escapes are escapes: programs that trust the archive are led out" {
	needs bsdtar
	others 30 --fooled 'tar -xpPf "$1"' esc
	others 30 --fooled 'bsdtar -xpPf "$1"' esc
	others 5 --fooled 'tar -xpf "$1"' esc # by two layers, as in CVE-2025-45582
}

# shellcheck disable=SC2016
@test "what is refused here others take, and do not read alike" {
	needs bsdtar
	others 15 --taken 'tar -xf "$1"' bad
	others 15 --taken 'tar -xf "$1"' diff
	others 20 --taken 'bsdtar -xf "$1"' diff
	others 3 --differ 'tar -tf "$1" 2>/dev/null' 'bsdtar -tf "$1" 2>/dev/null' diff
}
