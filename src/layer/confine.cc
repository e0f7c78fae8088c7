// SPDX-License-Identifier: Apache-2.0
#include "layer/confine.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_mount.h"
#include "kernel/calls_process.h"
#include "kernel/calls_tree.h"
#include "kernel/retry.h"
#include "layer/confine_filter.h"

namespace rt::layer {
namespace {

constexpr int kKept[] = {CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER,   CAP_FSETID,
                         CAP_MKNOD, CAP_SETFCAP,      CAP_SYS_ADMIN};

#ifdef __SANITIZE_ADDRESS__
constexpr rlim_t kAddressSpace = RLIM_INFINITY;  // its shadow memory alone is more
#else
constexpr rlim_t kAddressSpace = rlim_t{512} << 20;
#endif
constexpr rlim_t kDescriptors = 4096;  // one for each directory above a file: a path has no more than 2048

volatile pid_t the_children[kMostConfined] = {};

struct Limit {
    int resource;
    rlim_t most;
};

Status set_limits(std::uint64_t largest_file)
{
    const Limit limits[] = {{RLIMIT_AS, kAddressSpace},
                            {RLIMIT_FSIZE, largest_file},
                            {RLIMIT_CORE, 0},
                            {RLIMIT_NOFILE, kDescriptors}};
    for (const Limit &limit : limits) {
        TRY_LET(now, kernel::prlimit(0, limit.resource));
        const rlim_t most = std::min(limit.most, now.rlim_max);  // more takes CAP_SYS_RESOURCE
        TRY(kernel::prlimit(0, limit.resource, rlimit{most, most}));
    }
    ::signal(SIGXFSZ, SIG_IGN);  // EFBIG says it better
    return {};
}

/// Trusted attributes take CAP_SYS_ADMIN: the filter keeps what else it allows out of reach.
Status drop_capabilities(std::span<const int> kept)
{
    __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[2] = {};
    for (const int capability : kept) {
        data[capability / 32].permitted |= 1U << (capability % 32);
    }
    for (__user_cap_data_struct &half : data) {
        half.effective = half.permitted;
    }
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 || ::syscall(SYS_capset, &header, data) == -1) {
        return Error::kernel(errno, "capset()");
    }
    return {};
}

/// The directory becomes / of a mount namespace in which there is nothing else.
Result<Fd> enter_root(FdRef root)
{
    TRY_LET(tree,
            kernel::open_tree(root, "", OPEN_TREE_CLONE | AT_EMPTY_PATH));  // while it is of our namespace
    // Network and IPC stay: the filter has no call that knows of them, and new ones cost 7 ms a layer.
    TRY(kernel::unshare(CLONE_NEWNS));
    TRY(kernel::mount("none", "/", MS_REC | MS_PRIVATE));
    TRY(kernel::move_mount(tree, "", kernel::kCwd, "/", MOVE_MOUNT_F_EMPTY_PATH));
    TRY(kernel::fchdir(tree));
    TRY(kernel::mount("none", ".", MS_PRIVATE));  // what is shared cannot become /
    TRY(kernel::pivot_root(".", "."));
    TRY(kernel::umount2(".", MNT_DETACH));  // what was / lies above
    TRY_LET(slash, kernel::openat(kernel::kCwd, "/", O_RDONLY | O_DIRECTORY));
    TRY(kernel::fchdir(slash));
    return slash;
}

/// Closes all descriptors but `kept`.
Status close_others(std::vector<int> kept)
{
    std::ranges::sort(kept);
    unsigned next = 0;
    for (const int fd : kept) {
        const auto number = static_cast<unsigned>(fd);
        if (number > next) {
            TRY(kernel::close_range(next, number - 1));
        }
        next = number + 1;
    }
    return kernel::close_range(next, ~0U);
}

/// The root, when there is one.
Result<Fd> enter(const Confined &what)
{
    if (what.root.get() == kNoFiles.get()) {
        return Fd();
    }
    auto entered = enter_root(what.root);
    return entered || entered.error().err() != EPERM
               ? std::move(entered)
               : std::move(entered).error().hint("unpacking takes root, or CAP_SYS_ADMIN");
}

Result<std::string> child(const Confined &what, std::vector<int> kept)
{
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        ::signal(number, SIG_DFL);
    }
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) == -1) {
        return Error::kernel(errno, "prctl(PR_SET_PDEATHSIG)");
    }
    TRY_LET(root, enter(what));
    if (root.open()) {
        kept.push_back(root.get());
    }
    TRY(close_others(std::move(kept)));
    ::umask(0);
    TRY(set_limits(what.largest_file));
    TRY(drop_capabilities(root.open() ? std::span<const int>(kKept) : std::span<const int>()));
    TRY(allow_only(root.open() ? Reach::kFiles : Reach::kDescriptors));
    // Beyond this point we may only make files, or none.
    return what.work(root, what.argument);
}

