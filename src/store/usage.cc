// SPDX-License-Identifier: Apache-2.0
#include "store/usage.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <set>

#include "kernel/calls_fs.h"

namespace rt::store {
namespace {

constexpr std::uint64_t kBlock = 512;

Status add(FdRef parent, const std::string &name, std::set<ino_t> &linked, std::uint64_t &sum)
{
    TRY_LET(about, kernel::fstatat(parent, name, AT_SYMLINK_NOFOLLOW));
    if (about.st_nlink > 1 && !S_ISDIR(about.st_mode) && !linked.insert(about.st_ino).second) {
        return {};
    }
    sum += static_cast<std::uint64_t>(about.st_blocks) * kBlock;
    if (!S_ISDIR(about.st_mode)) {
        return {};
    }
    TRY_LET(dir, kernel::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    TRY_LET(entries, kernel::list(dir));
    for (const kernel::DirEntry &entry : entries) {
        TRY(add(dir, entry.name, linked, sum));
    }
    return {};
}

}  // namespace

Result<std::uint64_t> disk_usage(FdRef parent, const std::string &name)
{
    std::set<ino_t> linked;
    std::uint64_t sum = 0;
    TRY(add(parent, name, linked, sum));
    return sum;
}

}  // namespace rt::store
