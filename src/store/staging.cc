// SPDX-License-Identifier: Apache-2.0
#include "store/staging.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "base/str.h"
#include "kernel/calls_fs.h"
#include "layer/tree.h"

namespace rt::store {
namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

/// `name` still leads to what we have locked.
bool is_at(FdRef parent, const std::string &name, FdRef dir)
{
    const auto named = kernel::fstatat(parent, name, AT_SYMLINK_NOFOLLOW);
    const auto held = kernel::fstat(dir);
    return named && held && named->st_ino == held->st_ino && named->st_dev == held->st_dev;
}

/// Locked; nothing when somebody else has it, or has taken it away.
Result<std::optional<Fd>> try_lock(FdRef staging, const std::string &name)
{
    auto dir = kernel::openat(staging, name, kDirectory);
    if (!dir && dir.error().err() == ENOENT) {
        return std::optional<Fd>();
    }
    TRY_LET(opened, std::move(dir));
    if (Status locked = kernel::flock(opened, LOCK_EX | LOCK_NB); !locked) {
        return locked.error().err() == EWOULDBLOCK ? Result<std::optional<Fd>>(std::optional<Fd>())
                                                   : std::move(locked).error();
    }
    return is_at(staging, name, opened) ? std::optional<Fd>(std::move(opened)) : std::optional<Fd>();
}

Status empty(FdRef dir)
{
    TRY_LET(entries, kernel::list(dir));
    for (const kernel::DirEntry &entry : entries) {
        TRY(layer::remove_tree(dir, entry.name));
    }
    return {};
}

}  // namespace

Result<Staging> Staging::wait(const Store &store, const std::string &name)
{
    for (;;) {
        Status made = kernel::mkdirat(store.staging(), name, 0700);
        if (!made && made.error().err() != EEXIST) {
            return std::move(made).error();
        }
        TRY_LET(locked, try_lock(store.staging(), name));
        if (locked) {
            TRY(empty(*locked));  // who made it was killed
            return Staging(store.staging(), name, std::move(*locked));
        }
        TRY_LET(again, store.patience().pause());
        if (!again) {
            TRY_LET(dir, kernel::openat(store.staging(), name, kDirectory));
            return held(dir, str("staging/", name));
        }
    }
}

Result<Staging> Staging::fresh(const Store &store)
{
    static unsigned count = 0;
    return wait(store, str("new-", ::getpid(), "-", count++));
}

Staging::~Staging()
{
    if (dir_.open() && is_at(staging_, name_, dir_)) {
        (void)layer::remove_tree(staging_, name_);
    }
}

Result<bool> Staging::commit(FdRef parent, const std::string &name)
{
    Status moved = kernel::renameat2(staging_, name_, parent, name, RENAME_NOREPLACE);
    if (!moved && moved.error().err() != EEXIST) {
        return std::move(moved).error();
    }
    return static_cast<bool>(moved);
}

Status sweep_staging(const Store &store)
{
    TRY_LET(entries, kernel::list(store.staging()));
    for (const kernel::DirEntry &entry : entries) {
        TRY_LET(locked, try_lock(store.staging(), entry.name));
        if (locked) {
            TRY(layer::remove_tree(store.staging(), entry.name));
        }
    }
    return {};
}

}  // namespace rt::store
