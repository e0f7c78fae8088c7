// SPDX-License-Identifier: Apache-2.0
//
// Ordinary users: root of a user namespace, with the ids that the machine lends them.
#pragma once

#include <string>

#include "base/result.h"
#include "host/id_maps.h"

namespace rt::layerctl {

/// The store that is meant when none is named: $LAYERCTL_ROOT; root's is /var/lib/layerctl, and an ordinary
/// user's layerctl in $XDG_DATA_HOME or ~/.local/share.  "": there is no saying.
std::string usual_store();

/// Nothing for root.  Anybody else is in a user namespace of their own from now on, as root of it
/// (host::our_maps), and in a mount namespace of their own; LAYERCTL_ROOT says what usual_store() was.
Status become_root();

/// The ids that root of our namespace has outside.
const host::IdMaps &our_maps();

/// become_root() has made the namespaces we are in: what is mounted here, nobody else sees.
bool is_in_own_namespace();

}  // namespace rt::layerctl
