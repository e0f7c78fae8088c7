// SPDX-License-Identifier: Apache-2.0
//
// Groups of resctrl: made, entered and removed as a plan::ResctrlPlan says.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "plan/resctrl.h"

namespace rt::resctrl {

/// Where resctrl is mounted, by /proc/self/mountinfo; "" when it is not.  RUNTIME_TEST_RESCTRL: see fake.h.
Result<std::string> find_mount();

/// What record.json keeps: absolute paths.
struct ResctrlRecord {
    std::vector<std::string> groups;  ///< that the container's processes are in; the monitoring one last
    std::vector<std::string> remove;  ///< by delete, in this order
    std::string undo;                 ///< what a create that fails removes too: a closID it made
    bool operator==(const ResctrlRecord &) const = default;
};

/// The calls in order: look(), [record() goes to disk], make(), enter().  After a failure, remove() of the
/// record with `undo` in it.
class Groups {
public:
    /// `plan` outlives this object; without one every call does nothing.
    explicit Groups(const std::optional<plan::ResctrlPlan> &plan) : plan_(plan) {}

    /// Refuses groups that are there and must not be, are not there and must be, or say something else than
    /// is asked for.  Changes nothing.
    Status look();
    const std::optional<ResctrlRecord> &record() const { return record_; }
    Status make();

private:
    Status look_at_group(const std::string &group);
    Status make_group(const std::string &path);

    const std::optional<plan::ResctrlPlan> &plan_;
    std::optional<ResctrlRecord> record_;
};

/// Moves the process `pid`, and whatever it forks from now on.
Status enter(const std::optional<ResctrlRecord> &record, pid_t pid);
/// New lines for the schemata of the container's group: all of them, or none.  Gives those that were there of
/// the same resources, which take it back.
Result<std::vector<std::string>> update(const ResctrlRecord &record, const std::vector<std::string> &lines);
/// Fine with what is gone.
Status remove(const ResctrlRecord &record);

}  // namespace rt::resctrl
