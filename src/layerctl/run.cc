// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <vector>

#include "base/json.h"
#include "base/log.h"
#include "base/str.h"
#include "host/program.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_mount.h"
#include "kernel/calls_process.h"
#include "layer/new_directory.h"
#include "layerctl/bundle.h"
#include "layerctl/command.h"
#include "layerctl/container_options.h"
#include "layerctl/descriptor_limit.h"
#include "layerctl/own_namespace.h"
#include "layerctl/progress.h"
#include "layerctl/stored_bundle.h"
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
    if (auto found = host::find_program("runtime")) {
        return found;
    }
    return Error::state("there is no runtime").hint("install it, or name one with --runtime");
}

/// What runs the container, and what it is told besides the bundle.
struct Runner {
    std::string program;
    std::optional<std::string> state_root;  ///< or the runtime's own
    std::string container;                  ///< its name there
};
Result<Runner> runner_of(const Arguments &arguments)
{
    TRY_LET(program, find_runtime(arguments));
    Runner out{std::move(program), {}, arguments.value("name", str("layerctl-", ::getpid()))};
    if (arguments.has("state-root")) {
        out.state_root = arguments.value("state-root");
    }
    return out;
}

/// `locks`: what shows that it is in use, for as long as the runtime lives.
Result<int> run_bundle(const Runner &runner, const layer::NewDirectory &directory, std::span<const int> locks)
{
    std::vector<std::string> words = {runner.program};
    if (runner.state_root) {
        words.insert(words.end(), {"--root", *runner.state_root});
    } else if (is_in_own_namespace() && ::secure_getenv("XDG_RUNTIME_DIR") == nullptr) {
        words.insert(words.end(), {"--root", directory.path() + "/state"});  // the usual one is root's
    }
    words.insert(words.end(), {"run", "--bundle", directory.path(), "--", runner.container});
    std::vector<char *> argv;
    for (std::string &word : words) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    kernel::Spawn request;
    request.path = runner.program.c_str();
    request.argv = argv.data();
    request.envp = environ;
    request.inherited = locks;
    log::settle();  // the container may run for long
    restore_descriptor_limit();
    hand_on_signals();
    TRY_LET(child, kernel::spawn(request));
    the_runtime = child.pid;
    TRY_LET(status, kernel::reap(child.pidfd));
    the_runtime = 0;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// The root of a stored image, in a mount namespace of our own: whatever happens to us, no mount is left.
class PrivateRoot {
public:
    PrivateRoot(const StoredImage &image, const layer::NewDirectory &directory)
        : image_(image), path_(directory.path())
    {}
    PrivateRoot(const PrivateRoot &) = delete;
    PrivateRoot &operator=(const PrivateRoot &) = delete;
    ~PrivateRoot()
    {
        if (attached_) {
            (void)kernel::umount2(path_ + "/rootfs", MNT_DETACH | UMOUNT_NOFOLLOW);
        }
        if (root_) {
            root_->mount = Fd();
            (void)store::remove_container(image_.store, root_->container.id);
        }
    }

    Status make(FdRef directory, const layer::ContainerWishes &wishes, const store::MappedIds &mapped)
    {
        TRY_LET(made, new_root(image_, {true, wishes, mapped}));
        root_.emplace(std::move(made));
        TRY(make_stored_bundle(directory, image_, *root_, wishes));
        TRY(kernel::unshare(CLONE_NEWNS));
        TRY(kernel::mount("none", "/", MS_REC | MS_SLAVE));
        // What was opened before is of the other namespace, where nothing can be mounted from here.
        TRY_LET(ours, kernel::openat(kernel::kCwd, path_, O_PATH | O_DIRECTORY | O_NOFOLLOW));
        TRY(attach_root(ours, *root_));
        attached_ = true;
        return {};
    }
    FdRef lock() const { return root_->container.dir; }

private:
    const StoredImage &image_;
    std::string path_;
    std::optional<StoredRoot> root_;
    bool attached_ = false;
};

Result<int> run_stored(const Runner &runner, StoredImage &image, const Arguments &arguments)
{
    TRY_LET(wishes, wishes_of(arguments, 1));
    TRY_LET(mapped, take_ids(arguments, wishes));
    TRY_LET(directory, temporary("layerctl-run"));
    PrivateRoot root(image, directory);
    TRY(root.make(directory.dir(), wishes, mapped ? mapped->of_the_store() : store::MappedIds()));
    image.store.let_go();  // the container keeps what it needs
    const std::array<int, 2> locks = {directory.lock().get(), root.lock().get()};
    return run_bundle(runner, directory, locks);
}

}  // namespace

Result<int> run(const Arguments &arguments)
{
    TRY_LET(runner, runner_of(arguments));
    TRY_LET(stored, find_stored(arguments));
    if (stored) {
        return run_stored(runner, *stored, arguments);
    }
    TRY_LET(plan, plan_bundle(arguments, 1));
    TRY_LET(directory, temporary("layerctl-run"));
    TRY_LET(progress, Progress::start(arguments));
    TRY(make_bundle(directory.dir(), plan));
    progress.reset();
    const std::array<int, 1> locks = {directory.lock().get()};
    return run_bundle(runner, directory, locks);
}

}  // namespace rt::layerctl
