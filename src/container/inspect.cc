// SPDX-License-Identifier: Apache-2.0
#include "container/inspect.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"
#include "oci/mount_options.h"

namespace rt::container {
namespace {

/// Whether nothing is at a path of the host; one that we may not follow may be there.
bool is_missing(FdRef dir, const std::string &path)
{
    const auto info = kernel::fstatat(dir, path, 0);
    return !info && (info.error().err() == ENOENT || info.error().err() == ENOTDIR);
}

enum class Program : std::uint8_t { kThere, kMissing, kNotExecutable };

/// What is at a path of the container, links resolved as they will be there.
Program program_at(FdRef rootfs, const std::string &path)
{
    const auto file = kernel::open_in_root(rootfs, path, O_PATH);
    if (!file) {
        const int err = file.error().err();
        return err == ENOENT || err == ENOTDIR ? Program::kMissing : Program::kThere;
    }
    const auto info = kernel::fstat(*file);
    const bool executable = info && S_ISREG(info->st_mode) && (info->st_mode & 0111) != 0;
    return !info || executable ? Program::kThere : Program::kNotExecutable;
}

/// Whether a mount will hide what the root file system has at `path`.
bool is_mounted_over(const oci::Config &config, std::string_view path)
{
    return std::ranges::any_of(config.mounts, [path](const oci::Mount &mount) {
        const std::string_view at = mount.destination;
        return path.starts_with(at) &&
               (path.size() == at.size() || path[at.size()] == '/' || at.ends_with('/'));
    });
}

// spec: RootPathExist
Result<Fd> open_rootfs(FdRef bundle, const oci::Config &config, oci::Findings &findings)
{
    auto rootfs = kernel::openat(bundle, config.root->path, O_PATH | O_DIRECTORY);
    if (!rootfs && (rootfs.error().err() == ENOENT || rootfs.error().err() == ENOTDIR)) {
        const bool usual = !is_missing(bundle, "rootfs");
        findings.error(
            "/root/path", str(json::quote(config.root->path), " is no directory of the bundle"),
            {.clause = "RootPathExist",
             .instead = usual ? R"("rootfs", which is there)" : "make it, with the image's files"});
    }
    return rootfs;
}

// spec: MountsBindSource
void look_for_sources(FdRef bundle, const oci::Config &config, oci::Findings &findings)
{
    for (std::size_t i = 0; i < config.mounts.size(); ++i) {
        const oci::Mount &mount = config.mounts[i];
        if (oci::parse_mount_options(mount.options).bind && is_missing(bundle, mount.source)) {
            findings.warning(str("/mounts/", i, "/source"), str(json::quote(mount.source), " is not there"),
                             {.clause = "MountsBindSource", .instead = "make it before create"});
        }
    }
}

// spec: NSProcInPath
void look_for_namespaces(const oci::Config &config, oci::Findings &findings)
{
    const std::vector<oci::Namespace> &list = config.linux_.namespaces;
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (!list[i].path.empty() && is_missing(kernel::kCwd, list[i].path)) {
            findings.warning(str("/linux/namespaces/", i, "/path"),
                             str(json::quote(list[i].path), " is not there"),
                             {.clause = "NSProcInPath", .instead = "remove it for a new namespace"});
        }
    }
}

// spec: PosixHooksPath
void look_for_hooks(const oci::Config &config, oci::Findings &findings)
{
    struct Row {
        std::string_view name;
        const std::vector<oci::Hook> &list;
    };
    // startContainer hooks are programs of the container.
    const std::array<Row, 5> rows = {{
        {"prestart", config.hooks.prestart},
        {"createRuntime", config.hooks.create_runtime},
        {"createContainer", config.hooks.create_container},
        {"poststart", config.hooks.poststart},
        {"poststop", config.hooks.poststop},
    }};
    for (const Row &row : rows) {
        for (std::size_t i = 0; i < row.list.size(); ++i) {
            const std::string &path = row.list[i].path;
            const bool missing = is_missing(kernel::kCwd, path);
            if (missing || !kernel::faccessat(kernel::kCwd, path, X_OK)) {
                findings.warning(
                    str("/hooks/", row.name, '/', i, "/path"),
                    str(json::quote(path), missing ? " is not there" : " cannot be executed"),
                    {.clause = "PosixHooksPath", .instead = "the path of a program on the host"});
            }
        }
    }
}

std::string_view search_path(const oci::Process &process)
{
    for (const std::string &variable : process.env) {
        if (variable.starts_with("PATH=")) {
            return std::string_view(variable).substr(5);
        }
    }
    return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

/// What the first entry of args is, looked up along PATH where it is a plain name.
Program find_program(FdRef rootfs, const oci::Config &config)
{
    const std::string &name = config.process->args.front();
    if (name.find('/') != name.npos) {
        const std::string path = name.starts_with('/') ? name : str(config.process->cwd, '/', name);
        return is_mounted_over(config, path) ? Program::kThere : program_at(rootfs, path);
    }
    std::string_view rest = search_path(*config.process);
    for (;;) {
        const std::string_view dir = rest.substr(0, rest.find(':'));
        const std::string path = str(dir, '/', name);
        if (is_mounted_over(config, path) || program_at(rootfs, path) == Program::kThere) {
            return Program::kThere;
        }
        if (dir.size() == rest.size()) {
            return Program::kMissing;
        }
        rest.remove_prefix(dir.size() + 1);
    }
}

// spec: ProcArgsExecvp
void look_for_program(FdRef rootfs, const oci::Config &config, oci::Findings &findings)
{
    if (!config.process || config.process->args.empty()) {
        return;
    }
    const Program found = find_program(rootfs, config);
    if (found != Program::kThere) {
        findings.warning(
            "/process/args/0",
            str(json::quote(config.process->args.front()),
                found == Program::kMissing ? " is not in the root file system" : " is no executable file"),
            {.clause = "ProcArgsExecvp", .instead = "the path of a program in the container"});
    }
}

}  // namespace

void inspect_bundle(FdRef bundle, const oci::Config &config, oci::Findings &findings)
{
    look_for_sources(bundle, config, findings);
    look_for_namespaces(config, findings);
    look_for_hooks(config, findings);
    if (config.root && !config.root->path.empty()) {
        const auto rootfs = open_rootfs(bundle, config, findings);
        if (rootfs) {
            look_for_program(*rootfs, config, findings);
        }
    }
}

}  // namespace rt::container
