// SPDX-License-Identifier: Apache-2.0
#include "store/flatten.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"
#include "layer/unpack_image.h"
#include "store/copy_file.h"
#include "store/merged.h"

namespace rt::store {
namespace {

constexpr std::string_view kFlat = "flat-";
constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

class Flattener {
public:
    explicit Flattener(FdRef root) : root_(root) {}

    /// Everything in `directory`, whose path is `path`, into `made`; its attributes last.
    Status fill(FdRef made, const std::vector<Place> &directory, const std::string &path)
    {
        TRY(layer::check_given_up());
        TRY_LET(names, names_in(directory));
        for (const std::string &name : names) {
            TRY_LET(places, find_in(directory, name));
            if (places.empty()) {
                continue;
            }
            const std::string below = path.empty() ? name : str(path, "/", name);
            if (Status put = add(made, places, below); !put) {
                return put.error().phase().empty()
                           ? Status(std::move(put).error().context(json::quote(below)))
                           : std::move(put);
            }
        }
        TRY_LET(like, directory.front().open());
        return copy_attributes(like, made);
    }

private:
    Status add(FdRef parent, const std::vector<Place> &places, const std::string &path)
    {
        const Place &top = places.front();
        if (top.is_directory()) {
            TRY(kernel::mkdirat(parent, top.name, 0700));
            TRY_LET(made, kernel::openat(parent, top.name, kDirectory));
            return fill(made, places, path);
        }
        if (top.about.st_nlink > 1) {
            const auto [first, fresh] = first_names_.try_emplace({top.about.st_dev, top.about.st_ino}, path);
            if (!fresh) {
                return kernel::linkat(root_, first->second, parent, top.name);
            }
        }
        return copy_file(top, parent, top.name);
    }

    FdRef root_;
    std::map<std::pair<dev_t, ino_t>, std::string> first_names_;  ///< of files that have several
};

}  // namespace

/// In steps: images that have a few more layers on the same ones share what those are together.
std::size_t flattened(std::size_t seen)
{
    constexpr std::size_t kStep = 250;
    if (seen <= kMostSeen) {
        return 0;
    }
    const std::size_t fewest = seen - kMostSeen + 1;
    return (fewest + kStep - 1) / kStep * kStep;
}

std::string flat_name(std::span<const Digest> lowest)
{
    return str(kFlat, directory_name(chain_id({lowest.rbegin(), lowest.rend()})));
}

std::string flat_name(std::span<const SeenLayer> lowest)
{
    std::vector<Digest> diff_ids;
    for (const SeenLayer &layer : lowest) {
        diff_ids.push_back(layer.diff_id);
    }
    return flat_name(std::span<const Digest>(diff_ids));
}

bool is_flat(std::string_view name) { return name.starts_with(kFlat); }

Status flatten(FdRef directory, std::span<const SeenLayer> lowest)
{
    TRY(kernel::mkdirat(directory, layer::kFilesDirectory, 0700));
    TRY_LET(root, kernel::openat(directory, layer::kFilesDirectory, kDirectory));
    std::vector<FdRef> files;
    for (const SeenLayer &layer : lowest) {
        files.emplace_back(layer.files);
    }
    TRY_LET(places, Merged(std::move(files)).find(layer::EntryPath()));
    return Flattener(root).fill(root, places, "");
}

}  // namespace rt::store
