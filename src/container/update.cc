// SPDX-License-Identifier: Apache-2.0
#include "cgroup/update.h"

#include "base/str.h"
#include "cgroup/probe.h"
#include "container/container.h"
#include "kernel/calls_process.h"

namespace rt::container {

// spec: CliUpdate
Status update(const std::string &root, const oci::ContainerId &id, oci::Resources resources)
{
    TRY_LET(found, look_up(root, id, Lock::kExclusive));
    TRY_LET(procfs, kernel::open_procfs());
    TRY_LET(status, status_of(procfs, found.record));
    if (status == oci::Status::kStopped || status == oci::Status::kCreating) {
        return Error::state(str("container not running: \"", id.text(), "\" is ", oci::in_words(status)));
    }
    TRY_LET(host, cgroup::probe());
    return cgroup::update(found.record.cgroup, std::move(resources), std::move(host));
}

}  // namespace rt::container
