// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace rt::container {

/// While it lives we are in a mount namespace of our own, and so is whom we start meanwhile.  What is mounted
/// there nobody else sees, and it is gone with the last process in it, whatever that dies of.
class PrivateMounts {
public:
    static Result<PrivateMounts> enter();
    PrivateMounts(PrivateMounts &&) = default;
    PrivateMounts &operator=(PrivateMounts &&) = delete;
    ~PrivateMounts();  ///< goes back, root and working directory included

    /// `path` becomes a mount point, of itself.
    Status bind_to_itself(const std::string &path) const;

private:
    PrivateMounts(Fd host, Fd root, Fd directory)
        : host_(std::move(host)), root_(std::move(root)), directory_(std::move(directory))
    {}
    Fd host_;  ///< the mount namespace we come from; not open: somebody else goes back
    Fd root_, directory_;
};

}  // namespace rt::container
