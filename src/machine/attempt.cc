// SPDX-License-Identifier: Apache-2.0
#include "machine/attempt.h"

#include <linux/capability.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/str.h"
#include "host/obstacles.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"
#include "kernel/raw.h"
#include "kernel/retry.h"

namespace rt::machine {
int attempt(long (*what)())
{
    const pid_t pid = ::fork();
    if (pid == 0) {
        const long ret = what();
        ::_exit(ret < 0 ? static_cast<int>(-ret) : 0);
    }
    int status = 0;
    if (pid < 0) {
        return errno;
    }
    (void)kernel::retry([&] { return ::waitpid(pid, &status, 0); });
    return WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
}

long gain_rights()
{
    return kernel::has_capability(CAP_SYS_ADMIN) ? 0 : raw::call(__NR_unshare, CLONE_NEWUSER);
}

std::optional<Finding> no_rights()
{
    return kernel::has_capability(CAP_SYS_ADMIN) ? std::nullopt : no_user_namespace();
}

std::optional<Finding> no_user_namespace()
{
    const int err = attempt([] { return raw::call(__NR_unshare, CLONE_NEWUSER); });
    if (err == 0) {
        return std::nullopt;
    }
    if (const auto obstacle = host::no_user_namespace(err)) {
        return no(obstacle->who, obstacle->mend);
    }
    return no(str("no user namespace: ", in_words(err)),
              host::in_seccomp_filter() ? "the seccomp filter around us has to allow unshare, clone and mount"
                                        : "a security module around us may forbid it");
}

std::string in_words(int err) { return ::strerrordesc_np(err) != nullptr ? ::strerrordesc_np(err) : "?"; }

}  // namespace rt::machine
