# SPDX-License-Identifier: Apache-2.0
#
# For tests of exec.
# shellcheck shell=bash disable=SC2154
load inside

# in_box [OPTION...] SCRIPT: exec of a shell script in $BOX; $status and $output are its.
in_box() {
	local script=${*: -1}
	run rt exec "${@:1:$#-1}" "$BOX" /bin/sh -c "$script" </dev/null
}

# process JQ-FILTER...: $T/process.json, the bundle's process with the edits.
process() {
	local filter=.process edit
	for edit; do
		filter+=" | ($edit)"
	done
	jq "$filter" "$BUNDLE/config.json" >"$T/process.json"
}
