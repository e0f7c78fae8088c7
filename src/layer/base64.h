// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace rt::layer {

/// RFC 4648, 4; the `=` at the end may be missing, as libarchive leaves them out.
Result<std::string> from_base64(std::string_view text);
/// With `=` at the end.
std::string to_base64(std::string_view bytes);

}  // namespace rt::layer
