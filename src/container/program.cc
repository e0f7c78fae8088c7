// SPDX-License-Identifier: Apache-2.0
#include "container/program.h"

#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "base/str.h"
#include "container/elf_file.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"
#include "plan/process.h"

namespace rt::container {
namespace {

constexpr std::size_t kHeadSize = 256;       // BINPRM_BUF_SIZE: what the kernel reads of a first line
constexpr std::uint64_t kFuse = 0x65735546;  // FUSE_SUPER_MAGIC: whoever serves it may let us wait for ever

std::string this_machine()
{
    utsname names = {};
    return ::uname(&names) == 0 ? names.machine : "another";
}

/// What a first line "#!INTERPRETER ARGUMENT" names, or "".
std::string_view script_interpreter(std::string_view head)
{
    if (!head.starts_with("#!")) {
        return {};
    }
    std::string_view line = head.substr(2, head.find('\n') - 2);
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    return line.substr(0, std::min(line.find_first_of(" \t"), line.find('\0')));
}

std::string missing(std::string_view what, std::string_view path)
{
    const bool dos = path.ends_with('\r');
    return str(what, ' ', '"', printable(path.substr(0, path.size() - (dos ? 1 : 0))), '"',
               dos ? " ends in a carriage return: the file has the line ends of DOS"
                   : " is not in the container");
}

/// A mount hides what the root file system has at `path`.
bool hidden(const Sought &sought, std::string_view path)
{
    return std::ranges::any_of(sought.mounts, [path](const oci::Mount &mount) {
        const std::string_view at = mount.destination;
        return path.starts_with(at) &&
               (path.size() == at.size() || path[at.size()] == '/' || at.ends_with('/'));
    });
}

bool is_there(const Sought &sought, const std::string &path)
{
    return hidden(sought, path) || kernel::open_in_root(sought.root, path, O_PATH).ok();
}

std::string why_not_found(const Sought &sought, FdRef file, std::string_view head)
{
    if (const std::string_view script = script_interpreter(head); !script.empty()) {
        return is_there(sought, std::string(script)) ? "" : missing("the interpreter of its #! line", script);
    }
    const std::optional<Elf> elf = read_elf(file, head);
    if (!elf || elf->interpreter.empty() || is_there(sought, elf->interpreter)) {
        return {};
    }
    return missing("its ELF interpreter", elf->interpreter);
}

std::string why_no_format(FdRef file, std::string_view head)
{
    const std::string here = this_machine();
    if (head.empty()) {
        return "the file is empty";
    }
    const std::optional<Elf> elf = read_elf(file, head);
    if (!elf) {
        return head.starts_with(ELFMAG) ? "the file is cut short"
                                        : "neither an ELF file nor a script that begins with #!";
    }
    const std::string made_for = machine_name(elf->machine);
    return made_for == here ? "the file is damaged" : str("made for ", made_for, ", this machine is ", here);
}

std::string octal(unsigned mode)
{
    std::string out = "0";
    for (int shift = 6; shift >= 0; shift -= 3) {
        out += static_cast<char>('0' + (mode >> shift & 7));
    }
    return out;
}

std::string why_denied(FdRef file, const struct stat &info)
{
    struct statvfs fs = {};
    if (S_ISDIR(info.st_mode)) {
        return "it is a directory";
    }
    if (!S_ISREG(info.st_mode)) {
        return "it is no regular file";
    }
    if ((info.st_mode & 0111) == 0) {
        return str("its mode is ", octal(info.st_mode), ": nobody may execute it");
    }
    if (::fstatvfs(file.get(), &fs) == 0 && (fs.f_flag & ST_NOEXEC) != 0) {
        return "it is on a mount with the option noexec";
    }
    return str("its mode is ", octal(info.st_mode), ", its owner ", info.st_uid, ':', info.st_gid);
}

std::string first_bytes(FdRef file)
{
    auto bytes = kernel::pread(file, kHeadSize, 0);
    return bytes ? std::move(bytes).take() : std::string();
}

/// What is wrong with the file at `path`; nothing when it is not there, "" when nobody knows.
std::optional<std::string> look_into(const Sought &sought, const std::string &path, int err)
{
    if (hidden(sought, path)) {
        return "";
    }
    auto place = kernel::open_in_root(sought.root, path, O_PATH);
    if (!place) {
        return std::nullopt;
    }
    auto info = kernel::fstat(*place);
    if (!info) {
        return "";
    }
    if (err == EACCES) {
        return why_denied(*place, *info);
    }
    const auto type = kernel::fstatfs_type(*place);
    if (!S_ISREG(info->st_mode) || !type || *type == kFuse) {
        return "";
    }
    auto file = kernel::reopen(*place, O_RDONLY | O_NONBLOCK);
    if (!file) {
        return "";
    }
    const std::string head = first_bytes(*file);
    return err == ENOEXEC ? why_no_format(*file, head) : why_not_found(sought, *file, head);
}

std::optional<std::string> look_for(const Sought &sought, int err)
{
    if (sought.root.get() < 0 || (err != ENOENT && err != EACCES && err != ENOEXEC)) {
        return std::nullopt;
    }
    for (const std::string &candidate : sought.candidates) {
        const std::string path = candidate.starts_with('/') ? candidate : str(sought.cwd, '/', candidate);
        if (auto found = look_into(sought, path, err); found) {
            return found;
        }
    }
    return std::nullopt;
}

std::string_view usual_reason(int err)
{
    switch (err) {
    case ENOENT:
        return "the program, or the interpreter it names, is not in the container";
    case ENOEXEC:
        return "made for another machine, or a script without #!";
    default:
        return "";
    }
}

}  // namespace

Sought sought(const plan::Plan &plan, std::size_t index)
{
    Sought out;
    out.candidates = plan.steps[index].more().w1;
    for (const plan::Step &step : plan.steps) {
        if (step.op == init::Op::kChdir) {
            out.cwd = step.s1;
        }
    }
    return out;
}

Sought sought(const oci::Process &process)
{
    Sought out;
    out.candidates = plan::candidates(process.args.empty() ? "" : process.args[0], process.env);
    out.cwd = process.cwd;
    return out;
}

KeptRoot keep_root(FdRef procfs, pid_t pid)
{
    KeptRoot kept;
    auto mounts = kernel::openat(procfs, str(pid, "/ns/mnt"), O_RDONLY);
    auto dir = kernel::openat(procfs, str(pid, "/root"), O_PATH | O_DIRECTORY);
    if (mounts && dir) {
        kept.mounts = std::move(mounts).take();
        kept.dir = std::move(dir).take();
    }
    return kept;
}

// spec: ErrorsProgram
Error explain_program(const Sought &sought, std::string_view program, int err)
{
    const std::optional<std::string> found = look_for(sought, err);
    if (err == ENOENT && program.find('/') == program.npos && !found) {
        return Error::input("executable file not found in $PATH");
    }
    // strerror(3) begins with a capital; engines look for lower case.
    std::string words = ::strerrordesc_np(err) != nullptr ? ::strerrordesc_np(err) : str("errno ", err);
    words[0] = static_cast<char>(words[0] | 0x20);
    Error error = Error::input(std::move(words));
    const std::string_view reason = found && !found->empty() ? std::string_view(*found) : usual_reason(err);
    return reason.empty() ? std::move(error) : std::move(error).hint(std::string(reason));
}

}  // namespace rt::container
