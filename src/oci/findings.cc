// SPDX-License-Identifier: Apache-2.0
#include "oci/findings.h"

#include <algorithm>
#include <utility>

#include "base/str.h"

namespace rt::oci {
namespace {

bool is_within(std::string_view inner, std::string_view outer)
{
    return inner.starts_with(outer) && (inner.size() == outer.size() || inner[outer.size()] == '/');
}

std::string place(std::string_view pointer, json::Position at, std::string_view file_name)
{
    return str(file_name, ':', at.line, ':', at.column, ": ", printable(pointer));
}

}  // namespace

void Findings::add(Finding finding)
{
    if (!full()) {
        all_.push_back(std::move(finding));
    } else {
        ++(finding.severity == Severity::kError ? errors_beyond_ : warnings_beyond_);
    }
}

void Findings::error(std::string pointer, std::string message, Why why)
{
    add({Severity::kError, std::move(pointer), std::move(message), std::move(why)});
}

void Findings::warning(std::string pointer, std::string message, Why why)
{
    add({Severity::kWarning, std::move(pointer), std::move(message), std::move(why)});
}

bool Findings::refused() const
{
    return errors_beyond_ > 0 ||
           std::ranges::any_of(all_, [](const Finding &f) { return f.severity == Severity::kError; });
}

std::vector<Finding> Findings::warnings() const
{
    std::vector<Finding> out;
    std::ranges::copy_if(all_, std::back_inserter(out),
                         [](const Finding &f) { return f.severity == Severity::kWarning; });
    return out;
}

bool Findings::touches(std::string_view pointer) const
{
    return std::ranges::any_of(all_, [&](const Finding &f) {
        return is_within(f.pointer, pointer) || is_within(pointer, f.pointer);
    });
}

Findings::Totals Findings::totals() const
{
    const auto errors =
        static_cast<std::size_t>(std::ranges::count(all_, Severity::kError, &Finding::severity));
    return {errors + errors_beyond_, all_.size() - errors + warnings_beyond_};
}

void Findings::append(Findings other)
{
    for (Finding &finding : other.all_) {
        add(std::move(finding));
    }
    errors_beyond_ += other.errors_beyond_;
    warnings_beyond_ += other.warnings_beyond_;
}

void Findings::merge(Findings other)
{
    const Findings before = *this;
    for (Finding &finding : other.all_) {
        const bool follows = !finding.why.because.empty() && before.touches(finding.why.because);
        if (!follows && !before.touches(finding.pointer)) {
            add(std::move(finding));
        }
    }
    errors_beyond_ += other.errors_beyond_;
    warnings_beyond_ += other.warnings_beyond_;
}

/// A name in config.json may hold anything; a line of ours must stay one line.
std::string printable(std::string_view pointer)
{
    if (pointer.empty()) {
        return "/";
    }
    const std::string quoted = json::quote(pointer);
    return quoted.size() == pointer.size() + 2 ? std::string(pointer) : quoted;
}

std::vector<json::Position> positions(std::span<const Finding> findings, std::string_view text)
{
    std::vector<std::string_view> pointers;
    pointers.reserve(findings.size());
    for (const Finding &finding : findings) {
        pointers.push_back(finding.pointer);
    }
    return json::locate(text, pointers);
}

// spec: ErrorsAllAtOnce, ErrorsHavePositions
Error Findings::refusal(std::string_view text, std::string_view file_name) const
{
    const std::vector<json::Position> at = positions(all_, text);
    std::string lines;
    const Finding *first = nullptr;
    for (std::size_t i = 0; i < all_.size(); ++i) {
        if (all_[i].severity == Severity::kError) {
            first = first == nullptr ? &all_[i] : first;
            lines += str(lines.empty() ? "" : "\n", place(all_[i].pointer, at[i], file_name), ": ",
                         all_[i].message);
        }
    }
    if (errors_beyond_ > 0) {
        lines += str(lines.empty() ? "" : "\n", file_name, ": and more");
    }
    if (lines.empty()) {
        return Error::bug("refusing a config without a finding");
    }
    return Error::input_lines(first == nullptr ? "" : first->pointer, std::move(lines));
}

std::string in_words(const Finding &finding, std::string_view text, std::string_view file_name)
{
    return str(place(finding.pointer, json::locate(text, finding.pointer), file_name), ": ", finding.message);
}

Error locate(Error error, std::string_view text, std::string_view file_name)
{
    return error.pointer().empty() ? std::move(error)
                                   : std::move(error).context(place(
                                         error.pointer(), json::locate(text, error.pointer()), file_name));
}

Error locate(Error error)
{
    return error.pointer().empty() ? std::move(error) : std::move(error).context(printable(error.pointer()));
}

}  // namespace rt::oci
