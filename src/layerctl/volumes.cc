// SPDX-License-Identifier: Apache-2.0
#include "layerctl/volumes.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <utility>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"
#include "pack/copy_tree.h"

namespace rt::layerctl {
namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY;
const std::string kVolumes = "volumes";

/// What the image has at `path` into `to`; nothing, when it has nothing there.
Status seed(FdRef root, const layer::EntryPath &path, FdRef to)
{
    auto there = kernel::open_in_root(root, path.text(), kDirectory);
    if (!there && there.error().err() == ENOENT) {
        return kernel::fchmod(to, 0755);
    }
    if (!there && there.error().err() == ENOTDIR) {
        return Error::input("the image has something else there").hint("--no-image-volumes");
    }
    TRY_LET(from, std::move(there));
    return pack::copy_tree(from, to);
}

Status make_volume(FdRef root, const layer::EntryPath &path, FdRef dir, const std::string &name)
{
    TRY(kernel::mkdirat(dir, name, 0700));
    TRY_LET(made, kernel::openat(dir, name, kDirectory | O_NOFOLLOW));
    return seed(root, path, made);
}

/// The two are one place in the container.
bool is_at(const layer::BindWish &bind, const layer::EntryPath &path)
{
    const auto there = layer::EntryPath::parse(bind.destination);
    return there && *there == path;
}

std::ptrdiff_t depth_of(const layer::BindWish &bind)
{
    const auto path = layer::EntryPath::parse(bind.destination);
    return std::ranges::count(path ? path->text() : bind.destination, '/');
}

}  // namespace

Result<std::vector<layer::EntryPath>> volumes_of(const layer::ImageConfig &config,
                                                 const layer::ContainerWishes &wishes)
{
    std::vector<layer::EntryPath> out;
    if (!wishes.image_volumes) {
        return out;
    }
    for (const std::string &text : config.volumes) {
        auto path = layer::EntryPath::parse(text);
        if (!path || path->is_root()) {
            return Error::input(str("the image's volume ", json::quote(text), ": ",
                                    path ? "is the root" : path.error().text()))
                .hint("--no-image-volumes");
        }
        if (std::ranges::none_of(wishes.binds, [&](const auto &bind) { return is_at(bind, *path); })) {
            out.push_back(std::move(path).take());
        }
    }
    std::ranges::sort(out);
    const auto same = std::ranges::unique(out);
    out.erase(same.begin(), same.end());
    return out;
}

// spec: ImageConvVolumes
Result<layer::ContainerWishes> with_volumes(layer::ContainerWishes wishes, const layer::ImageConfig &config,
                                            FdRef root, const VolumesPlace &place)
{
    TRY_LET(wanted, volumes_of(config, wishes));
    if (wanted.empty()) {
        return wishes;
    }
    TRY(kernel::mkdirat(place.dir, kVolumes, 0700));
    TRY_LET(dir, kernel::openat(place.dir, kVolumes, kDirectory | O_NOFOLLOW));
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const std::string destination = "/" + wanted[i].text(), name = std::to_string(i);
        if (Status made = make_volume(root, wanted[i], dir, name); !made) {
            return std::move(made).error().context(str("the image's volume ", json::quote(destination)));
        }
        wishes.binds.push_back(
            {str(place.path, kVolumes, "/", name), destination, {"bind", "rw", "rprivate"}});
    }
    std::ranges::stable_sort(wishes.binds, {}, depth_of);
    return wishes;
}

}  // namespace rt::layerctl
