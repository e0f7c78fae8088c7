// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"
#include "store/chain.h"
#include "store/copy_file.h"
#include "store/merged.h"

namespace rt::store {
namespace {

using layer::EntryPath;

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

std::vector<FdRef> files_of(const std::vector<SeenLayer> &layers, std::size_t from = 0)
{
    std::vector<FdRef> out;
    for (std::size_t i = from; i < layers.size(); ++i) {
        out.emplace_back(layers[i].files);
    }
    return out;
}

/// Makes the mending layer: first all that goes into it is found, then it is written.
class Mender {
public:
    explicit Mender(const std::vector<SeenLayer> &layers) : layers_(layers), merged_(files_of(layers))
    {
        for (const SeenLayer &layer : layers) {
            implied_.emplace_back(layer.notes.implied.begin(), layer.notes.implied.end());
        }
    }

    Status find()
    {
        for (std::size_t i = layers_.size(); i-- > 0;) {  // what is linked may itself be a link, further down
            TRY(find_attributes(i));
            TRY(find_ghosts(i));
            for (const layer::LayerNotes::Link &link : layers_[i].notes.links) {
                if (Status found = find_link(i, link); !found) {
                    return std::move(found).error().context(str(
                        json::quote(link.path.text()), ": hard link to ", json::quote(link.target.text())));
                }
            }
        }
        return {};
    }

    Status write(FdRef directory) const
    {
        if (directories_.empty()) {
            return {};
        }
        TRY(kernel::mkdirat(directory, layer::kFilesDirectory, 0700));
        TRY_LET(root, kernel::openat(directory, layer::kFilesDirectory, kDirectory));
        for (const auto &[path, like] : directories_) {
            if (!path.is_root()) {
                TRY(kernel::mkdirat(root, path.text(), 0700));
            }
        }
        TRY(write_files(root));
        for (auto at = directories_.rbegin(); at != directories_.rend(); ++at) {
            TRY_LET(made, kernel::openat(root, at->first.is_root() ? "." : at->first.text(), kDirectory));
            TRY(copy_attributes(at->second, made));
        }
        return {};
    }

private:
    /// A file that several layers' names are of.
    struct Shared {
        Place from;
        std::vector<EntryPath> names;
    };

    /// The directory's attributes are those of the topmost layer that says something of it.
    Result<const Place *> said_by(const std::vector<Place> &places, const EntryPath &path) const
    {
        const auto said = std::ranges::find_if(
            places, [&](const Place &place) { return !implied_[place.layer].contains(path); });
        return said == places.end() ? &places.front() : &*said;
    }

    /// `path`, a directory, is to be in the mending layer, as are those above it.
    Status add(const EntryPath &path)
    {
        if (directories_.contains(path)) {
            return {};
        }
        if (!path.is_root()) {
            TRY(add(path.parent()));
        }
        TRY_LET(places, merged_.find(path, true));
        if (places.empty()) {
            return Error::bug(str(json::quote(path.text()), " is not there"));
        }
        TRY_LET(said, said_by(places, path));
        TRY_LET(like, said->open());
        directories_.emplace(path, std::move(like));
        return {};
    }

    Status find_attributes(std::size_t layer)
    {
        for (const EntryPath &path : layers_[layer].notes.implied) {
            if (!examined_.insert(path).second) {
                continue;
            }
            TRY_LET(places, merged_.find(path, true));
            if (places.empty() || !places.front().is_directory()) {
                continue;
            }
            TRY_LET(said, said_by(places, path));
            if (said->layer != places.front().layer) {
                TRY(add(path));
            }
        }
        return {};
    }

    /// Overlayfs lists what hides nothing, in a directory that only one layer has.
    Status find_ghosts(std::size_t layer)
    {
        for (const EntryPath &path : layers_[layer].notes.hiding) {
            TRY_LET(places, merged_.find(path));
            if (places.size() == 1 && places.front().layer == layer && places.front().is_directory()) {
                TRY(add(path));
            }
        }
        return {};
    }

    /// Whether what `layer` makes at `path` is seen.
    Result<bool> is_seen(std::size_t layer, const EntryPath &path) const
    {
        TRY_LET(above, merged_.find(path.parent()));
        const std::string name(path.name());
        for (const Place &place : above) {
            if (place.layer == layer) {
                return true;
            }
            TRY_LET(dir, place.open());
            if (kernel::fstatat(dir, name, AT_SYMLINK_NOFOLLOW)) {
                return false;
            }
        }
        return false;
    }

    Status find_link(std::size_t layer, const layer::LayerNotes::Link &link)
    {
        TRY_LET(seen, is_seen(layer, link.path));
        const auto linked = targets_.find(link.target);
        std::size_t number = linked != targets_.end() ? linked->second : shared_.size();
        if (linked == targets_.end()) {
            TRY_LET(below, Merged(files_of(layers_, layer + 1)).find(link.target));
            if (below.empty() || below.front().is_directory()) {
                return Error::input("the layers below have no such file");
            }
            below.front().layer += layer + 1;
            TRY_LET(now, merged_.find(link.target));
            const bool still = !now.empty() && now.front().layer == below.front().layer;
            shared_.push_back({std::move(below.front()), {}});
            if (still) {
                TRY(add(link.target.parent()));
                shared_[number].names.push_back(link.target);
            }
            targets_[link.target] = number;
        }
        targets_[link.path] = number;
        if (seen) {
            TRY(add(link.path.parent()));
            shared_[number].names.push_back(link.path);
        }
        return {};
    }

    Status write_files(FdRef root) const
    {
        for (const Shared &file : shared_) {
            for (const EntryPath &name : file.names) {
                TRY_LET(parent, kernel::openat(root, name.parent().is_root() ? "." : name.parent().text(),
                                               kDirectory));
                if (&name == &file.names.front()) {
                    TRY(copy_file(file.from, parent, std::string(name.name())));
                } else {
                    TRY(kernel::linkat(root, file.names.front().text(), parent, std::string(name.name())));
                }
            }
        }
        return {};
    }

    const std::vector<SeenLayer> &layers_;
    Merged merged_;
    std::vector<std::set<EntryPath>> implied_;  ///< of each layer
    std::set<EntryPath> examined_;              ///< of those
    std::map<EntryPath, Fd> directories_;       ///< and what has the attributes
    std::vector<Shared> shared_;
    std::map<EntryPath, std::size_t> targets_;  ///< which of the shared files is at a path
};

}  // namespace

Status mend(FdRef directory, const std::vector<SeenLayer> &layers)
{
    Mender mender(layers);
    TRY(mender.find());
    return mender.write(directory);
}

}  // namespace rt::store
