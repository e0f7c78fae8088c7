// SPDX-License-Identifier: Apache-2.0
#include "container/hooks.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

#include "base/log.h"
#include "base/str.h"
#include "host/program.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"
#include "oci/annotations.h"
#include "oci/names.h"

namespace rt::container {
namespace {

std::vector<char *> pointers(const std::vector<std::string> &words)
{
    std::vector<char *> out;
    out.reserve(words.size() + 1);
    for (const std::string &word : words) {
        out.push_back(const_cast<char *>(word.c_str()));
    }
    out.push_back(nullptr);
    return out;
}

/// A file, not a pipe: a hook that never reads it can't block us.
Result<Fd> hook_input(std::string_view state)
{
    TRY_LET(file, kernel::memfd_create("hook-state", 0));
    TRY(kernel::write_all(file, state));
    if (::lseek(file.get(), 0, SEEK_SET) == -1) {
        return Error::kernel(errno, "lseek(hook-state)");
    }
    return file;
}

Result<kernel::Child> start_hook(const oci::Hook &hook, const HookPlace &place, FdRef told)
{
    TRY_LET(input, hook_input(place.state));
    TRY_LET(procfs, kernel::open_procfs());
    TRY(kernel::cloexec_from(procfs, 3));  // callers leak descriptors of theirs
    const std::vector<std::string> only_path = {hook.path};
    const std::vector<char *> argv = pointers(hook.args.empty() ? only_path : hook.args);
    std::vector<char *> envp;
    if (hook.env) {
        envp = pointers(*hook.env);
    }
    kernel::Spawn request;
    request.path = hook.path.c_str();
    request.argv = argv.data();
    request.envp = hook.env ? envp.data() : ::environ;
    request.stdio[0] = input.get();
    request.stdio[1] = place.output.open() ? place.output.get() : told.get();
    request.stdio[2] = place.errors.open() ? place.errors.get() : told.get();
    request.directory = place.bundle;
    request.own_group = true;
    return kernel::spawn(request);
}

int timeout_ms(const oci::Hook &hook)
{
    constexpr std::int64_t kMost = std::numeric_limits<int>::max() / 1000;
    return hook.timeout && *hook.timeout <= kMost ? static_cast<int>(*hook.timeout * 1000) : -1;
}

Error with_output(std::string text, FdRef output)
{
    const std::string lines = host::last_lines(output);
    return Error::input(lines.empty() ? std::move(text) : str(text, ": ", lines));
}

// spec: PosixHooksTimeoutKills
Status run(const oci::Hook &hook, const HookPlace &place)
{
    TRY_LET(output, host::program_output());
    TRY_LET(child, start_hook(hook, place, output));
    TRY_LET(ended, kernel::wait_ended(child.pidfd, timeout_ms(hook)));
    if (!ended) {
        // The group first: once the leader is reaped, its number may be somebody else's.
        (void)kernel::kill(-child.pid, SIGKILL);
        (void)kernel::reap(child.pidfd);
        return with_output(str("did not end within ", *hook.timeout, " s"), output);
    }
    TRY_LET(status, kernel::reap(child.pidfd));
    if (status != 0) {
        return with_output(host::in_words(status), output);
    }
    return {};
}

std::string name_of(std::string_view point, std::size_t index) { return str(point, "[", index, "]"); }

/// Not open where nobody asked for one.
Result<Fd> open_output(const oci::State &state, std::string_view annotation)
{
    const std::string path = oci::annotation(state.annotations, annotation);
    if (path.empty()) {
        return Fd();
    }
    constexpr int kFlags = O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_NONBLOCK;
    auto file = kernel::openat(kernel::kCwd, path, kFlags, 0600);
    if (!file) {
        Error error = std::move(file).error().context(str("opening the file of ", annotation));
        return error.err() == ENXIO ? std::move(error).hint("a pipe that nobody reads, or no device")
                                    : std::move(error);
    }
    TRY(kernel::set_fl(*file, O_APPEND));  // a hook that writes more than a pipe takes waits
    return file;
}

// spec: AnnotationHooksOutput
Result<HookPlace> place_of(const oci::State &state)
{
    HookPlace place{.state = oci::hook_state(state)};
    TRY_LET(output, open_output(state, oci::kHooksStdout));
    TRY_LET(errors, open_output(state, oci::kHooksStderr));
    place.output = std::move(output);
    place.errors = std::move(errors);
    return place;
}

Result<Fd> open_bundle(const oci::State &state)
{
    return kernel::openat(kernel::kCwd, state.bundle, O_PATH | O_DIRECTORY);
}

}  // namespace

Status run_hook(const oci::Hook &hook, std::string_view what, const HookPlace &place)
{
    Status result = run(hook, place);
    if (!result) {
        return std::move(result).error().context(str("hook ", what, " \"", hook.path, "\""));
    }
    return {};
}

// spec: PosixHooksCalledInOrder, PosixHooksStateToStdin, PosixHooksArgs, PosixHooksEnv, PosixHooksPath
Status run_hooks(const std::vector<oci::Hook> &hooks, std::string_view point, const oci::State &state)
{
    if (hooks.empty()) {
        return {};
    }
    TRY_LET(place, place_of(state));
    TRY_LET(bundle, open_bundle(state));
    place.bundle = std::move(bundle);
    for (std::size_t i = 0; i < hooks.size(); ++i) {
        TRY(run_hook(hooks[i], name_of(point, i), place));
    }
    return {};
}

// spec: PoststopHookFailGenWarn
void run_all_hooks(const std::vector<oci::Hook> &hooks, std::string_view point, const oci::State &state)
{
    if (hooks.empty()) {
        return;
    }
    HookPlace place{.state = oci::hook_state(state)};
    if (auto with_files = place_of(state)) {
        place = std::move(with_files).take();
    } else {
        log::warn(with_files.error().text());
    }
    if (auto bundle = open_bundle(state)) {  // it may be gone by now
        place.bundle = std::move(bundle).take();
    }
    for (std::size_t i = 0; i < hooks.size(); ++i) {
        if (Status ran = run_hook(hooks[i], name_of(point, i), place); !ran) {
            log::warn(ran.error().text());
        }
    }
}

}  // namespace rt::container
