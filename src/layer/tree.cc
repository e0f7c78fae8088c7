// SPDX-License-Identifier: Apache-2.0
#include "layer/tree.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "layer/attributes.h"

namespace rt::layer {
namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
constexpr mode_t kUntilTheEnd = 0700;  // whoever it is, we have to get in

bool is_no_directory(const Error &error) { return error.err() == ENOTDIR || error.err() == ELOOP; }

/// What is below a directory, from the bottom up.  One descriptor, however deep it goes: a container nests
/// at will.
class Removal {
public:
    Status remove(FdRef parent, const std::string &name)
    {
        TRY(remove_one(parent, name));
        while (!levels_.empty()) {
            Level &here = levels_.back();
            if (here.left.empty()) {
                TRY(leave(parent));
            } else {
                const std::string next = std::move(here.left.back().name);
                here.left.pop_back();
                TRY(remove_one(dir_, next));
            }
        }
        return {};
    }

private:
    struct Level {
        std::string name;
        dev_t dev = 0;
        ino_t ino = 0;
        std::vector<kernel::DirEntry> left;
    };

    /// A directory is entered.
    Status remove_one(FdRef parent, const std::string &name)
    {
        Status gone = kernel::unlinkat(parent, name, 0);
        if (gone || gone.error().err() == ENOENT) {
            return {};
        }
        if (gone.error().err() != EISDIR) {
            return gone;
        }
        TRY_LET(dir, kernel::openat(parent, name, kDirectory));
        TRY_LET(about, kernel::fstat(dir));
        TRY_LET(entries, kernel::list(dir));
        levels_.push_back({name, about.st_dev, about.st_ino, std::move(entries)});
        dir_ = std::move(dir);
        return {};
    }

    Status leave(FdRef top)
    {
        const std::string name = std::move(levels_.back().name);
        levels_.pop_back();
        if (levels_.empty()) {
            return kernel::unlinkat(top, name, AT_REMOVEDIR);
        }
        TRY_LET(up, kernel::openat(dir_, "..", kDirectory));
        TRY_LET(about, kernel::fstat(up));
        if (about.st_dev != levels_.back().dev || about.st_ino != levels_.back().ino) {
            return Error::state(str(json::quote(name), " was moved while it was removed"));
        }
        dir_ = std::move(up);
        return kernel::unlinkat(dir_, name, AT_REMOVEDIR);
    }

    Fd dir_;
    std::vector<Level> levels_;
};

}  // namespace

Status remove_tree(FdRef parent, const std::string &name) { return Removal().remove(parent, name); }

/// Closes what is not above `path`, and if asked what is not noted, and gives the part of `path` that is not
/// open.
std::string_view Tree::keep_common(std::string_view path, bool noted)
{
    std::size_t kept = 0;
    for (; kept < chain_.size() && !path.empty(); ++kept) {
        const std::size_t slash = std::min(path.find('/'), path.size());
        if (path.substr(0, slash) != chain_[kept].name || (noted && !chain_[kept].noted)) {
            break;
        }
        path.remove_prefix(std::min(slash + 1, path.size()));
    }
    chain_.resize(kept);
    return path;
}

Result<FdRef> Tree::directory(const EntryPath &path)
{
    if (!directories_.contains(EntryPath())) {
        TRY(note(root_, EntryPath(), true));
    }
    std::string_view rest = keep_common(path.text(), true);
    EntryPath here;
    for (const Level &level : chain_) {
        here = here.below(level.name);
    }
    while (!rest.empty()) {
        const std::size_t slash = std::min(rest.find('/'), rest.size());
        const std::string name(rest.substr(0, slash));
        rest.remove_prefix(std::min(slash + 1, rest.size()));
        here = here.below(name);
        TRY_LET(fd, enter(deepest(), here));
        chain_.push_back({name, std::move(fd), true});
    }
    return deepest();
}

Result<Fd> Tree::enter(FdRef parent, const EntryPath &path)
{
    const std::string name(path.name());
    auto there = kernel::openat(parent, name, kDirectory);
    if (!there && is_no_directory(there.error())) {
        if (!shared_ || files_.contains(path.text())) {
            return Error::input(str("the layer has something in ", json::quote(path.text()),
                                    ", which it makes no directory"));
        }
        TRY(remove_tree(parent, name));
    } else if (!there && there.error().err() != ENOENT) {
        return std::move(there).error();
    }
    if (there) {
        TRY(note(*there, path, true));
        return std::move(there).take();
    }
    TRY(kernel::mkdirat(parent, name, kUntilTheEnd));
    TRY_LET(made, kernel::openat(parent, name, kDirectory));
    TRY(note(made, path, false));
    return made;
}

Status Tree::note(FdRef fd, const EntryPath &path, bool was_there)
{
    const auto [at, fresh] = directories_.try_emplace(path);
    if (fresh && was_there) {
        TRY_LET(found, kernel::fstat(fd));
        at->second.was_there = true;
        at->second.mtime = found.st_mtim;
        TRY_LET(inherited, take_default_acl(fd));
        at->second.default_acl = std::move(inherited);
    }
    return {};
}

Result<std::optional<FdRef>> Tree::existing(const EntryPath &path)
{
    std::string_view rest = keep_common(path.text(), false);
    while (!rest.empty()) {
        const std::size_t slash = std::min(rest.find('/'), rest.size());
        const std::string name(rest.substr(0, slash));
        rest.remove_prefix(std::min(slash + 1, rest.size()));
        auto there = kernel::openat(deepest(), name, kDirectory);
        if (!there && (is_no_directory(there.error()) || there.error().err() == ENOENT)) {
            return std::optional<FdRef>();
        }
        TRY_LET(fd, std::move(there));
        chain_.push_back({name, std::move(fd), false});
    }
    return std::optional<FdRef>(deepest());
}

Status Tree::remove(FdRef parent, const EntryPath &path)
{
    TRY(remove_tree(parent, std::string(path.name())));
    files_.erase(path.text());
    directories_.erase(path);
    // All that is below sorts between "path/" and "path0".
    const std::string below = path.text() + "/";
    const std::string past = path.text() + "0";
    files_.erase(files_.lower_bound(below), files_.lower_bound(past));
    for (auto at = directories_.upper_bound(path); at != directories_.end() && at->first.text() < past;) {
        at = at->first.text().starts_with(below) ? directories_.erase(at) : std::next(at);
    }
    return {};
}

void Tree::add_file(const EntryPath &path)
{
    if (shared_) {
        files_.insert(path.text());
    }
}

}  // namespace rt::layer
