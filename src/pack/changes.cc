// SPDX-License-Identifier: Apache-2.0
#include "pack/changes.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <utility>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_tree.h"

namespace rt::pack {
namespace {

using Child = MergedDirectory::Child;
using Kind = Change::Kind;
using Inode = std::pair<dev_t, ino_t>;

constexpr std::size_t kLongestPath = 4096;  // PATH_MAX: nobody could unpack what is longer

Inode inode_of(const FileFacts &facts) { return {facts.stat.st_dev, facts.stat.st_ino}; }
bool is_directory(const FileFacts &facts) { return S_ISDIR(facts.stat.st_mode); }

Result<bool> same_content(FdRef a, FdRef b)
{
    constexpr std::size_t kChunk = 128 << 10;
    std::string one(kChunk, '\0'), other(kChunk, '\0');
    for (std::uint64_t at = 0;;) {
        TRY_LET(count, kernel::pread(a, one.data(), kChunk, at));
        TRY_LET(others, kernel::pread(b, other.data(), kChunk, at));
        if (count != others || one.compare(0, count, other, 0, others) != 0) {
            return false;
        }
        if (count == 0) {
            return true;
        }
        at += count;
    }
}

/// A name that both trees have, of a file that has several in one of them.
struct Name {
    std::string path;
    Inode before, after;
    std::size_t place;  ///< in the list of changes
};

class Walk {
public:
    Status root(const MergedDirectory *before, const MergedDirectory &after);
    std::vector<Change> take() &&;

private:
    /// A change, or a directory that is one when something below it is.
    struct Noted {
        Change change;
        bool only_for_what_is_below = false;
    };
    struct Side {
        const MergedDirectory &directory;
        const Child &child;
        FileFacts facts;
    };
    Status child(const MergedDirectory *before, const Child *old, const MergedDirectory &after,
                 const Child &fresh, const std::string &path);
    Status directory(const MergedDirectory *before, const MergedDirectory &after, const std::string &path);
    Status both(const Side &before, const Side &after, const std::string &path);
    Status below(const MergedDirectory *before, const Side &after, const std::string &path);
    void note(Kind kind, const std::string &path, const FileFacts &after);
    std::vector<bool> torn() const;
    void add_torn();

