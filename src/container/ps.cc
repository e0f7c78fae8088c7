// SPDX-License-Identifier: Apache-2.0
#include "container/ps.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/str.h"
#include "cgroup/life.h"
#include "container/container.h"
#include "container/processes.h"
#include "host/program.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"

namespace rt::container {
namespace {

constexpr std::size_t kTableMax = std::size_t{64} << 20;

/// What it prints; a file, since nobody reads a pipe meanwhile.
Result<std::string> run_ps(const std::vector<std::string> &options)
{
    auto found = host::find_program("ps");
    if (!found) {
        return std::move(found).error().hint("--format json does without it");
    }
    TRY_LET(program, std::move(found));
    TRY_LET(output, kernel::memfd_create("ps", 0));
    TRY_LET(status, host::run_program(program, options, output, false, -1));
    if (status != 0) {
        return Error::input(str("\"", program, "\" ", host::in_words(status)));
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
    if (!found.record.cgroup.dirs.empty()) {
        return cgroup::processes(found.record.cgroup);
    }
    TRY_LET(procfs, kernel::open_procfs());
    return without_cgroup(procfs, found.record);
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
