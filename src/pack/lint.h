// SPDX-License-Identifier: Apache-2.0
//
// What an image will do to those who unpack, mount and run it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "layer/image.h"

namespace rt::pack {

/// Something to know of an image.
struct Finding {
    std::string_view check;  ///< its name: "set-id"
    std::string_view text;   ///< what it means, for people
    bool harmful = false;    ///< programs disagree on what it means, or refuse it
    std::size_t layer = 0;   ///< from 1; 0: the whole image
    std::vector<std::string> paths;
    std::uint64_t bytes = 0;  ///< for "wasted"
};

/// Reads all layers and the config.  What cannot be read is a finding as well; fails only when there is no
/// reading at all.
Result<std::vector<Finding>> lint(const layer::Image &image, const layer::UnpackLimits &limits);

}  // namespace rt::pack
