// SPDX-License-Identifier: Apache-2.0
#include "layer/attributes.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"

namespace rt::layer {
namespace {

/// Overlayfs's own: taken as they are, an image would tell our mount what to do.
constexpr std::string_view kOverlays[] = {"trusted.overlay.", "user.overlay."};

/// Labels belong to this system's policy, not to the image's.
constexpr std::string_view kOfTheHost[] = {"security.selinux", "security.ima", "security.evm",
                                           "security.apparmor"};

constexpr mode_t kModeBits = 07777, kSetIds = 06000;

const std::string kDefaultAcl = "system.posix_acl_default";

/// The name that is set, or "" for none.
std::string name_to_set(const std::string &name, LayerForm form)
{
    if (std::ranges::find(kOfTheHost, name) != std::end(kOfTheHost)) {
        return "";
    }
    for (const std::string_view prefix : kOverlays) {
        if (name.starts_with(prefix)) {
            // From Linux 6.7 on overlayfs takes the second "overlay." away again.
            return is_overlay(form) ? str(prefix, "overlay.", name.substr(prefix.size())) : std::string();
        }
    }
    return name;
}

/// user.* is for files and directories only, trusted.* for root of the machine, and some file systems have
/// none of the first, or no access control lists.
bool may_be_left_out(const std::string &name, int err)
{
    return (name.starts_with("user.") && (err == EPERM || err == EOPNOTSUPP)) ||
           (name.starts_with("trusted.") && err == EPERM) ||
           (name.starts_with("system.posix_acl_") && err == EOPNOTSUPP);
}

template <class Set>
Status set_xattrs(const TarEntry &entry, LayerForm form, Set set)
{
    for (const TarEntry::Attribute &attribute : entry.xattrs) {
        const std::string name = name_to_set(attribute.name, form);
        if (name.empty()) {
            continue;
        }
        if (Status done = set(name, attribute.value); !done && !may_be_left_out(name, done.error().err())) {
            return done;
        }
    }
    return {};
}

bool is_wanted(const TarEntry &entry, const std::string &name)
{
    return std::ranges::find(entry.xattrs, name, &TarEntry::Attribute::name) != entry.xattrs.end();
}

Status remove_others(FdRef fd, const TarEntry &entry)
{
    TRY_LET(names, kernel::flistxattr(fd));
    for (const std::string &name : names) {
        const bool of_the_host = std::ranges::find(kOfTheHost, name) != std::end(kOfTheHost);
        if (!of_the_host && !is_wanted(entry, name)) {
            TRY(kernel::fremovexattr(fd, name));
        }
    }
    return {};
}

/// What has to be said again: a change that changes nothing costs the file system as much as another, and to
/// ask costs a tenth.
struct Changes {
    bool owner, mode;
};

Changes changes_of(const struct stat &found, const TarEntry &entry)
{
    const bool owner = found.st_uid != entry.uid || found.st_gid != entry.gid;
    // The mode comes behind the owner, whose change takes the set-user-ID bit.
    return {owner, (found.st_mode & kModeBits) != entry.mode || (owner && (entry.mode & kSetIds) != 0)};
}

/// What a chown(2) to the entry's owner came to.
Status owned(Status changed, const TarEntry &entry)
{
    if (changed || changed.error().err() != EINVAL) {
        return changed;
    }
    return std::move(changed)
        .error()
        .context(str("owner ", entry.uid, ":", entry.gid))
        .hint("our user namespace has no such ids: /etc/subuid and /etc/subgid have to give more, and "
              "newuidmap has to be "
              "installed");
}

}  // namespace

const char *opaque_attribute(LayerForm form)
{
    return form == LayerForm::kUserOverlay ? "user.overlay.opaque" : "trusted.overlay.opaque";
}

Status set_attributes(FdRef fd, const TarEntry &entry, LayerForm form, bool may_be_more)
{
    if (may_be_more) {
        TRY(remove_others(fd, entry));
    }
    TRY_LET(found, kernel::fstat(fd));
    const Changes changes = changes_of(found, entry);
    if (changes.owner) {
        TRY(owned(kernel::fchown(fd, entry.uid, entry.gid), entry));
    }
    if (changes.mode) {
        TRY(kernel::fchmod(fd, entry.mode));
    }
    TRY(set_xattrs(entry, form,
                   [&](const auto &name, const auto &value) { return kernel::fsetxattr(fd, name, value); }));
    return kernel::utimensat(fd, "", entry.mtime);
}

Status set_attributes_at(FdRef dir, const std::string &name, const TarEntry &entry, LayerForm form)
{
    TRY_LET(found, kernel::fstatat(dir, name, AT_SYMLINK_NOFOLLOW));
    const Changes changes = changes_of(found, entry);
    if (changes.owner) {
        TRY(owned(kernel::fchownat(dir, name, entry.uid, entry.gid, AT_SYMLINK_NOFOLLOW), entry));
    }
    if (changes.mode && entry.kind != TarEntry::Kind::kSymlink) {
        TRY(kernel::fchmodat(dir, name, entry.mode));  // we made it, so it is no link
    }
    if (!entry.xattrs.empty()) {
        TRY(kernel::fchdir(dir));
        TRY(set_xattrs(entry, form, [&](const auto &attribute, const auto &value) {
            return kernel::lsetxattr(name, attribute, value);
        }));
    }
    return kernel::utimensat(dir, name, entry.mtime);
}

Result<std::string> take_default_acl(FdRef dir)
{
    auto list = kernel::fgetxattr(dir, kDefaultAcl);
    if (!list) {
        const int err = list.error().err();
        return err == ENODATA || err == EOPNOTSUPP ? Result<std::string>(std::string()) : std::move(list);
    }
    TRY(kernel::fremovexattr(dir, kDefaultAcl));
    return list;
}

Status restore_default_acl(FdRef dir, const std::string &list)
{
    return list.empty() ? Status() : kernel::fsetxattr(dir, kDefaultAcl, list);
}

}  // namespace rt::layer
