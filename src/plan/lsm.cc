// SPDX-License-Identifier: Apache-2.0
#include "plan/lsm.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/str.h"

namespace rt::plan {
namespace {

using init::Op;

/// The profile that everybody has without AppArmor.
constexpr std::string_view kUnconfined = "unconfined";

template <std::size_t N>
bool contains(const std::array<std::string_view, N> &list, std::string_view word)
{
    return std::find(list.begin(), list.end(), word) != list.end();
}

// Labels of their own, by the policy.
constexpr std::array<std::string_view, 6> kLabelled = {"proc", "sysfs", "cgroup", "cgroup2", "mqueue", "bpf"};
// Whose context the maker of a user namespace may choose.
constexpr std::array<std::string_view, 4> kOfUsers = {"tmpfs", "ramfs", "devpts", "overlay"};

Error off(const char *pointer, const char *module)
{
    return Error::input_at(pointer, str("asks for ", module, ", which is off on this machine"))
        .hint("remove it, or switch the module on");
}

bool has_user_namespace(const oci::Config &config)
{
    return std::any_of(config.linux_.namespaces.begin(), config.linux_.namespaces.end(),
                       [](const oci::Namespace &n) { return n.type == oci::NamespaceType::kUser; });
}

bool has_own_context(const oci::Mount &mount)
{
    return std::any_of(mount.options.begin(), mount.options.end(),
                       [](std::string_view option) { return option.starts_with("context="); });
}

/// Opened while /proc is the host's; the kernel wants the one who opened the file to write it.
void write_label(Draft &draft, std::string path, std::string text, std::string does, Origin origin,
                 bool hooks_to_come)
{
    if (hooks_to_come) {
        draft.labels.push_back(draft.next());
    }
    draft.write_proc(std::move(path), std::move(text), std::move(does), origin);
}

}  // namespace

bool asks_for_labels(const oci::Config &config, const oci::Process *process)
{
    const bool of_process =
        process != nullptr && (!process->apparmor_profile.empty() || !process->selinux_label.empty());
    return of_process || !config.linux_.mount_label.empty();
}

// spec: LinuxProcApparmorOff, LinuxProcSelinuxOff, LinuxMountLabelOff
Status check_labels(const oci::Config &config, const oci::Process *process, const Lsm &lsm)
{
    if (process != nullptr) {
        const std::string &profile = process->apparmor_profile;
        if (!lsm.apparmor && !profile.empty() && profile != kUnconfined) {
            return off("/process/apparmorProfile", "AppArmor");
        }
        if (!lsm.selinux && !process->selinux_label.empty()) {
            return off("/process/selinuxLabel", "SELinux");
        }
    }
    if (!lsm.selinux && !config.linux_.mount_label.empty()) {
        return off("/linux/mountLabel", "SELinux");
    }
    return {};
}

// spec: LinuxProcSelinuxLabel
void label_keyring(Draft &draft, const oci::Process &process)
{
    const std::string &label = process.selinux_label;
    if (!label.empty()) {
        draft.write_proc("self/attr/keycreate", label, str("labelling the session keyring \"", label, '"'),
                         {"/process/selinuxLabel"});
    }
}

// spec: LinuxProcApparmorProfile, LinuxProcSelinuxLabel
void label_program(Draft &draft, const oci::Process &process, bool hooks_to_come)
{
    const Lsm &lsm = draft.host.lsm;
    if (const std::string &profile = process.apparmor_profile; lsm.apparmor && !profile.empty()) {
        write_label(draft, lsm.own_directory ? "self/attr/apparmor/exec" : "self/attr/exec",
                    str("exec ", profile), str("confining by AppArmor profile \"", profile, '"'),
                    {"/process/apparmorProfile"}, hooks_to_come);
    }
    if (const std::string &label = process.selinux_label; !label.empty()) {
        write_label(draft, "self/attr/exec", label, str("labelling the program \"", label, '"'),
                    {"/process/selinuxLabel"}, hooks_to_come);
    }
}

void finish_label(Draft &draft)
{
    for (const std::size_t at : draft.labels) {
        draft.plan.steps[at].b = draft.next();
        Step &step = draft.add(Op::kWrite, draft.plan.steps[at].origin);
        const Step &opened = draft.plan.steps[at];
        step.s1 = opened.s1;
        step.s2 = opened.s2;
        step.subject = opened.subject;
    }
    draft.labels.clear();
}

// The superblock of an ipc namespace is as old as that.
std::string root_label(const oci::Config &config, const oci::Mount &mount)
{
    const bool takes = mount.type == "mqueue" && !has_user_namespace(config);
    return takes && !has_own_context(mount) ? config.linux_.mount_label : std::string();
}

std::string mount_label(const oci::Config &config, const oci::Mount &mount)
{
    const bool takes =
        has_user_namespace(config) ? contains(kOfUsers, mount.type) : !contains(kLabelled, mount.type);
    return takes && !has_own_context(mount) ? config.linux_.mount_label : std::string();
}

}  // namespace rt::plan
