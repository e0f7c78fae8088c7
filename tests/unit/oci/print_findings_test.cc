// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "oci/load.h"
#include "oci/nearest.h"
#include "oci/print_findings.h"

namespace rt::oci {
namespace {

Findings all_of(const std::string &text)
{
    Report report;
    EXPECT_TRUE(check_config(text, "config.json", report));
    report.findings.append(std::move(report.unknown));
    return std::move(report.findings);
}

// spec: CliValidate, ErrorsHavePositions
TEST(PrintFindings, TextShowsTheLineAndWhatToWrite)
{
    const std::string text =
        "{\"ociVersion\": \"1.0.0\",\n\t\"hostnme\": \"\xc3\xbc\", \"root\": {\"path\": 7}}\n";
    EXPECT_EQ(print_text(all_of(text), text, "b/config.json"),
              R"(b/config.json:2:13: warning: /hostnme: unknown property, is ignored
  2 |  "hostnme": "ü", "root": {"path": 7}}
    |             ^
    = instead: "hostname"
    = ExtensibilityIgnoreUnknownProp: an unknown property is ignored (config.md#extensibility)
b/config.json:2:36: error: /root/path: expected a string, got 7
  2 |  "hostnme": "ü", "root": {"path": 7}}
    |                                   ^
    = instead: "7"
    = RootOnNonWindowsRequired: root and root.path are there (config.md#root)
b/config.json: 1 error, 1 warning
)");
}

TEST(PrintFindings, WhatWouldFillTheScreenIsCut)
{
    const std::string text = R"({"ociVersion": "1.0.0", "root": {"path": "r"}, "hostname": ")" +
                             std::string(5000, 'a') + R"(", "annotations": 1})";
    const std::string out = print_text(all_of(text), text, "c");
    EXPECT_LT(out.size(), 1500U);
    EXPECT_NE(out.find("..."), std::string::npos);
}

TEST(PrintFindings, AfterAThousandTheyAreCounted)
{
    std::string text = R"({"ociVersion": "1.0.0", "root": {"path": "r"}, "mounts": [0)";
    for (int i = 1; i < 1500; ++i) {
        text += ",0";
    }
    const Findings findings = all_of(text + "]}");
    EXPECT_TRUE(findings.refused());
    EXPECT_EQ(findings.all().size(), Findings::kMost);
    EXPECT_GT(findings.totals().errors, Findings::kMost);
    EXPECT_NE(print_text(findings, text, "c").find("c: and more\n"), std::string::npos);
}

struct Slip {
    std::string word, meant;
};

TEST(Nearest, IsWhatWasMeant)
{
    const std::vector<std::string_view> known = {"namespaces", "hostname", "mount", "uts", "pid", "mounts"};
    const std::vector<Slip> slips = {{"namespcaes", "namespaces"},
                                     {"Namespaces", "namespaces"},
                                     {"hostnme", "hostname"},
                                     {"mout", "mount"},
                                     {"mountss", "mounts"},
                                     {"ut", "uts"},
                                     {"network", ""},
                                     {"", ""},
                                     {"x", ""},
                                     {std::string(1000, 'm'), ""}};
    for (const Slip &slip : slips) {
        EXPECT_EQ(nearest(slip.word, known), slip.meant) << slip.word;
    }
}

// spec: CliValidate
TEST(Unknown, PropertiesAreToldWhereTheyBelong)
{
    const Findings findings = all_of(
        R"({"ociVersion": "1.0.0", "root": {"path": "r"}, "maskedPaths": [], "namespcaes": [], "zzz": 1})");
    ASSERT_EQ(findings.all().size(), 3U);
    EXPECT_EQ(findings.all()[0].why.instead, "add it below /linux");
    EXPECT_EQ(findings.all()[1].why.instead, "\"namespaces\", below /linux");
    EXPECT_EQ(findings.all()[2].why.instead, "");
}

TEST(Nearest, OnlyWhatIsNear)
{
    constexpr std::string_view kWords[] = {"start", "state", "kill"};
    EXPECT_EQ(nearest("strat", kWords), "start");
    EXPECT_EQ(nearest("kil", kWords), "kill");
    EXPECT_EQ(nearest("completely", kWords), "");
}

}  // namespace
}  // namespace rt::oci
