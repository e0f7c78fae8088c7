// SPDX-License-Identifier: Apache-2.0
//
// A directory in the place of resctrl, for tests on machines without it.  What the kernel does there with
// mkdir(2) and rmdir(2) is done here.
#pragma once

#include <string>

namespace rt::resctrl {

/// $RUNTIME_TEST_RESCTRL, for root only; "" when it is not set, which is always but in tests.
std::string fake_root();

/// Gives a new group of the fake the files that the kernel would.
void furnish_fake(const std::string &path);
/// Empties such a group, so that it can be removed as one of the kernel's can.
void strip_fake(const std::string &path);

}  // namespace rt::resctrl
