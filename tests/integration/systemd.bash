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
