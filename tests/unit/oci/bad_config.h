// SPDX-License-Identifier: Apache-2.0
//
// A corpus of configs with one defect each, and how they are put together.
#pragma once

#include <algorithm>
#include <fstream>
#include <functional>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "oci/load.h"

namespace rt::oci {

struct BadConfig {
    std::string text;
    std::string pointer;
    std::string message;  ///< a part of it
};

inline void PrintTo(const BadConfig &bad, std::ostream *os) { *os << bad.text; }

inline std::string top(const std::string &rest)
{
    return R"({"ociVersion": "1.3.0", "root": {"path": "rootfs"}, )" + rest + "}";
}

inline std::string process(const std::string &rest)
{
    return top(R"("process": {"cwd": "/", "args": ["sh"], )" + rest + "}");
}

/// A container with its own mount, uts, ipc and network namespace.
inline const std::string kNamespaces =
    R"("namespaces": [{"type": "mount"}, {"type": "uts"}, {"type": "ipc"}, {"type": "network"}])";

inline std::string linux_(const std::string &rest) { return top(R"("linux": {)" + rest + "}"); }
inline std::string isolated(const std::string &rest) { return linux_(kNamespaces + ", " + rest); }
inline std::string resources(const std::string &rest) { return linux_(R"("resources": {)" + rest + "}"); }

inline std::string many_mappings(std::size_t count)
{
    std::string out;
    for (std::size_t i = 0; i < count; ++i) {
        const std::string id = std::to_string(i);
        out += std::string(out.empty() ? "" : ", ") + R"({"size": 1, "containerID": )" + id +
               R"(, "hostID": )" + id + "}";
    }
    return out;
}

inline std::string mount(const std::string &rest)
{
    return top(R"("linux": {)" + kNamespaces + R"(}, "mounts": [{)" + rest + "}]");
}

inline std::string hook(const std::string &rest) { return top(R"("hooks": {"poststop": [{)" + rest + "}]}"); }

inline std::string device(const std::string &rest) { return linux_(R"("devices": [{)" + rest + "}]"); }

inline std::string seccomp(const std::string &rest)
{
    return linux_(R"("seccomp": {"defaultAction": "SCMP_ACT_ALLOW", )" + rest + "}");
}

inline std::string syscall(const std::string &rest) { return seccomp(R"("syscalls": [{)" + rest + "}]"); }

/// A new user namespace with these mappings on both sides.
inline std::string user_ns(const std::string &mappings)
{
    return linux_(R"("namespaces": [{"type": "user"}], "uidMappings": [)" + mappings +
                  R"(], "gidMappings": [{"containerID": 0, "hostID": 0, "size": 10}])");
}

/// Whether spec/clauses.tsv has a row of that name.
inline bool is_clause(std::string_view name)
{
    static const std::set<std::string, std::less<>> clauses = [] {
        std::set<std::string, std::less<>> out;
        std::ifstream ledger(RT_SOURCE_ROOT "/spec/clauses.tsv");
        for (std::string line; std::getline(ledger, line);) {
            out.insert(line.substr(0, line.find('\t')));
        }
        return out;
    }();
    return clauses.contains(name);
}

class BadConfigs : public testing::TestWithParam<BadConfig> {};

/// The one finding of that severity, which has the clause unless that is empty.
inline void expect_one_finding(const BadConfig &bad, Severity severity, std::string_view clause)
{
    Report report;
    const Result<Config> config = check_config(bad.text, "config.json", report);
    ASSERT_TRUE(config) << config.error().text();
    std::vector<Finding> found;
    std::ranges::copy_if(report.findings.all(), std::back_inserter(found),
                         [severity](const Finding &f) { return f.severity == severity; });
    ASSERT_EQ(found.size(), 1U) << (found.empty() ? "" : found.back().pointer + ": " + found.back().message);
    EXPECT_EQ(found[0].pointer, bad.pointer) << found[0].message;
    EXPECT_NE(found[0].message.find(bad.message), std::string::npos) << found[0].message;
    EXPECT_TRUE(is_clause(found[0].why.clause)) << found[0].message << ": " << found[0].why.clause;
    if (!clause.empty()) {
        EXPECT_EQ(found[0].why.clause, clause);
    }
}
inline void expect_one_error(const BadConfig &bad, Severity severity = Severity::kError)
{
    expect_one_finding(bad, severity, "");
}
inline void expect_one_error(const BadConfig &bad, std::string_view clause)
{
    expect_one_finding(bad, Severity::kError, clause);
}

}  // namespace rt::oci
