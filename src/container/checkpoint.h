// SPDX-License-Identifier: Apache-2.0
//
// A running container on disk, and back: CRIU does it, we tell it what is the host's.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "container/container.h"
#include "criu/messages.h"
#include "criu/session.h"
#include "oci/config.h"

namespace rt::container {

struct CheckpointOptions {
    std::string root;  ///< --root
    std::string id;
    std::string image_path = "checkpoint";
    std::string work_path;  ///< "": the image's
    bool pre_dump = false;  ///< the memory alone, and the container runs on
    int status_fd = -1;     ///< gets a NUL once pages can be asked for
    criu::Options criu;     ///< as the command line has it; the rest is ours
};

/// Writes the container's processes to the image directory and deletes it, or lets it run on.  After an error
/// it runs on as it did.
Status checkpoint(const CheckpointOptions &options);

struct RestoreOptions {
    CreateOptions create;
    std::string image_path = "checkpoint";
    std::string work_path;
    bool detach = false;
    bool subreaper = true;
    criu::Options criu;
};

/// Makes a container of a bundle whose processes are those of a checkpoint.  Gives the exit code: its
/// program's, or 128 + its signal; 0 when detached.  An error leaves nothing behind but CRIU's log.
Result<int> restore(const RestoreOptions &options);

// ---- what both do -----------------------------------------------------------------------------------

/// The settings that an administrator has for CRIU: of the annotation org.criu.config, else of /etc/criu.
std::string criu_config_file(const std::map<std::string, std::string> &annotations);

/// Refuses a CRIU that is too old for what `options` ask for.
Status check_criu(criu::Session &session, const criu::Options &options);

/// Refuses a container in a user namespace: CRIU opens images as its root, who may not read them.
Status check_user_namespace(const oci::Config &config);

/// CRIU needs more rights than anybody but root has.
Status check_root(std::string_view command);

}  // namespace rt::container
