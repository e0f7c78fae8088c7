# SPDX-License-Identifier: Apache-2.0
#
# For tests whose runtime is not root's: `rt` runs a copy of it as an ordinary user, or as root of that user's
# namespace, with room and bundles that belong to the user.
#
#   as_user         an ordinary user, whose own ids are all that can be mapped
#   as_mapped_user  the same, with ids of its own in /etc/subuid and /etc/subgid ($SUB on), which only this test sees
#   as_root_inside  root of a user namespace that the user has made, with one id in it
#   as_mapped_root_inside  the same, with the ids from $SUB on as 1 to 65536
# shellcheck shell=bash disable=SC2034,SC2119,SC2154,SC2317
load inside

U=34 # "backup" of every Debian: newuidmap wants a name
SUB=300000

eval "any_$(declare -f bundle)"
# As `spec --rootless` writes it, for the user.
bundle() {
	BASE=$T/base.json any_bundle "$@" 'del(.linux.cgroupsPath)' "${MAPS:-.}"
	chown -h "$U:$U" "$BUNDLE" "$BUNDLE"/*
	give "$U"
}

# give UID: the root file system, to that user of the host.
give() { chown -hR "$1:$1" "$ROOTFS"; }

user() { env -u XDG_RUNTIME_DIR setpriv --reuid "$U" --regid "$U" --clear-groups -- "$@"; }
rt() { RT_TEST=$TAG user "$T/runtime" --root "$STATE" "$@"; }

as_user() {
	chmod o+x "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR" "$T"
	chown "$U:$U" "$T"
	cp "$RUNTIME" "$T/runtime"
	mkdir "$T/spec"
	chown "$U" "$T/spec"
	user "$T/runtime" spec --rootless --bundle "$T/spec"
	jq --arg tag "$RUN_TAG" '.process.terminal = false | .process.env += ["RT_TEST=" + $tag] | .root.readonly = false
		| .linux.namespaces |= map(select(.type != "cgroup"))' "$T/spec/config.json" >"$T/base.json"
}

as_mapped_user() {
	as_user
	give_ids
}
give_ids() {
	requires newuidmap
	printf '%s:%s:65536\n' "$U" "$SUB" >"$T/subids"
	local file
	for file in /etc/subuid /etc/subgid; do
		[ -e "$file" ] || skip "needs $file"
		mount --bind "$T/subids" "$file"
	done
	MAPS=".linux |= (.uidMappings = [{containerID: 0, hostID: $U, size: 1}, {containerID: 1, hostID: $SUB, size: 65536}]
		| .gidMappings = .uidMappings)"
}

as_root_inside() {
	as_user
	(exec setpriv --reuid "$U" --regid "$U" --clear-groups -- unshare --user --map-root-user --mount -- sleep 1000) >/dev/null 2>&1 3>&- &
	HOLDER=$!
	eventually has_own_user_namespace "$HOLDER"
	rt_inside
}
as_mapped_root_inside() {
	as_user
	(exec setpriv --reuid "$U" --regid "$U" --clear-groups -- unshare --user --mount -- sleep 1000) >/dev/null 2>&1 3>&- &
	HOLDER=$!
	eventually has_another_user_namespace "$HOLDER"
	local map
	for map in uid_map gid_map; do
		cat <<<"0 $U 1"$'\n'"1 $SUB 65536" >"/proc/$HOLDER/$map"
	done
	rt_inside
}
rt_inside() {
	rt() { RT_TEST=$TAG user nsenter --target "$HOLDER" --user --mount --preserve-credentials -- "$T/runtime" --root "$STATE" "$@"; }
}
has_another_user_namespace() { [ "$(readlink "/proc/$1/ns/user")" != "$(readlink /proc/self/ns/user)" ]; }
has_own_user_namespace() { grep -q "^ *0 *$U *1$" "/proc/$1/uid_map"; }

# In teardown, before end_test.
end_user() {
	local file
	for file in /etc/subuid /etc/subgid; do
		! grep -qF " $file " /proc/self/mountinfo || umount "$file"
	done
	[ -z "${HOLDER-}" ] || kill "$HOLDER"
}
