// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace rt::layer {

/// The path of what is to be made.
struct NewName {
    std::string above;  ///< the path of the directory it goes into; "." where none is named
    std::string name;   ///< its own; "" behind a last slash
};
NewName new_name(std::string_view path);

/// Opens the directory that `path` goes into, which has to be there.  `doing` and the path begin an error:
/// "making", "writing".
Result<Fd> open_above(const NewName &name, std::string_view doing, const std::string &path);

}  // namespace rt::layer
