#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# clauses.sh CLAUSES.TSV: its rows for clauses.cc.  Of the runtime specification: no config.json breaks the other.
set -eu
tail -n +2 "$1" | grep -v '	image-spec/' | LC_ALL=C sort -t "$(printf '\t')" -k 1,1 |
	awk -F '\t' '{ gsub(/["\\]/, "\\\\&"); printf "{\"%s\", \"%s\", \"%s\"},\n", $1, $3, $4 }'