    std::vector<Noted> changes_;
    std::vector<Name> unchanged_;
    std::map<Inode, bool> written_;  ///< files of several names that are among the changes
};

void Walk::note(Kind kind, const std::string &path, const FileFacts &after)
{
    changes_.push_back({{kind, path}});
    if (!is_directory(after) && after.stat.st_nlink > 1) {
        written_[inode_of(after)] = true;
    }
}

/// What is in a directory of which the caller has taken note.
Status Walk::directory(const MergedDirectory *before, const MergedDirectory &after, const std::string &path)
{
    std::vector<Child> gone;
    if (before != nullptr) {
        if (before->same_parts(after)) {
            return {};
        }
        TRY_LET(children, before->children());
        gone = std::move(children);
    }
    TRY_LET(there, after.children());
    auto old = gone.begin();
    auto fresh = there.begin();
    while (old != gone.end() || fresh != there.end()) {
        const int order = old == gone.end() ? 1 : fresh == there.end() ? -1 : old->name.compare(fresh->name);
        const std::string &name = order < 0 ? old->name : fresh->name;
        const std::string here = path.empty() ? name : str(path, "/", name);
        if (here.size() >= kLongestPath) {
            return Error::input(str(json::quote(here.substr(0, 80)), "...: the path is too long"));
        }
        if (order < 0) {
            changes_.push_back({{Kind::kDeleted, here}});
        } else if (Status done = child(before, order == 0 ? &*old : nullptr, after, *fresh, here); !done) {
            return done.error().phase().empty() ? std::move(done).error().context(json::quote(here))
                                                : std::move(done);
        }
        old += order <= 0 ? 1 : 0;
        fresh += order >= 0 ? 1 : 0;
    }
    return {};
}

Status Walk::child(const MergedDirectory *before, const Child *old, const MergedDirectory &after,
                   const Child &fresh, const std::string &path)
{
    auto facts = after.facts(fresh);
    if (!facts) {
        return std::move(facts).error();
    }
    const Side now = {after, fresh, std::move(facts).take()};
    const bool socket = S_ISSOCK(now.facts.stat.st_mode);
    if (old == nullptr) {
        if (socket) {
            return {};
        }
        note(Kind::kAdded, path, now.facts);
        return is_directory(now.facts) ? below(nullptr, now, path) : Status();
    }
    TRY_LET(then_facts, before->facts(*old));
    const Side then = {*before, *old, std::move(then_facts)};
    if (socket) {
        // No archive can have it; whatever was there is not there any more.
        if (!S_ISSOCK(then.facts.stat.st_mode)) {
            changes_.push_back({{Kind::kDeleted, path}});
        }
        return {};
    }
    return both(then, now, path);
}

Status Walk::below(const MergedDirectory *before, const Side &after, const std::string &path)
{
    TRY_LET(inside, after.directory.enter(after.child));
    return directory(before, inside, path);
}

Status Walk::both(const Side &before, const Side &after, const std::string &path)
{
    if (is_directory(after.facts)) {
        const bool same = same_but_for_content(before.facts, after.facts);
        changes_.push_back({{Kind::kChanged, path}, same});
        if (!is_directory(before.facts)) {
            return below(nullptr, after, path);
        }
        TRY_LET(inside, before.directory.enter(before.child));
        return below(&inside, after, path);
    }
    bool same = before.facts.same_file(after.facts) || same_but_for_content(before.facts, after.facts);
    if (same && S_ISREG(after.facts.stat.st_mode) && !before.facts.same_file(after.facts)) {
        TRY_LET(old, before.directory.open(before.child));
        TRY_LET(fresh, after.directory.open(after.child));
        TRY_LET(equal, same_content(old, fresh));
        same = equal;
    }
    if (!same) {
        note(Kind::kChanged, path, after.facts);
    } else if (before.facts.stat.st_nlink > 1 || after.facts.stat.st_nlink > 1) {
        unchanged_.push_back({path, inode_of(before.facts), inode_of(after.facts), changes_.size()});
    }
    return {};
}

/// Which of the unchanged names have to be written: those whose file is written under another name, and those
/// that were one file and are two, or were two and are one.
std::vector<bool> Walk::torn() const
{
    std::map<Inode, bool> bad = written_;
    std::map<Inode, Inode> became, came_from;
    for (const Name &name : unchanged_) {
        if (name.before == name.after) {
            became.emplace(name.before, name.after);  // of two this one is what it was
        }
    }
    for (const Name &name : unchanged_) {
        const Inode &then = became.emplace(name.before, name.after).first->second;
        const Inode &now = came_from.emplace(name.after, name.before).first->second;
        if (then != name.after || now != name.before) {
            bad[name.after] = true;
        }
    }
    std::vector<bool> out;
    for (const Name &name : unchanged_) {
        out.push_back(bad.contains(name.after));
    }
    return out;
}

void Walk::add_torn()
{
    const std::vector<bool> torn_names = torn();
    std::vector<Noted> all;
    std::size_t place = 0;
    const auto keep_until = [&](std::size_t end) {
        for (; place < end; ++place) {
            all.push_back(std::move(changes_[place]));
        }
    };
    for (std::size_t i = 0; i < unchanged_.size(); ++i) {
        if (torn_names[i]) {
            keep_until(unchanged_[i].place);
            all.push_back({{Kind::kChanged, unchanged_[i].path}});
        }
    }
    keep_until(changes_.size());
    changes_ = std::move(all);
}

std::vector<Change> Walk::take() &&
{
    add_torn();
    // What is below a directory follows it at once, so that from the end the last one kept tells.
    std::vector<Change> out;
    for (auto noted = changes_.rbegin(); noted != changes_.rend(); ++noted) {
        const std::string &path = noted->change.path;
        const bool above = !out.empty() && (path.empty() || out.back().path.starts_with(path + "/"));
        if (above || !noted->only_for_what_is_below) {
            out.push_back(std::move(noted->change));
        }
    }
    std::ranges::reverse(out);
    return out;
}

Status Walk::root(const MergedDirectory *before, const MergedDirectory &after)
{
    TRY_LET(now, after.facts());
    Noted root = {{before != nullptr ? Kind::kChanged : Kind::kAdded, ""}};
    if (before != nullptr) {
        TRY_LET(then, before->facts());
        root.only_for_what_is_below = same_but_for_content(then, now);
    }
    changes_.push_back(std::move(root));
    return directory(before, after, "");
}

}  // namespace

Result<std::vector<Change>> changes(const MergedDirectory *before, const MergedDirectory &after)
{
    Walk walk;
    TRY(walk.root(before, after));
    return std::move(walk).take();
}

std::vector<Change> without(std::vector<Change> changes, std::span<const std::string> paths)
{
    for (const std::string &path : paths) {
        std::string prefix = path.substr(std::min(path.find_first_not_of('/'), path.size()));
        prefix = prefix.substr(0, prefix.find_last_not_of('/') + 1) + "/";
        std::erase_if(changes, [&](const Change &change) {
            const bool place = change.kind == Kind::kAdded && change.path + "/" == prefix;
            return place || change.path.starts_with(prefix);
        });
    }
    return changes;
}

}  // namespace rt::pack
