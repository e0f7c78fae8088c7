// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"
#include "layer/new_directory.h"
#include "layerctl/bundle.h"
#include "layerctl/command.h"
#include "layerctl/programs.h"
#include "layerctl/temporary.h"

namespace rt::layerctl {
namespace {

volatile pid_t the_runtime = 0;

/// Who asks us to end means the container.
void hand_on(int number)
{
    if (the_runtime > 0) {
        ::kill(the_runtime, number);
    }
}

void hand_on_signals()
{
    struct sigaction action = {};
    action.sa_handler = hand_on;
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2}) {
        ::sigaction(number, &action, nullptr);
    }
}

/// The one of --runtime; or the one beside us, or in PATH.
Result<std::string> find_runtime(const Arguments &arguments)
{
    if (arguments.has("runtime")) {
        return arguments.value("runtime");
    }
    if (const auto self = kernel::readlinkat(kernel::kCwd, "/proc/self/exe"); self) {
        std::string beside = self->substr(0, self->rfind('/')) + "/runtime";
        if (kernel::faccessat(kernel::kCwd, beside, X_OK)) {
            return beside;
        }
    }
    if (auto found = in_path("runtime")) {
        return *std::move(found);
    }
    return Error::state("there is no runtime").hint("install it, or name one with --runtime");
}

Result<int> run_bundle(const std::string &program, const layer::NewDirectory &directory)
{
    std::array<std::string, 5> words = {program, "run", "--bundle", directory.path(),
                                        str("layerctl-", ::getpid())};
    std::vector<char *> argv;
    for (std::string &word : words) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    const std::array<int, 1> inherited = {directory.lock().get()};
    kernel::Spawn request;
    request.path = program.c_str();
    request.argv = argv.data();
    request.envp = environ;
    request.inherited = inherited;
    hand_on_signals();
    TRY_LET(child, kernel::spawn(request));
    the_runtime = child.pid;
    TRY_LET(status, kernel::reap(child.pidfd));
    the_runtime = 0;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

Result<int> run(const Arguments &arguments)
{
    TRY_LET(program, find_runtime(arguments));
    TRY_LET(plan, plan_bundle(arguments, 1));
    TRY_LET(directory, temporary("layerctl-run"));
    TRY(make_bundle(directory.dir(), plan));
    return run_bundle(program, directory);
}

}  // namespace rt::layerctl
