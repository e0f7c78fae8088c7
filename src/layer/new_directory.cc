// SPDX-License-Identifier: Apache-2.0
#include "layer/new_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"
#include "layer/attributes.h"
#include "layer/tree.h"

namespace rt::layer {
namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
const std::string kInside = "root";

/// `name` still leads to what we have locked.
bool is_at(FdRef parent, const std::string &name, FdRef dir)
{
    const auto named = kernel::fstatat(parent, name, AT_SYMLINK_NOFOLLOW);
    const auto held = kernel::fstat(dir);
    return named && held && named->st_ino == held->st_ino && named->st_dev == held->st_dev;
}

/// Locked, if it is there and nobody else has locked it.
Result<Fd> lock(FdRef parent, const std::string &name)
{
    TRY_LET(dir, kernel::openat(parent, name, kDirectory));
    Status locked = kernel::flock(dir, LOCK_EX | LOCK_NB);
    if (!locked && locked.error().err() == EWOULDBLOCK) {
        return Error::state("another layerctl unpacks there").hint("wait for it");
    }
    TRY(std::move(locked));
    return dir;
}

/// Made by us, and locked.
Result<Fd> make_staging(FdRef parent, const std::string &name)
{
    constexpr int kTries = 16;
    for (int i = 0; i < kTries; ++i) {
        Status made = kernel::mkdirat(parent, name, 0700);
        if (!made && made.error().err() != EEXIST) {
            return std::move(made).error();
        }
        auto locked = lock(parent, name);
        if (!locked && locked.error().err() == ENOENT) {
            continue;
        }
        if (!locked && made) {
            (void)kernel::unlinkat(parent, name, AT_REMOVEDIR);
        }
        TRY_LET(dir, std::move(locked));
        if (!made) {
            TRY(remove_tree(parent, name));  // who made it was killed: the lock was free
        } else if (is_at(parent, name, dir)) {
            return dir;
        }
    }
    return Error::state("others keep removing what is unpacked there");
}

/// Refused now rather than when everything is unpacked.
Status check_room(FdRef parent, const std::string &name)
{
    auto there = kernel::list_at(parent, name);
    if (!there) {
        return there.error().err() == ENOENT ? Status() : Status(std::move(there).error());
    }
    return there->empty() ? Status()
                          : Error::state("is not empty").hint("name a directory that is not there");
}

}  // namespace

Result<NewDirectory> NewDirectory::begin(const std::string &path)
{
    NewDirectory out;
    out.path_ = path;
    while (out.path_.size() > 1 && out.path_.ends_with('/')) {
        out.path_.pop_back();
    }
    out.name_ = new_name(out.path_);
    const std::string &name = out.name_.name;
    if (name.empty() || name == "." || name == "..") {
        return Error::input(str(json::quote(path), " names no new directory"));
    }
    out.staging_name_ = str(".", name, ".layerctl");
    TRY_LET(parent, open_above(out.name_, "making", path));
    out.parent_ = std::move(parent);
    if (Status room = check_room(out.parent_, name); !room) {
        return std::move(room).error().context(json::quote(path));
    }
    auto staging = make_staging(out.parent_, out.staging_name_);
    if (!staging) {
        return std::move(staging).error().context(json::quote(path));
    }
    out.staging_ = std::move(staging).take();
    TRY(kernel::mkdirat(out.staging_, kInside, 0700));
    TRY_LET(dir, kernel::openat(out.staging_, kInside, kDirectory));
    TRY(take_default_acl(dir));  // what those above hand down is none of the tree's
    (void)kernel::fremovexattr(dir, "system.posix_acl_access");
    TRY(kernel::fchmod(dir, 0755));  // whatever the umask is
    out.dir_ = std::move(dir);
    return out;
}

std::string NewDirectory::path() const { return str(name_.above, "/", staging_name_, "/", kInside); }

NewDirectory::~NewDirectory()
{
    if (staging_.open()) {
        (void)remove_tree(parent_, staging_name_);
    }
}

Status NewDirectory::commit(bool durable)
{
    if (durable) {
        TRY(kernel::syncfs(dir_));
    }
    if (Status moved = kernel::renameat(staging_, kInside, parent_, name_.name); !moved) {
        return std::move(moved).error().context(json::quote(path_));
    }
    return durable ? kernel::syncfs(dir_) : Status();
}

}  // namespace rt::layer
