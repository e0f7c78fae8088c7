// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace rt::oci {

enum class Severity : std::uint8_t { kError, kWarning };

/// What stands behind a finding.
struct Why {
    std::string_view clause;  ///< the row of spec/clauses.tsv that is broken: "ProcCwdAbs"; a literal
    std::string instead;      ///< what to write there: "\"/tmp\""; empty where nobody can know
    std::string because;      ///< what else it follows from, or "": a pointer, "/linux/namespaces"
    bool operator==(const Why &) const = default;
};

/// One thing that is wrong with config.json, and where.
struct Finding {
    Severity severity;
    std::string pointer;  ///< RFC 6901: "/process/cwd"
    std::string message;  ///< "must be an absolute path, got \"tmp\""
    Why why;
    bool operator==(const Finding &) const = default;
};

/// Everything that is wrong with a config.json, in the order it was found.  From kMost on findings are only
/// counted: nobody reads so many, and whoever sends them is after our time and memory.
class Findings {
public:
    static constexpr std::size_t kMost = 1000;

    void error(std::string pointer, std::string message, Why why = {});
    void warning(std::string pointer, std::string message, Why why = {});

    bool full() const { return all_.size() >= kMost; }
    /// It is refused, and no more can be told: nobody needs to look further.
    bool enough() const { return errors_beyond_ > 0; }
    void one_more_error() { ++errors_beyond_; }  ///< error() of a full one, with nothing to put together

    bool refused() const;                                                     ///< at least one error
    std::size_t beyond() const { return errors_beyond_ + warnings_beyond_; }  ///< how many are not in all()
    struct Totals {
        std::size_t errors, warnings;
    };
    Totals totals() const;  ///< also of those that are not in all()
    const std::vector<Finding> &all() const { return all_; }
    std::vector<Finding> warnings() const;

    /// Whether something is said about the value, about one inside it or about one around it.
    bool touches(std::string_view pointer) const;

    /// Takes over what `other` says about values nothing was said about yet, above or below them:
    /// a value of the wrong type is reported once, not again for not being an absolute path, nor is what
    /// follows from it.
    void merge(Findings other);

    /// Takes over all that `other` says.
    void append(Findings other);

    /// One Error of a line for each error: "config.json:12:5: /process/cwd: must be ...".  Its
    /// pointer is that of the first.
    Error refusal(std::string_view text, std::string_view file_name) const;

private:
    void add(Finding finding);

    std::vector<Finding> all_;
    std::size_t errors_beyond_ = 0, warnings_beyond_ = 0;
};

/// Where each of them is in the text.
std::vector<json::Position> positions(std::span<const Finding> findings, std::string_view text);

/// A pointer as it can stand in a line: "/" for the top; in quotes when a name holds what is no text.
std::string printable(std::string_view pointer);

/// "config.json:12:5: /process/cwd: must be an absolute path, got \"tmp\"".
std::string in_words(const Finding &finding, std::string_view text, std::string_view file_name);

/// Puts "config.json:12:5: /pointer" in front of an Error that has a pointer into `text`; gives any
/// other Error back as it is.  For findings of later floors.
Error locate(Error error, std::string_view text, std::string_view file_name);
/// The same of what stands in no file: "/pointer" alone.
Error locate(Error error);

}  // namespace rt::oci
