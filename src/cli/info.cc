// SPDX-License-Identifier: Apache-2.0
#include <sys/utsname.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/version.h"
#include "kernel/calls_fs.h"
#include "machine/finding.h"

namespace rt::cli {
namespace {

using machine::Finding;

constexpr std::size_t kNameWidth = 18;

struct Fact {
    std::string_view name;
    std::string value;
};

/// What needs no trying.
std::vector<Fact> facts()
{
    utsname names = {};
    (void)::uname(&names);
    return {{"version", str(kVersion, " (", kCommit, ")")},
            {"kernel", names.release},
            {"machine", names.machine},
            {"libseccomp", libseccomp_version()}};
}

std::string text()
{
    std::string out = "runtime\n";
    const auto add = [&out](std::string_view answer, std::string_view name, const std::string &rest) {
        out += str("  ", answer, answer.size() == 3 ? " " : "  ", name);
        out += rest.empty()
                   ? std::string()
                   : std::string(name.size() < kNameWidth ? kNameWidth - name.size() : 1, ' ') + rest;
        out += '\n';
    };
    for (const Fact &fact : facts()) {
        add("   ", fact.name, fact.value);
    }
    for (const machine::Group &group : machine::groups()) {
        out += str(group.name, '\n');
        for (const machine::Question &question : group.questions) {
            const Finding found = question.probe();
            add(found.works ? "yes" : "no", question.name,
                found.advice.empty() ? found.detail : str(found.detail, " (", found.advice, ")"));
        }
    }
    return out;
}

std::string json()
{
    json::Writer w(json::Layout::kIndented);
    w.begin_object().name("runtime").begin_object();
    for (const Fact &fact : facts()) {
        w.name(fact.name).string(fact.value);
    }
    w.end_object();
    for (const machine::Group &group : machine::groups()) {
        w.name(group.name).begin_object();
        for (const machine::Question &question : group.questions) {
            const Finding found = question.probe();
            w.name(question.name).begin_object();
            w.name("works").boolean(found.works);
            w.name("detail").string(found.detail);
            w.name("advice").string(found.advice);
            w.end_object();
        }
        w.end_object();
    }
    w.end_object();
    return std::move(w).take() + '\n';
}

}  // namespace

// spec: CliInfo
Result<int> info(const Globals & /*globals*/, const Arguments &arguments)
{
    const std::string format = arguments.value("format", "text");
    if (format != "text" && format != "json") {
        return Error::input(str("unknown format \"", format, "\"")).hint("text or json");
    }
    TRY(kernel::write_all(FdRef(STDOUT_FILENO), format == "json" ? json() : text()));
    return 0;
}

}  // namespace rt::cli
