// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "base/str.h"
#include "host/program.h"
#include "layerctl/command.h"
#include "layerctl/descriptor_limit.h"

namespace rt::layerctl {
namespace {

std::string our_shell()
{
    const char *shell = ::secure_getenv("SHELL");
    return shell != nullptr && shell[0] != '\0' ? shell : "/bin/sh";
}

}  // namespace

/// What become_root() has made of us is the command's.
Result<int> unshare(const Arguments &arguments)
{
    std::vector<std::string> words = arguments.positionals;
    if (words.empty()) {
        words.push_back(our_shell());
    }
    std::string path = words[0];
    if (path.find('/') == std::string::npos) {
        TRY_LET(found, host::find_program(path));
        path = found;
    }
    std::vector<char *> argv;
    for (std::string &word : words) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    restore_descriptor_limit();
    ::execve(path.c_str(), argv.data(), environ);
    return Error::kernel(errno, str("execve(\"", path, "\")"));
}

}  // namespace rt::layerctl
