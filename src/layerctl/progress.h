// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pthread.h>

#include <chrono>
#include <memory>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "layerctl/command.h"

namespace rt::layerctl {

/// A line on standard error that says how far the work is (layer::meter()), several times a second while this
/// lives; at its end the line is taken away.
class Progress {
public:
    /// --progress: nothing is drawn where it says so, or standard error is no terminal.
    static Result<std::unique_ptr<Progress>> start(const Arguments &arguments);
    ~Progress();
    Progress(const Progress &) = delete;
    Progress &operator=(const Progress &) = delete;

private:
    Progress() = default;
    static void *draw(void *progress);

    pthread_t thread_ = {};
    Fd stop_;  ///< a pipe's writing end: closed, the thread ends
    Fd stopped_;
};

/// What has been counted, in one line: "45 %  120.3 of 267.1 MiB, 12345 files, 85.0 MiB/s, 2 s left".
std::string progress_line(std::uint64_t expected, std::uint64_t bytes, std::uint64_t files,
                          std::chrono::milliseconds since);

}  // namespace rt::layerctl
