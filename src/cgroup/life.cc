// SPDX-License-Identifier: Apache-2.0
#include "cgroup/life.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <time.h>

#include <algorithm>
#include <cerrno>

#include "base/str.h"
#include "cgroup/frozen.h"
#include "cgroup/tree.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"

namespace rt::cgroup {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;
using std::chrono::milliseconds;

/// A point in time, and short sleeps until then: for v1, which tells nobody when something changes.
class Patience {
public:
    explicit Patience(milliseconds timeout) : end_(Clock::now() + timeout) {}

    bool over() const { return Clock::now() >= end_; }
    int left_ms() const
    {
        const auto left = std::chrono::ceil<milliseconds>(end_ - Clock::now()).count();
        return static_cast<int>(std::clamp<std::int64_t>(left, 0, 1 << 30));
    }
    /// 50 us at first, 1 ms at last.
    void sleep()
    {
        const timespec time{0, pause_.count() * 1000};
        ::nanosleep(&time, nullptr);
        pause_ = std::min(pause_ * 2, microseconds(1000));
    }

private:
    Clock::time_point end_;
    microseconds pause_{50};
};

/// Waits until `key` of cgroup.events in `dir` is `value`; false: the time is up.
Result<bool> wait_event(FdRef dir, const std::string &key, const std::string &value, const Patience &patience)
{
    auto opened = kernel::openat(dir, "cgroup.events", O_RDONLY);
    if (!opened.ok() && (opened.error().err() == ENOENT || opened.error().err() == ENODEV)) {
        return true;
    }
    TRY_LET(events, std::move(opened));
    for (;;) {
        auto text = kernel::pread(events, 256, 0);
        if (!text.ok() && text.error().err() == ENODEV) {
            return true;  // removed meanwhile
        }
        TRY_LET(now, std::move(text));
        if (value_of(now, key) == value) {
            return true;
        }
        if (patience.over()) {
            return false;
        }
        pollfd fd{events.get(), POLLPRI, 0};
        ::poll(&fd, 1, patience.left_ms());
    }
}

/// The directory that knows all processes: in v2 each is in exactly one place.
const std::string &home_of(const CgroupRecord &record)
{
    static const std::string none;
    return !record.unified.empty()   ? record.unified
           : !record.freezer.empty() ? record.freezer
           : !record.dirs.empty()    ? record.dirs.front()
                                     : none;
}

Status send(pid_t pid, int signal)
{
    auto pidfd = kernel::pidfd_open(pid);
    if (!pidfd.ok()) {
        const int err = pidfd.error().err();
        // EINVAL: the number is still that of a group or a session, and no process's.
        return err == ESRCH || err == EINVAL ? Status() : Status(std::move(pidfd).error());
    }
    Status status = kernel::pidfd_send_signal(*pidfd, signal);
    return !status.ok() && status.error().err() == ESRCH ? Status() : std::move(status);
}

Status send_to(const std::vector<pid_t> &pids, int signal)
{
    for (const pid_t pid : pids) {
        TRY(send(pid, signal));
    }
    return {};
}

Status send_all(const std::string &path, int signal)
{
    TRY_LET(pids, processes_below(path));
    return send_to(pids, signal);
}

/// freezer.state; a frozen process of v1 doesn't die before it is thawed.
Status set_freezer(const std::string &path, const char *state)
{
    if (path.empty()) {
        return {};
    }
    TRY_LET(dir, open_dir(path));
    if (!dir.open()) {
        return {};
    }
    Status status = kernel::write_file(dir, "freezer.state", state);
    return !status.ok() && status.error().err() == ENOENT ? Status() : std::move(status);
}

/// Asks for it and waits; false: the time is up, and it goes on freezing.
Result<bool> freeze_v2(FdRef dir, const Patience &patience)
{
    TRY(kernel::write_file(dir, "cgroup.freeze", "1"));
    return wait_event(dir, "frozen", "1", patience);
}

/// The same in v1.
Result<bool> freeze_v1(FdRef dir, Patience patience)
{
    for (;;) {
        // A fork in the wrong moment escapes: each round asks again.
        TRY(kernel::write_file(dir, "freezer.state", "FROZEN"));
        TRY_LET(state, read_value(dir, "freezer.state"));
        if (state == "FROZEN" || patience.over()) {
            return state == "FROZEN";
        }
        patience.sleep();
    }
}

Result<Fd> open_there(const std::string &path)
{
    TRY_LET(dir, open_dir(path));
    if (!dir.open()) {
        return Error::kernel(ENOENT, str("opening \"", path, "\""));
    }
    return dir;
}

/// Whoever asked for it in vain has nothing of it.  Who stands in v1 already never comes to where v2 stops
/// it.
Status freeze_or_thaw(const CgroupRecord &record, const Patience &patience)
{
    const bool v2 = !record.unified.empty() && !frozen_by_v1_above(record);
    const std::string &path = v2 ? record.unified : record.freezer;
    TRY_LET(dir, open_there(path));
    TRY_LET(frozen, v2 ? freeze_v2(dir, patience) : freeze_v1(dir, patience));
    if (!frozen) {
        TRY(v2 ? kernel::write_file(dir, "cgroup.freeze", "0")
               : kernel::write_file(dir, "freezer.state", "THAWED"));
        return Error::kernel(ETIMEDOUT, str("freezing \"", path, "\""));
    }
    return {};
}

/// SIGKILL to all of v2's directory; false where the kernel (before 5.14) can't.
Result<bool> kill_v2(FdRef dir)
{
    const Status status = kernel::write_file(dir, "cgroup.kill", "1");
    const int err = status.ok() ? 0 : status.error().err();
    if (err != 0 && err != ENOENT && err != ENODEV && err != EOPNOTSUPP) {
        return Error::kernel(err, "writing \"1\" to \"cgroup.kill\"");
    }
    return err == 0 || err == ENODEV;
}

/// How long a kill waits until nobody forks any more: a process that hangs in the kernel never stands.
constexpr milliseconds kKillPatience{1000};

/// Stops all in v1's freezer, or in v2 without one; false: some are still on the way.  What cannot be
/// stopped counts as standing: it will not get better.
bool hold(const CgroupRecord &record, const Patience &patience)
{
    const bool v1 = !record.freezer.empty();
    auto dir = open_dir(v1 ? record.freezer : record.unified);
    if (!dir || !dir->open()) {
        return true;
    }
    const auto stand = v1 ? freeze_v1(*dir, patience) : freeze_v2(*dir, patience);
    return !stand || *stand;
}

Status let_go(const CgroupRecord &record)
{
    if (!record.unified.empty()) {
        TRY_LET(dir, open_dir(record.unified));
        if (dir.open()) {
            (void)kernel::write_file(dir, "cgroup.freeze", "0");
        }
    }
    return set_freezer(record.freezer, "THAWED");
}

/// SIGKILL to all in `path`, where no call does that.  Whoever forks in the wrong moment is in no list: those
/// of each are killed until one was read while all stood.  Not let go meanwhile, as they would fork again.
Status kill_standing(const CgroupRecord &record, const std::string &path, const Patience &patience)
{
    constexpr milliseconds kRound{50};
    Status sent;
    for (bool stood = false; sent.ok() && !stood;) {
        stood = hold(record, Patience(kRound)) || patience.over();
        sent = send_all(path, SIGKILL);
    }
    TRY(let_go(record));
    return sent;
}

/// Kills what is in the v2 directory and waits until it is empty.
Status empty_v2(const CgroupRecord &record, const Patience &patience)
{
    const std::string &path = record.unified;
    TRY_LET(dir, open_dir(path));
    if (!dir.open()) {
        return {};
    }
    TRY_LET(events, read_value(dir, "cgroup.events"));
    if (value_of(events, "populated") == "0") {
        return {};
    }
    TRY_LET(killed, kill_v2(dir));
    TRY(killed ? set_freezer(record.freezer, "THAWED") : kill_standing(record, path, patience));
    TRY_LET(empty, wait_event(dir, "populated", "0", patience));
    if (!empty) {
        return Error::kernel(ETIMEDOUT, str("waiting for the processes in \"", path, "\" to end"));
    }
    return {};
}

/// Removes one directory; what still runs in it is killed.
Status remove_one(const std::string &path, const CgroupRecord &record, Patience &patience)
{
    for (bool first = true;; first = false) {
        TRY_LET(gone, remove_tree(path));
        if (gone) {
            return {};
        }
        if (first) {
            TRY(kill_standing(record, path, Patience(kKillPatience)));
        } else {
            TRY(send_all(path, SIGKILL));  // not frozen again: they could not die
            TRY(set_freezer(record.freezer, "THAWED"));
        }
        if (patience.over()) {
            TRY_LET(pids, processes_below(path));
            return Error::kernel(
                EBUSY, str("removing \"", path, "\", in which ", pids.size(), " processes are left"));
        }
        patience.sleep();
    }
}

}  // namespace

