// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace rt::oci {

/// What `features` tells about the binary itself.
struct Build {
    std::string_view version, commit;
    std::string libseccomp;  ///< "2.5.4"
};

/// The Features structure (features.md) as JSON, with a newline at the end.  Its lists are the tables that
/// config.json is read along; the host has no say in it.
std::string features(const Build &build);

}  // namespace rt::oci
