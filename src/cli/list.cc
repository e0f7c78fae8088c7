// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/json.h"
#include "base/str.h"
#include "cli/command.h"
#include "container/container.h"
#include "kernel/calls_fs.h"

namespace rt::cli {
namespace {

using States = std::vector<oci::State>;

constexpr std::size_t kMinWidth = 12;
constexpr std::size_t kGap = 3;

struct Column {
    std::string_view title;
    std::string (*cell)(const oci::State &);
};

// runc's, which people's scripts take apart.
constexpr auto kColumns = std::to_array<Column>({
    {"ID", [](const oci::State &s) { return s.id; }},
    {"PID", [](const oci::State &s) { return str(s.pid); }},
    {"STATUS", [](const oci::State &s) { return std::string(oci::in_words(s.status)); }},
    {"BUNDLE", [](const oci::State &s) { return s.bundle; }},
    {"CREATED", [](const oci::State &s) { return s.created; }},
    {"OWNER", [](const oci::State &s) { return s.owner; }},
});

/// Each column as wide as its widest cell, and the last as it comes.
std::string table(const States &states)
{
    std::array<std::size_t, kColumns.size()> widths{};
    for (std::size_t c = 0; c + 1 < kColumns.size(); ++c) {
        widths[c] = kColumns[c].title.size();
        for (const oci::State &state : states) {
            widths[c] = std::max(widths[c], kColumns[c].cell(state).size());
        }
        widths[c] = std::max(widths[c] + kGap, kMinWidth);
    }
    std::string out;
    const auto add = [&](std::size_t column, const std::string &cell) {
        out += cell;
        out += column + 1 == kColumns.size() ? std::string("\n")
                                             : std::string(widths[column] - cell.size(), ' ');
    };
    for (std::size_t c = 0; c < kColumns.size(); ++c) {
        add(c, std::string(kColumns[c].title));
    }
    for (const oci::State &state : states) {
        for (std::size_t c = 0; c < kColumns.size(); ++c) {
            add(c, kColumns[c].cell(state));
        }
    }
    return out;
}

std::string json(const States &states)
{
    json::Writer w(json::Layout::kCompact);
    w.begin_array();
    for (const oci::State &state : states) {
        oci::write_state(w, state);
    }
    w.end_array();
    return std::move(w).take() + '\n';
}

std::string ids(const States &states)
{
    std::string out;
    for (const oci::State &state : states) {
        out += state.id + '\n';
    }
    return out;
}

}  // namespace

// spec: CliList
Result<int> list(const Globals &globals, const Arguments &arguments)
{
    const std::string format = arguments.value("format", "table");
    if (format != "table" && format != "json") {
        return Error::input(str("unknown format \"", format, "\"")).hint("table or json");
    }
    TRY_LET(states, container::list(globals.root));
    const std::string text = arguments.on("quiet") ? ids(states)
                             : format == "json"    ? json(states)
                                                   : table(states);
    TRY(kernel::write_all(FdRef(STDOUT_FILENO), text));
    return 0;
}

}  // namespace rt::cli
