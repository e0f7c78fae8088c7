// SPDX-License-Identifier: Apache-2.0
#include "store/content.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"
#include "layer/layer_notes.h"
#include "layer/unpack.h"
#include "layer/unpack_image.h"
#include "pack/changes.h"
#include "pack/stack.h"
#include "store/chain.h"
#include "store/flatten.h"
#include "store/staging.h"

namespace rt::store {
namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

Result<layer::LayerNotes> notes_in(FdRef directory)
{
    constexpr std::size_t kMost = 1U << 30;
    TRY_LET(text, kernel::read_file(directory, layer::kNotesFile, kMost));
    return layer::read_layer_notes(text);
}

/// The directory's "fs" as it is on disk; nothing, when it has none.
Result<std::optional<pack::MergedDirectory>> files_of(FdRef directory)
{
    auto files = kernel::openat(directory, layer::kFilesDirectory, kDirectory);
    if (!files && files.error().err() == ENOENT) {
        return std::optional<pack::MergedDirectory>();
    }
    TRY_LET(opened, std::move(files));
    std::vector<Fd> roots;
    roots.push_back(std::move(opened));
    TRY_LET(tree, pack::MergedDirectory::root(std::move(roots), pack::Overlay::kOnDisk));
    return std::optional<pack::MergedDirectory>(std::move(tree));
}

/// Directories above what differs are changes too: only the deepest are of interest.
std::string in_words(const std::vector<pack::Change> &changes)
{
    constexpr std::size_t kShown = 3;
    std::string out;
    std::size_t count = 0;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        const std::string &path = changes[i].path;
        const bool above =
            i + 1 < changes.size() && changes[i + 1].path.starts_with(path.empty() ? "" : path + "/");
        if (!above && count++ < kShown) {
            out += str(out.empty() ? "" : ", ", json::quote(path.empty() ? "." : path));
        }
    }
    return count > kShown ? str(out, " and ", count - kShown, " more") : out;
}

/// What the layer's blob makes, which has been compared with its digests; nothing, when it is not there.
Result<std::optional<Staging>> unpacked_again(const Store &store, const layer::LayerNotes &notes)
{
    if (!store.has_blob(notes.digest)) {
        return std::optional<Staging>();
    }
    TRY_LET(blob, store.open_blob(notes.digest));
    TRY_LET(about, kernel::fstat(blob));
    constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
    const layer::UnpackLimits limits = {kMost, kMost, true};
    const layer::StoredLayer what = {
        {blob, 0, static_cast<std::uint64_t>(about.st_size), notes.digest, notes.diff_id}, FdRef(-1), true};
    TRY_LET(staging, Staging::fresh(store));
    TRY_LET(child, layer::start_stored_layer(what, staging.dir(), store.form(), limits));
    TRY(child.finish());
    return std::optional<Staging>(std::move(staging));
}

/// What of the files in `directory` (layers/X, chains/X) is not as in `made`, or "".
Result<std::string> difference(FdRef directory, FdRef made)
{
    TRY_LET(before, files_of(made));
    TRY_LET(after, files_of(directory));
    if (!before || !after) {
        return std::string(before ? "all files" : after ? "that there are files" : "");
    }
    TRY_LET(changes, pack::changes(&*before, *after));
    return in_words(changes);
}

/// A root without an entry has the time when it was made.
Status take_time(FdRef from, FdRef to)
{
    const auto about = kernel::fstatat(from, layer::kFilesDirectory, AT_SYMLINK_NOFOLLOW);
    return about ? kernel::utimensat(to, layer::kFilesDirectory, about->st_mtim) : Status();
}

class ContentChecker {
public:
    ContentChecker(const Store &store, Findings &findings) : store_(store), findings_(findings) {}

    Status layers()
    {
        TRY_LET(entries, kernel::list(store_.layers()));
        for (const kernel::DirEntry &entry : entries) {
            TRY(layer::check_given_up());
            if (Status checked = layer(entry.name); !checked) {
                findings_.add({str("layers/", entry.name),
                               str("cannot be compared with its blob: ", checked.error().text()), false});
            }
        }
        return {};
    }

    Status image(const ImageName &image)
    {
        auto documents = store_.documents(image.manifest);
        if (!documents) {
            return {};  // which is told elsewhere
        }
        auto seen = seen_layers(store_, documents->config.diff_ids);
        if (!seen) {
            return {};
        }
        TRY(chain(directory_name(chain_id(documents->config.diff_ids)), *seen, mend));
        const auto lowest = std::span(*seen).last(flattened(seen->size()));
        return lowest.empty() ? Status() : chain(flat_name(lowest), lowest, flatten);
    }

private:
    Status layer(const std::string &name)
    {
        TRY_LET(directory, kernel::openat(store_.layers(), name, kDirectory));
        TRY_LET(notes, notes_in(directory));
        TRY_LET(made, unpacked_again(store_, notes));
        if (!made) {
            return {};
        }
        TRY_LET(now, notes_in(made->dir()));
        if (std::ranges::find(notes.implied, layer::EntryPath()) != notes.implied.end()) {
            TRY(take_time(directory, made->dir()));
        }
        TRY_LET(other, difference(directory, made->dir()));
        if (other.empty() && in_json(now) != in_json(notes)) {
            other = json::quote(layer::kNotesFile);
        }
        return other.empty() ? Status()
                             : findings_.damaged("layers", name, str("is not what its blob makes: ", other),
                                                 std::move(made));
    }

    template <class Layers, class Make>
    Status chain(const std::string &name, const Layers &seen, Make make)
    {
        auto directory = kernel::openat(store_.chains(), name, kDirectory);
        if (!directory || !known_.insert(name).second) {
            return {};
        }
        TRY_LET(made, Staging::fresh(store_));
        TRY(make(made.dir(), seen));
        TRY_LET(other, difference(*directory, made.dir()));
        return other.empty() ? Status()
                             : findings_.damaged("chains", name, str("is not what its layers make: ", other),
                                                 std::optional<Staging>(std::move(made)));
    }

    const Store &store_;
    Findings &findings_;
    std::set<std::string> known_;  ///< of the chains, those that have been looked at
};

}  // namespace

Status check_content(const Store &store, Findings &findings)
{
    ContentChecker checker(store, findings);
    TRY(checker.layers());
    TRY_LET(images, store.images());
    for (const ImageName &image : images) {
        if (Status checked = checker.image(image); !checked) {
            findings.add({str("image ", json::quote(image.name)), checked.error().text(), false});
        }
    }
    return {};
}

}  // namespace rt::store
