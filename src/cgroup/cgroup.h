// SPDX-License-Identifier: Apache-2.0
//
// A container's cgroup in all hierarchies: made and limited as a plan::CgroupPlan says.  What
// happens to it later (kill, freeze, remove) is in life.h and needs the record alone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "cgroup/birthplace.h"
#include "cgroup/systemd.h"
#include "plan/cgroup.h"

namespace rt::cgroup {

/// What record.json keeps of a cgroup; enough to kill, freeze and remove it after any crash.
struct CgroupRecord {
    std::vector<std::string> dirs;     ///< absolute paths in every hierarchy
    std::string unified;               ///< the v2 one of them, or ""
    std::string freezer;               ///< the one of v1's freezer, or ""
    std::vector<std::string> parents;  ///< made on the way, topmost first: removed with `dirs` when empty
    std::optional<UnitRecord> unit;    ///< the one that systemd made them for
    /// The rules that were given last, as plan::device_words() has them; none: not known.
    std::optional<std::vector<std::string>> devices;
    bool operator==(const CgroupRecord &) const = default;
};

/// A directory that somebody else makes between look() and ours, and that isn't fit, leaves the record.
///
/// The calls in order: look(), [record() goes to disk], make_birthplace(), [clone], make_rest().
/// After a failure, destroy(record()) of life.h takes everything back.
class Cgroup {
public:
    /// Both outlive this object.
    Cgroup(const plan::CgroupPlan &plan, const plan::CgroupHost &host);

    /// Finds out what is there already and changes nothing: an existing cgroup that holds processes
    /// or is frozen is refused (config-linux.md#cgroups-path, "fit").
    Status look();

    /// What destroy() has to remove.  After look(): everything that make_*() are going to make.
    const CgroupRecord &record() const { return record_; }

    /// Makes the v2 directory, with controllers enabled down to it.
    Result<Birthplace> make_birthplace();

    /// Somebody has been born in the birthplace, if there is one: what kept it there is let go.
    void born();

    /// Makes the v1 directories and writes all limits, of v2 too.  The descriptors of their `tasks`
    /// files, in the order of the plan (memory last): the one who writes "0" into each is in.
    /// The container's first process may be running meanwhile.
    Result<std::vector<Fd>> make_rest();

private:
    Status look_at(const plan::CgroupDir &dir);
    Status look_for_unit();
    Status start_unit();
    Status make_way(FdRef below);
    Status make(const plan::CgroupDir &dir);
    Status disown(const std::string &path);
    Result<Fd> furnish(const plan::CgroupDir &dir);
    Status limit(FdRef dir, const plan::CgroupDir &where);
    Status hand_over(FdRef dir, const std::string &path);

    const plan::CgroupPlan &plan_;
    const plan::CgroupHost &host_;
    CgroupRecord record_;
    std::vector<std::string> existed_;
    Fd born_in_;
    std::optional<SystemdManager> systemd_;
    Placeholder placeholder_;
};

/// `tasks` of every v1 directory of the record, for a process that joins (`exec`); memory last.
Result<std::vector<Fd>> open_tasks(const CgroupRecord &record);

}  // namespace rt::cgroup
