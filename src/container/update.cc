// SPDX-License-Identifier: Apache-2.0
#include "cgroup/update.h"

#include "base/str.h"
#include "cgroup/probe.h"
#include "container/container.h"
#include "container/host.h"
#include "kernel/calls_process.h"
#include "oci/load.h"
#include "resctrl/resctrl.h"

namespace rt::container {
namespace {

/// While device rules change, the record knows of none: after an end amid that, the next ones are written
/// whatever they are.
Status limit(const Found &found, oci::Resources resources, plan::CgroupHost host)
{
    const cgroup::CgroupRecord &before = found.record.cgroup;
    auto devices = host.rootless ? std::nullopt : cgroup::new_devices(before, resources);
    if (!devices) {
        return cgroup::update(before, std::move(resources), std::move(host));
    }
    Record record = found.record;
    record.cgroup.devices.reset();
    TRY(write_record(found.home.dir(), record));
    TRY(cgroup::update(before, std::move(resources), std::move(host)));
    record.cgroup.devices = std::move(devices);
    return write_record(found.home.dir(), record);
}

/// A limit means what it meant in the container's own config.json, whose resources containerd sends back with
/// each update.
void read_as_config(FdRef home, oci::Resources &resources)
{
    if (!resources.pids || resources.pids->limit != 0) {
        return;
    }
    auto text = read_config(home);
    auto config = oci::load_config(text ? *text : "", "config.json");
    oci::forget_what_was_no_limit(config ? std::string_view(config->oci_version) : oci::kVersionMin,
                                  resources);
}

}  // namespace

// spec: CliUpdate, CliUpdateAtomic, CliUpdateResctrl
Status update(const std::string &root, const oci::ContainerId &id, oci::Resources resources,
              const std::vector<std::string> &schemata)
{
    TRY_LET(found, look_up(root, id, Lock::kExclusive));
    TRY_LET(procfs, kernel::open_procfs());
    TRY_LET(status, status_of(procfs, found.record));
    if (status == oci::Status::kStopped || status == oci::Status::kCreating) {
        return Error::state(str("container not running: \"", id.text(), "\" is ", oci::in_words(status)));
    }
    if (!schemata.empty() && !found.record.resctrl) {
        return Error::state(str("container \"", id.text(), "\" is in no group of resctrl"))
            .hint("linux.intelRdt of its config.json makes one");
    }
    read_as_config(found.home.dir(), resources);
    TRY_LET(host, cgroup::probe());
    TRY_LET(rights, probe_rights(procfs));
    host.rootless = !rights.privileged;
    std::vector<std::string> before;
    if (!schemata.empty()) {
        TRY_LET(lines, resctrl::update(*found.record.resctrl, schemata));
        before = std::move(lines);
    }
    Status limited = limit(found, std::move(resources), std::move(host));
    if (!limited && !before.empty()) {
        (void)resctrl::update(*found.record.resctrl, before);
    }
    return limited;
}

}  // namespace rt::container