struct Verdict {
    Blame blame;
    int err;
};

/// The error as bytes: who is to blame, errno, hint, text without either.
std::string encode(const Error &error)
{
    const Verdict verdict = {error.blame(), error.err()};
    std::string text = error.text();
    const std::string hint = error.advice().empty() ? std::string() : str(" (", error.advice(), ")");
    text.resize(text.size() - hint.size());
    const char *words = error.err() != 0 ? ::strerrordesc_np(error.err()) : nullptr;
    if (words != nullptr) {
        text.resize(text.size() - std::string_view(words).size() - 2);
    }
    return std::string(reinterpret_cast<const char *>(&verdict), sizeof verdict) + error.advice() + '\0' +
           text;
}

Error decode(std::string_view bytes)
{
    Verdict verdict{};
    std::copy_n(bytes.data(), sizeof verdict, reinterpret_cast<char *>(&verdict));
    bytes.remove_prefix(sizeof verdict);
    const std::string hint(bytes.substr(0, bytes.find('\0')));
    const std::string text(bytes.substr(std::min(hint.size() + 1, bytes.size())));
    Error error = verdict.err != 0                   ? Error::kernel(verdict.err, text)
                  : verdict.blame == Blame::kInput   ? Error::input(text)
                  : verdict.blame == Blame::kState   ? Error::state(text)
                  : verdict.blame == Blame::kDamaged ? Error::damaged(text)
                                                     : Error::bug(text);
    return hint.empty() ? std::move(error) : std::move(error).hint(hint);
}

/// What the child said, or how it ended without a word.
Result<std::string> verdict_of(std::string said, int status)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return said;
    }
    if (WIFEXITED(status) && said.size() > sizeof(Verdict)) {
        return decode(said);
    }
    Error error =
        Error::bug(WIFSIGNALED(status) ? str("the confined child was ended by signal ", WTERMSIG(status))
                                       : str("the confined child ended with ", WEXITSTATUS(status)));
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS
               ? std::move(error).hint("it made a system call that it has no use for: a bug, or an attack")
               : std::move(error);
}

}  // namespace

void end_confined()
{
    for (const pid_t pid : the_children) {
        if (pid > 0) {
            ::kill(pid, SIGKILL);
        }
    }
}

Result<Confinement> Confinement::start(const Confined &what, std::span<const int> inherited)
{
    volatile pid_t *const place = std::ranges::find(the_children, 0);
    if (place == std::end(the_children)) {
        return Error::bug("too many children");
    }
    TRY_LET(pipe, kernel::pipe2());
    const pid_t pid = ::fork();
    if (pid == -1) {
        return Error::kernel(errno, "fork()");
    }
    if (pid == 0) {
        std::vector<int> kept(inherited.begin(), inherited.end());
        kept.push_back(pipe.writing.get());
        const auto done = child(what, std::move(kept));
        const Status said = kernel::write_all(pipe.writing, done ? *done : encode(done.error()));
        ::_exit(done && said ? 0 : 1);
    }
    *place = pid;
    return Confinement(pid, std::move(pipe.reading));
}

Confinement::Confinement(Confinement &&other) noexcept
    : pid_(std::exchange(other.pid_, 0)), said_(std::move(other.said_))
{}

Confinement::~Confinement()
{
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        (void)finish();
    }
}

Result<std::string> Confinement::finish()
{
    auto said = kernel::read_all(said_, kLongestAnswer);
    if (!said) {
        ::kill(pid_, SIGKILL);  // it would wait for somebody to read the rest
    }
    int status = 0;
    (void)kernel::retry([&] { return ::waitpid(pid_, &status, 0); });
    std::ranges::replace(the_children, std::exchange(pid_, 0), 0);
    TRY_LET(words, std::move(said));
    return verdict_of(std::move(words), status);
}

Result<std::string> confined(const Confined &what, std::span<const int> inherited)
{
    TRY_LET(child, Confinement::start(what, inherited));
    return child.finish();
}

}  // namespace rt::layer
