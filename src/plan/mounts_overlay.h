// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rt::plan {

/// fsconfig(2) takes strings of so many bytes.
inline constexpr std::size_t kFsconfigValueMax = 255;

/// The options of an overlay, written for mount(2) ("lowerdir=/a:/b\,c,upperdir=/d"), in words of fsconfig(2)
/// that are short enough: "lowerdir=" by layers ("lowerdir+=", "datadir+=", Linux 6.7), their paths without
/// escapes.  A longer path of a layer stays as long (init opens it, Linux 6.13).  Nothing if that can't be
/// done.
std::optional<std::vector<std::string>> overlay_options(std::string_view data);

}  // namespace rt::plan
