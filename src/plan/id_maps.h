// SPDX-License-Identifier: Apache-2.0
//
// Who may write the maps of a user namespace: user_namespaces(7), "Defining user and group ID mappings".
#pragma once

#include "base/result.h"
#include "plan/plan_draft.h"

namespace rt::plan {

/// Takes the maps of the container's new user namespace into the plan, and how they get to the kernel: by our
/// own hand where we have the right (any map with CAP_SETUID or CAP_SETGID, our own id alone without), else
/// by newuidmap(1) and newgidmap(1).  Refuses a namespace without a map.
Status map_ids(Draft &draft);

/// The user namespace that `draft` makes has setgroups(2) denied for good: the price of mapping our own group
/// without CAP_SETGID.
bool denies_setgroups(const Draft &draft);

/// Init becomes who has the rights in the user namespace just entered: its root, or, where the maps have no
/// id 0, `process`.
void become_root(Draft &draft, const oci::Process *process);

/// Root of the runtime's own user namespace, with what setns(2) asks for: init keeps that.
bool is_root(const Host &host);

/// Whether init has its rights in the namespaces of others before it enters a user namespace, and none behind
/// it.
bool joins_first(const Host &host);

/// Refuses a container for which `host` has rights in a user namespace alone, and which has none.
Status check_rights(const oci::Config &config, const Host &host);

}  // namespace rt::plan
