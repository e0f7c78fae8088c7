// SPDX-License-Identifier: Apache-2.0
#include "container/host_trees.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mount.h>

#include <algorithm>
#include <cerrno>

#include "base/log.h"
#include "base/str.h"
#include "container/failure.h"
#include "container/private_mounts.h"
#include "host/id_maps.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_mount.h"
#include "kernel/raw.h"

namespace rt::container {
namespace {

Result<Fd> open_ids(FdRef procfs, const plan::Plan &plan, const plan::MountIds &ids)
{
    if (!ids.uid_map.empty()) {
        return host::user_namespace(procfs, {ids.uid_map, ids.gid_map});
    }
    const auto user = std::ranges::find(plan.joins, oci::NamespaceType::kUser, &plan::Join::type);
    if (user == plan.joins.end()) {
        return Error::bug("ids of a user namespace that is not joined");
    }
    return kernel::dup(FdRef(plan.steps[user->step].fd));
}

Result<Fd> open_tree(FdRef dir, const std::string &path, unsigned flags)
{
    const long ret = raw::call(__NR_open_tree, dir.get(), raw::word(path.c_str()),
                               OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | flags);
    if (ret < 0) {
        return Error::kernel(static_cast<int>(-ret), str("open_tree(\"", path, "\")"));
    }
    return Fd(static_cast<int>(ret));
}

/// mount_setattr(2) on a detached mount; 0 or -errno.
long set_attributes(FdRef tree, bool recursive, const mount_attr &attr)
{
    const unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0U);
    return raw::call(__NR_mount_setattr, tree.get(), raw::word(""), flags, raw::word(&attr), sizeof attr);
}

/// A copy made in the host's mount namespace is a peer of what it is copied from: what init mounts on
/// it would appear on the host.  A slave still receives what the host mounts later.
Status cut_loose(FdRef copy, const std::string &path, bool recursive, std::uint64_t clear = 0)
{
    const mount_attr attr{.attr_clr = clear, .propagation = MS_SLAVE};
    if (const long ret = set_attributes(copy, recursive, attr); ret < 0) {
        return Error::kernel(static_cast<int>(-ret), str("mount_setattr(\"", path, "\", MS_SLAVE)"));
    }
    return {};
}

/// The same before Linux 5.12: in a mount namespace where all mounts are slaves a copy is one, too.
Result<Fd> copy_of_slave(const std::string &path, unsigned flags)
{
    TRY_LET(room, PrivateMounts::enter());
    return open_tree(kernel::kCwd, path, flags);
}

/// `copy` of what is at `path`, cut loose.
Result<Fd> cut_loose_somehow(Fd copy, const std::string &path, bool recursive)
{
    Status loose = cut_loose(copy, path, recursive);
    if (!loose && loose.error().err() == ENOSYS) {
        return copy_of_slave(path, recursive ? AT_RECURSIVE : 0U);
    }
    TRY(std::move(loose));
    return copy;
}

/// The node `name` of `home`, as cut_loose() would leave its copy; before Linux 5.12.
Result<Fd> node_of_slave(FdRef home, const std::string &name)
{
    TRY_LET(path, kernel::readlinkat(kernel::kCwd, str("/proc/self/fd/", home.get())));
    TRY_LET(room, PrivateMounts::enter());
    TRY(room.bind_to_itself(path));
    TRY(kernel::mount("", path, MS_REMOUNT | MS_BIND));
    TRY_LET(again, kernel::openat(kernel::kCwd, path, O_PATH | O_DIRECTORY));
    return open_tree(again, name, 0);
}

// spec: MountsMappingsImplement, MountsIdmapRecursive
Status map_ids(FdRef copy, const plan::HostTree &tree, FdRef ids)
{
    const mount_attr attr{.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = static_cast<std::uint64_t>(ids.get())};
    const long ret = set_attributes(copy, tree.ids_recursive, attr);
    if (ret == 0) {
        return {};
    }
    Error error =
        Error::kernel(static_cast<int>(-ret), str("mount_setattr(\"", tree.path, "\", MOUNT_ATTR_IDMAP)"));
    if (ret == -EINVAL) {
        return std::move(error).hint(no_idmap_hint(file_system_at(tree.path)));
    }
    return ret == -EPERM
               ? std::move(error).hint("the source is idmapped already, or of another user namespace")
               : std::move(error);
}

/// Device numbers and mode exactly as asked for, whatever the umask.
Status make_node(FdRef home, const std::string &name, const plan::HostNode &node)
{
    TRY(kernel::mknodat(home, name, static_cast<mode_t>(node.mode), node.number));
    TRY(kernel::fchownat(home, name, node.uid, node.gid, AT_SYMLINK_NOFOLLOW));
    return kernel::fchmodat(home, name, static_cast<mode_t>(node.mode & 07777));
}

/// proc_filesystems(5): the types that need no block device have a word in front.
bool is_for_disks(FdRef procfs, const std::string &type)
{
    constexpr std::size_t kMost = std::size_t{64} << 10;
    const auto known = kernel::read_file(procfs, "filesystems", kMost);
    return known && str('\n', *known).find(str("\n\t", type, '\n')) != std::string::npos;
}

Status set_option(FdRef context, const std::string &option)
{
    const std::size_t equals = option.find('=');
    return equals == std::string::npos
               ? kernel::fsconfig_flag(context, option)
               : kernel::fsconfig(context, option.substr(0, equals), option.substr(equals + 1));
}

Result<Fd> new_mount(FdRef context, const plan::Step &step)
{
    TRY(kernel::fsconfig(context, "source", step.s2));
    for (const std::string &option : step.w3) {
        TRY(set_option(context, option));
    }
    TRY(kernel::fsconfig_create(context));
    return kernel::fsmount(context, static_cast<unsigned>(step.a));
}

}  // namespace

