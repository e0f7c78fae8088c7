// SPDX-License-Identifier: Apache-2.0
//
// A Plan in words: every operation in the order it will happen, whoever does it, with its arguments and where
// in config.json it comes from.  Pure, like the rest of this floor.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plan/plan.h"

namespace rt::plan {

using Words = std::vector<std::string>;

/// One argument of an operation.
struct Fact {
    enum class Kind : std::uint8_t {
        kFlag,  ///< number is 0 or 1; where it is 1 the name is all there is to say
        kNumber,
        kText,  ///< the one word
        kList,
    };
    std::string_view name;
    Kind kind;
    std::uint64_t number;
    Words words;

    static Fact flag(std::string_view name, bool yes) { return {name, Kind::kFlag, yes ? 1U : 0U, {}}; }
    static Fact count(std::string_view name, std::uint64_t n) { return {name, Kind::kNumber, n, {}}; }
    static Fact text(std::string_view name, std::string text)
    {
        return {name, Kind::kText, 0, {std::move(text)}};
    }
    static Fact list(std::string_view name, Words words) { return {name, Kind::kList, 0, std::move(words)}; }
};

struct Operation {
    /// Which process does it: "create" (or "run"), "init", "start", "delete".
    std::string_view by;
    std::string does;         ///< "mounting \"/proc\""
    std::string pointer;      ///< "/mounts/0", or "" where it comes from nowhere
    std::vector<Fact> facts;  ///< in the order of the calls that take them
};

/// What happens from the reading of the bundle to the end of the container.  `request` and `host` are those
/// the plan was made with.
std::vector<Operation> explain(const Plan &plan, const oci::Config &config, const Request &request,
                               const Host &host);

/// A line for each operation, below the name of who does it.
std::string print_text(const std::vector<Operation> &operations);
/// {"operations": [{"by", "does", "pointer", "with": {}}], "warnings": []}, with a newline at the end.
std::string print_json(const std::vector<Operation> &operations, const Words &warnings);

/// A machine as `--host` describes it: "v1", "v2", "hybrid", "none"; nullptr for any other name.  The caller
/// is root with all capabilities there are, as far as we know them; the cgroups lie where systemd mounts
/// them.
const Host *described_host(std::string_view name);
/// The names, in the order of a help text.
std::vector<std::string_view> described_hosts();

}  // namespace rt::plan
