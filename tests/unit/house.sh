#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The tree's own rules: includes go down (src/README.md says what the floors are), files end, and what
# was decided against stays out.
set -eu
cd "${1:-$(dirname "$0")/../..}"
bad=0

grep -rnE --include='*.h' --include='*.cc' '^[[:space:]]*#[[:space:]]*include "' src | awk -F '[:"]' '
	BEGIN {
		floor["base"] = 1; floor["kernel"] = 2; floor["dbus"] = 3; floor["oci"] = 3; floor["plan"] = floor["options"] = floor["host"] = 4
		floor["init"] = floor["cgroup"] = floor["network"] = floor["resctrl"] = floor["criu"] = 5; floor["container"] = floor["machine"] = 6; floor["cli"] = 7
		floor["layer"] = 5; floor["pack"] = floor["store"] = 6; floor["layerctl"] = 7; floor["pages"] = 8
		# Whoever is named here may include these, whatever the floors say, and below "only" nothing else.
		also["plan"] = "^(init/wire|dbus/value)\\.h$"
		only["init"] = "^(init/.*|kernel/(raw|consts[a-z_]*)\\.h)$"
		only["layer"] = "^(layer|oci|kernel|base)/"
		only["pack"] = "^(pack|layer|oci|kernel|base)/"
		only["store"] = "^(store|pack|layer|oci|kernel|base)/"
		only["layerctl"] = "^(layerctl|pack|store|layer|options|host|oci|kernel|base)/"
		pure["oci"] = pure["plan"] = 1
	}
	function refuse(why) { print $1 ":" $2 ": " from "/ may not include " $4 ": " why; bad++ }
	{
		n = split($1, path, "/")
		from = n > 2 ? path[2] : "main"
		to = substr($4, 1, index($4, "/") - 1)
		if (from == "main") next
		if (to == "") { refuse("write it from src/, with its folder"); next }
		if (!(to in floor)) { refuse("no such floor"); next }
		if (from in only) {
			if ($4 !~ only[from]) refuse("it stands apart (src/README.md)")
			next
		}
		if (from in also && $4 ~ also[from]) next
		if (from != to && floor[to] >= floor[from]) refuse("includes go down")
		else if (pure[from] && to == "dbus") refuse("it is pure")
		else if (pure[from] && to == "kernel" && $4 !~ /^kernel\/consts[a-z_]*\.h$/) refuse("it is pure")
	}
	END { exit bad > 0 }' || bad=1

find src tests -name '*.cc' -o -name '*.h' -o -name '*.c' -o -name '*.sh' -o -name '*.bash' -o -name '*.bats' | tr '\n' '\0' |
	xargs -0 wc -l | awk '
	$2 != "total" && $1 > 400 { print $2 ": " $1 " lines, 400 is enough"; bad++ }
	END { exit bad > 0 }' || bad=1

# Files that say nothing of their license.
grep -rL --include='*.cc' --include='*.h' --include='*.c' 'SPDX-License-Identifier: Apache-2.0' src tests |
	sed 's/$/: no SPDX line/' | grep . && bad=1

grep -rL --include='*.h' '^#pragma once' src tests | sed 's/$/: no #pragma once/' | grep . && bad=1

# Decided against: exceptions in disguise, locales, threads, name services, shells, promises, two names for errno.
grep -rnE --include='*.cc' --include='*.h' \
	-e '\bstd::(filesystem|regex|sto(i|l|ul|ll|ull)|cout|cerr|j?thread|async|[io]?stringstream)\b' \
	-e '\b(get(pw|gr)(nam|uid|gid)|system|popen)\(' \
	-e '<(errno\.h|iostream|filesystem|regex|sstream|thread|fstream|locale)>' src && bad=1
grep -rnE --include='*.cc' --include='*.h' --include='*.c' --include='meson.build' '\b(TODO|FIXME|XXX)\b' src tests && bad=1

exit $bad
