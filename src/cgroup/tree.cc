// SPDX-License-Identifier: Apache-2.0
#include "cgroup/tree.h"

#include <linux/magic.h>

#include <cerrno>
#include <charconv>

#include "base/str.h"
#include "kernel/calls_fs.h"

namespace rt::cgroup {
namespace {

constexpr std::size_t kFileMax = std::size_t{64} << 20;

Result<std::vector<std::string>> children(FdRef dir)
{
    auto entries = kernel::list(dir);
    std::vector<std::string> names;
    // ENOENT, ENODEV: removed while we look.
    if (!entries.ok() && entries.error().err() != ENOENT && entries.error().err() != ENODEV) {
        return std::move(entries).error();
    }
    for (kernel::DirEntry &entry : entries.ok() ? *entries : std::vector<kernel::DirEntry>()) {
        if (entry.type == DT_DIR) {
            names.push_back(std::move(entry.name));
        }
    }
    return names;
}

/// Visits `top` and all directories below it, each after those below it; `leave(parent, name)` follows
/// the visit of all but `top`.  Holds one descriptor, however deep the tree, and no path can become
/// too long: whoever owns the cgroup can nest at will.
template <class Visit, class Leave>
Status post_order(Fd top, Visit visit, Leave leave)
{
    struct Level {
        std::string name;
        std::vector<std::string> left;
    };
    Fd dir = std::move(top);
    TRY_LET(first, children(dir));
    std::vector<Level> levels;
    levels.push_back({"", std::move(first)});
    for (;;) {
        if (!levels.back().left.empty()) {
            std::string name = std::move(levels.back().left.back());
            levels.back().left.pop_back();
            auto below = kernel::openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
            if (!below.ok() && below.error().err() == ENOENT) {
                continue;
            }
            TRY_LET(fd, std::move(below));
            dir = std::move(fd);
            TRY_LET(names, children(dir));
            levels.push_back({std::move(name), std::move(names)});
            continue;
        }
        TRY(visit(FdRef(dir)));
        const std::string name = std::move(levels.back().name);
        levels.pop_back();
        if (levels.empty()) {
            return {};
        }
        TRY_LET(up, kernel::openat(dir, "..", O_RDONLY | O_DIRECTORY));
        dir = std::move(up);
        TRY(leave(FdRef(dir), name));
    }
}

Status add_processes(FdRef dir, std::vector<pid_t> &pids)
{
    auto text = kernel::read_file(dir, "cgroup.procs", kFileMax);
    if (!text.ok()) {
        const int err = text.error().err();
        // EOPNOTSUPP: a threaded cgroup; its processes are listed further up.
        const bool nothing = err == ENOENT || err == ENODEV || err == EOPNOTSUPP;
        return nothing ? Status() : Status(std::move(text).error());
    }
    const char *at = text->data(), *const end = at + text->size();
    while (at < end) {
        pid_t pid = 0;
        const auto [next, error] = std::from_chars(at, end, pid);
        // 0: a process of a pid namespace that we don't see.
        if (error == std::errc() && pid > 0) {
            pids.push_back(pid);
        }
        at = next + 1;
    }
    return {};
}

Status check_type(std::uint64_t type, const std::string &path)
{
    if (type != CGROUP_SUPER_MAGIC && type != CGROUP2_SUPER_MAGIC) {
        return Error::state(str("\"", path, "\" is not in a cgroup file system"));
    }
    return {};
}

}  // namespace

Result<Fd> open_dir(const std::string &path)
{
    auto opened = kernel::openat(kernel::kCwd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!opened.ok() && opened.error().err() == ENOENT) {
        return Fd();
    }
    TRY_LET(dir, std::move(opened));
    TRY_LET(type, kernel::fstatfs_type(dir));
    TRY(check_type(type, path));
    return dir;
}

Result<std::string> read_value(FdRef dir, const std::string &file)
{
    auto text = kernel::read_file(dir, file, kFileMax);
    if (!text.ok() && (text.error().err() == ENOENT || text.error().err() == ENODEV)) {
        return std::string();
    }
    TRY_LET(value, std::move(text));
    if (value.ends_with('\n')) {
        value.pop_back();
    }
    return value;
}

std::string value_of(const std::string &text, const std::string &key)
{
    const std::string start = key + " ";
    std::size_t at = text.starts_with(start) ? 0 : text.find("\n" + start);
    if (at == std::string::npos) {
        return "";
    }
    at = text.find(' ', at) + 1;
    return text.substr(at, text.find('\n', at) - at);
}

Result<bool> is_frozen(FdRef dir)
{
    TRY_LET(by_v2, is_frozen(dir, true));
    return by_v2 ? true : is_frozen(dir, false);
}

Result<bool> is_frozen(FdRef dir, bool v2)
{
    TRY_LET(value, read_value(dir, v2 ? "cgroup.events" : "freezer.state"));
    return v2 ? value_of(value, "frozen") == "1" : !value.empty() && value != "THAWED";
}

Result<std::vector<pid_t>> processes_below(const std::string &path)
{
    std::vector<pid_t> pids;
    TRY_LET(dir, open_dir(path));
    if (dir.open()) {
        TRY(post_order(
            std::move(dir), [&](FdRef at) { return add_processes(at, pids); },
            [](FdRef, const std::string &) { return Status(); }));
    }
    return pids;
}

Result<bool> remove_tree(const std::string &path)
{
    const auto removed = [&path](FdRef parent, const std::string &name) {
        const Status status = kernel::unlinkat(parent, name, AT_REMOVEDIR);
        return status.ok() || status.error().err() == ENOENT ? 0 : status.error().err();
    };
    auto type = kernel::statfs_type(path);
    if (!type && type.error().err() == ENOENT) {
        return true;
    }
    TRY_LET(known, std::move(type));
    TRY(check_type(known, path));
    int err = removed(kernel::kCwd, path);
    if (err == EBUSY || err == ENOTEMPTY) {
        TRY_LET(dir, open_dir(path));
        if (dir.open()) {
            TRY(post_order(
                std::move(dir), [](FdRef) { return Status(); },
                [&](FdRef parent, const std::string &name) {
                    (void)removed(parent, name);
                    return Status();
                }));
        }
        err = removed(kernel::kCwd, path);
    }
    if (err != 0 && err != EBUSY && err != ENOTEMPTY) {
        return Error::kernel(err, str("removing \"", path, "\""));
    }
    return err == 0;
}

}  // namespace rt::cgroup
