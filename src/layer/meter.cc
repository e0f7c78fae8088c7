// SPDX-License-Identifier: Apache-2.0
#include "layer/meter.h"

#include <sys/mman.h>

#include <cerrno>
#include <new>

namespace rt::layer {
namespace {

Meter of_this_process;
Meter *the_meter = &of_this_process;

}  // namespace

Meter &meter() { return *the_meter; }

Status share_meter()
{
    void *const page =
        ::mmap(nullptr, sizeof(Meter), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) {
        return Error::kernel(errno, "mmap()");
    }
    the_meter = ::new (page) Meter;
    return {};
}

Result<std::string_view> MeteredSource::next()
{
    auto chunk = from_.next();
    meter().bytes += chunk ? chunk->size() : 0;
    return chunk;
}

}  // namespace rt::layer
