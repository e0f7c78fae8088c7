// SPDX-License-Identifier: Apache-2.0
#include "container/checkpoint.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "container/checkpoint_image.h"
#include "container/externals.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"
#include "oci/load.h"
#include "oci/names.h"
#include "oci/rules.h"

namespace rt::container {
namespace {

constexpr const char *kLog = "dump.log";

/// What needs a CRIU newer than the oldest that will do.
struct Newer {
    criu::Version version;
    std::string_view wanted_by;
    bool (*asked)(const criu::Options &);
};

constexpr Newer kNewer[] = {
    {criu::kOldest, "", [](const criu::Options &) { return true; }},
    {31600, "--lsm-mount-context", [](const criu::Options &o) { return !o.lsm_mount_context.empty(); }},
    {31700, "--network-lock", [](const criu::Options &o) { return o.network_lock.has_value(); }},
};

Status check_status(const std::string &id, oci::Status status)
{
    if (status != oci::Status::kRunning && status != oci::Status::kPaused) {
        return Error::state(
                   str("container \"", id, "\" cannot be checkpointed: it is ", oci::in_words(status)))
            .hint(status == oci::Status::kCreated ? "start it first" : "");
    }
    return {};
}

class Checkpoint {
public:
    /// All of them outlive this object; `config` is the container's.
    Checkpoint(const CheckpointOptions &options, const Found &found, FdRef procfs, const oci::Config &config)
        : options_(options), found_(found), procfs_(procfs), config_(config), told_(options.criu)
    {}

    Status go();

private:
    Status describe();
    Status name_namespaces();
    Status check_features(criu::Session &session) const;
    Status answer(const criu::Notification &notification) const;

    const CheckpointOptions &options_;
    const Found &found_;
    FdRef procfs_;
    const oci::Config &config_;
    criu::Options told_;
    CheckpointDirs dirs_;
};

Status Checkpoint::check_features(criu::Session &session) const
{
    TRY(check_criu(session, told_));
    TRY_LET(features, session.features());
    if (options_.pre_dump && !features.mem_track) {
        return Error::state("--pre-dump: this kernel does not track which memory changes")
            .hint("it needs CONFIG_MEM_SOFT_DIRTY");
    }
    if (told_.lazy_pages && !features.lazy_pages) {
        return Error::state("--lazy-pages: this kernel's userfaultfd(2) cannot do it");
    }
    return {};
}

/// A namespace that was joined stays the host's.
Status Checkpoint::name_namespaces()
{
    for (const ExternalNamespace &ns : external_namespaces(config_)) {
        const std::string_view name = oci::proc_ns_name(ns.type);
        TRY_LET(info, kernel::fstatat(procfs_, str(found_.record.init.pid, "/ns/", name), 0));
        told_.external.push_back(str(name, '[', info.st_ino, "]:", ns.key));
    }
    return {};
}

/// All that CRIU has to know about this container.
Status Checkpoint::describe()
{
    const Record &record = found_.record;
    TRY_LET(host, mount_table(procfs_, "self"));
    TRY_LET(mounts, mount_table(procfs_, str(record.init.pid)));
    told_.empty_namespaces |= hooks_furnish_network(config_) ? CLONE_NEWNET : 0U;
    Externals externals{
        external_mounts(mounts, host, config_), {}, record.cgroup.dirs, told_.empty_namespaces != 0};
    TRY_LET(descriptors, standard_descriptors(procfs_, record.init.pid, mounts));
    externals.descriptors = std::move(descriptors);
    for (const ExternalMount &mount : externals.mounts) {
        told_.mounts.push_back({mount.point, mount.point});
    }
    for (const Descriptor &descriptor : externals.descriptors) {
        if (!descriptor.external.empty()) {
            told_.external.push_back(descriptor.external);
        }
    }
    TRY(name_namespaces());
    told_.pid = record.init.pid;
    told_.root = record.rootfs;
    told_.freeze_cgroup = record.cgroup.unified.empty() ? record.cgroup.freezer : record.cgroup.unified;
    told_.config_file = criu_config_file(record.annotations);
    told_.orphan_pts_master = true;
    told_.track_mem = options_.pre_dump || !told_.parent_images.empty();
    told_.log_file = kLog;
    told_.log_level = 4;
    told_.notify_scripts = true;
    told_.images_dir = dirs_.image.get();
    told_.work_dir = dirs_.work.get();
    return options_.pre_dump ? Status() : write_externals(dirs_.image, externals);
}

Status Checkpoint::answer(const criu::Notification &notification) const
{
    if (notification.script != "status-ready" || options_.status_fd < 0) {
        return {};
    }
    constexpr std::string_view kReady("\0", 1);
    const Fd status(options_.status_fd);
    return kernel::write_all(status, kReady);
}

Status Checkpoint::go()
{
    TRY_LET(session, criu::Session::start(told_.program, {}, criu::Group::kOwn));
    TRY(check_features(session));
    TRY_LET(dirs, open_checkpoint(options_.image_path, options_.work_path, true));
    dirs_ = std::move(dirs);
    TRY(describe());
    auto done = session.perform(options_.pre_dump ? criu::Type::kPreDump : criu::Type::kDump, told_,
                                [this](criu::Notification &n) { return answer(n); });
    if (!done) {
        return std::move(done).error().hint(str("the whole log: ", dirs_.work_path, '/', kLog));
    }
    return {};
}

}  // namespace

std::string criu_config_file(const std::map<std::string, std::string> &annotations)
{
    const auto asked = annotations.find("org.criu.config");
    if (asked != annotations.end()) {
        return asked->second;
    }
    for (const char *path : {"/etc/criu/runtime.conf", "/etc/criu/runc.conf"}) {
        if (::access(path, R_OK) == 0) {
            return path;
        }
    }
    return {};
}

Status check_criu(criu::Session &session, const criu::Options &options)
{
    for (const Newer &newer : kNewer) {
        if (newer.asked(options)) {
            TRY(session.check_version(newer.version, newer.wanted_by));
        }
    }
    return {};
}

Status check_user_namespace(const oci::Config &config)
{
    if (oci::find_namespace(config, oci::NamespaceType::kUser) != nullptr) {
        return Error::input_at("/linux/namespaces", "criu cannot restore a container in a user namespace")
            .hint("only one without it can be checkpointed and restored");
    }
    return {};
}

Status check_root(std::string_view command)
{
    if (::geteuid() != 0) {
        return Error::state(str(command, " needs root")).hint("criu may not do it for others");
    }
    return {};
}

Status checkpoint(const CheckpointOptions &options)
{
    TRY(check_root("checkpoint"));
    TRY_LET(id, oci::ContainerId::parse(options.id));
    TRY_LET(found, look_up(options.root, id, Lock::kExclusive));
    TRY_LET(procfs, kernel::open_procfs());
    TRY_LET(status, status_of(procfs, found.record));
    TRY(check_status(id.text(), status));
    TRY_LET(text, read_config(found.home.dir()));
    TRY_LET(config, oci::load_config(text, "config.json"));
    TRY(check_user_namespace(config));
    Status done = Checkpoint(options, found, procfs, config).go();
    if (!done) {
        return std::move(done).error().context(str("checkpointing container \"", id.text(), "\""));
    }
    if (options.pre_dump || options.criu.leave_running) {
        return {};
    }
    return destroy(found.root, found.home, &found.record);
}

}  // namespace rt::container
