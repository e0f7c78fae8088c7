// SPDX-License-Identifier: Apache-2.0
//
// What features lists against what config.json may hold: both ways, by asking the reader of config.json.
#include <algorithm>
#include <functional>
#include <set>

#include <gtest/gtest.h>

#include "bad_config.h"
#include "base/json.h"
#include "oci/features.h"
#include "oci/mount_options.h"
#include "oci/names.h"

namespace rt::oci {
namespace {

using Words = std::vector<std::string>;

const json::Document &document()
{
    static const auto parsed = json::Document::parse(features({"1.2.3", "abc", "2.5.4"}), "features").take();
    return parsed;
}

/// The value at "linux/seccomp/actions".
std::optional<json::Node> at(std::string_view path)
{
    std::optional<json::Node> node = document().root();
    while (node && !path.empty()) {
        const std::size_t slash = std::min(path.find('/'), path.size());
        node = node->member(path.substr(0, slash));
        path.remove_prefix(std::min(slash + 1, path.size()));
    }
    return node;
}

Words list(std::string_view path)
{
    const auto node = at(path);
    EXPECT_TRUE(node && node->is_array()) << path;
    Words words;
    for (const json::Member m : node->children()) {
        words.emplace_back(*m.value.string());
    }
    return words;
}

/// Whether nothing is said about `text`.
bool recognized(const std::string &text)
{
    Report report;
    const Result<Config> config = check_config(text, "config.json", report);
    EXPECT_TRUE(config);
    return report.unknown.all().empty() && report.findings.all().empty();
}

/// A list of features, a config.json that holds one of its words, and words that are none of ours.
struct List {
    const char *path;
    std::function<std::string(const std::string &word)> config;
    Words foreign;
};

void PrintTo(const List &list, std::ostream *os) { *os << list.path; }

std::string quoted(const std::string &word) { return '"' + word + '"'; }

class FeatureList : public testing::TestWithParam<List> {};

// spec: FeaturesHooks, FeaturesNamespaces, FeaturesCapabilities, FeaturesSeccompActions
// spec: FeaturesSeccompOperators, FeaturesSeccompArchs, FeaturesSeccompKnownFlags
// spec: FeaturesSeccompSupportedFlags
TEST_P(FeatureList, HoldsWhatConfigMay)
{
    const Words words = list(GetParam().path);
    EXPECT_FALSE(words.empty());
    for (const std::string &word : words) {
        EXPECT_TRUE(recognized(GetParam().config(word))) << word;
    }
    for (const std::string &word : GetParam().foreign) {
        EXPECT_FALSE(recognized(GetParam().config(word))) << word;
        EXPECT_EQ(std::ranges::count(words, word), 0) << word;
    }
}

TEST_P(FeatureList, IsSortedAndHoldsNothingTwice)
{
    Words words = list(GetParam().path);
    if (std::string_view(GetParam().path) != "hooks") {  // in the order they run
        EXPECT_TRUE(std::ranges::is_sorted(words));
    }
    EXPECT_EQ(std::set<std::string>(words.begin(), words.end()).size(), words.size());
}

std::string action(const std::string &word)
{
    return seccomp(R"("listenerPath": "/s", "syscalls": [{"names": ["read"], "action": )" + quoted(word) +
                   "}]");
}

std::string comparison(const std::string &word)
{
    return syscall(
        R"("names": ["read"], "action": "SCMP_ACT_KILL", "args": [{"index": 0, "value": 0, "op": )" +
        quoted(word) + "}]");
}

INSTANTIATE_TEST_SUITE_P(
    Config, FeatureList,
    testing::Values(List{"hooks",
                         [](auto &w) { return top(R"("hooks": {)" + quoted(w) + R"(: [{"path": "/h"}]})"); },
                         {"postcreate", "prestop"}},
                    List{"linux/namespaces",
                         [](auto &w) {
                             return linux_(R"("namespaces": [{"type": )" + quoted(w) +
                                           (w == "user" ? R"(, "path": "/n"}])" : "}]"));
                         },
                         {"net", "mnt", "log"}},
                    List{"linux/capabilities",
                         [](auto &w) {
                             return process(R"("capabilities": {"permitted": [)" + quoted(w) + "]}");
                         },
                         {"CAP_SYS_HACK", "SYS_ADMIN", "cap_chown", "CAP_LAST_CAP"}},
                    List{"linux/seccomp/actions", action, {"SCMP_ACT_BLOCK", "allow"}},
                    List{"linux/seccomp/operators", comparison, {"SCMP_CMP_ABOUT", "=="}},
                    List{"linux/seccomp/archs",
                         [](auto &w) { return seccomp(R"("architectures": [)" + quoted(w) + "]"); },
                         {"SCMP_ARCH_NATIVE", "SCMP_ARCH_VAX", "x86_64"}},
                    List{"linux/seccomp/knownFlags",
                         [](auto &w) { return seccomp(R"("flags": [)" + quoted(w) + "]"); },
                         {"SECCOMP_FILTER_FLAG_NEW_LISTENER", "SECCOMP_FILTER_FLAG_TSYNC_ESRCH"}},
                    List{"linux/seccomp/supportedFlags",
                         [](auto &w) { return seccomp(R"("flags": [)" + quoted(w) + "]"); },
                         {"SECCOMP_FILTER_FLAG_NEW_LISTENER"}}));

/// Whether `option` changes what some options before it came to.
bool has_effect(const std::string &option)
{
    Words before = list("mountOptions");
    before.emplace_back("");
    return std::ranges::any_of(before, [&](const std::string &first) {
        return !(parse_mount_options({first}) == parse_mount_options({first, option}));
    });
}

// spec: FeaturesMountOptions
TEST(Features, EveryMountOptionListedHasAnEffectAndIsNoData)
{
    for (const std::string &option : list("mountOptions")) {
        EXPECT_EQ(parse_mount_options({option}).data, "") << option;
        EXPECT_TRUE(option == "defaults" || has_effect(option)) << option;
    }
}

// spec: FeaturesMountOptionsNoData
TEST(Features, WhatIsNotListedIsData)
{
    const Words words = list("mountOptions");
    for (const char *option :
         {"acl", "noacl", "mode=755", "size=64k", "gid=5", "newinstance", "ptmxmode=0666", "lowerdir=/a",
          "user_xattr", "rsync", "copy-symlink", "nofail", "rdefaults"}) {
        EXPECT_EQ(parse_mount_options({option}).data, option);
        EXPECT_EQ(std::ranges::count(words, option), 0) << option;
    }
}

/// A part of config.json that features says is there or not.
struct Asked {
    const char *path;
    std::string config;
};

void PrintTo(const Asked &asked, std::ostream *os) { *os << asked.path; }

class FeaturePart : public testing::TestWithParam<Asked> {};

// spec: FeaturesApparmor, FeaturesSelinux, FeaturesIntelRdt, FeaturesIdmap, FeaturesNetDevices
TEST_P(FeaturePart, IsThereIffConfigMayAskForIt)
{
    const auto there = at(GetParam().path);
    ASSERT_TRUE(there && there->boolean());
    Report report;
    (void)check_config(GetParam().config, "config.json", report);
    EXPECT_EQ(*there->boolean(), !report.findings.refused()) << GetParam().config;
}

INSTANTIATE_TEST_SUITE_P(
    Config, FeaturePart,
    testing::Values(Asked{"linux/apparmor/enabled", process(R"("apparmorProfile": "p")")},
                    Asked{"linux/selinux/enabled", process(R"("selinuxLabel": "a:b:c:s0")")},
                    Asked{"linux/selinux/enabled",
                          linux_(R"("namespaces": [{"type": "mount"}], "mountLabel": "a:b:c:s0")")},
                    Asked{"linux/intelRdt/enabled", linux_(R"("intelRdt": {"closID": "c"})")},
                    Asked{"linux/intelRdt/schemata",
                          linux_(R"("intelRdt": {"closID": "c", "schemata": ["L3:0=f"]})")},
                    Asked{"linux/intelRdt/monitoring", linux_(R"("intelRdt": {"enableMonitoring": true})")},
                    Asked{"linux/mountExtensions/idmap/enabled",
                          mount(R"("destination": "/d", "source": "/s", "options": ["bind"],
                                   "uidMappings": [{"containerID": 0, "hostID": 1, "size": 1}],
                                   "gidMappings": [{"containerID": 0, "hostID": 1, "size": 1}])")},
                    Asked{"linux/netDevices/enabled", isolated(R"("netDevices": {"eth0": {}})")},
                    Asked{"linux/seccomp/enabled", seccomp(R"("syscalls": [])")},
                    Asked{"linux/cgroup/rdma", resources(R"("rdma": {"mlx": {"hcaHandles": 1}})")}));

// spec: FeaturesVersions, FeaturesVersionMaxNotLess
TEST(Features, BothVersionsAreFineInConfig)
{
    for (const char *path : {"ociVersionMin", "ociVersionMax"}) {
        const std::string version(*at(path)->string());
        EXPECT_TRUE(recognized(R"({"ociVersion": ")" + version + R"(", "root": {"path": "r"}})")) << version;
    }
    EXPECT_LT(*at("ociVersionMin")->string(), *at("ociVersionMax")->string());
}

void expect_no_null(json::Node node)
{
    EXPECT_NE(node.kind(), json::Kind::kNull) << node.pointer();
    for (const json::Member m : node.children()) {
        expect_no_null(m.value);
    }
}

// spec: FeaturesNoNull, FeaturesBuildTime
TEST(Features, NothingIsNullOrLeftToChance)
{
    expect_no_null(document().root());
    EXPECT_EQ(features({"1", "2", "3"}), features({"1", "2", "3"}));
}

// What features.md and features-linux.md of 1.3 know, and nothing else.
// spec: FeaturesNothingNewer, FeaturesCgroup
TEST(Features, HasThePropertiesOfItsVersion)
{
    const auto names = [](std::string_view path) {
        Words out;
        for (const json::Member m : at(path)->children()) {
            out.emplace_back(m.name);
        }
        return out;
    };
    EXPECT_EQ(names(""), (Words{"ociVersionMin", "ociVersionMax", "hooks", "mountOptions", "linux",
                                "annotations", "potentiallyUnsafeConfigAnnotations"}));
    EXPECT_EQ(names("linux"), (Words{"namespaces", "capabilities", "cgroup", "seccomp", "apparmor", "selinux",
                                     "intelRdt", "memoryPolicy", "mountExtensions", "netDevices"}));
    // spec: FeaturesMemoryPolicyModes, FeaturesMemoryPolicyFlags
    EXPECT_EQ(at("linux/memoryPolicy/modes")->size(), 7U);
    EXPECT_EQ(at("linux/memoryPolicy/flags")->size(), 3U);
    EXPECT_EQ(names("linux/cgroup"), (Words{"v1", "v2", "systemd", "systemdUser", "rdma"}));
}

// spec: FeaturesAnnotations
TEST(Features, AnnotationsTellTheBinary)
{
    EXPECT_EQ(at("annotations/run.oci.runtime.version")->string(), "1.2.3");
    EXPECT_EQ(at("annotations/run.oci.runtime.commit")->string(), "abc");
    EXPECT_EQ(at("annotations/io.github.seccomp.libseccomp.version")->string(), "2.5.4");
}

// spec: FeaturesUnsafeAnnotations
TEST(Features, AnnotationsThatChangeWhatIsDoneAreListed)
{
    EXPECT_EQ(list("potentiallyUnsafeConfigAnnotations"),
              (Words{"org.opencontainers.image.stopSignal", "org.systemd.property.", "run.oci.hooks.stderr",
                     "run.oci.hooks.stdout", "run.oci.keep_original_groups", "run.oci.pidfd_receiver",
                     "run.oci.systemd.subgroup"}));
}

}  // namespace
}  // namespace rt::oci
