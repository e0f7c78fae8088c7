// SPDX-License-Identifier: Apache-2.0
#include "resctrl/fake.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/str.h"
#include "kernel/calls_fs.h"

namespace rt::resctrl {
namespace {

constexpr const char *kFiles[] = {"tasks", "schemata"};

}  // namespace

std::string fake_root()
{
    const char *path = ::geteuid() == 0 ? ::getenv("RUNTIME_TEST_RESCTRL") : nullptr;
    return path == nullptr ? "" : path;
}

void furnish_fake(const std::string &path)
{
    for (const char *file : kFiles) {
        (void)kernel::openat(kernel::kCwd, str(path, '/', std::string_view(file)), O_WRONLY | O_CREAT, 0600);
    }
    (void)kernel::mkdirat(kernel::kCwd, path + "/mon_groups", 0700);
}

void strip_fake(const std::string &path)
{
    for (const char *file : kFiles) {
        (void)kernel::unlinkat(kernel::kCwd, str(path, '/', std::string_view(file)), 0);
    }
    (void)kernel::unlinkat(kernel::kCwd, path + "/mon_groups", AT_REMOVEDIR);
}

}  // namespace rt::resctrl
