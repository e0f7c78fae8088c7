// SPDX-License-Identifier: Apache-2.0
#include "cgroup/birthplace.h"

#include <cerrno>

#include "base/str.h"
#include "kernel/calls_fs.h"

namespace rt::cgroup {

bool Birthplace::is_reached_by_systemd(const Error &refusal) const
{
    return dir.open() && unit && unit->user && (refusal.err() == EACCES || refusal.err() == EPERM);
}

std::string Birthplace::below_unit() const
{
    // systemd may have put a '_' in front of the unit's name.
    const std::size_t at = str(path, '/').find(str(unit->name, '/'));
    return at == std::string::npos ? std::string() : path.substr(at + unit->name.size());
}

// spec: SystemdSession, ExecInterrupted
Status Birthplace::bring(pid_t pid) const
{
    if (frozen) {
        Status moved = kernel::write_file(dir, "cgroup.procs", str(pid)).context("entering the cgroup");
        if (moved || !is_reached_by_systemd(moved.error())) {
            return moved;
        }
    }
    TRY_LET(manager, SystemdManager::connect(unit->user));
    return manager.attach(unit->name, below_unit(), pid);
}

}  // namespace rt::cgroup
