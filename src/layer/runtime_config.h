// SPDX-License-Identifier: Apache-2.0
//
// config.json for an image (image-spec, conversion.md).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "oci/config.h"

namespace rt::layer {

/// What is said of the container besides the image.
struct ContainerWishes {
    std::vector<std::string> command;  ///< in place of the image's Cmd
    std::vector<std::string> env;      ///< "K=V", besides the image's and before it
    bool host_network = false;
    bool terminal = false;
    bool read_only = false;
    bool cgroup_namespace = false;  ///< the machine has cgroup v2 alone
    bool tty_group = true;          ///< there is a group 5, for terminals
    /// Of a user namespace of its own; none of either: it has none.
    std::vector<oci::IdMapping> uid_mappings, gid_mappings;
};

/// The file's text: what `runtime spec` writes, with the image's user, program, environment, working
/// directory and labels, and the capabilities that engines give.  `image_config` is the image's; `root` its
/// root file system, in which names of users are looked up.
Result<std::string> runtime_config(std::string_view image_config, FdRef root, const ContainerWishes &wishes);

/// A label or an annotation of this name is an order to a runtime or an engine; one of an image gives none.
bool gives_orders(std::string_view name);

}  // namespace rt::layer
