// SPDX-License-Identifier: Apache-2.0
#include "store/init_layer.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "kernel/calls_fs.h"
#include "store/copy_file.h"
#include "store/merged.h"

namespace rt::store {
namespace {

using layer::EntryPath;

constexpr std::string_view kViews[] = {"dev", "proc", "sys"};
constexpr std::string_view kNetworkFiles[] = {"etc/hosts", "etc/hostname", "etc/resolv.conf"};

class InitLayer {
public:
    InitLayer(FdRef init, const std::vector<Fd> &lowerdirs)
        : init_(init), image_(std::vector<FdRef>(lowerdirs.begin(), lowerdirs.end()))
    {}

    /// The directory, and those above it.
    Status directory(const EntryPath &path);
    /// It, if the image has nothing in its place.
    Status missing(const MountPoint &point);
    /// An empty file, where the image has something that is none.
    Status file_for_link(const EntryPath &path);
    /// Attributes, when nothing comes into the directories any more.
    Status finish() const;

private:
    /// Neither the image nor we have anything at `path`, and both only directories above it.
    Result<bool> is_only_missing(const EntryPath &path) const;
    Status file(const EntryPath &path);
    Status take_attributes(const EntryPath &path) const;

    FdRef init_;
    Merged image_;
    std::set<EntryPath> made_, files_;
};

Status InitLayer::directory(const EntryPath &path)
{
    if (path.is_root() || made_.contains(path)) {
        return {};
    }
    TRY(directory(path.parent()));
    TRY(kernel::mkdirat(init_, path.text(), 0700));
    made_.insert(path);
    return {};
}

Result<bool> InitLayer::is_only_missing(const EntryPath &path) const
{
    for (EntryPath above = path; !above.is_root(); above = above.parent()) {
        if (files_.contains(above) || (above == path && made_.contains(path))) {
            return false;
        }
        TRY_LET(there, image_.find(above));
        if (!there.empty()) {
            return above != path && there.front().is_directory();
        }
    }
    return true;
}

Status InitLayer::missing(const MountPoint &point)
{
    TRY_LET(missing, is_only_missing(point.path));
    return !missing ? Status() : point.directory ? directory(point.path) : file(point.path);
}

Status InitLayer::file(const EntryPath &path)
{
    TRY(directory(path.parent()));
    TRY_LET(made, kernel::openat(init_, path.text(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0644));
    files_.insert(path);
    return kernel::fchmod(made, 0644);
}

Status InitLayer::file_for_link(const EntryPath &path)
{
    TRY_LET(there, image_.find(path));
    return there.empty() || S_ISREG(there.front().about.st_mode) ? Status() : file(path);
}

Status InitLayer::finish() const
{
    for (auto path = made_.rbegin(); path != made_.rend(); ++path) {
        TRY(take_attributes(*path));
    }
    return {};
}

Status InitLayer::take_attributes(const EntryPath &path) const
{
    TRY_LET(made, kernel::openat(init_, path.text(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    TRY_LET(there, image_.find(path));
    if (there.empty() || !there.front().is_directory()) {
        return kernel::fchmod(made, 0755);
    }
    TRY_LET(like, there.front().open());
    return copy_attributes(like, made);
}

}  // namespace

Status fill_init_layer(FdRef init, const std::vector<Fd> &lowerdirs,
                       const std::vector<MountPoint> &mount_points)
{
    InitLayer layer(init, lowerdirs);
    for (const std::string_view name : kViews) {
        TRY_LET(path, EntryPath::parse(name));
        TRY(layer.directory(path));
    }
    for (const std::string_view name : kNetworkFiles) {
        TRY_LET(path, EntryPath::parse(name));
        TRY(layer.file_for_link(path));
    }
    for (const MountPoint &point : mount_points) {
        TRY(layer.missing(point));
    }
    return layer.finish();
}

}  // namespace rt::store
