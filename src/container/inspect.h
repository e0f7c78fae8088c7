// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/fd.h"
#include "oci/config.h"
#include "oci/findings.h"

namespace rt::container {

/// What config.json names and the bundle, or the machine, does not have: the root file system is an error,
/// the rest, which may come later, warnings.  `bundle` is its directory.  Looks, and changes nothing; what it
/// may not look at it says nothing of.
void inspect_bundle(FdRef bundle, const oci::Config &config, oci::Findings &findings);

}  // namespace rt::container
