// SPDX-License-Identifier: Apache-2.0
#include "plan/mounts.h"

#include <linux/mount.h>

#include <algorithm>

#include "base/str.h"
#include "plan/lsm.h"
#include "plan/mounts_filesystem.h"
#include "plan/mounts_idmap.h"
#include "plan/mounts_shown.h"

namespace rt::plan {
namespace {

using init::Op;
using oci::MountOptions;

constexpr const char *kSection = "/mounts";

std::uint16_t recursive(bool yes) { return flag_if(yes, init::kRecursive); }

/// What is wrong with one mount, as the member to blame and the rule.
struct Refusal {
    bool (*applies)(const MountWork &);
    const char *member;
    const char *rule;
};

constexpr Refusal kRefusals[] = {
    {[](const MountWork &w) { return w.target == "/"; }, "destination",
     "must not be the root directory (set /root/path instead)"},
    {[](const MountWork &w) {
         return w.options.bind && w.mount->source.empty() && !w.options.remount && w.shown == nullptr;
     },
     "source", "a bind mount needs a source"},
    {[](const MountWork &w) { return w.options.bind && !w.options.data.empty(); }, "options",
     "a bind mount takes no options of a file system"},
    {[](const MountWork &w) { return w.options.tmpcopyup && w.mount->type != "tmpfs"; }, "options",
     "\"tmpcopyup\" needs a mount of type \"tmpfs\""},
    {[](const MountWork &w) { return !w.options.bind && !w.options.remount && w.mount->type.empty(); },
     "type", "must name a file system unless options hold \"bind\" or \"rbind\""},
};

Status check(const MountWork &work)
{
    for (const Refusal &refusal : kRefusals) {
        if (refusal.applies(work)) {
            return Error::input_at(str(work.origin.pointer(), '/', refusal.member), refusal.rule);
        }
    }
    return check_data(work);
}

/// tmpfs is where targets of later mounts are made, /dev where devices are, and mqueue takes a label.
bool is_written_into(const MountWork &work)
{
    const bool ours = !work.options.bind && !work.options.remount;
    return ours && (work.mount->type == "tmpfs" || work.mount->type == "mqueue" || work.target == "/dev");
}

/// Adds kSetAttr steps on the mount at hand; neighbours that differ in what they set, but not in how
/// far, are one call.
class Attributes {
public:
    Attributes(Draft &draft, const MountWork &work) : draft_(draft), work_(work) {}

    void set(std::uint64_t attr_set, std::uint64_t attr_clr, bool rec)
    {
        if ((attr_set | attr_clr) != 0) {
            Step &step = add(rec);
            step.a = attr_set;
            step.b = attr_clr;
        }
    }
    void propagate(std::uint32_t propagation)
    {
        const bool rec = (propagation & MS_REC) != 0;
        Step *last = &draft_.plan.steps.back();
        const bool joins = any_ && last->c == 0 && last->flags == recursive(rec);
        (joins ? *last : add(rec)).c = propagation & ~std::uint32_t{MS_REC};
    }

private:
    Step &add(bool rec)
    {
        any_ = true;
        Step &step = draft_.add(Op::kSetAttr, work_.origin);
        step.flags = recursive(rec);
        step.subject = work_.target;
        return step;
    }

