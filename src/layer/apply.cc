// SPDX-License-Identifier: Apache-2.0
#include "layer/apply.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"
#include "layer/meter.h"

namespace rt::layer {
namespace {

using Kind = TarEntry::Kind;
using Means = LayerName::Means;

constexpr mode_t kPlainMode = 0777;  // others follow the owner

mode_t type_of(Kind kind)
{
    return kind == Kind::kCharacter ? S_IFCHR : kind == Kind::kBlock ? S_IFBLK : S_IFIFO;
}

bool is_device(Kind kind) { return kind == Kind::kCharacter || kind == Kind::kBlock; }

}  // namespace

Status Apply::entry(const TarEntry &entry)
{
    ++meter().files;
    current_ = entry;
    file_ = Fd();
    TRY_LET(path, EntryPath::parse(entry.path));
    TRY_LET(name, read_layer_name(path));
    switch (name.means) {
    case Means::kNothing:
        return {};
    case Means::kWhiteout:
        TRY(tree_.directory(name.path.parent()));  // as any entry does, it says that there is one
        whiteouts_.insert(name.path);
        return {};
    case Means::kOpaque:
        TRY(tree_.directory(name.path));
        opaque_.insert(name.path);
        return {};
    case Means::kItself:
        break;
    }
    return make(entry, path);
}

// spec: ImageEntryReplaces
Status Apply::make(const TarEntry &entry, const EntryPath &path)
{
    if (entry.kind == Kind::kDirectory) {
        return make_directory(entry, path);
    }
    if (path.is_root()) {
        return Error::input(str(in_words(entry.kind), " in place of the root"));
    }
    if (entry.kind == Kind::kHardLink) {
        TRY_LET(target, EntryPath::parse(entry.target));
        const Link link = {path, target};
        TRY_LET(made, make_link(link));
        if (!made) {
            late_links_.push_back(link);
        }
        return {};
    }
    TRY_LET(parent, tree_.directory(path.parent()));
    TRY(entry.kind == Kind::kFile ? make_file(path, parent) : make_node(entry, path, parent));
    tree_.add_file(path);
    return {};
}

// spec: ImageDirectoryReplaced
Status Apply::make_directory(const TarEntry &entry, const EntryPath &path)
{
    if (!path.is_root()) {
        TRY_LET(parent, tree_.directory(path.parent()));
        const auto there = kernel::fstatat(parent, std::string(path.name()), AT_SYMLINK_NOFOLLOW);
        if (there && !S_ISDIR(there->st_mode)) {
            TRY(tree_.remove(parent, path));
        }
    }
    TRY(tree_.directory(path));
    tree_.fate(path).wanted = entry;
    return {};
}

Status Apply::make_file(const EntryPath &path, FdRef parent)
{
    const auto make = [&] {
        constexpr int kNew = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
        return kernel::openat(parent, std::string(path.name()), kNew, current_.mode & kPlainMode);
    };
    auto made = make();
    if (!made && made.error().err() == EEXIST) {
        TRY(tree_.remove(parent, path));
        TRY_LET(again, make());
        file_ = std::move(again);
    } else {
        TRY_LET(file, std::move(made));
        file_ = std::move(file);
    }
    end_ = 0;
    return {};
}

Status Apply::make_node(const TarEntry &entry, const EntryPath &path, FdRef parent)
{
    const bool whiteout = entry.kind == Kind::kCharacter && entry.major == 0 && entry.minor == 0;
    if (whiteout) {
        return Error::input("a character device 0:0, which is a whiteout to overlayfs");
    }
    const std::string name(path.name());
    const auto make = [&] {
        return entry.kind == Kind::kSymlink
                   ? kernel::symlinkat(entry.target, parent, name)
                   : kernel::mknodat(parent, name, type_of(entry.kind) | (entry.mode & kPlainMode),
                                     ::makedev(entry.major, entry.minor));
    };
    Status made = make();
    if (!made && made.error().err() == EEXIST) {
        TRY(tree_.remove(parent, path));
        made = make();
    }
    if (!made && made.error().err() == EPERM && is_device(entry.kind)) {
        leave_out(path);
        return {};
    }
    TRY(std::move(made));
    return set_attributes_at(parent, name, entry, form_);
}

/// In a user namespace nobody may make a device.  What the layers below have there is gone all the same.
void Apply::leave_out(const EntryPath &path)
{
    left_out_.insert(path);
    whiteouts_.insert(path);
}

/// False: the target has not come yet.
Result<bool> Apply::make_link(const Link &link)
{
    if (link.path == link.target) {
        return Error::input("a hard link to itself");
    }
    if (left_out_.contains(link.target)) {
        TRY(tree_.directory(link.path.parent()));
        leave_out(link.path);
        return true;
    }
    TRY_LET(above, tree_.existing(link.target.parent()));
    if (!above) {
        return false;
    }
    const std::string target_name(link.target.name());
    TRY_LET(source, kernel::dup(*above));  // the tree gives one descriptor at a time
    const auto there = kernel::fstatat(source, target_name, AT_SYMLINK_NOFOLLOW);
    if (!there) {
        return false;
    }
    if (S_ISDIR(there->st_mode)) {
        return Error::input("a hard link to a directory");
    }
    TRY_LET(parent, tree_.directory(link.path.parent()));
    const std::string name(link.path.name());
    if (Status made = kernel::linkat(source, target_name, parent, name); !made) {
        if (made.error().err() != EEXIST) {
            return std::move(made).error();
        }
        TRY(tree_.remove(parent, link.path));
        TRY(kernel::linkat(source, target_name, parent, name));
    }
    tree_.add_file(link.path);
    return true;
}

Status Apply::data(std::uint64_t offset, std::string_view bytes)
{
    end_ = offset + bytes.size();
    return file_.open() ? kernel::pwrite_all(file_, bytes, offset) : Status();
}

// spec: ImageLayerAttributes
Status Apply::end_entry()
{
    if (!file_.open()) {
        return {};
    }
    if (end_ < current_.size) {
        TRY(kernel::ftruncate(file_, static_cast<off_t>(current_.size)));  // it ends with a hole
    }
    TRY(set_attributes(file_, current_, form_, false));
    file_ = Fd();
    return {};
}

Status Apply::finish()
{
    TRY(late_links());
    TRY(deletions());
    return directory_attributes();
}

Status Apply::late_links()
{
    std::vector<Link> below;
    for (const Link &link : late_links_) {
        auto made = make_link(link);
        if (made && !*made && is_overlay(form_)) {
            below.push_back(link);
            TRY(tree_.directory(link.path.parent()));  // as any entry does, it says that there is one
        } else if (!made || !*made) {
            Error error =
                made ? Error::input("the layer has no such file") : Error::input(made.error().text());
            return std::move(error).context(
                str(json::quote(link.path.text()), ": hard link to ", json::quote(link.target.text())));
        }
    }
    late_links_ = std::move(below);
    return {};
}

std::vector<EntryPath> Apply::implied() const
{
    std::vector<EntryPath> out;
    for (const auto &[path, fate] : tree_.directories()) {
        if (!fate.wanted) {
            out.push_back(path);
        }
    }
    return out;
}

std::set<EntryPath> Apply::hiding() const
{
    std::set<EntryPath> out;
    for (const EntryPath &path : whiteouts_) {
        out.insert(path.parent());
    }
    return out;
}

namespace {

/// As it was before something changed in it.
Status leave(FdRef dir, const DirectoryFate &fate)
{
    TRY(restore_default_acl(dir, fate.default_acl));
    return kernel::utimensat(dir, "", fate.mtime);
}

}  // namespace

Status Apply::directory_attributes()
{
    // Below before above, whose time changes with what is in it.
    std::vector<std::pair<const EntryPath *, const DirectoryFate *>> all;
    for (const auto &[path, fate] : tree_.directories()) {
        all.emplace_back(&path, &fate);
    }
    for (auto at = all.rbegin(); at != all.rend(); ++at) {
        const auto &[path, fate] = *at;
        TRY_LET(fd, tree_.existing(*path));
        if (!fd) {
            return Error::bug(str(json::quote(path->text()), ": the directory is gone"));
        }
        TarEntry nameless;
        nameless.mode = 0755;
        Status done = fate->wanted      ? set_attributes(*fd, *fate->wanted, form_, fate->was_there)
                      : fate->was_there ? leave(*fd, *fate)
                                        : set_attributes(*fd, nameless, form_, false);
        if (!done) {
            return std::move(done).error().context(json::quote(path->text()));
        }
    }
    return {};
}

}  // namespace rt::layer
