// SPDX-License-Identifier: Apache-2.0
//
// What `checkpoint` and `restore` share of their command lines.
#pragma once

#include "cli/command.h"
#include "criu/messages.h"

namespace rt::cli {

/// The options that go to CRIU as they are, and which CRIU it is.
Result<criu::Options> criu_options(const Globals &globals, const Arguments &arguments);

}  // namespace rt::cli
