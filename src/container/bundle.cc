// SPDX-License-Identifier: Apache-2.0
#include "container/bundle.h"

#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/log.h"
#include "base/str.h"
#include "cgroup/reach.h"
#include "cgroup/systemd.h"
#include "container/failure.h"
#include "container/filter_copy.h"
#include "container/host.h"
#include "container/inherited.h"
#include "container/listener.h"
#include "container/notify.h"
#include "container/processes.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"
#include "oci/findings.h"
#include "oci/load.h"
#include "plan/id_maps.h"
#include "plan/lsm.h"
#include "resctrl/resctrl.h"

namespace rt::container {
namespace {

// spec: ConfigInRootBundleDir, ConfigConstName
constexpr const char *kConfig = "config.json";
constexpr std::size_t kMaxConfig = 64 * 1024 * 1024;

Result<std::string> read_config(FdRef dir, const std::string &path)
{
    auto opened = kernel::openat(dir, kConfig, O_RDONLY | O_NONBLOCK);
    if (!opened && opened.error().err() == ENOENT) {
        return Error::kernel(ENOENT, str("open(\"", path, "/", kConfig, "\")"))
            .hint("is this directory a bundle? --bundle DIR or DIR/ names another, `runtime spec` makes a "
                  "config.json");
    }
    TRY_LET(file, std::move(opened));
    TRY_LET(info, kernel::fstat(file));
    if (!S_ISREG(info.st_mode)) {
        return Error::input(str("\"", path, "/", kConfig, "\" is no regular file"));
    }
    return kernel::read_all(file, kMaxConfig);
}

std::vector<std::string> own_environment()
{
    std::vector<std::string> variables;
    for (char **variable = ::environ; variable != nullptr && *variable != nullptr; ++variable) {
        variables.emplace_back(*variable);
    }
    return variables;
}

std::string now()
{
    timespec time = {};
    ::clock_gettime(CLOCK_REALTIME, &time);
    return log::rfc3339({time.tv_sec, time.tv_nsec});
}

// spec: ConfigUpdatesWithoutAffect, CreateValidates
Result<Bundle> read_bundle(const CreateOptions &options, FdRef procfs, bool parks)
{
    Bundle bundle;
    auto opened = kernel::openat(kernel::kCwd, options.bundle, O_PATH | O_DIRECTORY);
    if (!opened) {
        return no_bundle(std::move(opened).error());
    }
    const Fd dir = std::move(opened).take();
    TRY_LET(path, kernel::readlinkat(procfs, str("self/fd/", dir.get())));
    bundle.path = std::move(path);
    TRY_LET(text, read_config(dir, bundle.path));
    bundle.text = std::move(text);
    std::vector<oci::Finding> warnings;
    TRY_LET(config, oci::load_config(bundle.text, kConfig, &warnings));
    bundle.config = std::move(config);
    for (const oci::Finding &finding : warnings) {
        if (finding.why.clause != "LinuxProcCapabilitiesWarn") {  // the plan tells of them, all in a line
            bundle.warnings.push_back(oci::in_words(finding, bundle.text, kConfig));
        }
    }
    bundle.request.id = options.id;
    bundle.request.bundle = bundle.path;
    bundle.request.parks = parks;
    bundle.request.no_pivot = options.no_pivot;
    bundle.request.keyring = options.no_new_keyring ? "" : str("_ses.", options.id);
    bundle.request.preserve_fds = options.preserve_fds;
    return bundle;
}

// spec: KeyringUnforeseen
/// Joining a keyring by name makes one only where there is none that lets us search it: nobody may have
/// made this one before us.
Status make_unguessable(std::string &keyring)
{
    if (keyring.empty()) {
        return {};
    }
    TRY_LET(number, kernel::getrandom());
    keyring += str('.', number);
    return {};
}

bool is_rootless(Rootless asked, const plan::Host &host)
{
    return asked == Rootless::kYes || (asked == Rootless::kAuto && !host.privileged);
}

/// This machine, as far as we have the say over it.
Status look_at_host(const CreateOptions &options, FdRef procfs, Bundle &bundle)
{
    TRY_LET(host, probe_host(procfs));
    bundle.host = std::move(host);
    const bool by_systemd = options.cgroups == CgroupManager::kSystemd;  // which knows what it may do
    const bool rootless = is_rootless(options.rootless, bundle.host);
    bundle.host.cgroups.rootless = (by_systemd || rootless) && !bundle.host.privileged;
    if (!by_systemd && rootless) {
        Status kept = cgroup::keep_within_reach(bundle.host.cgroups, bundle.config.linux_, options.id);
        return kept ? Status() : oci::locate(std::move(kept).error(), bundle.text, kConfig);
    }
    return {};
}

/// Costs nothing where nobody asks for a label or joins a pid namespace.
void look_for_modules(Bundle &bundle, FdRef procfs)
{
    const auto &process = bundle.config.process;
    if (plan::asks_for_labels(bundle.config, process ? &*process : nullptr)) {
        bundle.host.lsm = probe_lsm(procfs);
    }
    const auto joins_pids = [](const oci::Namespace &space) {
        return space.type == oci::NamespaceType::kPid && !space.path.empty();
    };
    bundle.host.proc_takes_pidns =
        std::ranges::any_of(bundle.config.linux_.namespaces, joins_pids) && proc_takes_pidns();
}

// spec: CliCgroupManager, CliCgroupsDisabled
Status find_manager(const CreateOptions &options, bool described, plan::Host &host)
{
    if (options.cgroups == CgroupManager::kDisabled) {
        host.cgroups = {.rootless = host.cgroups.rootless, .disabled = true};
    }
    if (options.cgroups != CgroupManager::kSystemd) {
        return {};
    }
    if (described) {
        host.systemd = plan::Systemd{.user = false, .root = "", .version = 252};
        return {};
    }
    TRY_LET(systemd, cgroup::probe_systemd(host.uid == 0 && kernel::is_in_initial_user_namespace()));
    host.systemd = std::move(systemd);
    return {};
}

/// For the request and the host that the bundle has.
Status plan_it(Bundle &bundle)
{
    if (bundle.config.linux_.intel_rdt) {
        TRY_LET(mount, resctrl::find_mount());
        bundle.host.resctrl = std::move(mount);
    }
    auto plan = plan::make(bundle.config, bundle.request, bundle.host);
    if (!plan) {
        return oci::locate(std::move(plan).error(), bundle.text, kConfig);
    }
    bundle.plan = std::move(plan).take();
    for (const std::string &warning : bundle.plan.warnings) {
        bundle.warnings.push_back(warning);
    }
    return {};
}

}  // namespace

Error no_bundle(Error error)
{
    constexpr std::pair<int, const char *> kAdvice[] = {
        {ENOENT, "a bundle is a directory with config.json, as `runtime spec --bundle DIR` writes it"},
        {ENOTDIR, "a bundle is a directory, the one that config.json is in"},
    };
    const int err = error.err();
    Error out = std::move(error).context("opening the bundle");
    for (const auto &[kind, advice] : kAdvice) {
        if (kind == err) {
            return std::move(out).hint(advice);
        }
    }
    return out;
}

Result<Bundle> load_bundle(const CreateOptions &options, FdRef procfs, bool parks)
{
    TRY_LET(bundle, read_bundle(options, procfs, parks));
    TRY(make_unguessable(bundle.request.keyring));
    bundle.request.listen_fds = listen_fds();
    bundle.request.environment = own_environment();
    TRY(check_open(std::uint64_t{options.preserve_fds} + bundle.request.listen_fds));
    bundle.preserved = options.preserve_fds + bundle.request.listen_fds;
    TRY(look_at_host(options, procfs, bundle));
    TRY(find_manager(options, false, bundle.host));
    look_for_modules(bundle, procfs);
    if (Status able = plan::check_rights(bundle.config, bundle.host); !able) {
        return oci::locate(std::move(able).error(), bundle.text, kConfig);
    }
    offer_notify_socket(bundle.config, options.root, options.id);
    TRY(plan_it(bundle));
    if (Status there = check_listener(bundle.config); !there) {
        return oci::locate(std::move(there).error(), bundle.text, kConfig);
    }
    return bundle;
}

// spec: CliPlanPure
Result<Bundle> look_at_bundle(const CreateOptions &options, bool parks, const plan::Host *host)
{
    TRY_LET(procfs, kernel::open_procfs());
    TRY_LET(bundle, read_bundle(options, procfs, parks));
    if (host != nullptr) {
        bundle.host = *host;
    } else {
        TRY(look_at_host(options, procfs, bundle));
        look_for_modules(bundle, procfs);
        if (Status able = plan::check_rights(bundle.config, bundle.host); !able) {
            bundle.warnings.push_back(able.error().text());
        }
    }
    TRY(find_manager(options, host != nullptr, bundle.host));
    TRY(plan_it(bundle));
    return bundle;
}

Status check_terminal(const Bundle &bundle, const CreateOptions &options, bool foreground)
{
    const bool socket = !options.console_socket.empty();
    if (bundle.plan.terminal && !foreground && !socket) {
        return Error::input("process.terminal is true, and nobody would hold the terminal")
            .hint("give --console-socket, or set process.terminal to false");
    }
    if (socket && (!bundle.plan.terminal || foreground)) {
        return Error::input("--console-socket is for a detached container with process.terminal");
    }
    return {};
}

Status keep_config(FdRef home, const Bundle &bundle)
{
    TRY(write_config(home, bundle.text));
    return bundle.plan.filter ? write_filter(home, *bundle.plan.filter, bundle.text) : Status();
}

// spec: RecordCrashSafe, AnnotationsKept
Result<Record> first_record(const CreateOptions &options, const Bundle &bundle, FdRef procfs)
{
    Record record;
    record.oci_version = std::string(oci::kVersionMax);
    record.id = options.id;
    record.bundle = bundle.path;
    record.rootfs = bundle.plan.rootfs;
    record.created = now();
    record.owner = ::geteuid();
    record.annotations = bundle.config.annotations;
    TRY_LET(self, identify(procfs, ::getpid()));
    record.creator = self;
    record.has_process = bundle.config.process.has_value();
    record.terminal = bundle.plan.terminal;
    record.own_pid_namespace = bundle.plan.own_pid_namespace;
    record.keyring = bundle.request.keyring;
    record.poststart = bundle.config.hooks.poststart;
    record.poststop = bundle.config.hooks.poststop;
    record.listener = listener_of(bundle.config);
    if (const auto park = bundle.plan.park_step) {
        record.first_late_step = static_cast<std::uint32_t>(*park) + 1;
        for (std::size_t i = *park + 1; i < bundle.plan.steps.size(); ++i) {
            record.late_steps.push_back(late_step(bundle.plan.steps[i]));
        }
    }
    return record;
}

}  // namespace rt::container
