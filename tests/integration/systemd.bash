# SPDX-License-Identifier: Apache-2.0
#
# For tests that ask systemd.
# shellcheck shell=bash

# The user's own systemd where we are not root.
systemctl() {
	local who=()
	[ "$(id -u)" = 0 ] || who=(--user)
	command systemctl "${who[@]}" "$@"
}

# setup() of a test of containers that are units: the unit's name is $UNIT.
begin_unit_test() {
	[ -d /run/systemd/system ] || skip "needs systemd"
	requires systemctl
	begin_test
	UNIT=rt-$BOX.scope
}

DIR() { echo "/sys/fs/cgroup$(cgroup_path)"; }
resources() { echo ".linux.resources += $1"; }

# unit_has PROPERTY VALUE
unit_has() {
	local value
	value=$(systemctl show --property "$1" --value "$UNIT")
	[ "$value" = "$2" ] || { echo "$1: expected $2, is $value" >&2; return 1; }
}
# file_has FILE VALUE: of the container's v2 cgroup.
file_has() {
	local value
	value=$(cat "$(DIR)/$1")
	[ "$value" = "$2" ] || { echo "$1: expected $2, is $value" >&2; return 1; }
}
no_unit() { [ "$(systemctl show --property LoadState --value "${1:-$UNIT}")" = not-found ]; }
needs_controller() { grep -qw "$1" /sys/fs/cgroup/cgroup.controllers || skip "needs the controller $1"; }
