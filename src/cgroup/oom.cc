// SPDX-License-Identifier: Apache-2.0
#include "cgroup/oom.h"

#include <fcntl.h>

#include <cerrno>

#include "base/str.h"
#include "cgroup/stat_files.h"
#include "cgroup/tree.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_wait.h"

namespace rt::cgroup {
namespace {

constexpr const char *kControl = "memory.oom_control";
constexpr std::size_t kEventsMax = 4096;

/// A file that may not be there; not open then.
Result<Fd> open_if_there(FdRef dir, const char *file, int flags)
{
    auto opened = kernel::openat(dir, file, flags);
    if (!opened && opened.error().err() == ENOENT) {
        return Fd();
    }
    return opened;
}

}  // namespace

// spec: CliEventsOom
Result<OomWatch> OomWatch::open(const CgroupRecord &record)
{
    OomWatch watch;
    for (const std::string &path : record.dirs) {
        const bool v2 = path == record.unified;
        TRY_LET(dir, open_dir(path));
        if (!dir.open()) {
            continue;
        }
        TRY_LET(file, open_if_there(dir, v2 ? "memory.events" : kControl, O_RDONLY));
        if (!file.open()) {
            continue;
        }
        if (v2) {
            watch.heard_ = std::move(file);
            watch.events_ = POLLPRI;
            TRY_LET(known, watch.kills());
            watch.known_ = known;
        } else {
            TRY_LET(event, kernel::eventfd());
            Status asked = kernel::write_file(dir, "cgroup.event_control", str(event.get(), ' ', file.get()));
            if (!asked && (asked.error().err() == ENOENT || asked.error().err() == ENODEV)) {
                continue;  // removed meanwhile
            }
            TRY(std::move(asked));
            watch.heard_ = std::move(event);
            watch.events_ = POLLIN;
            watch.dir_ = std::move(dir);
        }
        break;
    }
    return watch;
}

Result<std::uint64_t> OomWatch::kills() const
{
    auto text = kernel::pread(heard_, kEventsMax, 0);
    if (!text && text.error().err() == ENODEV) {
        return known_;  // removed meanwhile
    }
    TRY_LET(events, std::move(text));
    return count_of(value_of(events, "oom_kill")).value_or(known_);
}

Result<std::uint64_t> OomWatch::take()
{
    if (!heard_.open()) {
        return std::uint64_t{0};
    }
    if (events_ == POLLPRI) {
        TRY_LET(now, kills());
        return now - std::exchange(known_, now);
    }
    TRY_LET(count, kernel::take_count(heard_));
    // That the cgroup is removed is told in the same way, once.
    const bool gone = count != 0 && !kernel::faccessat(dir_, kControl, F_OK).ok();
    return gone ? count - 1 : count;
}

}  // namespace rt::cgroup
