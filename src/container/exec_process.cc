// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>

#include <algorithm>

#include "base/str.h"
#include "container/exec.h"
#include "kernel/calls_fs.h"
#include "oci/load.h"
#include "oci/names.h"
#include "oci/validate.h"

namespace rt::container {
namespace {

constexpr std::size_t kMaxProcess = 64 * 1024 * 1024;

Result<oci::Process> from_file(const std::string &path)
{
    TRY_LET(file, kernel::openat(kernel::kCwd, path, O_RDONLY).context("opening the process file"));
    TRY_LET(text, kernel::read_all(file, kMaxProcess));
    return oci::load_process(text, path);
}

template <class T>
void append(std::vector<T> &to, const std::vector<T> &from)
{
    to.insert(to.end(), from.begin(), from.end());
}

// spec: ExecOptions
void add_capabilities(const std::vector<std::string> &names, oci::Process &process)
{
    if (names.empty()) {
        return;
    }
    oci::Capabilities &sets = process.capabilities ? *process.capabilities : process.capabilities.emplace();
    for (std::vector<std::string> *set : {&sets.bounding, &sets.effective, &sets.permitted}) {
        append(*set, names);
    }
}

void apply(const ExecOptions &options, oci::Process &process)
{
    process.args = options.args;
    process.terminal = options.tty;
    process.console_size.reset();
    append(process.env, options.env);
    append(process.user.additional_gids, options.additional_gids);
    add_capabilities(options.capabilities, process);
    process.cwd = options.cwd.empty() ? process.cwd : options.cwd;
    process.user.uid = options.uid.value_or(process.user.uid);
    process.user.gid = options.gid.value_or(process.user.gid);
    process.apparmor_profile = options.apparmor_profile.value_or(process.apparmor_profile);
    process.selinux_label = options.selinux_label.value_or(process.selinux_label);
    process.no_new_privileges = options.no_new_privileges.value_or(process.no_new_privileges);
}

/// The first of the rules that `process` breaks in a container with these mappings.
Status check(const oci::Process &process, const oci::Linux &linux_)
{
    oci::Findings findings;
    oci::validate_process(process, "/process", findings);
    oci::validate_user_ids(process, linux_, "/process", findings);
    for (const oci::Finding &finding : findings.all()) {
        if (finding.severity == oci::Severity::kError) {
            return Error::input(str(finding.pointer, ": ", finding.message));
        }
    }
    return {};
}

}  // namespace

// spec: ExecProcess, ExecOptions, LinuxUserMappings
Result<oci::Process> exec_process(const ExecOptions &options, const oci::Config &config)
{
    if (!options.process_file.empty()) {
        TRY_LET(process, from_file(options.process_file));
        process.terminal = process.terminal || options.tty;
        TRY(check(process, config.linux_));
        return process;
    }
    if (!config.process && options.cwd.empty()) {
        return Error::state(str("container \"", options.id, "\" has no process whose settings could be used"))
            .hint("give --process, or --cwd");
    }
    oci::Process process = config.process.value_or(oci::Process{});
    apply(options, process);
    TRY(check(process, config.linux_));
    return process;
}

}  // namespace rt::container
