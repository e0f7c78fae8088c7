// SPDX-License-Identifier: Apache-2.0
#include "container/events.h"

#include "base/json.h"
#include "base/str.h"
#include "cgroup/oom.h"
#include "cgroup/stats.h"
#include "container/container.h"
#include "container/processes.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"
#include "kernel/calls_wait.h"

namespace rt::container {
namespace {

/// A container that has not stopped.
struct Alive {
    Record record;
    Fd init;
};

Error not_running(const oci::ContainerId &id)
{
    return Error::state(str("container with id ", id.text(), " is not running"));
}

Result<Alive> look_up_alive(const std::string &root, const oci::ContainerId &id)
{
    TRY_LET(found, look_up(root, id, Lock::kNone));
    TRY_LET(procfs, kernel::open_procfs());
    TRY_LET(init, open_process(procfs, found.record.init));
    if (!init.open()) {
        return not_running(id);
    }
    return Alive{std::move(found.record), std::move(init)};
}

json::Writer line_of(std::string_view type, const std::string &id)
{
    json::Writer line(json::Layout::kCompact);
    line.begin_object();
    line.name("type").string(type).name("id").string(id);
    return line;
}

/// "" when the container has ended meanwhile: half of its files may have been gone.
Result<std::string> stats_of(const Alive &alive)
{
    TRY_LET(files, cgroup::StatFiles::open(alive.record.cgroup));
    json::Writer line = line_of("stats", alive.record.id);
    line.name("data");
    TRY(cgroup::write_stats(line, files));
    line.end_object();
    TRY_LET(ended, kernel::wait_ended(alive.init, 0));
    return ended ? std::string() : std::move(line).take() + '\n';
}

std::string oom_of(const Record &record)
{
    json::Writer line = line_of("oom", record.id);
    line.end_object();
    return std::move(line).take() + '\n';
}

}  // namespace

// spec: CliEventsStats
Result<std::string> stats(const std::string &root, const oci::ContainerId &id)
{
    TRY_LET(alive, look_up_alive(root, id));
    TRY_LET(line, stats_of(alive));
    if (line.empty()) {
        return not_running(id);
    }
    return line;
}

// spec: CliEvents, CliEventsOom
Status events(const std::string &root, const oci::ContainerId &id, std::chrono::nanoseconds interval,
              FdRef out)
{
    TRY_LET(alive, look_up_alive(root, id));
    TRY_LET(ooms, cgroup::OomWatch::open(alive.record.cgroup));
    TRY_LET(timer, kernel::timerfd_every(interval));
    for (;;) {
        const auto [here, above] = ooms.waits();
        pollfd waiting[] = {{alive.init.get(), POLLIN, 0}, {timer.get(), POLLIN, 0}, here, above};
        TRY(kernel::poll(waiting));
        // Before the end is heeded: it may be the first process that was killed.
        TRY_LET(kills, ooms.take());
        for (; kills > 0; --kills) {
            TRY(kernel::write_all(out, oom_of(alive.record)));
        }
        if (waiting[0].revents != 0) {
            return {};
        }
        TRY_LET(ticks, kernel::take_count(timer));
        if (ticks != 0) {
            TRY_LET(line, stats_of(alive));
            TRY(kernel::write_all(out, line));
        }
    }
}

}  // namespace rt::container
