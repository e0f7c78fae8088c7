// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "container/container.h"
#include "oci/config.h"
#include "plan/plan.h"

namespace rt::container {

/// A bundle that was read, checked and planned.  Nothing has happened to the machine yet.
struct Bundle {
    std::string path;  ///< absolute, without links
    std::string text;  ///< of config.json
    oci::Config config;
    plan::Request request;
    plan::Host host;
    plan::Plan plan;
    std::vector<std::string> warnings;
    std::uint32_t preserved = 0;  ///< descriptors of the caller that go in, from 3 on
};

/// Of a directory that could not be opened as a bundle, with what to type.
Error no_bundle(Error error);

/// Reads `options.bundle`/config.json.  `parks`: the container waits for `start`.
Result<Bundle> load_bundle(const CreateOptions &options, FdRef procfs, bool parks);

/// The same for somebody who only wants to know: on `host`, or on this machine when it is null, and for no
/// caller in particular, who would have an environment and descriptors.
Result<Bundle> look_at_bundle(const CreateOptions &options, bool parks, const plan::Host *host);

/// Somebody has to hold the terminal's master: we, when `foreground`, or who listens at --console-socket.
Status check_terminal(const Bundle &bundle, const CreateOptions &options, bool foreground);

/// Into the home what an exec wants to know: config.json, and what its filter came to.
Status keep_config(FdRef home, const Bundle &bundle);

/// The record before anything is made.
Result<Record> first_record(const CreateOptions &options, const Bundle &bundle, FdRef procfs);

}  // namespace rt::container
