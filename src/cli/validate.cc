// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "base/str.h"
#include "cli/command.h"
#include "container/inspect.h"
#include "kernel/calls_fs.h"
#include "oci/load.h"
#include "oci/print_findings.h"
#include "plan/explain.h"

namespace rt::cli {
namespace {

constexpr int kAccepted = 0;
constexpr int kRefused = 1;
constexpr int kUnreadable = 2;
constexpr std::size_t kMaxConfig = 64 * 1024 * 1024;

/// What is to be looked at: a bundle, or a config.json alone.
struct Subject {
    std::string file;  ///< as the user would name it
    Fd bundle;         ///< of a config.json alone: not open
    std::string text;
};

Result<std::string> read_config(FdRef dir, const std::string &path)
{
    TRY_LET(file, kernel::openat(dir, path, O_RDONLY | O_NONBLOCK));
    TRY_LET(info, kernel::fstat(file));
    if (!S_ISREG(info.st_mode)) {
        return Error::input(str("\"", path, "\" is no regular file"));
    }
    return kernel::read_all(file, kMaxConfig);
}

Result<Subject> open_subject(const std::string &path)
{
    auto info = kernel::fstatat(kernel::kCwd, path, 0);
    if (!info) {
        return std::move(info).error().hint("give a bundle's directory, or a config.json");
    }
    if (!S_ISDIR(info->st_mode)) {
        TRY_LET(text, read_config(kernel::kCwd, path));
        return Subject{.file = path, .text = std::move(text)};
    }
    TRY_LET(dir, kernel::openat(kernel::kCwd, path, O_PATH | O_DIRECTORY));
    TRY_LET(text, read_config(dir, "config.json"));
    const std::string_view name = path == "." ? std::string_view() : path;
    return Subject{.file = str(name, name.empty() || name.ends_with('/') ? "" : "/", "config.json"),
                   .bundle = std::move(dir),
                   .text = std::move(text)};
}

/// What planning refuses: an error where every machine would, else a warning that names the kind of machine.
void try_to_plan(const oci::Config &config, oci::Findings &findings)
{
    struct Refusal {
        std::string_view host, pointer;
    };
    const plan::Request request{.id = "validate", .bundle = "/"};
    auto v2 = plan::make(config, request, *plan::described_host("v2"));
    auto v1 = plan::make(config, request, *plan::described_host("v1"));
    const auto note = [&findings](const Error &error, std::string_view where) {
        const std::string message = str(where, error.text());
        const oci::Why why = {.clause = "PropApplyFailGenError", .instead = error.advice()};
        where.empty() ? findings.error(error.pointer(), message, why)
                      : findings.warning(error.pointer(), message, why);
    };
    if (!v2 && !v1 && v2.error().pointer() == v1.error().pointer()) {
        note(v2.error(), "");
        return;
    }
    if (!v2) {
        note(v2.error(), "with cgroup v2: ");
    }
    if (!v1) {
        note(v1.error(), "with cgroup v1: ");
    }
}

Result<oci::Findings> look_at(const Subject &subject)
{
    oci::Report report;
    TRY_LET(config, oci::check_config(subject.text, subject.file, report));
    oci::Findings findings = std::move(report.findings);
    if (subject.bundle.open()) {
        oci::Findings outside;
        container::inspect_bundle(subject.bundle, config, outside);
        findings.merge(std::move(outside));
    }
    if (!findings.refused()) {
        try_to_plan(config, findings);
    }
    findings.append(std::move(report.unknown));
    return findings;
}

Status print(std::string_view text) { return kernel::write_all(FdRef(STDOUT_FILENO), text); }

}  // namespace

// spec: CliValidate
Result<int> validate(const Globals & /*globals*/, const Arguments &arguments)
{
    const std::string format = arguments.value("format", "text");
    if (format != "text" && format != "json") {
        return Error::input(str("unknown format \"", format, "\"")).hint("\"text\" or \"json\"");
    }
    const std::string path =
        arguments.positionals.empty() ? arguments.value("bundle", ".") : arguments.positionals.front();
    auto subject = open_subject(path);
    auto findings = subject ? look_at(*subject) : std::move(subject).error();
    if (!findings) {
        if (format == "text") {
            return std::move(findings).error();
        }
        TRY(print(oci::print_unreadable(findings.error().text(), subject ? subject->file : path)));
        return kUnreadable;
    }
    const auto print_it = format == "json" ? oci::print_json : oci::print_text;
    TRY(print(print_it(*findings, subject->text, subject->file)));
    return findings->refused() ? kRefused : kAccepted;
}

}  // namespace rt::cli
