// SPDX-License-Identifier: Apache-2.0
#include "oci/print_findings.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include "base/json.h"
#include "base/str.h"
#include "oci/clauses.h"

namespace rt::oci {
namespace {

struct Placed {
    const Finding *finding;
    json::Position at;
};

std::vector<Placed> in_order(const Findings &findings, std::string_view text)
{
    const std::vector<json::Position> at = positions(findings.all(), text);
    std::vector<Placed> out;
    out.reserve(at.size());
    for (std::size_t i = 0; i < at.size(); ++i) {
        out.push_back({&findings.all()[i], at[i]});
    }
    std::ranges::stable_sort(
        out, {}, [](const Placed &placed) { return std::tuple(placed.at.line, placed.at.column); });
    return out;
}

std::string_view in_words(Severity severity) { return severity == Severity::kError ? "error" : "warning"; }

std::string_view source_of(std::string_view clause)
{
    const Clause *row = find_clause(clause);
    return row == nullptr ? "" : row->source;
}

/// What a terminal may have of a line: no control characters, and no more than fits.
struct Excerpt {
    std::string line;
    std::size_t caret;  ///< blanks before it
};

Excerpt excerpt(std::string_view line, std::size_t column)
{
    constexpr std::size_t kWidth = 100;
    constexpr std::size_t kBefore = 60;
    const std::size_t start = column > kBefore && line.size() > kWidth ? column - kBefore : 0;
    Excerpt out{.line = start > 0 ? "..." : "", .caret = start > 0 ? 3U : 0U};
    const std::string_view shown = line.substr(start, kWidth);
    for (std::size_t i = 0; i < shown.size(); ++i) {
        const auto c = static_cast<unsigned char>(shown[i]);
        const bool inside = (c & 0xc0U) == 0x80U;  // of a character of more than one byte
        if (start + i + 1 < column && !inside) {
            ++out.caret;
        }
        out.line += c < ' ' || c == 0x7f ? ' ' : shown[i];
    }
    out.line += start + kWidth < line.size() ? "..." : "";
    return out;
}

std::string describe(const Placed &placed, std::string_view line, std::string_view file)
{
    const Finding &finding = *placed.finding;
    const std::string number = str(placed.at.line);
    const std::string margin(number.size(), ' ');
    const Excerpt shown = excerpt(line, placed.at.column);
    std::string out = str(file, ':', placed.at.line, ':', placed.at.column, ": ", in_words(finding.severity),
                          ": ", printable(finding.pointer), ": ", finding.message, "\n  ", number, " | ",
                          shown.line, "\n  ", margin, " | ", std::string(shown.caret, ' '), "^\n");
    if (!finding.why.instead.empty()) {
        out += str("  ", margin, " = instead: ", finding.why.instead, "\n");
    }
    if (const Clause *row = find_clause(finding.why.clause)) {
        out += str("  ", margin, " = ", row->name, ": ", row->text, " (", row->source, ")\n");
    }
    return out;
}

std::string amount(std::size_t count, std::string_view what)
{
    return str(count == 0 ? std::string("no") : str(count), " ", what, count == 1 ? "" : "s");
}

}  // namespace

// spec: CliValidate
std::string print_text(const Findings &findings, std::string_view text, std::string_view file)
{
    std::string out;
    std::size_t line = 1;
    for (const Placed &placed : in_order(findings, text)) {
        for (; line < placed.at.line; ++line) {
            text.remove_prefix(text.find('\n') + 1);
        }
        out += describe(placed, text.substr(0, text.find_first_of("\r\n")), file);
    }
    const Findings::Totals totals = findings.totals();
    if (findings.beyond() > 0) {
        out += str(file, ": and more\n");
    }
    out += str(file, ": ", amount(totals.errors, "error"), ", ", amount(totals.warnings, "warning"), "\n");
    return out;
}

std::string print_json(const Findings &findings, std::string_view text, std::string_view file)
{
    const Findings::Totals totals = findings.totals();
    json::Writer out(json::Layout::kIndented);
    out.begin_object().name("file").string(file);
    out.name("verdict").string(findings.refused() ? "refused" : "accepted");
    out.name("errors").number_unsigned(totals.errors).name("warnings").number_unsigned(totals.warnings);
    out.name("findings").begin_array();
    for (const Placed &placed : in_order(findings, text)) {
        const Finding &finding = *placed.finding;
        out.begin_object().name("severity").string(in_words(finding.severity));
        out.name("pointer").string(finding.pointer);
        out.name("line").number_unsigned(placed.at.line).name("column").number_unsigned(placed.at.column);
        out.name("message").string(finding.message);
        out.name("instead").string(finding.why.instead).name("because").string(finding.why.because);
        out.name("clause").string(finding.why.clause).name("source").string(source_of(finding.why.clause));
        out.end_object();
    }
    out.end_array().end_object();
    return std::move(out).take() + "\n";
}

std::string print_unreadable(std::string_view why, std::string_view file)
{
    json::Writer out(json::Layout::kIndented);
    out.begin_object().name("file").string(file).name("verdict").string("unreadable");
    out.name("errors").number_unsigned(1).name("warnings").number_unsigned(0);
    out.name("findings").begin_array().begin_object();
    out.name("severity").string("error").name("message").string(why);
    out.end_object().end_array().end_object();
    return std::move(out).take() + "\n";
}

}  // namespace rt::oci
