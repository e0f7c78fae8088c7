// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pthread.h>

#include <chrono>
#include <memory>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "layer/meter.h"
#include "layerctl/command.h"

namespace rt::layerctl {

/// A line on standard error that says how far the work is (layer::meter()), several times a second while this
/// lives; at its end the line is taken away.
class Progress {
public:
    using Line = std::string (*)(const layer::Meter &meter, std::chrono::milliseconds since);

    /// --progress: nothing is drawn, and there is no object, where it says so, or standard error is no
    /// terminal.  The meter begins anew.
    static Result<std::unique_ptr<Progress>> start(const Arguments &arguments, Line line = work_line);
    ~Progress();
    Progress(const Progress &) = delete;
    Progress &operator=(const Progress &) = delete;

    /// progress_line() of what has been counted.
    static std::string work_line(const layer::Meter &meter, std::chrono::milliseconds since);

private:
    explicit Progress(Line line) : line_(line) {}
    static void *draw(void *progress);

    Line line_;
    pthread_t thread_ = {};
    Fd stop_;  ///< a pipe's writing end: closed, the thread ends
    Fd stopped_;
};

/// What has been counted, in one line: "45 %  120.3 of 267.1 MiB, 12345 files, 85.0 MiB/s, 2 s left".
std::string progress_line(std::uint64_t expected, std::uint64_t bytes, std::uint64_t files,
                          std::chrono::milliseconds since);

/// Of bytes that somebody else gets for us, who does not say how many there are: "fetching 12.0 MiB, 4.0
/// MiB/s, 3 s".
std::string fetch_line(const layer::Meter &meter, std::chrono::milliseconds since);

}  // namespace rt::layerctl
