// SPDX-License-Identifier: Apache-2.0
#include "container/launch.h"

#include <asm/unistd.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>

#include "base/log.h"
#include "base/str.h"
#include "container/channel.h"
#include "container/descriptor_room.h"
#include "container/failure.h"
#include "container/forbidden.h"
#include "container/host_trees.h"
#include "host/program.h"
#include "init/blob.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_socket.h"
#include "oci/names.h"

namespace rt::container {
namespace {

constexpr const char *kInitName = "runtime-init";
constexpr unsigned kMfdExec = 0x0010;  // MFD_EXEC, newer than the headers we build with
constexpr int kAllSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

/// A memfd that can be executed also where vm.memfd_noexec is 1; Linux before 6.3 has no such flag.
Result<Fd> executable_memfd()
{
    auto fd = kernel::memfd_create(kInitName, MFD_ALLOW_SEALING | kMfdExec);
    if (!fd && fd.error().err() == EINVAL) {
        return kernel::memfd_create(kInitName, MFD_ALLOW_SEALING);
    }
    return fd;
}

/// A file without a name in the home, for where vm.memfd_noexec is 2.
Result<Fd> executable_file(FdRef home, std::string_view bytes)
{
    TRY_LET(writable, kernel::openat(home, ".", O_TMPFILE | O_RDWR, 0500));
    TRY(kernel::write_all(writable, bytes));
    return kernel::reopen(writable, O_RDONLY);  // what is open for writing can't be executed
}

// spec: ExecExeIsInit
Result<Fd> init_program(FdRef home)
{
    const auto blob = init::init_blob();
    const std::string_view bytes(reinterpret_cast<const char *>(blob.data()), blob.size());
    auto memfd = executable_memfd();
    if (!memfd && memfd.error().err() == EACCES) {
        return executable_file(home, bytes);
    }
    TRY_LET(fd, std::move(memfd));
    TRY(kernel::write_all(fd, bytes));
    TRY(kernel::add_seals(fd, kAllSeals));
    return fd;
}

Result<Fd> plan_file(const std::vector<plan::Step> &steps, FdRef sync)
{
    const std::vector<char> bytes = plan::encode(steps, sync.get());
    TRY_LET(fd, kernel::memfd_create("runtime-plan", MFD_ALLOW_SEALING));
    TRY(kernel::write_all(fd, {bytes.data(), bytes.size()}));
    TRY(kernel::add_seals(fd, kAllSeals));
    return fd;
}

constexpr const char *kNotOurs =
    "the process is another user's, of a user namespace outside of the runtime's own, or of a "
    "container that waits for start";

/// Opens a namespace file and checks that it is of the type that config.json says.
Result<Fd> open_namespace(const plan::Join &join)
{
    auto opened = kernel::openat(kernel::kCwd, join.path, O_RDONLY);
    if (!opened) {
        Error error = std::move(opened).error();
        if (error.err() == EACCES) {
            error = std::move(error).hint(kNotOurs);
        }
        return std::move(error).context(str("joining the namespace at ", join.origin.pointer()));
    }
    Fd fd = std::move(opened).take();
    const int type = ::ioctl(fd.get(), NS_GET_NSTYPE);
    if (type != static_cast<int>(oci::clone_flag(join.type))) {
        return Error::input(str(join.origin.pointer(), ": \"", join.path, "\" is no namespace of type \"",
                                oci::word_of(join.type), "\""));
    }
    return fd;
}

/// The descriptors init inherits, each owned here until it has been started.
class Inheritance {
public:
    explicit Inheritance(std::size_t mounts) : room_(mounts) {}
    const DescriptorRoom &room() const { return room_; }
    /// Puts `fd` into `step`, when there is one.
    void give(plan::Step &step, Fd fd)
    {
        if (fd.open()) {
            step.fd = fd.get();
            keep(std::move(fd));
        }
    }
    void lend(plan::Step &step, FdRef fd)
    {
        step.fd = fd.get();
        numbers_.push_back(fd.get());
    }
    void pass(FdRef fd) { numbers_.push_back(fd.get()); }
    void keep(Fd fd)
    {
        numbers_.push_back(fd.get());
        owned_.push_back(std::move(fd));
    }
    std::span<const int> numbers() const { return numbers_; }

private:
    DescriptorRoom room_;
    std::vector<Fd> owned_;
    std::vector<int> numbers_;
};

void warn_of_left_out(std::size_t count)
{
    if (count == 0) {
        return;
    }
    if (const auto own = kernel::prlimit(0, RLIMIT_NOFILE)) {
        log::warn(str("RLIMIT_NOFILE is ", own->rlim_max, ": of ", count,
                      " mounts the container's root has to reach the source itself"));
    }
}

// spec: RootlessManyMounts
Status open_host_trees(plan::Plan &plan, const std::vector<Fd> &ids, Inheritance &inherited)
{
    std::size_t left_out = 0;
    for (const plan::HostTree &tree : plan.host_trees) {
        if (tree.spare && left_out > 0) {
            ++left_out;
            continue;
        }
        plan::Step &step = plan.steps[tree.step];
        auto opened = open_host_tree(tree, step, tree.ids ? FdRef(ids[*tree.ids]) : FdRef(-1));
        if (!opened && tree.spare) {
            continue;
        }
        TRY_LET(fd, std::move(opened));
        if (tree.spare && !inherited.room().goes_on_after(fd)) {
            ++left_out;
            continue;
        }
        inherited.give(step, std::move(fd));
    }
    warn_of_left_out(left_out);
    return {};
}

/// Mounts the parent has ready, and the user namespaces for those that init makes.
Status fill_in_mounts(plan::Plan &plan, FdRef procfs, FdRef home, Inheritance &inherited)
{
    TRY_LET(ids, open_mount_ids(procfs, plan));
    TRY(open_host_trees(plan, ids, inherited));
    for (const std::size_t index : plan.disk_steps) {
        plan::Step &step = plan.steps[index];
        TRY_LET(fd, mount_disk(procfs, step));
        if (fd.open()) {
            step.op = init::Op::kTree;
            inherited.give(step, std::move(fd));
        }
    }
    for (const plan::HostNode &node : plan.host_nodes) {
        TRY_LET(fd, open_host_node(home, node));
        inherited.give(plan.steps[node.step], std::move(fd));
    }
    for (const plan::MappedStep &mapped : plan.mapped_steps) {
        TRY_LET(fd, kernel::dup(ids[mapped.ids]));
        inherited.give(plan.steps[mapped.step], std::move(fd));
    }
    return {};
}

/// Names the pid namespace, by a descriptor of it that lasts, to the mounts of procfs that ask for it.
Status fill_in_procfs(plan::Plan &plan, FdRef pidns, Inheritance &inherited)
{
    if (plan.proc_steps.empty()) {
        return {};
    }
    TRY_LET(fd, kernel::dup(pidns));
    const std::string option = str("pidns=/proc/self/fd/", fd.get());
    for (const std::size_t index : plan.proc_steps) {
        plan::Step &step = plan.steps[index];
        if (step.op == init::Op::kFsMount) {
            step.w3.push_back(option);
        } else {
            std::string &data = step.more().s3;
            data += str(data.empty() ? "" : ",", option);
        }
    }
    inherited.keep(std::move(fd));
    return {};
}

Status fill_in(plan::Plan &plan, FdRef procfs, FdRef home, FdRef console, FdRef entered,
               Inheritance &inherited, std::vector<Fd> &outputs)
{
    for (const std::size_t step : plan.enter_steps) {
        TRY_LET(pidfd, kernel::dup(entered));
        inherited.give(plan.steps[step], std::move(pidfd));
    }
    for (const plan::Join &join : plan.joins) {
        TRY_LET(fd, open_namespace(join));
        if (join.type == oci::NamespaceType::kPid) {
            TRY(fill_in_procfs(plan, fd, inherited));
        }
        inherited.give(plan.steps[join.step], std::move(fd));
    }
    TRY(fill_in_mounts(plan, procfs, home, inherited));
    for (const std::size_t step : plan.hook_steps) {
        TRY_LET(output, host::program_output());
        inherited.lend(plan.steps[step], output);
        outputs.push_back(std::move(output));
    }
    if (plan.park_step) {
        TRY_LET(socket, kernel::listen_at(home, kStartSocket));
        inherited.give(plan.steps[*plan.park_step], std::move(socket));
    }
    if (plan.console_step) {
        inherited.lend(plan.steps[*plan.console_step], console);
    }
    return {};
}

/// Brings a child, which waits, to where it was not born.
Status bring(const kernel::Child &child, const cgroup::Birthplace &birthplace, FdRef sync)
{
    if (Status brought = birthplace.bring(child.pid); !brought) {
        (void)kernel::pidfd_send_signal(child.pidfd, SIGKILL);
        (void)kernel::reap(child.pidfd);
        return brought;
    }
    return tell(sync, init::Msg::kAdopted);
}

Result<kernel::Child> start_init(const plan::Plan &plan, FdRef home, const cgroup::Birthplace &birthplace,
                                 FdRef ours, FdRef theirs, Inheritance &inherited)
{
    TRY_LET(program, init_program(home));
    TRY_LET(blob, plan_file(plan.steps, theirs));
    std::string number = str(blob.get());
    inherited.keep(std::move(blob));

    char name[] = "runtime:init", held[] = "held";
    char *argv[] = {name, number.data(), nullptr, nullptr};
    char *const envp[] = {nullptr};
    kernel::Spawn request;
    request.program = program;
    request.argv = argv;
    request.envp = envp;
    request.clone_flags = plan.clone_flags;
    request.cgroup = birthplace.dir;
    request.inherited = inherited.numbers();
    request.descriptors = inherited.room().before();
    request.death_signal = SIGKILL;
    if (!birthplace.frozen || !birthplace.dir.open()) {
        auto born = kernel::spawn(request);
        if (born || !birthplace.is_reached_by_systemd(born.error())) {
            return born;
        }
    }
    argv[2] = held;
    request.cgroup = FdRef(-1);
    TRY_LET(child, kernel::spawn(request));
    TRY(bring(child, birthplace, ours));
    return child;
}

}  // namespace

FdRef output_of(const Launched &launched, const plan::Plan &plan, std::size_t index)
{
    const auto step = std::ranges::find(plan.hook_steps, index);
    return step == plan.hook_steps.end()
               ? FdRef(-1)
               : FdRef(launched.outputs[static_cast<std::size_t>(step - plan.hook_steps.begin())]);
}

Result<Launched> launch(plan::Plan &plan, std::uint32_t preserved, FdRef procfs, FdRef home,
                        const cgroup::Birthplace &birthplace, FdRef console, FdRef entered)
{
    Launched launched;
    Inheritance inherited(plan.host_trees.size() + plan.host_nodes.size() + plan.disk_steps.size());
    for (std::uint32_t fd = 3; fd < 3 + preserved; ++fd) {
        inherited.pass(FdRef(static_cast<int>(fd)));
    }
    TRY(fill_in(plan, procfs, home, console, entered, inherited, launched.outputs));
    TRY_LET(sockets, kernel::socketpair(SOCK_SEQPACKET));
    const FdRef theirs = sockets.theirs;
    inherited.keep(std::move(sockets.theirs));
    auto child = start_init(plan, home, birthplace, sockets.ours, theirs, inherited).context("starting init");
    if (!child) {
        if (child.error().err() == EMFILE) {
            return std::move(child).error().hint(no_more_descriptors());
        }
        const LateStep cloning{static_cast<std::uint32_t>(init::Op::kUnshare), "", ""};
        std::string who = who_forbids(cloning, child.error().err(), __NR_clone3);
        return who.empty() ? std::move(child).error() : std::move(child).error().hint(std::move(who));
    }
    launched.init = std::move(child).take();
    launched.sync = std::move(sockets.ours);
    return launched;
}

}  // namespace rt::container
