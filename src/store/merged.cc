// SPDX-License-Identifier: Apache-2.0
#include "store/merged.h"

#include <fcntl.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"
#include "layer/attributes.h"

namespace rt::store {
namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

bool is_whiteout(const struct stat &about) { return S_ISCHR(about.st_mode) && about.st_rdev == 0; }

/// Whichever form the layer has: it has no attributes of the other one's.
bool is_opaque(FdRef dir)
{
    return std::ranges::any_of(std::array{layer::LayerForm::kOverlay, layer::LayerForm::kUserOverlay},
                               [&](layer::LayerForm form) {
                                   const auto value = kernel::fgetxattr(dir, layer::opaque_attribute(form));
                                   return value && *value == "y";
                               });
}

/// What of the directories in `above` has `name`, until something ends the search.
Result<std::vector<Place>> step(const std::vector<Place> &above, const std::string &name, bool all)
{
    std::vector<Place> out;
    for (const Place &place : above) {
        TRY_LET(dir, place.open());
        auto about = kernel::fstatat(dir, name, AT_SYMLINK_NOFOLLOW);
        if (!about && about.error().err() == ENOENT) {
            continue;
        }
        TRY_LET(found, std::move(about));
        const bool directory = S_ISDIR(found.st_mode);
        if (is_whiteout(found) || (!directory && !out.empty())) {
            break;
        }
        out.push_back({place.layer, std::move(dir), name, found});
        if (!directory) {
            break;
        }
        TRY_LET(fd, out.back().open());
        if (!all && is_opaque(fd)) {
            break;
        }
    }
    return out;
}

}  // namespace

Result<std::set<std::string>> names_in(const std::vector<Place> &directory)
{
    std::set<std::string> out;
    for (const Place &place : directory) {
        TRY_LET(dir, place.open());
        TRY_LET(entries, kernel::list(dir));
        for (kernel::DirEntry &entry : entries) {
            out.insert(std::move(entry.name));
        }
    }
    return out;
}

Result<std::vector<Place>> find_in(const std::vector<Place> &directory, const std::string &name)
{
    return step(directory, name, false);
}

Result<Fd> Place::open() const
{
    return kernel::openat(parent, name, is_directory() ? kDirectory : O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
}

Result<std::vector<Place>> Merged::find(const layer::EntryPath &path, bool all) const
{
    std::vector<Place> places;
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        TRY_LET(root, kernel::dup(layers_[i]));
        TRY_LET(about, kernel::fstat(root));
        places.push_back({i, std::move(root), ".", about});
    }
    for (std::string_view rest = path.text(); !rest.empty();) {
        if (places.empty() || !places.front().is_directory()) {
            return std::vector<Place>();
        }
        const std::string name(rest.substr(0, rest.find('/')));
        rest.remove_prefix(std::min(name.size() + 1, rest.size()));
        TRY_LET(next, step(places, name, all && rest.empty()));
        places = std::move(next);
    }
    return places;
}

}  // namespace rt::store
