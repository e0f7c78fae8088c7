// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "plan/cgroup.h"

namespace rt::cgroup {

/// What the files of one directory say before limits are written into them, to be put back.
class Former {
public:
    /// Reads the files that `where` has writes for.  One that cannot be read is not put back.
    static Former values(FdRef dir, const plan::CgroupDir &where);

    /// Writes them back, each as far as it goes, in the opposite order: what came last may stand in the way
    /// of what came first.  The error is of the first file that holds another value still.
    Status put_back(FdRef dir) const;

    /// The same of those files alone that somebody else changed meanwhile.
    Status put_back_changed(FdRef dir) const;

private:
    plan::CgroupDir old_;
    std::string devices_;  ///< devices.list of v1
};

}  // namespace rt::cgroup
