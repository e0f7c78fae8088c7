// SPDX-License-Identifier: Apache-2.0
#include "container/externals.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "base/str.h"
#include "kernel/calls_fs.h"
#include "oci/names.h"

namespace rt::container {
namespace {

/// File systems of which CRIU mounts a view of its own.  Not cgroups: those are binds of the host's.
constexpr std::string_view kViews[] = {"proc", "sysfs", "mqueue", "devpts"};

bool is_view(std::string_view type) { return std::ranges::find(kViews, type) != std::end(kViews); }

bool is_below(std::string_view path, std::string_view top)
{
    return top == "/" || path == top || (path.starts_with(top) && path[top.size()] == '/');
}

bool is_bind(const oci::Mount &mount)
{
    return mount.type == "bind" || mount.type == "rbind" ||
           std::ranges::any_of(mount.options, [](const std::string &option) {
               return option == "bind" || option == "rbind";
           });
}

/// "/a/b" for "a//b/" and "/a/./b"; ".." goes up, at most to the top.
std::string clean(std::string_view path)
{
    std::string out;
    while (!path.empty()) {
        const std::string_view name = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(name.size() + 1, path.size()));
        if (name == "..") {
            out.resize(out.empty() ? 0 : out.rfind('/'));
        } else if (!name.empty() && name != ".") {
            out += str('/', name);
        }
    }
    return out.empty() ? "/" : out;
}

/// Where the host has the files that `mounted` shows.
std::string seen_by(const std::vector<Mounted> &host, const Mounted &mounted)
{
    const Mounted *best = nullptr;
    for (const Mounted &candidate : host) {
        if (candidate.device == mounted.device && is_below(mounted.root, candidate.root) &&
            (best == nullptr || candidate.root.size() > best->root.size())) {
            best = &candidate;
        }
    }
    if (best == nullptr) {
        return {};
    }
    const std::string rest = mounted.root.substr(best->root == "/" ? 0 : best->root.size());
    return clean(str(best->point, '/', rest));
}

std::string hexadecimal(std::uint64_t value)
{
    char digits[16];
    return {digits, std::to_chars(digits, std::end(digits), value, 16).ptr};
}

/// The id of the mount that descriptor `fd` was opened on; 0 where there is none.
Result<int> mount_id(FdRef procfs, pid_t pid, int fd)
{
    constexpr std::string_view kName = "mnt_id:\t";
    constexpr std::size_t kMostText = 64 * 1024;
    TRY_LET(text, kernel::read_file(procfs, str(pid, "/fdinfo/", fd), kMostText));
    int id = 0;
    if (const std::size_t at = text.find(kName); at != text.npos) {
        std::from_chars(text.data() + at + kName.size(), text.data() + text.size(), id);
    }
    return id;
}

/// A terminal keeps its name whatever it was opened through.
std::string external_name(const struct stat &info, int mount, const std::string &link)
{
    if (S_ISCHR(info.st_mode) && (link.starts_with("/dev/pts/") || link.starts_with("/dev/tty"))) {
        return str("tty[", hexadecimal(info.st_rdev), ':', hexadecimal(info.st_dev), ']');
    }
    if (S_ISREG(info.st_mode) || S_ISCHR(info.st_mode)) {
        return str("file[", hexadecimal(static_cast<unsigned>(mount)), ':', hexadecimal(info.st_ino), ']');
    }
    return {};
}

}  // namespace

std::vector<ExternalMount> external_mounts(const std::vector<Mounted> &container,
                                           const std::vector<Mounted> &host, const oci::Config &config)
{
    std::vector<std::string> bound;
    for (const oci::Mount &mount : config.mounts) {
        if (is_bind(mount)) {
            bound.push_back(clean(mount.destination));
        }
    }
    const auto root = std::ranges::find(container, "/", &Mounted::point);
    std::vector<ExternalMount> external;
    for (const Mounted &mounted : container) {
        if (mounted.point == "/") {
            continue;
        }
        const bool named = std::ranges::find(bound, mounted.point) != bound.end();
        const bool own =
            root != container.end() && mounted.device == root->device && is_below(mounted.root, root->root);
        std::string source = seen_by(host, mounted);
        if (named || (!own && !source.empty() && !is_view(mounted.type))) {
            external.push_back({mounted.point, std::move(source)});
        }
    }
    return external;
}

std::vector<ExternalMount> mounts_to_restore(const std::vector<ExternalMount> &saved,
                                             const oci::Config &config, const std::string &bundle)
{
    std::map<std::string, std::string> sources;
    for (const std::string &path : config.linux_.masked_paths) {
        sources[clean(path)] = "/dev/null";  // of one that is a directory CRIU knows itself
    }
    for (const ExternalMount &mount : saved) {
        sources[mount.point] = mount.source;
    }
    for (const oci::Mount &mount : config.mounts) {
        if (is_bind(mount)) {
            sources[clean(mount.destination)] =
                mount.source.starts_with('/') ? mount.source : str(bundle, '/', mount.source);
        }
    }
    std::vector<ExternalMount> mounts;
    for (auto &[point, source] : sources) {
        mounts.push_back({point, source});
    }
    return mounts;
}

Result<std::vector<Descriptor>> standard_descriptors(FdRef procfs, pid_t pid,
                                                     const std::vector<Mounted> &container)
{
    std::vector<Descriptor> descriptors;
    for (int fd = 0; fd <= 2; ++fd) {
        Descriptor &descriptor = descriptors.emplace_back();
        const std::string path = str(pid, "/fd/", fd);
        auto link = kernel::readlinkat(procfs, path);
        if (!link) {
            continue;  // closed
        }
        descriptor.link = std::move(link).take();
        TRY_LET(mount, mount_id(procfs, pid, fd));
        auto info = kernel::fstatat(procfs, path, 0);
        if (info && std::ranges::find(container, mount, &Mounted::id) == container.end()) {
            descriptor.external = external_name(*info, mount, descriptor.link);
        }
    }
    return descriptors;
}

std::vector<criu::InheritedFd> descriptors_to_restore(const std::vector<Descriptor> &saved)
{
    std::vector<criu::InheritedFd> inherited;
    for (int fd = 0; fd < static_cast<int>(saved.size()) && fd <= 2; ++fd) {
        const Descriptor &descriptor = saved[static_cast<std::size_t>(fd)];
        if (!descriptor.external.empty()) {
            inherited.push_back({descriptor.external, fd});
        } else if (descriptor.link.starts_with("pipe:")) {
            inherited.push_back({descriptor.link, fd});
        }
    }
    return inherited;
}

std::vector<ExternalNamespace> external_namespaces(const oci::Config &config)
{
    std::vector<ExternalNamespace> external;
    for (const oci::Namespace &ns : config.linux_.namespaces) {
        if (!ns.path.empty() && ns.type == oci::NamespaceType::kNetwork) {
            external.push_back({ns.type, "extRootNetNS", ns.path});
        } else if (!ns.path.empty() && ns.type == oci::NamespaceType::kPid) {
            external.push_back({ns.type, "extRootPidNS", ns.path});
        }
    }
    return external;
}

bool hooks_furnish_network(const oci::Config &config)
{
    const bool fresh = std::ranges::any_of(config.linux_.namespaces, [](const oci::Namespace &ns) {
        return ns.type == oci::NamespaceType::kNetwork && ns.path.empty();
    });
    return fresh && !(config.hooks.prestart.empty() && config.hooks.create_runtime.empty());
}

}  // namespace rt::container
