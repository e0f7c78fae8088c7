// SPDX-License-Identifier: Apache-2.0
//
// The directory that a checkpoint is in: CRIU's images, and two files of ours beside them.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "container/externals.h"

namespace rt::container {

struct CheckpointDirs {
    std::string image_path, work_path;  ///< absolute
    Fd image;                           ///< --image-path
    Fd work;                            ///< --work-path: CRIU's log and statistics
};
/// Opens both, and makes them first when `make`; without `work_path` it is the image's.
Result<CheckpointDirs> open_checkpoint(const std::string &image_path, const std::string &work_path,
                                       bool make);

/// What CRIU does not keep of a container, and restoring it needs.
struct Externals {
    std::vector<ExternalMount> mounts;
    std::vector<Descriptor> descriptors;  ///< 0, 1, 2
    std::vector<std::string> cgroups;     ///< the container's, in every hierarchy
    bool empty_network = true;            ///< what is in the network namespace was left out
};
/// runtime.json has it all; descriptors.json an array of the links, as other runtimes look for it.
Status write_externals(FdRef image, const Externals &externals);
/// Of a checkpoint by another runtime: what its descriptors.json says, and no mounts.
Result<Externals> read_externals(FdRef image);

}  // namespace rt::container
