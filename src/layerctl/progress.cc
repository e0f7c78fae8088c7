// SPDX-License-Identifier: Apache-2.0
#include "layerctl/progress.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>

#include "base/str.h"
#include "kernel/calls_fs.h"
#include "layer/meter.h"
#include "layerctl/output.h"

namespace rt::layerctl {
namespace {

constexpr int kPeriodMs = 100;
constexpr double kMostRate = 1e15;  // a second: more is none
constexpr std::string_view kTakeAway = "\r\x1b[K";

Result<bool> is_wished(const Arguments &arguments)
{
    const std::string when = arguments.value("progress", "auto");
    if (when == "auto") {
        return ::isatty(STDERR_FILENO) == 1;
    }
    if (when == "always" || when == "never") {
        return when == "always";
    }
    return Error::input(str("--progress: unknown \"", when, "\"")).hint("auto, always or never");
}

void show(std::string_view line) { (void)kernel::write_all(FdRef(STDERR_FILENO), str(kTakeAway, line)); }

}  // namespace

std::string progress_line(std::uint64_t expected, std::uint64_t bytes, std::uint64_t files,
                          std::chrono::milliseconds since)
{
    const std::uint64_t done = expected == 0 ? bytes : std::min(bytes, expected);
    // Children count, who read what others have made: any number has to do.
    const double seconds = std::max(std::chrono::duration<double>(since).count(), 0.001);
    const double rate = std::min(static_cast<double>(done) / seconds, kMostRate);
    std::string out;
    if (expected > 0) {
        const double share = static_cast<double>(done) / static_cast<double>(expected);
        out += str(static_cast<int>(share * 100), " %  ", in_units(done), " of ", in_units(expected));
    } else {
        out += in_units(done);
    }
    out += str(", ", files, files == 1 ? " file" : " files", ", ", in_units(static_cast<std::uint64_t>(rate)),
               "/s");
    if (expected > 0 && done > 0) {
        const double left = std::ceil(static_cast<double>(expected - done) / rate);
        out += str(", ", static_cast<std::uint64_t>(left), " s left");
    }
    return out;
}

std::string fetch_line(const layer::Meter &meter, std::chrono::milliseconds since)
{
    const auto ms = static_cast<std::uint64_t>(std::max<std::int64_t>(since.count(), 1));
    const std::uint64_t bytes = meter.bytes;
    return str("fetching ", in_units(bytes), ", ", in_units(bytes * 1000 / ms), "/s, ", ms / 1000, " s");
}

std::string Progress::work_line(const layer::Meter &meter, std::chrono::milliseconds since)
{
    return progress_line(meter.expected, meter.bytes, meter.files, since);
}

// spec: LayerProgress
Result<std::unique_ptr<Progress>> Progress::start(const Arguments &arguments, Line line)
{
    TRY_LET(wished, is_wished(arguments));
    std::unique_ptr<Progress> out;
    if (!wished) {
        return out;
    }
    TRY(layer::share_meter());
    TRY_LET(pipe, kernel::pipe2());
    out.reset(new Progress(line));
    out->stopped_ = std::move(pipe.reading);
    out->stop_ = std::move(pipe.writing);
    // Signals are for the thread that can end the children.
    sigset_t all, before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    const int err = ::pthread_create(&out->thread_, nullptr, draw, out.get());
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (err != 0) {
        out->stop_ = Fd();
        return Error::kernel(err, "pthread_create()");
    }
    return out;
}

Progress::~Progress()
{
    if (stop_.open()) {
        stop_ = Fd();
        ::pthread_join(thread_, nullptr);
    }
}

void *Progress::draw(void *progress)
{
    using std::chrono::steady_clock;
    const auto &self = *static_cast<const Progress *>(progress);
    const auto start = steady_clock::now();
    const auto show_now = [start, &self, &meter = layer::meter()] {
        const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - start);
        show(self.line_(meter, since));
    };
    pollfd stopped = {self.stopped_.get(), POLLIN, 0};
    while (::poll(&stopped, 1, kPeriodMs) == 0) {
        show_now();
    }
    show_now();
    show("");
    return nullptr;
}

}  // namespace rt::layerctl
