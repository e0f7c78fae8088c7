// SPDX-License-Identifier: Apache-2.0
//
// JSON taken apart without changing a byte of it, so that what we do not know stays as it is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rt::pack {

struct RawMember {
    std::string name;
    std::string_view value;  ///< as it is written, within the text it came from
};

/// The members of the object that `text` is, in its order; `what` is what an error calls the text.
Result<std::vector<RawMember>> raw_members(std::string_view text, std::string_view what);
/// The same for the elements of an array, which have no names.  `text` is of a raw_members() value.
Result<std::vector<RawMember>> raw_elements(std::string_view text, std::string_view what);

/// The value of `name`, or "" when there is none or it is null.
std::string_view raw_value(const std::vector<RawMember> &members, std::string_view name);

struct Replacement {
    std::string name;
    std::string value;  ///< JSON
};
/// The object with other values for some of its members, and those that it did not have at its end.
Result<std::string> replaced(std::string_view text, std::string_view what,
                             const std::vector<Replacement> &replacements);

/// The media type that a manifest says it has; OCI's, when it says nothing.
Result<std::string> manifest_type(std::string_view manifest);

}  // namespace rt::pack
