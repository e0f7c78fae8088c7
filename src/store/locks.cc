// SPDX-License-Identifier: Apache-2.0
#include "store/locks.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <vector>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"
#include "layer/unpack_image.h"

namespace rt::store {
namespace {

/// The words of a line, which are parted by spaces.
std::vector<std::string_view> words_of(std::string_view line)
{
    std::vector<std::string_view> out;
    for (std::size_t at = line.find_first_not_of(' '); at != std::string_view::npos;
         at = line.find_first_not_of(' ', at)) {
        const std::size_t end = std::min(line.find(' ', at), line.size());
        out.push_back(line.substr(at, end - at));
        at = end;
    }
    return out;
}

/// "layerctl import image.tar", shortened.
std::string command_of(pid_t pid)
{
    constexpr std::size_t kMost = 1 << 16;
    constexpr std::size_t kLongest = 80;
    auto text = kernel::read_file(kernel::kCwd, str("/proc/", pid, "/cmdline"), kMost);
    if (!text) {
        return "";
    }
    std::string out = std::move(text).take();
    out.resize(out.find_last_not_of('\0') + 1);
    std::ranges::replace(out, '\0', ' ');
    return out.size() <= kLongest ? out : out.substr(0, kLongest) + "...";
}

}  // namespace

Patience Patience::of(std::chrono::seconds time)
{
    Patience out;
    out.end_ = std::chrono::steady_clock::now() + time;
    return out;
}

Result<bool> Patience::pause() const
{
    constexpr timespec kPause = {0, 20'000'000};
    TRY(layer::check_given_up());
    if (end_ && std::chrono::steady_clock::now() >= *end_) {
        return false;
    }
    ::nanosleep(&kPause, nullptr);
    return true;
}

Status lock(FdRef file, int operation, const Patience &patience, std::string_view what)
{
    for (;;) {
        Status locked = kernel::flock(file, operation | LOCK_NB);
        if (locked || locked.error().err() != EWOULDBLOCK) {
            return locked;
        }
        TRY_LET(again, patience.pause());
        if (!again) {
            return held(file, what);
        }
    }
}

/// proc_locks(5): "1: FLOCK  ADVISORY  WRITE 1234 08:01:5678 0 EOF"; who waits has "->" behind the number.
std::vector<pid_t> holders_in(std::string_view locks, dev_t device, ino_t inode)
{
    constexpr std::size_t kKind = 1, kPid = 4, kFile = 5;
    std::vector<pid_t> out;
    while (!locks.empty()) {
        const std::vector<std::string_view> words = words_of(locks.substr(0, locks.find('\n')));
        locks.remove_prefix(std::min(locks.find('\n'), locks.size() - 1) + 1);
        if (words.size() <= kFile || words[kKind] != "FLOCK") {
            continue;
        }
        unsigned numbers[2] = {};
        ino_t file = 0;
        const char *at = words[kFile].data();
        const char *const end = at + words[kFile].size();
        for (unsigned &number : numbers) {
            at = std::from_chars(at, end, number, 16).ptr;
            at += at != end ? 1 : 0;
        }
        std::from_chars(at, end, file);
        pid_t pid = 0;
        std::from_chars(words[kPid].data(), words[kPid].data() + words[kPid].size(), pid);
        if (file == inode && makedev(numbers[0], numbers[1]) == device && pid > 0) {
            out.push_back(pid);
        }
    }
    return out;
}

Error held(FdRef file, std::string_view what)
{
    constexpr std::size_t kMost = 1U << 24;
    std::string by;
    const auto about = kernel::fstat(file);
    const auto locks = kernel::read_file(kernel::kCwd, "/proc/locks", kMost);
    if (about && locks) {
        for (const pid_t pid : holders_in(*locks, about->st_dev, about->st_ino)) {
            const std::string command = command_of(pid);
            by += str(by.empty() ? " by " : ", ", "process ", pid,
                      command.empty() ? "" : str(" (", json::quote(command), ")"));
        }
    }
    return Error::in_use(str(what, " is in use", by)).hint("wait longer: --lock-timeout");
}

}  // namespace rt::store
