// SPDX-License-Identifier: Apache-2.0
//
// The filter that linux.seccomp came to, beside the copy of config.json in a container's home: an exec need
// not compile it again, nor read the profile.  Nothing depends on it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"
#include "plan/seccomp.h"

namespace rt::container {

/// `config`: the text that `program` was compiled from.
Status write_filter(FdRef home, const plan::SeccompProgram &program, std::string_view config);

struct KeptFilter {
    plan::SeccompProgram program;
    std::string config;  ///< config.json with nothing in linux.seccomp.syscalls, which are most of it
};
/// Nothing where there is none that is whole and of this `config`: then it has to be compiled.
std::optional<KeptFilter> read_filter(FdRef home, std::string_view config);

}  // namespace rt::container
