// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>

namespace rt::kernel {

/// What `call` gives once no signal interrupts it: made again for as long as it is -1 with EINTR.  Not for
/// close(2), whose descriptor is gone by then.
template <class Call>
auto retry(Call call)
{
    for (;;) {
        auto r = call();
        if (r != -1 || errno != EINTR) {
            return r;
        }
    }
}

}  // namespace rt::kernel
