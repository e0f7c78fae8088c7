// SPDX-License-Identifier: Apache-2.0
//
// The version of the running kernel: for what it does otherwise without being asked for, and for words.
#pragma once

#include <string>
#include <string_view>

namespace rt::kernel {

/// Of "6.1.0-13-amd64": {6, 1}.  {0, 0} of what is none.
struct Release {
    int major = 0, minor = 0;
    bool operator>=(const Release &other) const
    {
        return major != other.major ? major > other.major : minor >= other.minor;
    }
};
Release release_of(std::string_view text);
/// The running kernel's, with the text itself.
std::string release();

}  // namespace rt::kernel
