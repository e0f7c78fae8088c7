// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "oci/container_id.h"
#include "oci/default_config.h"
#include "oci/load.h"
#include "oci/mount_options.h"
#include "oci/state.h"

namespace rt::oci {
namespace {

State sample()
{
    return {.oci_version = "1.3.0",
            .id = "c1",
            .status = Status::kRunning,
            .pid = 4242,
            .bundle = "/b/c1",
            .rootfs = "/b/c1/rootfs",
            .created = "2026-07-01T10:00:00.123456789Z",
            .annotations = {{"k", "v"}},
            .owner = ""};
}

// spec: DefaultStateJSONPattern, StateOciVersion, StatePid, StateAnnotations, StateExtraProperties
TEST(State, IsPrintedAsEnginesReadIt)
{
    EXPECT_EQ(print_state(sample()), R"({
  "ociVersion": "1.3.0",
  "id": "c1",
  "pid": 4242,
  "status": "running",
  "bundle": "/b/c1",
  "rootfs": "/b/c1/rootfs",
  "created": "2026-07-01T10:00:00.123456789Z",
  "annotations": {
    "k": "v"
  },
  "owner": ""
})");
}

TEST(State, StoppedKeepsItsPidProperty)
{
    State state = sample();
    state.status = Status::kStopped;
    state.pid = 0;
    state.annotations.clear();
    const std::string text = print_state(state);
    EXPECT_NE(text.find("\"pid\": 0,\n  \"status\": \"stopped\""), std::string::npos);
    EXPECT_EQ(text.find("annotations"), std::string::npos);
}

// spec: DefaultStateJSONPattern
TEST(State, HooksGetTheSpecsPropertiesOnOneLine)
{
    EXPECT_EQ(
        hook_state(sample()),
        R"({"ociVersion":"1.3.0","id":"c1","pid":4242,"status":"running","bundle":"/b/c1","annotations":{"k":"v"}})");
    EXPECT_EQ(hook_state({.oci_version = "1.3.0", .id = "x", .status = Status::kStopped, .bundle = "/b"}),
              R"({"ociVersion":"1.3.0","id":"x","status":"stopped","bundle":"/b"})");
}

// spec: StateStatus
TEST(State, WordsAreTheSpecs)
{
    EXPECT_EQ(in_words(Status::kCreating), "creating");
    EXPECT_EQ(in_words(Status::kCreated), "created");
    EXPECT_EQ(in_words(Status::kPaused), "paused");
}

TEST(DefaultConfig, IsAcceptedWithoutAWord)
{
    for (const DefaultConfigOptions &options :
         {DefaultConfigOptions{}, DefaultConfigOptions{.cgroup_namespace = true},
          DefaultConfigOptions{.cgroup_namespace = true, .rootless = RootlessIds{1000, 1001}}}) {
        Report report;
        const std::string text = default_config(options);
        ASSERT_TRUE(check_config(text, "config.json", report));
        EXPECT_TRUE(report.findings.all().empty()) << report.findings.refusal(text, "config.json").text();
        EXPECT_TRUE(report.unknown.all().empty());
        EXPECT_EQ(text.back(), '\n');
    }
}

// spec: RootPathOnPosixConvention
TEST(DefaultConfig, IsWhatPeersPrintToo)
{
    const Result<Config> config = load_config(default_config(), "x");
    ASSERT_TRUE(config);
    EXPECT_EQ(config->root->path, "rootfs");
    EXPECT_TRUE(config->root->readonly);
    EXPECT_TRUE(config->process->terminal && config->process->no_new_privileges);
    EXPECT_EQ(config->process->args, std::vector<std::string>{"sh"});
    EXPECT_EQ(config->hostname, "runtime");
    EXPECT_EQ(config->mounts.size(), 7U);
    EXPECT_EQ(config->linux_.namespaces.size(), 5U);
    EXPECT_EQ(config->linux_.masked_paths.size(), 10U);
    EXPECT_FALSE(config->linux_.resources->devices.at(0).allow);
}

TEST(DefaultConfig, RootlessMapsTheCallerAndKeepsTheNetwork)
{
    const Result<Config> config = load_config(default_config({.rootless = RootlessIds{1000, 1001}}), "x");
    ASSERT_TRUE(config);
    EXPECT_EQ(config->linux_.uid_mappings, (std::vector<IdMapping>{{0, 1000, 1}}));
    EXPECT_EQ(config->linux_.gid_mappings, (std::vector<IdMapping>{{0, 1001, 1}}));
    EXPECT_FALSE(config->linux_.resources);
    for (const Namespace &ns : config->linux_.namespaces) {
        EXPECT_NE(ns.type, NamespaceType::kNetwork);
    }
    for (const Mount &mount : config->mounts) {
        EXPECT_EQ(parse_mount_options(mount.options).data.find("gid="), std::string::npos);
    }
}

struct Id {
    std::string text;
    bool fine;
};

// spec: CreateWithValidID
TEST(ContainerId, IsFitForADirectory)
{
    const std::vector<Id> ids = {
        {"a", true},
        {"a+b_c.d-e", true},
        {"0", true},
        {".hidden", true},
        {"...", true},
        {"+x", true},
        {std::string(255, 'x'), true},
        {"", false},
        {".", false},
        {"..", false},
        {"a/b", false},
        {"../x", false},
        {"-x", false},
        {"a\n", false},
        {"\xc3\xa9", false},
        {"a b", false},
        {std::string(256, 'x'), false},
        {"a:b", false},
        {"a@b", false},
        {"/", false},
        {std::string("a\0b", 3), false},
    };
    for (const Id &id : ids) {
        const Result<ContainerId> parsed = ContainerId::parse(id.text);
        EXPECT_EQ(parsed.ok(), id.fine) << id.text;
        if (parsed.ok()) {
            EXPECT_EQ(parsed->text(), id.text);
        }
    }
    EXPECT_EQ(ContainerId::parse("a/b").error().text(),
              "checking container id \"a/b\": may hold letters, digits and _+.- only");
}

}  // namespace
}  // namespace rt::oci