    Draft &draft_;
    const MountWork &work_;
    bool any_ = false;
};

/// "rw" alone leaves a bind of a read-only mount as it is, as mount(8) has it: a file system its
/// owner keeps read-only does not become writable for an option that engines always give.
std::uint64_t clears(const MountOptions &options)
{
    const bool clears_only = options.bind && !options.remount && options.attr_set == 0;
    return clears_only ? options.attr_clr & ~std::uint64_t{MOUNT_ATTR_RDONLY} : options.attr_clr;
}

/// A mount can be given ids only where we have the say over its file system: in the host's namespaces.
bool is_opened_by_parent(const Draft &draft, const MountWork &work)
{
    return draft.opener == Opener::kParent || work.ids;
}

/// A new mount belongs to no peer group, nor does a copy of one that belongs to none.
bool is_private(const Draft &draft, const MountWork &work)
{
    const bool by_init = !is_opened_by_parent(draft, work) && draft.opener != Opener::kBoth;
    const bool tree = !work.options.bind || (draft.private_root && by_init);
    return tree && !work.options.remount &&
           std::all_of(work.options.propagation.begin(), work.options.propagation.end(),
                       [](std::uint32_t p) { return (p & ~std::uint32_t{MS_REC}) == MS_PRIVATE; });
}

// spec: MountsBindKeepsRestrictions
void set_attributes(Draft &draft, const MountWork &work, bool of_mount)
{
    const MountOptions &options = work.options;
    Attributes attributes(draft, work);
    if (of_mount) {
        attributes.set(options.attr_set, clears(options), false);
    }
    attributes.set(options.rec_attr_set, options.rec_attr_clr, true);
    if (is_private(draft, work)) {
        return;
    }
    for (const std::uint32_t propagation : options.propagation) {
        attributes.propagate(propagation);
    }
}

void attach(Draft &draft, const MountWork &work)
{
    static constexpr std::string_view kReal[] = {"proc", "sysfs"};
    const bool real = !work.options.bind &&
                      std::find(std::begin(kReal), std::end(kReal), work.mount->type) != std::end(kReal);
    const bool as_covered = !work.options.bind && work.mount->type == "tmpfs" &&
                            work.options.data.find("mode=") == std::string::npos;
    Step &step = draft.add(Op::kAttach, work.origin);
    step.s1 = work.target;
    step.flags = static_cast<std::uint16_t>(flag_if(real, init::kRealDirectory) |
                                            flag_if(as_covered, init::kTargetMode));
}

// spec: MountsBindSource
std::string source_path(const Draft &draft, const MountWork &work)
{
    return work.shown != nullptr ? work.shown : below(draft.request.bundle, work.mount->source);
}

// spec: MountsBindOption
void bind(Draft &draft, const MountWork &work)
{
    const std::size_t at = draft.next();
    Step &step = draft.add(Op::kTree, work.origin);
    step.s1 = source_path(draft, work);
    step.flags = recursive(work.options.recursive);
    step.subject = work.target;
    if (is_opened_by_parent(draft, work)) {
        draft.plan.host_trees.push_back({.path = step.s1,
                                         .recursive = work.options.recursive,
                                         .optional = !work.ids,
                                         .step = at,
                                         .ids = work.ids,
                                         .ids_recursive = work.options.ridmap});
    } else {
        draft.plan.steps[work.open].b = at;
        if (draft.opener == Opener::kBoth) {
            draft.plan.host_trees.push_back(
                {.path = step.s1, .recursive = work.options.recursive, .step = at, .spare = true});
        }
    }
    set_attributes(draft, work, true);
    attach(draft, work);
}

void target(Draft &draft, const MountWork &work) { draft.add(Op::kTarget, work.origin).s1 = work.target; }

// spec: MountsOptionsRemount
void remount(Draft &draft, const MountWork &work)
{
    target(draft, work);
    if (std::vector<std::string> options = reconfigure_options(work); !options.empty()) {
        Step &step = draft.add(Op::kReconfigure, work.origin);
        step.w3 = std::move(options);
        step.subject = work.target;
    }
    set_attributes(draft, work, true);
}

// spec: MountsFilesystems, MountsOptionsData
void file_system(Draft &draft, const MountWork &work)
{
    if (work.kept) {
        draft.plan.steps[*work.kept].b = draft.next();
        draft.add(Op::kTree, work.origin).subject = work.target;
    } else {
        add_new_mount(draft, work);
    }
    set_attributes(draft, work, false);
    if (work.options.tmpcopyup) {
        draft.add(Op::kCopyUp, work.origin).s1 = work.target;
    }
    if (std::string label = root_label(draft.config, *work.mount); !label.empty()) {
        Step &step = draft.add(Op::kLabel, {"/linux/mountLabel"});
        step.s1 = std::move(label);
        step.subject = work.target;
    }
    map_ids(draft, work);  // behind what writes into it, whose ids need not be mapped
    attach(draft, work);
}

void cgroups(Draft &draft, const MountWork &work)
{
    draft.enter_cgroups();
    oci::Mount mount = *work.mount;
    mount.destination = work.target;
    // Of the tree, root of a user namespace may own more than its container's part.
    const bool tree = !draft.spaces.own(oci::NamespaceType::kCgroup) && !draft.user_namespace;
    cgroup_mount_steps(mount, work.origin, draft.plan.cgroup, draft.host.cgroups,
                       tree ? CgroupView::kTree : CgroupView::kOwn, draft.plan.steps);
}

/// In a user namespace the kernel mounts no block device, and a mount namespace that is joined has paths of
/// its own.
bool may_be_disk(const Draft &draft, const Step &step)
{
    return step.op == Op::kFsMount && step.s2.starts_with('/') && !draft.user_namespace &&
           draft.spaces.made(oci::NamespaceType::kMount);
}

using Maker = void (*)(Draft &, const MountWork &);

Maker maker(const MountWork &work)
{
    if (work.options.remount) {
        return remount;
    }
    if (work.options.bind) {
        return bind;
    }
    return work.mount->type == "cgroup" || work.mount->type == "cgroup2" ? cgroups : file_system;
}

}  // namespace

// spec: MountsDestAbs, MountsDestRelative
Result<std::vector<MountWork>> read_mounts(Draft &draft)
{
    std::vector<MountWork> works;
    works.reserve(draft.config.mounts.size());
    for (const oci::Mount &mount : draft.config.mounts) {
        MountWork &work = works.emplace_back();
        work.mount = &mount;
        work.origin = {kSection, static_cast<std::int32_t>(works.size() - 1)};
        work.target = plain_path(mount.destination);
        work.options = oci::parse_mount_options(mount.options);
        show_the_hosts(draft, work);
        work.label = mount_label(draft.config, mount);
        const std::uint64_t attributes = work.options.attr_set | work.options.rec_attr_set;
        work.late_readonly = (attributes & MOUNT_ATTR_RDONLY) != 0 && is_written_into(work);
        TRY(check(work));
        TRY_LET(ids, ids_of(draft, work));
        work.ids = ids;
        if (work.late_readonly) {
            work.options.attr_set &= ~std::uint64_t{MOUNT_ATTR_RDONLY};
            work.options.rec_attr_set &= ~std::uint64_t{MOUNT_ATTR_RDONLY};  // there is nothing below it yet
            work.options.sb_set &= ~std::uint32_t{MS_RDONLY};
        }
    }
    return works;
}

void open_sources(Draft &draft, std::vector<MountWork> &works)
{
    for (MountWork &work : works) {
        if (work.options.bind && !work.options.remount && !is_opened_by_parent(draft, work)) {
            work.open = draft.next();
            Step &step = draft.add(Op::kOpenTree, work.origin);
            step.s1 = source_path(draft, work);
            step.flags = static_cast<std::uint16_t>(recursive(work.options.recursive) | init::kMayBeLate);
            step.subject = work.target;
        }
    }
}

void add_new_mount(Draft &draft, const MountWork &work)
{
    for (Step &step : new_mount(work)) {
        if (draft.appears_late && work.mount->type == "proc") {
            draft.plan.proc_steps.push_back(draft.next());
        }
        if (may_be_disk(draft, step)) {
            draft.plan.disk_steps.push_back(draft.next());
        }
        draft.plan.steps.push_back(std::move(step));
    }
}

void make_mounts(Draft &draft, const std::vector<MountWork> &works)
{
    for (const MountWork &work : works) {
        maker(work)(draft, work);
    }
}

void make_late_readonly(Draft &draft, const std::vector<MountWork> &works)
{
    for (const MountWork &work : works) {
        if (work.late_readonly) {
            target(draft, work);
            Step &step = draft.add(Op::kSetAttr, work.origin);
            step.a = MOUNT_ATTR_RDONLY;
            step.subject = work.target;
        }
    }
}

bool binds_dev(const std::vector<MountWork> &works)
{
    return std::any_of(works.begin(), works.end(), [](const MountWork &work) {
        return work.options.bind && !work.options.remount && work.target == "/dev";
    });
}

}  // namespace rt::plan
