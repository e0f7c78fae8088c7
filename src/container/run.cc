// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <utility>

#include "base/log.h"
#include "container/container.h"
#include "container/create.h"
#include "container/failure.h"
#include "container/foreground.h"
#include "kernel/calls_process.h"

namespace rt::container {

Result<int> attend(const Signals &signals, Created created, bool keep)
{
    std::optional<Console> console;
    if (created.console.open()) {
        auto received = Console::receive(created.console, created.console_size.has_value());
        if (!received) {
            (void)destroy(created.root, created.home, &created.record);
            return std::move(received).error();
        }
        console.emplace(std::move(received).take());
    }
    (void)created.home.unlock();  // others may want to change it while it runs
    const int status = wait_in_foreground(signals, created.init, created.record.init.pid, console,
                                          std::move(created.notify));
    console.reset();
    warn_of_memory(status, created.record.cgroup);
    if (!keep && !end(created.root, created.home, created.record)) {
        TRY(end(created.root, created.home, created.record));  // every step of it can be taken again
    }
    return exit_code(status);
}

Result<int> run(const RunOptions &options)
{
    if (options.detach) {
        TRY_LET(created, bring_up(options.create, Mode::kDetached));
        TRY(run_poststart(created.root, created.home, created.record));
        (void)created.home.unlock();
        created.notify.wait(created.init, created.record.init.pid);
        return 0;
    }
    TRY_LET(signals, Signals::hold());
    if (options.subreaper) {
        TRY(kernel::set_child_subreaper());
    }
    TRY_LET(created, bring_up(options.create, Mode::kForeground));
    TRY(run_poststart(created.root, created.home, created.record));
    log::settle();
    return attend(signals, std::move(created), options.keep);
}

}  // namespace rt::container
