// SPDX-License-Identifier: Apache-2.0
#include "container/private_mounts.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

#include "base/log.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_mount.h"
#include "kernel/calls_process.h"

namespace rt::container {

Result<PrivateMounts> PrivateMounts::enter()
{
    TRY_LET(procfs, kernel::open_procfs());
    TRY_LET(host, kernel::openat(procfs, "self/ns/mnt", O_RDONLY));
    TRY_LET(root, kernel::openat(kernel::kCwd, "/", O_PATH | O_DIRECTORY));
    TRY_LET(directory, kernel::openat(kernel::kCwd, ".", O_PATH | O_DIRECTORY));
    TRY(kernel::unshare(CLONE_NEWNS));
    PrivateMounts mounts(std::move(host), std::move(root), std::move(directory));
    TRY(kernel::mount("", "/", MS_SLAVE | MS_REC));
    return mounts;
}

PrivateMounts::~PrivateMounts()
{
    if (!host_.open()) {
        return;
    }
    Status back = kernel::setns(host_, CLONE_NEWNS);
    if (back) {
        back = kernel::chroot(root_);
    }
    if (back) {
        back = kernel::fchdir(directory_);
    }
    if (!back) {
        log::warn(std::move(back).error().context("going back to the host's mount namespace").text());
    }
}

Status PrivateMounts::bind_to_itself(const std::string &path) const
{
    return kernel::mount(path, path, MS_BIND | MS_REC);
}

}  // namespace rt::container