Result<std::vector<Fd>> open_mount_ids(FdRef procfs, const plan::Plan &plan)
{
    std::vector<Fd> opened;
    for (const plan::MountIds &ids : plan.mount_ids) {
        TRY_LET(fd, open_ids(procfs, plan, ids).context("making the user namespace of a mount"));
        opened.push_back(std::move(fd));
    }
    return opened;
}

Result<Fd> open_host_tree(const plan::HostTree &tree, const plan::Step &step, FdRef ids)
{
    auto opened = open_tree(kernel::kCwd, tree.path, tree.recursive ? AT_RECURSIVE : 0U);
    if (!opened) {
        const int err = opened.error().err();
        if (err == ENOENT && tree.optional) {
            return Fd();
        }
        return explain(late_step(step), {.err = err, .detail = __NR_open_tree}, FdRef(-1));
    }
    const std::string doing = plan::describe(step);
    TRY_LET(copy,
            cut_loose_somehow(std::move(opened).take(), tree.path, tree.recursive).context(doing.c_str()));
    if (ids.get() >= 0) {
        TRY(map_ids(copy, tree, ids).context(doing.c_str()));
    }
    return copy;
}

// spec: DevicesOwner, DevicesAvailable
Result<Fd> open_host_node(FdRef home, const plan::HostNode &node)
{
    const std::string name = str("device.", node.step);
    if (Status made = make_node(home, name, node); !made) {
        if (made.error().err() == EPERM) {
            log::warn("the runtime may not make devices: the host's are bound, with the owners they have");
            return Fd();
        }
        return std::move(made).error();
    }
    TRY_LET(copy, open_tree(home, name, 0));
    Status loose = cut_loose(copy, name, false, MOUNT_ATTR_NODEV);  // /run is mounted so
    if (!loose && loose.error().err() == ENOSYS) {
        return node_of_slave(home, name);
    }
    TRY(std::move(loose));
    return copy;
}

// spec: MountsBlockDevice
Result<Fd> mount_disk(FdRef procfs, const plan::Step &step)
{
    const auto source = kernel::fstatat(kernel::kCwd, step.s2, 0);
    if (!source || !S_ISBLK(source->st_mode)) {
        return Fd();
    }
    const auto context = kernel::fsopen(step.s1);  // first: this loads what the kernel has as a module
    if (!context || !is_for_disks(procfs, step.s1)) {
        return Fd();
    }
    auto mounted = new_mount(*context, step);
    if (!mounted) {
        return advise(std::move(mounted).error(), late_step(step), __NR_fsconfig)
            .context(str(step.s1, " of \"", step.s2, '"'))
            .context(plan::describe(step));
    }
    return mounted;
}

}  // namespace rt::container
