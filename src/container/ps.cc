// SPDX-License-Identifier: Apache-2.0
#include "container/ps.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <optional>

#include "base/str.h"
#include "cgroup/life.h"
#include "container/container.h"
#include "container/hooks.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"

namespace rt::container {
namespace {

constexpr std::size_t kTableMax = std::size_t{64} << 20;

/// Engines call us without a PATH.
Result<std::string> find_ps()
{
    const char *given = std::getenv("PATH");
    std::string_view path = given != nullptr && *given != '\0' ? given : "/usr/bin:/bin";
    while (!path.empty()) {
        const std::string_view dir = path.substr(0, path.find(':'));
        path.remove_prefix(std::min(path.size(), dir.size() + 1));
        std::string file = str(dir, "/ps");
        if (dir.starts_with('/') && kernel::faccessat(kernel::kCwd, file, X_OK).ok()) {
            return file;
        }
    }
    return Error::kernel(ENOENT, "looking for the program \"ps\"").hint("--format json does without it");
}

/// What it prints; a file, since nobody reads a pipe meanwhile.
Result<std::string> run_ps(const std::vector<std::string> &options)
{
    TRY_LET(program, find_ps());
    TRY_LET(output, kernel::memfd_create("ps", 0));
    std::vector<char *> argv{program.data()};
    for (const std::string &option : options) {
        argv.push_back(const_cast<char *>(option.c_str()));
    }
    argv.push_back(nullptr);
    kernel::Spawn request;
    request.path = program.c_str();
    request.argv = argv.data();
    request.envp = ::environ;
    request.stdio[1] = output.get();
    TRY_LET(child, kernel::spawn(request));
    TRY_LET(ended, kernel::wait_ended(child.pidfd, -1));
    TRY_LET(status, kernel::reap(child.pidfd));
    if (!ended || status != 0) {
        return Error::input(str("\"", program, "\" ", in_words(status)));
    }
    TRY_LET(whole, kernel::reopen(output, O_RDONLY));
    return kernel::read_all(whole, kTableMax);
}

/// Field `index` of a line, counted from 0; "" when there are not so many.
std::string_view field(std::string_view line, std::size_t index)
{
    constexpr std::string_view kBlank = " \t";
    for (;;) {
        line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
        const std::string_view word = line.substr(0, line.find_first_of(kBlank));
        if (index-- == 0 || word.empty()) {
            return word;
        }
        line.remove_prefix(word.size());
    }
}

std::optional<std::size_t> pid_column(std::string_view header)
{
    for (std::size_t i = 0;; ++i) {
        const std::string_view name = field(header, i);
        if (name.empty()) {
            return std::nullopt;
        }
        if (name == "PID") {
            return i;
        }
    }
}

}  // namespace

// spec: CliPs
Result<std::vector<pid_t>> processes(const std::string &root, const oci::ContainerId &id)
{
    TRY_LET(found, look_up(root, id, Lock::kNone));
    TRY_LET(pids, cgroup::processes(found.record.cgroup));
    if (pids.empty() && found.record.cgroup.dirs.empty()) {
        TRY_LET(procfs, kernel::open_procfs());
        TRY_LET(status, status_of(procfs, found.record));
        if (status != oci::Status::kStopped && found.record.init.pid != 0) {
            pids.push_back(found.record.init.pid);
        }
    }
    return pids;
}

Result<std::string> lines_of(const std::vector<pid_t> &pids, std::string_view table)
{
    const std::string_view header = table.substr(0, table.find('\n'));
    const auto column = pid_column(header);
    if (!column) {
        return Error::input("ps prints no column \"PID\"").hint("have it print one: -o pid,...");
    }
    std::string lines = str(header, '\n');
    table.remove_prefix(std::min(table.size(), header.size() + 1));
    while (!table.empty()) {
        const std::string_view line = table.substr(0, table.find('\n'));
        table.remove_prefix(std::min(table.size(), line.size() + 1));
        const std::string_view word = field(line, *column);
        pid_t pid = 0;
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), pid);
        if (error == std::errc() && end == word.data() + word.size() &&
            std::ranges::binary_search(pids, pid)) {
            lines += str(line, '\n');
        }
    }
    return lines;
}

Result<std::string> table_of(const std::vector<pid_t> &pids, const std::vector<std::string> &options)
{
    TRY_LET(table, run_ps(options));
    return lines_of(pids, table);
}

}  // namespace rt::container
