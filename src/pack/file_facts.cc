// SPDX-License-Identifier: Apache-2.0
#include "pack/file_facts.h"

#include <fcntl.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"

namespace rt::pack {
namespace {

using layer::TarEntry;
using Kind = TarEntry::Kind;

constexpr std::string_view kTrusted = "trusted.overlay.", kUser = "user.overlay.";
constexpr std::string_view kEscape = "overlay.";

/// Labels belong to this system's policy.
constexpr std::string_view kOfTheHost[] = {"security.selinux", "security.ima", "security.evm",
                                           "security.apparmor"};

std::string_view prefix_of(Overlay overlay) { return overlay == Overlay::kUser ? kUser : kTrusted; }

/// What an archive calls the attribute; "" when it is none of the file's.
std::string name_in_archive(const std::string &name, Overlay overlay)
{
    if (std::ranges::find(kOfTheHost, name) != std::end(kOfTheHost)) {
        return "";
    }
    for (const std::string_view prefix : {kTrusted, kUser}) {
        if (overlay != Overlay::kOnDisk && name.starts_with(prefix)) {
            const std::string_view rest = std::string_view(name).substr(prefix.size());
            const bool escaped =
                shows_layers(overlay) && prefix == prefix_of(overlay) && rest.starts_with(kEscape);
            return escaped ? str(prefix, rest.substr(kEscape.size())) : std::string();
        }
    }
    return name;
}

/// There is no call for attributes of a name in a directory before Linux 6.13; the name is one component, and
/// it is not followed.
std::string through_proc(FdRef dir, const std::string &name)
{
    return str("/proc/self/fd/", dir.get(), "/", name);
}

bool has_none(const Error &error) { return error.err() == EOPNOTSUPP || error.err() == ENODATA; }

Result<std::vector<TarEntry::Attribute>> read_xattrs(FdRef dir, const std::string &name, Overlay overlay)
{
    std::vector<TarEntry::Attribute> out;
    const std::string path = through_proc(dir, name);
    auto names = kernel::llistxattr(path);
    if (!names) {
        return has_none(names.error()) ? Result(std::move(out)) : std::move(names).error();
    }
    for (const std::string &attribute : *names) {
        if (shows_layers(overlay) && attribute == str(prefix_of(overlay), "metacopy")) {
            return Error::state("overlayfs has its content elsewhere").hint("mount it with metacopy=off");
        }
        std::string archived = name_in_archive(attribute, overlay);
        if (archived.empty()) {
            continue;
        }
        TRY_LET(value, kernel::lgetxattr(path, attribute));
        out.push_back({std::move(archived), std::move(value)});
    }
    std::ranges::sort(out, {}, &TarEntry::Attribute::name);
    return out;
}

struct Row {
    mode_t type;
    Kind kind;
};
constexpr Row kKinds[] = {{S_IFREG, Kind::kFile},      {S_IFDIR, Kind::kDirectory}, {S_IFLNK, Kind::kSymlink},
                          {S_IFCHR, Kind::kCharacter}, {S_IFBLK, Kind::kBlock},     {S_IFIFO, Kind::kFifo}};

bool is_device(mode_t mode) { return S_ISCHR(mode) || S_ISBLK(mode); }

/// kernel::reopen() knows no name.
Result<Fd> named(Result<Fd> file, const std::string &name)
{
    return file ? std::move(file) : Error::kernel(file.error().err(), str("opening ", json::quote(name)));
}

}  // namespace

Result<FileFacts> read_facts(FdRef dir, const std::string &name, Overlay overlay)
{
    FileFacts out;
    TRY_LET(stat, kernel::fstatat(dir, name, AT_SYMLINK_NOFOLLOW));
    out.stat = stat;
    if (overlay == Overlay::kOnDisk && S_ISCHR(stat.st_mode) && stat.st_rdev == 0) {
        out.stat.st_mtim = {};
    }
    if (S_ISLNK(stat.st_mode)) {
        TRY_LET(target, kernel::readlinkat(dir, name));
        out.target = std::move(target);
    }
    TRY_LET(xattrs, read_xattrs(dir, name, overlay));
    out.xattrs = std::move(xattrs);
    return out;
}

Result<std::optional<std::string>> overlay_word(FdRef dir, const std::string &name, Overlay overlay,
                                                std::string_view word)
{
    if (!shows_layers(overlay)) {
        return std::optional<std::string>();
    }
    auto value = kernel::lgetxattr(through_proc(dir, name), str(prefix_of(overlay), word));
    if (!value) {
        return has_none(value.error()) ? Result(std::optional<std::string>()) : std::move(value).error();
    }
    return std::optional(std::move(value).take());
}

bool same_but_for_content(const FileFacts &a, const FileFacts &b)
{
    const struct stat &x = a.stat, &y = b.stat;
    const bool same_size = !S_ISREG(x.st_mode) || x.st_size == y.st_size;
    const bool same_device = !is_device(x.st_mode) || x.st_rdev == y.st_rdev;
    return x.st_mode == y.st_mode && x.st_uid == y.st_uid && x.st_gid == y.st_gid && same_size &&
           same_device && x.st_mtim.tv_sec == y.st_mtim.tv_sec && x.st_mtim.tv_nsec == y.st_mtim.tv_nsec &&
           a.target == b.target &&
           std::ranges::equal(a.xattrs, b.xattrs, [](const auto &one, const auto &other) {
               return one.name == other.name && one.value == other.value;
           });
}

Result<TarEntry> entry_of(const FileFacts &facts, const std::string &path)
{
    const struct stat &stat = facts.stat;
    const auto *row = std::ranges::find(kKinds, stat.st_mode & S_IFMT, &Row::type);
    if (row == std::end(kKinds)) {
        return Error::bug(str(json::quote(path), " is of a kind that archives have not"));
    }
    TarEntry out;
    out.kind = row->kind;
    out.path = path;
    out.target = facts.target;
    out.mode = stat.st_mode & 07777;
    out.uid = stat.st_uid;
    out.gid = stat.st_gid;
    out.mtime = stat.st_mtim;
    out.size = out.kind == Kind::kFile ? static_cast<std::uint64_t>(stat.st_size) : 0;
    if (is_device(stat.st_mode)) {
        out.major = major(stat.st_rdev);
        out.minor = minor(stat.st_rdev);
    }
    out.xattrs = facts.xattrs;
    return out;
}

/// What was a file may be a device by now, and opening one does something: so it is looked at before, through
/// a descriptor that opens nothing.
Result<Fd> open_content(FdRef dir, const std::string &name)
{
    TRY_LET(found, kernel::openat(dir, name, O_PATH | O_NOFOLLOW));
    TRY_LET(stat, kernel::fstat(found));
    if (!S_ISREG(stat.st_mode)) {
        return Error::kernel(EINVAL, str("opening ", json::quote(name), ", which is no regular file"));
    }
    auto file = kernel::reopen(found, O_RDONLY | O_NOATIME);
    if (file || file.error().err() != EPERM) {
        return named(std::move(file), name);
    }
    return named(kernel::reopen(found, O_RDONLY), name);  // who does not own it may not ask for that
}

}  // namespace rt::pack
