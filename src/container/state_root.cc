// SPDX-License-Identifier: Apache-2.0
#include "container/state_root.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"

namespace rt::container {
namespace {

constexpr int kPatienceMs = 10'000;
constexpr const char *kWhere = "give --root DIR, or set XDG_RUNTIME_DIR to a directory of yours";
constexpr int kOpenDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

/// In XDG_RUNTIME_DIR the sticky bit tells those who clean up that it is in use.
// spec: RootlessStateRoot
mode_t mode_of(const std::string &path)
{
    const char *runtime_dir = ::getenv("XDG_RUNTIME_DIR");
    const bool inside =
        runtime_dir != nullptr && runtime_dir[0] == '/' && path.starts_with(str(runtime_dir, '/'));
    return inside ? 01700 : 0700;
}

/// Root of a user namespace whose caller is somebody else goes by the caller's directory, as rootless engines
/// expect.
bool goes_by_runtime_dir()
{
    const char *user = ::getenv("USER");
    const bool is_root = user != nullptr && std::string_view(user) == "root";
    return ::geteuid() != 0 || (!is_root && !kernel::is_in_initial_user_namespace());
}

/// Wakes system calls up with EINTR, every now and then, while it lives.
class Alarm {
public:
    Alarm()
    {
        struct sigaction wake = {};
        wake.sa_handler = [](int) {};
        ::sigaction(SIGALRM, &wake, &before_);
        const itimerval every = {{0, kPeriodUs}, {0, kPeriodUs}};
        ::setitimer(ITIMER_REAL, &every, nullptr);
    }
    ~Alarm()
    {
        const itimerval never = {};
        ::setitimer(ITIMER_REAL, &never, nullptr);
        ::sigaction(SIGALRM, &before_, nullptr);
    }
    Alarm(const Alarm &) = delete;
    Alarm &operator=(const Alarm &) = delete;

private:
    static constexpr suseconds_t kPeriodUs = 20'000;
    struct sigaction before_ = {};
};

/// Removes what is in `dir`, whatever it is.
Status remove_content(FdRef dir)
{
    TRY_LET(entries, kernel::list(dir));
    for (const kernel::DirEntry &entry : entries) {
        Status gone = kernel::unlinkat(dir, entry.name, 0);
        if (gone || gone.error().err() == ENOENT) {
            continue;
        }
        if (gone.error().err() != EISDIR) {
            return gone;
        }
        TRY_LET(below, kernel::openat(dir, entry.name, kOpenDirectory));
        TRY(remove_content(below));
        TRY(kernel::unlinkat(dir, entry.name, AT_REMOVEDIR));
    }
    return {};
}

Result<Fd> open_or_make(const std::string &path, bool make)
{
    auto opened = kernel::openat(kernel::kCwd, path, kOpenDirectory);
    if (opened) {
        return opened;
    }
    const int err = opened.error().err();
    if (err == ENOENT && make) {
        TRY(make_directories(path).context("making the state root").hint(kWhere));
        return open_or_make(path, false);
    }
    Error error = std::move(opened).error().context("opening the state root");
    if (err == EACCES) {
        return std::move(error).hint(kWhere);
    }
    if (err == ENOTDIR || err == ELOOP) {
        return std::move(error).hint("--root has to be a directory, not a link to one");
    }
    return error;
}

Error exists_already(const oci::ContainerId &id)
{
    return Error::state(str("container \"", id.text(), "\" exists already"))
        .hint("delete it or take another ID");
}

}  // namespace

Status make_directories(const std::string &path)
{
    const auto make = [&]() -> Status {
        Status made = kernel::mkdirat(kernel::kCwd, path, mode_of(path));
        return made || made.error().err() == EEXIST ? Status() : std::move(made);
    };
    Status made = make();
    if (made || made.error().err() != ENOENT) {
        return made;
    }
    const std::size_t end = path.find_last_not_of('/');
    const std::size_t slash = end == std::string::npos ? end : path.rfind('/', end);
    if (slash == std::string::npos || slash == 0) {
        return made;
    }
    TRY(make_directories(path.substr(0, slash)));
    return make();
}

Error does_not_exist(std::string_view id)
{
    return Error::state(str("container does not exist: \"", id, "\""));
}

Result<bool> Home::lock(int timeout_ms)
{
    if (Status now = kernel::flock(dir_, LOCK_EX | LOCK_NB); now || now.error().err() != EWOULDBLOCK) {
        TRY(std::move(now));
        return true;
    }
    if (timeout_ms < 0) {
        TRY(kernel::flock(dir_, LOCK_EX));
        return true;
    }
    using Clock = std::chrono::steady_clock;
    const auto deadline = Clock::now() + std::chrono::milliseconds(timeout_ms);
    const Alarm alarm;
    while (::flock(dir_.get(), LOCK_EX) == -1) {
        if (errno != EINTR) {
            return Error::kernel(errno, str("flock(\"", id_.text(), "\")"));
        }
        if (Clock::now() >= deadline) {
            return false;
        }
    }
    return true;
}

Status Home::unlock() { return kernel::flock(dir_, LOCK_UN); }

Result<bool> Home::gone() const
{
    TRY_LET(info, kernel::fstat(dir_));
    return info.st_nlink == 0;
}

std::string StateRoot::default_path()
{
    const char *runtime_dir = ::getenv("XDG_RUNTIME_DIR");
    if (runtime_dir != nullptr && runtime_dir[0] == '/' && goes_by_runtime_dir()) {
        return str(runtime_dir, "/runtime");
    }
    return "/run/runtime";
}

// spec: CliRoot
Result<StateRoot> StateRoot::open(const std::string &path, bool make)
{
    TRY_LET(dir, open_or_make(path, make));
    TRY_LET(info, kernel::fstat(dir));
    if (info.st_uid != ::geteuid() || (info.st_mode & 022) != 0) {
        return Error::state(str("the state root \"", path, "\" is not ours alone"))
            .hint(str("its owner, uid ", info.st_uid, ", has to be uid ", ::geteuid(),
                      ", and nobody else may write to it"));
    }
    return StateRoot(std::move(dir));
}

// spec: CreateWithUniqueID, StateIDUniq, DeleteIDReuse
Result<Home> StateRoot::make(const oci::ContainerId &id) const
{
    Status made = kernel::mkdirat(dir_, id.text(), 0700);
    if (!made && made.error().err() == EEXIST) {
        return exists_already(id);
    }
    TRY(std::move(made).context("making the state directory"));
    auto home = take_made(id);
    if (!home) {
        (void)kernel::unlinkat(dir_, id.text(), AT_REMOVEDIR);  // not when somebody else has filled it
    }
    return home;
}

/// The home just made, locked.  Before the lock a `delete --force` may have come, and another `create`
/// after it: whoever locks an empty home has it.
Result<Home> StateRoot::take_made(const oci::ContainerId &id) const
{
    TRY_LET(home, find(id));
    TRY(home.lock(-1));
    TRY_LET(gone, home.gone());
    if (gone) {
        return Error::state(str("container \"", id.text(), "\" was deleted while it was being created"));
    }
    TRY_LET(content, kernel::list(home.dir()));
    if (!content.empty()) {
        return exists_already(id);
    }
    return home;
}

Result<Home> StateRoot::find(const oci::ContainerId &id) const
{
    auto dir = kernel::openat(dir_, id.text(), kOpenDirectory);
    if (!dir && dir.error().err() == ENOENT) {
        return does_not_exist(id.text());
    }
    TRY_LET(opened, std::move(dir).context("opening the state directory"));
    return Home(id, std::move(opened));
}

Result<Home> StateRoot::find_locked(const oci::ContainerId &id) const
{
    TRY_LET(home, find(id));
    TRY_LET(locked, home.lock(kPatienceMs));
    if (!locked) {
        return Error::state(str("another command holds container \"", id.text(), "\""))
            .hint("it may wait for a hook; delete --force ends it");
    }
    TRY_LET(gone, home.gone());
    if (gone) {
        return does_not_exist(id.text());
    }
    return home;
}

Status StateRoot::remove(const Home &home) const
{
    TRY(remove_content(home.dir()));
    Status gone = kernel::unlinkat(dir_, home.id().text(), AT_REMOVEDIR);
    if (!gone && gone.error().err() == ENOENT) {
        return {};
    }
    return gone;
}

bool StateRoot::holds(std::string_view id) const
{
    return kernel::faccessat(dir_, std::string(id), F_OK).ok();
}

Result<Fd> StateRoot::open_in(const oci::ContainerId &id, std::string_view file) const
{
    open_how how = {};
    how.flags = O_RDONLY;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
    auto opened = kernel::openat2(dir_, str(id.text(), '/', file), how);
    const int err = opened ? 0 : opened.error().err();
    if (err == ENOTDIR || err == ELOOP) {
        return Error::kernel(ENOENT, str("\"", id.text(), "\" is no directory"));
    }
    return opened;
}

Result<std::vector<oci::ContainerId>> StateRoot::ids() const
{
    TRY_LET(entries, kernel::list_at(dir_, "."));
    std::ranges::sort(entries, {}, &kernel::DirEntry::name);
    std::vector<oci::ContainerId> ids;
    ids.reserve(entries.size());
    for (const kernel::DirEntry &entry : entries) {
        if (auto id = oci::ContainerId::parse(entry.name)) {
            ids.push_back(std::move(id).take());
        }
    }
    return ids;
}

}  // namespace rt::container
