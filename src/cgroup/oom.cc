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
constexpr const char *kEvents = "memory.events";
constexpr std::size_t kEventsMax = 4096;

bool is_removed(const Error &error) { return error.err() == ENOENT || error.err() == ENODEV; }

/// A file that may not be there; not open then.
Result<Fd> open_if_there(FdRef dir, const std::string &file)
{
    auto opened = kernel::openat(dir, file, O_RDONLY);
    if (!opened && is_removed(opened.error())) {
        return Fd();
    }
    return opened;
}

/// The cgroup above, and above the unit that systemd removes with it.
std::string path_above(const CgroupRecord &record)
{
    const auto parent = [](const std::string &path) { return path.substr(0, path.rfind('/')); };
    const std::string above = parent(record.unified);
    return record.unit && above.ends_with(str('/', record.unit->name)) ? parent(above) : above;
}

/// Of a memory.events; nothing when its cgroup is removed.
Result<std::optional<std::uint64_t>> kills_in(FdRef events)
{
    auto text = kernel::pread(events, kEventsMax, 0);
    if (!text && is_removed(text.error())) {
        return std::optional<std::uint64_t>();
    }
    TRY_LET(lines, std::move(text));
    return std::optional(count_of(value_of(lines, "oom_kill")).value_or(0));
}

}  // namespace

Result<std::optional<OomWatch::V1>> OomWatch::open_v1(Fd dir)
{
    TRY_LET(file, open_if_there(dir, kControl));
    if (!file.open()) {
        return std::optional<V1>();
    }
    TRY_LET(event, kernel::eventfd());
    Status asked = kernel::write_file(dir, "cgroup.event_control", str(event.get(), ' ', file.get()));
    if (!asked && is_removed(asked.error())) {
        return std::optional<V1>();
    }
    TRY(std::move(asked));
    return std::optional(V1{std::move(dir), std::move(event)});
}

Result<std::optional<OomWatch::V2>> OomWatch::open_v2(FdRef dir, const CgroupRecord &record)
{
    TRY_LET(here, open_if_there(dir, kEvents));
    if (!here.open()) {
        return std::optional<V2>();
    }
    TRY_LET(above, open_if_there(kernel::kCwd, str(path_above(record), '/', kEvents)));
    V2 watched{std::move(here), std::move(above), {}};
    TRY_LET(known, watched.count());
    watched.known = known;
    return std::optional(std::move(watched));
}

// spec: CliEventsOom
Result<OomWatch> OomWatch::open(const CgroupRecord &record)
{
    OomWatch watch;
    for (const std::string &path : record.dirs) {
        TRY_LET(dir, open_dir(path));
        if (!dir.open()) {
            continue;
        }
        if (path == record.unified) {
            TRY_LET(v2, open_v2(dir, record));
            watch.v2_ = std::move(v2);
        } else {
            TRY_LET(v1, open_v1(std::move(dir)));
            watch.v1_ = std::move(v1);
        }
        if (watch.v1_ || watch.v2_) {
            break;
        }
    }
    return watch;
}

std::array<pollfd, 2> OomWatch::waits() const
{
    if (v1_) {
        return {{{v1_->eventfd.get(), POLLIN, 0}, {-1, 0, 0}}};
    }
    if (v2_) {
        return {{{v2_->here.get(), POLLPRI, 0}, {v2_->above.get(), POLLPRI, 0}}};
    }
    return {{{-1, 0, 0}, {-1, 0, 0}}};
}

/// Both of one moment: the kernel counts a kill in the cgroup first, then in those above it.
Result<OomWatch::Kills> OomWatch::V2::count() const
{
    for (;;) {
        TRY_LET(before, kills_in(here));
        std::optional<std::uint64_t> others;
        if (above.open()) {
            TRY_LET(counted, kills_in(above));
            others = counted;
        }
        TRY_LET(after, kills_in(here));
        if (before == after) {
            return Kills{after, others.value_or(known.above)};
        }
    }
}

Result<std::uint64_t> OomWatch::V2::take()
{
    TRY_LET(now, count());
    const Kills then = std::exchange(known, now);
    return now.here ? *now.here - then.here.value_or(0) : now.above - then.above;
}

Result<std::uint64_t> OomWatch::take_v1(const V1 &watched)
{
    TRY_LET(count, kernel::take_count(watched.eventfd));
    // That the cgroup is removed is told in the same way, once.
    const bool gone = count != 0 && !kernel::faccessat(watched.dir, kControl, F_OK).ok();
    return gone ? count - 1 : count;
}

Result<std::uint64_t> OomWatch::take()
{
    if (v1_) {
        return take_v1(*v1_);
    }
    if (!v2_) {
        return std::uint64_t{0};
    }
    TRY_LET(kills, v2_->take());
    if (!v2_->known.here) {
        v2_.reset();  // what is counted above from now on was somebody else
    }
    return kills;
}

}  // namespace rt::cgroup
