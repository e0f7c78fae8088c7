// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rt::layer {

/// An access control list as star, GNU tar and libarchive write it,
/// "user::rw-,user:lisa:r--:502,mask::r--,...", as the kernel has it in system.posix_acl_access and _default
/// (acl(5), linux/posix_acl_xattr.h).  Nothing when somebody is in it by name alone: names are the image's,
/// and not looked up.
Result<std::optional<std::string>> acl_from_text(std::string_view text);

/// The way back: "user::rw-,user:502:r--,...", with numbers for names.  Nothing for what is no such list.
std::optional<std::string> acl_to_text(std::string_view list);

}  // namespace rt::layer
