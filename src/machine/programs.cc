// SPDX-License-Identifier: Apache-2.0
#include "machine/programs.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"

namespace rt::machine {

std::string find_program(const std::string &name)
{
    const char *const path = ::getenv("PATH");
    const std::string folders =
        str(path == nullptr ? "" : path, ":/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin");
    for (std::string_view rest = folders; !rest.empty();) {
        const std::string_view folder = rest.substr(0, rest.find(':'));
        rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
        std::string file = str(folder, '/', name);
        if (folder.starts_with('/') && kernel::faccessat(kernel::kCwd, file, X_OK)) {
            return file;
        }
    }
    return "";
}

std::string version_of(const std::string &path)
{
    constexpr std::size_t kMost = 4096;
    auto pipe = kernel::pipe2();
    if (!pipe) {
        return "";
    }
    std::string program = path, option = "--version";
    char *const arguments[] = {program.data(), option.data(), nullptr};
    kernel::Spawn request;
    request.path = path.c_str();
    request.argv = arguments;
    request.envp = environ;
    request.stdio[1] = request.stdio[2] = pipe->writing.get();
    const auto child = kernel::spawn(request);
    pipe->writing = Fd();
    if (!child) {
        return "";
    }
    const auto text = kernel::read_all(pipe->reading, kMost);
    const auto status = kernel::reap(child->pidfd);
    return text && status && *status == 0 ? text->substr(0, text->find('\n')) : "";
}

}  // namespace rt::machine
