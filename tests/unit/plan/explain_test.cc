// SPDX-License-Identifier: Apache-2.0
#include <linux/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "plan/explain.h"
#include "plan/explain_words.h"
#include "plan_fixture.h"

namespace rt::plan {
namespace {

using test::kRequest;
using test::minimal;

TEST(ExplainWords, AttributesAreTheOptionsThatMadeThem)
{
    EXPECT_EQ(attribute_words(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC, 0), (Words{"ro", "noexec"}));
    EXPECT_EQ(attribute_words(MOUNT_ATTR_STRICTATIME, 0), (Words{"strictatime"}));
    EXPECT_EQ(attribute_words(0, MOUNT_ATTR__ATIME), (Words{"relatime"}));
    EXPECT_EQ(attribute_words(MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME), (Words{"noatime"}));
    EXPECT_EQ(attribute_words(0, 0), Words());
    EXPECT_EQ(cleared_words(MOUNT_ATTR_NODEV | MOUNT_ATTR__ATIME), (Words{"nodev"}));
    EXPECT_EQ(mount_flag_words(MS_RDONLY | MS_SILENT), (Words{"ro", "silent"}));
    EXPECT_EQ(propagation_word(MS_SHARED, true), "rshared");
    EXPECT_EQ(propagation_word(MS_UNBINDABLE | MS_REC, false), "unbindable");
}

TEST(ExplainWords, NumbersAreWhatConfigHas)
{
    EXPECT_EQ(capability_words(0b11), (Words{"CAP_CHOWN", "CAP_DAC_OVERRIDE"}));
    EXPECT_EQ(capability_words(~std::uint64_t{0}), (Words{"all"}));
    EXPECT_EQ(capability_words(0), Words());
    EXPECT_EQ(limit_word(~std::uint64_t{0}), "unlimited");
    EXPECT_EQ(limit_word(0), "0");
    EXPECT_EQ(mode_word(0), "0");
    EXPECT_EQ(mode_word(S_IFREG | 01777), "01777");
    EXPECT_EQ(device_word(S_IFBLK, makedev(8, 1)), "block 8:1");
    EXPECT_EQ(device_word(S_IFIFO, 0), "fifo");
    EXPECT_EQ(seccomp_flag_words(2), (Words{"SECCOMP_FILTER_FLAG_LOG"}));
}

std::vector<std::string> lines(const oci::Config &config, const Host &host, const Request &request = kRequest)
{
    std::vector<std::string> out;
    for (const Operation &operation : explain(test::planned(config, host, request), config, request, host)) {
        out.push_back(std::string(operation.by) + ": " + operation.does);
    }
    return out;
}

std::size_t at(const std::vector<std::string> &lines, const std::string &line)
{
    const auto it = std::find(lines.begin(), lines.end(), line);
    EXPECT_NE(it, lines.end()) << line;
    return static_cast<std::size_t>(it - lines.begin());
}

// spec: CliPlan
TEST(Explain, BothHalvesAreInTheOrderOfTheConversation)
{
    oci::Config config = minimal();
    config.hooks.create_runtime = {{.path = "/hook"}};
    config.hooks.poststart = {{.path = "/late"}};
    config.linux_.resources.emplace().memory.emplace().limit = 1 << 20;
    const auto all = lines(config, test::hybrid_host());
    EXPECT_LT(at(all, "create: making cgroup \"/sys/fs/cgroup/unified/web\""),
              at(all, "create: starting init"));
    EXPECT_LT(at(all, "create: starting init"), at(all, "init: starting a session"));
    EXPECT_LT(at(all, "create: making cgroup \"/sys/fs/cgroup/memory/web\""),
              at(all, "create: writing \"1048576\" to \"/sys/fs/cgroup/memory/web/memory.limit_in_bytes\""));
    EXPECT_LT(at(all, "create: running hook createRuntime[0] \"/hook\""),
              at(all, "init: entering the root filesystem"));
    EXPECT_LT(at(all, "init: waiting for start"), at(all, "start: telling init to go on"));
    EXPECT_LT(at(all, "init: executing \"/bin/sh\""), at(all, "start: running hook poststart[0] \"/late\""));
    EXPECT_EQ(all.back(), "delete: removing the record");
}

TEST(Explain, RunDoesAllByItself)
{
    Request request = kRequest;
    request.parks = false;
    for (const std::string &line : lines(minimal(), test::bare_host(), request)) {
        EXPECT_TRUE(line.starts_with("run: ") || line.starts_with("init: ")) << line;
    }
}

TEST(Explain, PrintsBothFormats)
{
    const std::vector<Operation> operations = {
        {"init",
         "mounting \"/a\"",
         "/mounts/0",
         {Fact::flag("yes", true), Fact::flag("no", false), Fact::count("n", 3), Fact::text("t", "a b"),
          Fact::list("l", {"x", ""})}},
        {"start", "telling init to go on", "", {}},
    };
    EXPECT_EQ(print_text(operations), "init:\n"
                                      "  mounting \"/a\": yes, n 3, t \"a b\", l [x, \"\"]  (/mounts/0)\n"
                                      "start:\n"
                                      "  telling init to go on\n");
    EXPECT_EQ(print_json({operations[1]}, {"w"}), R"({
  "operations": [
    {
      "by": "start",
      "does": "telling init to go on"
    }
  ],
  "warnings": [
    "w"
  ]
}
)");
}

// spec: CliPlanGolden
TEST(DescribedHost, HasTheCgroupsOfItsName)
{
    EXPECT_EQ(described_hosts(), (std::vector<std::string_view>{"v2", "v1", "hybrid", "none"}));
    EXPECT_TRUE(described_host("v2")->cgroups.unified());
    EXPECT_FALSE(described_host("hybrid")->cgroups.unified());
    EXPECT_TRUE(described_host("none")->cgroups.hierarchies.empty());
    EXPECT_EQ(described_host("v3"), nullptr);
}

}  // namespace
}  // namespace rt::plan
