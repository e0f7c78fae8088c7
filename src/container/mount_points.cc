// SPDX-License-Identifier: Apache-2.0
#include "container/mount_points.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"

namespace rt::container {
namespace {

constexpr mode_t kDirectoryMode = 0755, kFileMode = 0644;

/// `path` without slashes at its end.
std::string_view trim(std::string_view path)
{
    while (path.ends_with('/')) {
        path.remove_suffix(1);
    }
    return path;
}

/// Something else is mounted over it first.
bool is_below_another(const oci::Config &config, std::string_view destination)
{
    return std::ranges::any_of(config.mounts, [&](const oci::Mount &mount) {
        const std::string_view top = trim(mount.destination);
        return destination.size() > top.size() && destination.starts_with(top) &&
               destination[top.size()] == '/';
    });
}

Status make(FdRef root, std::string_view path, bool file)
{
    if (path.empty()) {
        return {};
    }
    auto there = kernel::open_in_root(root, std::string(path), O_PATH);
    if (there || there.error().err() != ENOENT) {
        return there ? Status() : Status(std::move(there).error());
    }
    const std::size_t slash = path.rfind('/');
    const std::string_view above = slash == path.npos ? "" : trim(path.substr(0, slash));
    TRY(make(root, above, false));
    TRY_LET(parent, kernel::open_in_root(root, above.empty() ? "/" : std::string(above), O_PATH));
    const std::string name(path.substr(slash == path.npos ? 0 : slash + 1));
    if (!file) {
        return kernel::mkdirat(parent, name, kDirectoryMode);
    }
    TRY_LET(made, kernel::openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, kFileMode));
    return {};
}

bool is_file(const std::string &source)
{
    auto info = kernel::fstatat(kernel::kCwd, source, 0);
    return info && !S_ISDIR(info->st_mode) && source.starts_with('/');
}

}  // namespace

Status make_mount_points(const std::string &rootfs, const oci::Config &config)
{
    TRY_LET(root, kernel::openat(kernel::kCwd, rootfs, O_PATH | O_DIRECTORY));
    for (const oci::Mount &mount : config.mounts) {
        const std::string_view destination = trim(mount.destination);
        Status made =
            is_below_another(config, destination) ? Status() : make(root, destination, is_file(mount.source));
        if (!made) {
            return std::move(made).error().context(str("making the mount point \"", destination, "\""));
        }
    }
    return {};
}

}  // namespace rt::container
