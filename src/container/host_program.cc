// SPDX-License-Identifier: Apache-2.0
#include "container/host_program.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string_view>

#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"

namespace rt::container {

Result<std::string> find_on_host(const std::string &name)
{
    // Engines call us without a PATH.
    const char *given = std::getenv("PATH");
    std::string_view path = given != nullptr && *given != '\0' ? given : "/usr/bin:/bin";
    while (!path.empty()) {
        const std::string_view dir = path.substr(0, path.find(':'));
        path.remove_prefix(std::min(path.size(), dir.size() + 1));
        std::string file = str(dir, '/', name);
        if (dir.starts_with('/') && kernel::faccessat(kernel::kCwd, file, X_OK).ok()) {
            return file;
        }
    }
    return Error::kernel(ENOENT, str("looking for the program \"", name, '"'));
}

Result<int> run_on_host(const std::string &path, const std::vector<std::string> &arguments, FdRef output,
                        bool errors, int timeout_ms)
{
    std::vector<char *> argv{const_cast<char *>(path.c_str())};
    for (const std::string &argument : arguments) {
        argv.push_back(const_cast<char *>(argument.c_str()));
    }
    argv.push_back(nullptr);
    kernel::Spawn request;
    request.path = path.c_str();
    request.argv = argv.data();
    request.envp = ::environ;
    request.stdio[1] = output.get();
    request.stdio[2] = errors ? output.get() : -1;
    TRY_LET(child, kernel::spawn(request));
    TRY_LET(ended, kernel::wait_ended(child.pidfd, timeout_ms));
    if (!ended) {
        (void)kernel::pidfd_send_signal(child.pidfd, SIGKILL);
        (void)kernel::reap(child.pidfd);
        return Error::kernel(ETIMEDOUT, str("waiting for \"", path, '"'));
    }
    return kernel::reap(child.pidfd);
}

}  // namespace rt::container