Result<std::vector<pid_t>> processes(const CgroupRecord &record)
{
    if (home_of(record).empty()) {
        return std::vector<pid_t>();
    }
    TRY_LET(pids, processes_below(home_of(record)));
    std::ranges::sort(pids);
    const auto twice = std::ranges::unique(pids);
    pids.erase(twice.begin(), twice.end());
    return pids;
}

Status freeze(const CgroupRecord &record, milliseconds timeout)
{
    if (record.unified.empty() && record.freezer.empty()) {
        return Error::state("the container has no cgroup that can be frozen");
    }
    return freeze_or_thaw(record, Patience(timeout));
}

Status thaw(const CgroupRecord &record)
{
    constexpr milliseconds kMoment{100}, kLong{10'000};
    if (!record.unified.empty()) {
        TRY_LET(dir, open_there(record.unified));
        TRY(kernel::write_file(dir, "cgroup.freeze", "0"));
        TRY_LET(soon, wait_event(dir, "frozen", "0", Patience(kMoment)));
        if (!soon && !is_frozen_above(record)) {
            TRY_LET(late, wait_event(dir, "frozen", "0", Patience(kLong)));
            if (!late) {
                return Error::kernel(ETIMEDOUT, str("thawing \"", record.unified, "\""));
            }
        }
    }
    return set_freezer(record.freezer, "THAWED");
}

Status kill_all(const CgroupRecord &record, int signal)
{
    if (signal != SIGKILL) {
        TRY_LET(pids, processes(record));
        return send_to(pids, signal);
    }
    if (!record.unified.empty()) {
        TRY_LET(dir, open_dir(record.unified));
        if (dir.open()) {
            TRY_LET(killed, kill_v2(dir));
            if (killed) {
                return set_freezer(record.freezer, "THAWED");
            }
        }
    }
    return kill_standing(record, home_of(record), Patience(kKillPatience));
}

Status destroy(const CgroupRecord &record, milliseconds timeout)
{
    Patience patience(timeout);
    if (!record.unified.empty()) {
        TRY(empty_v2(record, patience));
    }
    if (record.unit) {
        TRY(kill_all(record, SIGKILL));  // systemd would ask them first, and wait for their answer
        TRY(stop_unit(*record.unit));
    }
    for (const std::string &path : record.dirs) {
        TRY(remove_one(path, record, patience));
    }
    // Deepest first.  Others may have moved in meanwhile: then the parent is theirs.
    for (auto parent = record.parents.rbegin(); parent != record.parents.rend(); ++parent) {
        TRY_LET(dir, open_dir(*parent));
        if (dir.open()) {
            (void)kernel::unlinkat(kernel::kCwd, *parent, AT_REMOVEDIR);
        }
    }
    return {};
}

}  // namespace rt::cgroup
