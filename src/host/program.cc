// SPDX-License-Identifier: Apache-2.0
#include "host/program.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string_view>

#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"
#include "oci/names.h"

namespace rt::host {
namespace {

constexpr const char *kUsualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr std::size_t kLastBytes = 1024;
constexpr int kLastLines = 5;

/// Of a directory X_OK says that it can be searched.
bool is_program(const std::string &path)
{
    const auto file = kernel::fstatat(kernel::kCwd, path, 0);
    return file && S_ISREG(file->st_mode) && kernel::faccessat(kernel::kCwd, path, X_OK);
}

}  // namespace

std::string search_path()
{
    const char *given = std::getenv("PATH");
    return given != nullptr && *given != '\0' ? given : kUsualPath;
}

Result<std::string> find_program(const std::string &name)
{
    const std::string all = search_path();
    for (std::string_view path = all; !path.empty();) {
        const std::string_view dir = path.substr(0, path.find(':'));
        path.remove_prefix(std::min(path.size(), dir.size() + 1));
        std::string file = str(dir, '/', name);
        if (dir.starts_with('/') && is_program(file)) {
            return file;
        }
    }
    return Error::kernel(ENOENT, str("looking for the program \"", name, '"'));
}

Result<int> run_program(const std::string &path, const std::vector<std::string> &arguments, FdRef output,
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

std::string in_words(int wait_status)
{
    if (WIFEXITED(wait_status)) {
        return str("exited with ", WEXITSTATUS(wait_status));
    }
    const std::string_view name = oci::signal_name(WTERMSIG(wait_status));
    return name.empty() ? str("was killed by signal ", WTERMSIG(wait_status))
                        : str("was killed by SIG", name);
}

Result<Fd> program_output() { return kernel::memfd_create("program-output", 0); }

// spec: ErrorsHook
std::string last_lines(FdRef output)
{
    constexpr const char *kBlank = " \t\r\n";
    auto info = kernel::fstat(output);
    if (!info) {
        return {};
    }
    const off_t from = std::max<off_t>(0, info->st_size - static_cast<off_t>(kLastBytes));
    auto tail = kernel::pread(output, kLastBytes, from);
    std::string_view rest = tail ? std::string_view(*tail) : "";
    std::string out;
    for (int lines = 0; lines < kLastLines;) {
        rest = rest.substr(0, rest.find_last_not_of(kBlank) + 1);
        const std::size_t before = rest.rfind('\n') + 1;  // 0: there is none
        if (rest.empty() || (before == 0 && from > 0 && lines > 0)) {
            break;  // of that line only the end is here
        }
        out.insert(0, str(rest.substr(before), ++lines > 1 ? " | " : ""));
        rest = rest.substr(0, before);
    }
    return out;
}

}  // namespace rt::host
