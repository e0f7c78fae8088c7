# SPDX-License-Identifier: Apache-2.0
#
# Once a run: the images, made of this machine's own files, and names nobody else has.

setup_suite() {
	set -eu
	local here
	here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
	export RUNTIME=${RUNTIME:-$here/../../build/runtime}
	RUNTIME=$(realpath -- "$(command -v "$RUNTIME" || echo "$RUNTIME")")
	[ -x "$RUNTIME" ] || { echo "no $RUNTIME: run make, or set RUNTIME" >&2; return 1; }
	export LAYERCTL=${LAYERCTL:-$here/../../build/layerctl}
	export SUITE=$BATS_SUITE_TMPDIR
	export RUN_TAG=rt-eng-$$
	"$here/make-image" "$SUITE/box.tar" box:1
	"$here/make-image" "$SUITE/pause.tar" pause:1 /bin/sleep 1000000
}
