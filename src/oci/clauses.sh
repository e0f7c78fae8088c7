#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# clauses.sh CLAUSES.TSV: its rows for clauses.cc.
set -eu
tail -n +2 "$1" | LC_ALL=C sort -t "$(printf '\t')" -k 1,1 |
	awk -F '\t' '{ gsub(/["\\]/, "\\\\&"); printf "{\"%s\", \"%s\", \"%s\"},\n", $1, $3, $4 }'
