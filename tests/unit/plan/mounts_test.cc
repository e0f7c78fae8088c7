// SPDX-License-Identifier: Apache-2.0
#include <linux/mount.h>

#include "plan_fixture.h"

namespace rt::plan {
namespace {

using init::Op;
using test::minimal;
using test::planned;
using Lines = std::vector<std::string>;

oci::Config with(oci::Mount mount)
{
    oci::Config config = minimal();
    config.mounts = {std::move(mount)};
    return config;
}

oci::Mount mount(std::string type, std::string source, std::vector<std::string> options,
                 std::string destination = "/data")
{
    return {.destination = std::move(destination),
            .source = std::move(source),
            .type = std::move(type),
            .options = std::move(options)};
}

struct Case {
    const char *what;
    oci::Mount mount;
    Lines steps;
};

void expect(const std::vector<Case> &cases)
{
    for (const Case &c : cases) {
        EXPECT_EQ(test::of(planned(with(c.mount)), "/mounts"), c.steps) << c.what;
    }
}

// The kTree is step 6: session, keyring, namespaces, propagation, the source, the root.
// spec: MountsBindOption
TEST(Mounts, BindsAreTreesOpenedBeforeTheRoot)
{
    const Lines plain = {"mounting \"/data\" may-be-late b=6", "mounting \"/data\"", "mounting \"/data\""};
    expect({
        {"bind", mount("bind", "/srv", {"bind"}), plain},
        {"the type is a dummy", mount("anything", "/srv", {"bind"}), plain},
        {"rbind",
         mount("", "/srv", {"rbind"}),
         {"mounting \"/data\" recursive may-be-late b=6", "mounting \"/data\" recursive",
          "mounting \"/data\""}},
        {"rw is no change", mount("", "/srv", {"bind", "rw"}), plain},
        {"ro",
         mount("", "/srv", {"bind", "ro", "nosuid"}),
         {"mounting \"/data\" may-be-late b=6", "mounting \"/data\"",
          "setting the attributes of mount \"/data\" a=3", "mounting \"/data\""}},
        {"dev clears",
         mount("", "/srv", {"bind", "dev"}),
         {"mounting \"/data\" may-be-late b=6", "mounting \"/data\"",
          "setting the attributes of mount \"/data\" b=4", "mounting \"/data\""}},
        {"ro, then propagation",
         mount("", "/srv", {"rbind", "ro", "rprivate"}),
         {"mounting \"/data\" recursive may-be-late b=6", "mounting \"/data\" recursive",
          "setting the attributes of mount \"/data\" a=1",
          "setting the attributes of mount \"/data\" recursive c=40000", "mounting \"/data\""}},
        {"one call for what reaches equally far",
         mount("", "/srv", {"rbind", "rro", "rslave"}),
         {"mounting \"/data\" recursive may-be-late b=6", "mounting \"/data\" recursive",
          "setting the attributes of mount \"/data\" recursive a=1 c=80000", "mounting \"/data\""}},
        {"propagation in the order given",
         mount("", "/srv", {"bind", "slave", "shared"}),
         {"mounting \"/data\" may-be-late b=6", "mounting \"/data\"",
          "setting the attributes of mount \"/data\" c=80000",
          "setting the attributes of mount \"/data\" c=100000", "mounting \"/data\""}},
    });
}

using Maps = std::vector<oci::IdMapping>;

oci::Mount mapped(oci::Mount mount, Maps uids, Maps gids)
{
    mount.uid_mappings = std::move(uids);
    mount.gid_mappings = std::move(gids);
    return mount;
}

// spec: MountsIdmapOwnMappings, MountsIdmapRecursive, MountsMappingsImplement
TEST(Mounts, EqualMappingsShareAUserNamespace)
{
    const Maps one = {{0, 1000, 10}}, two = {{0, 2000, 10}};
    oci::Config config = minimal();
    config.mounts = {mapped(mount("", "/a", {"rbind", "ridmap"}, "/1"), one, two),
                     mapped(mount("", "/b", {"rbind", "idmap"}, "/2"), two, one),
                     mapped(mount("tmpfs", "t", {"idmap", "tmpcopyup"}, "/3"), one, two),
                     mount("", "/c", {"bind"}, "/4")};
    const Plan plan = planned(config);
    EXPECT_EQ(plan.mount_ids, (std::vector<MountIds>{{one, two}, {two, one}}));
    ASSERT_EQ(plan.host_trees.size(), 2U);
    EXPECT_EQ(plan.host_trees[0].ids, 0U);
    EXPECT_TRUE(plan.host_trees[0].ids_recursive);
    EXPECT_FALSE(plan.host_trees[0].optional) << "init would mount it unmapped";
    EXPECT_EQ(plan.host_trees[1].ids, 1U);
    EXPECT_FALSE(plan.host_trees[1].ids_recursive);
    ASSERT_EQ(plan.mapped_steps.size(), 1U);
    EXPECT_EQ(plan.mapped_steps[0].ids, 0U);
    const Step &step = plan.steps.at(plan.mapped_steps[0].step);
    EXPECT_EQ(step.a, std::uint64_t{MOUNT_ATTR_IDMAP});
    EXPECT_EQ(step.flags, 0);
    EXPECT_EQ(plan.steps.at(plan.mapped_steps[0].step - 1).op, Op::kCopyUp);
    EXPECT_EQ(test::all(plan, Op::kOpenTree).size(), 1U);
}

// spec: MountsIdmapContainerMappings, MountsIdmapFits
TEST(Mounts, IdmapInAUserNamespaceIsThatOfTheContainer)
{
    oci::Config config = with(mount("", "/srv", {"bind", "idmap"}));
    config.mounts.push_back(mount("tmpfs", "t", {"idmap"}, "/t"));
    config.linux_.namespaces.push_back({oci::NamespaceType::kUser, ""});
    config.linux_.uid_mappings = {{0, 1, 1}};
    config.linux_.gid_mappings = {{0, 2, 1}};
    Plan plan = planned(config);
    EXPECT_EQ(plan.mount_ids, (std::vector<MountIds>{{{{0, 1, 1}}, {{0, 2, 1}}}}));
    EXPECT_TRUE(plan.mapped_steps.empty());
    EXPECT_EQ(plan.host_trees.at(1).ids, 0U);
    config.linux_.namespaces.back().path = "/proc/7/ns/user";
    plan = planned(config);
    EXPECT_EQ(plan.mount_ids, std::vector<MountIds>(1)) << "the one that is joined";
    Host host = test::bare_host();
    host.privileged = false;
    EXPECT_NE(test::refused(config, host).find("/mounts/0: "), std::string::npos);
}

// spec: MountsBindSource
TEST(Mounts, RelativeSourcesAreBelowTheBundle)
{
    const Plan plan = planned(with(mount("", "data/x", {"bind"})));
    EXPECT_EQ(test::only(plan, Op::kOpenTree).s1, "/b/data/x");
    EXPECT_EQ(test::only(plan, Op::kTree).s1, "/b/data/x");
}

// spec: MountsDestAbs, MountsDestRelative
TEST(Mounts, DestinationsArePlainAndBelowTheRoot)
{
    struct {
        const char *destination, *target;
    } const cases[] = {{"data", "/data"}, {"//data/./x/", "/data/x"}, {"/a/../b", "/a/../b"}};
    for (const auto &c : cases) {
        EXPECT_EQ(test::only(planned(with(mount("proc", "", {}, c.destination))), Op::kAttach).s1, c.target);
    }
}

TEST(Mounts, OpenTreesKnowWhoUsesThem)
{
    oci::Config config = minimal();
    config.mounts = {mount("", "/a", {"bind"}, "/1"), mount("tmpfs", "x", {}, "/2"),
                     mount("", "/b", {"bind"}, "/3")};
    const Plan plan = planned(config);
    for (const std::size_t open : test::all(plan, Op::kOpenTree)) {
        const Step &user = plan.steps.at(plan.steps[open].b);
        EXPECT_EQ(user.op, Op::kTree);
        EXPECT_EQ(user.s1, plan.steps[open].s1);
    }
    EXPECT_EQ(test::all(plan, Op::kOpenTree).size(), 2U);
}

// spec: MountsFilesystems, MountsOptionsData
TEST(Mounts, FileSystemsAreMadeWithTheirOptions)
{
    expect({
        {"proc",
         mount("proc", "proc", {}, "/proc"),
         {"mounting \"/proc\" proc", "mounting \"/proc\" real-directory"}},
        {"sysfs",
         mount("sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}, "/sys"),
         {"mounting \"/sys\" a=f sysfs [ro]", "mounting \"/sys\" real-directory"}},
        {"tmpfs",
         mount("tmpfs", "shm", {"nosuid", "mode=1777", "size=64k"}),
         {"mounting \"/data\" a=2 shm [mode=1777 size=64k]", "mounting \"/data\""}},
        {"tmpfs takes the mode it covers",
         mount("tmpfs", "", {}),
         {"mounting \"/data\"", "mounting \"/data\" target-mode"}},
        {"private is what a new mount is",
         mount("mqueue", "mqueue", {"rprivate"}),
         {"mounting \"/data\" mqueue", "mounting \"/data\""}},
        {"shared",
         mount("mqueue", "mqueue", {"shared"}),
         {"mounting \"/data\" mqueue", "setting the attributes of mount \"/data\" c=100000",
          "mounting \"/data\""}},
        {"flags of the superblock",
         mount("tmpfs", "", {"sync", "dirsync", "lazytime", "mode=1"}),
         {"mounting \"/data\" [sync dirsync lazytime mode=1]", "mounting \"/data\""}},
        {"atime",
         mount("ext4", "/dev/x", {"noatime", "nodiratime"}),
         {"mounting \"/data\" a=90 /dev/x", "mounting \"/data\""}},
        {"last wins",
         mount("ext4", "/dev/x", {"ro", "nodev", "rw", "dev"}),
         {"mounting \"/data\" /dev/x", "mounting \"/data\""}},
        {"tmpcopyup",
         mount("tmpfs", "", {"tmpcopyup", "mode=1"}),
         {"mounting \"/data\" [mode=1]", "copying up \"/data\"", "mounting \"/data\""}},
        {"overlay",
         mount("overlay", "overlay", {"lowerdir=/a:/b", "upperdir=/u", "workdir=/w"}),
         {"mounting \"/data\" overlay [lowerdir=/a:/b upperdir=/u workdir=/w]", "mounting \"/data\""}},
    });
}

TEST(Mounts, WhatFsconfigCantCarryGoesThroughMount)
{
    const std::string long_option = "x=" + std::string(300, 'x');
    const std::string context = "context=\"a:s0:c1,c2\"";
    expect({
        {"long value",
         mount("fuse", "f", {long_option, "ro", "nosymfollow", "noatime"}),
         {"mounting \"/data\" a=501 f " + long_option, "mounting \"/data\""}},
        {"quoting",
         mount("tmpfs", "", {context, "mode=1"}),
         {"mounting \"/data\" tmpfs " + context + ",mode=1", "mounting \"/data\""}},
        {"flags without a name",
         mount("tmpfs", "", {"iversion", "silent", "mode=1"}),
         {"mounting \"/data\" a=808000 tmpfs mode=1", "mounting \"/data\""}},
        {"propagation",
         mount("fuse", "f", {long_option, "rshared"}),
         {"mounting \"/data\" f " + long_option,
          "setting the attributes of mount \"/data\" recursive c=100000", "mounting \"/data\""}},
        {"tmpcopyup",
         mount("tmpfs", "", {"tmpcopyup", "mode=1", context}),
         {"mounting \"/data\" tmpfs mode=1," + context, "copying up \"/data\"", "mounting \"/data\""}},
        {"255 bytes are not too long",
         mount("fuse", "o", {std::string(255, 'x')}),
         {"mounting \"/data\" o [" + std::string(255, 'x') + "]", "mounting \"/data\""}},
    });
}

// spec: MountsFilesystems
TEST(Mounts, LayersThatAreTooLongTogetherGoOneByOne)
{
    const std::string a = "/" + std::string(150, 'a'), b = "/" + std::string(150, 'b');
    const std::string lower = "lowerdir=" + a + ":" + b;
    expect({
        {"long",
         mount("overlay", "o", {lower, "upperdir=/u", "ro"}),
         {"mounting \"/data\" may-fail a=1 o [ro lowerdir+=" + a + " lowerdir+=" + b + " upperdir=/u]",
          "mounting \"/data\" instead a=1 o " + lower + ",upperdir=/u", "mounting \"/data\""}},
        {"escapes",
         mount("overlay", "", {"lowerdir=/a\\,b:/c\\:d::/e\\\\", "workdir=/w\\,x"}),
         {"mounting \"/data\" may-fail [lowerdir+=/a,b lowerdir+=/c:d datadir+=/e\\ workdir=/w\\,x]",
          "mounting \"/data\" instead overlay lowerdir=/a\\,b:/c\\:d::/e\\\\,workdir=/w\\,x",
          "mounting \"/data\""}},
        {"a layer that adds to others",
         mount("overlay", "", {"lowerdir=:/a\\:b"}),
         {"mounting \"/data\" overlay lowerdir=:/a\\:b", "mounting \"/data\""}},
    });
    const std::string deep = a + b, layers = deep + ":" + deep + ":" + deep;
    const std::string all = layers + ":" + layers + ":" + layers + ":" + layers + ":" + layers;
    const Plan plan = planned(with(mount("overlay", "", {"lowerdir=" + all, "upperdir=" + deep})));
    EXPECT_TRUE(test::all(plan, Op::kLegacyMount).empty()) << "mount(2) takes a page";
    EXPECT_EQ(test::only(plan, Op::kFsMount).w3.size(), 16U);
    EXPECT_EQ(test::only(plan, Op::kFsMount).w3.back(), "upperdir=" + deep);
}

// spec: MountsOptionsRemount
TEST(Mounts, RemountActsOnWhatIsThere)
{
    expect({
        {"bind",
         mount("", "", {"remount", "bind", "ro"}),
         {"finding mount \"/data\"", "setting the attributes of mount \"/data\" a=1"}},
        {"superblock",
         mount("tmpfs", "", {"remount", "ro", "size=1m"}),
         {"finding mount \"/data\"", "remounting \"/data\" [ro size=1m]",
          "setting the attributes of mount \"/data\" a=1"}},
        {"writable again",
         mount("tmpfs", "", {"remount", "rw"}),
         {"finding mount \"/data\"", "remounting \"/data\" [rw]",
          "setting the attributes of mount \"/data\" b=1"}},
    });
}

TEST(Mounts, WhatIsWrittenIntoBecomesReadOnlyLate)
{
    for (const char *type : {"tmpfs", "devtmpfs"}) {
        oci::Config config = minimal();
        config.mounts = {mount(type, "dev", {"nosuid", "ro", "mode=755"}, "/dev"),
                         mount("mqueue", "mqueue", {}, "/dev/mqueue")};
        const Plan plan = planned(config);
        EXPECT_EQ(test::of(plan, "/mounts", 0),
                  (Lines{"mounting \"/dev\" a=2 dev [mode=755]", "mounting \"/dev\"",
                         "finding mount \"/dev\"", "setting the attributes of mount \"/dev\" a=1"}));
        EXPECT_GT(test::all(plan, Op::kTarget)[0], test::all(plan, Op::kDevice).back());
        EXPECT_GT(test::all(plan, Op::kTarget)[0], test::all(plan, Op::kAttach).back());
    }
}

TEST(Mounts, AClosedRootLeavesPrivateBindsAlone)
{
    oci::Config config = with(mount("", "/srv", {"rbind", "rprivate"}));
    config.linux_.rootfs_propagation = oci::Propagation::kRprivate;
    EXPECT_TRUE(test::all(planned(config), Op::kSetAttr).empty());
    config.linux_.rootfs_propagation = oci::Propagation::kRslave;
    EXPECT_EQ(test::all(planned(config), Op::kSetAttr).size(), 1U);
}

TEST(Mounts, CgroupsAreJoinedBeforeTheyAreMounted)
{
    oci::Config config = minimal();
    config.mounts = {mount("proc", "proc", {}, "/proc"), mount("cgroup", "cgroup", {"ro"}, "/sys/fs/cgroup"),
                     mount("tmpfs", "", {}, "/tmp")};
    const Plan plan = planned(config, test::hybrid_host());
    const std::size_t join = test::all(plan, Op::kJoinCgroups)[0];
    ASSERT_FALSE(test::of(plan, "/mounts", 1).empty());
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        if (std::string_view(plan.steps[i].origin.section) == "/mounts") {
            EXPECT_EQ(i > join, plan.steps[i].origin.index > 0) << test::print(plan.steps[i]);
        }
    }
}

struct RefusedCase {
    oci::Mount mount;
    const char *text;
};

TEST(Mounts, RefusalsNameTheMember)
{
    const RefusedCase cases[] = {
        {mount("tmpfs", "", {}, "/"),
         "/mounts/0/destination: must not be the root directory (set /root/path instead)"},
        {mount("tmpfs", "", {}, "//./"),
         "/mounts/0/destination: must not be the root directory (set /root/path instead)"},
        {mount("", "", {"bind"}), "/mounts/0/source: a bind mount needs a source"},
        {mount("", "/srv", {"bind", "size=1m"}),
         "/mounts/0/options: a bind mount takes no options of a file system"},
        {mount("ext4", "/dev/x", {"tmpcopyup"}),
         "/mounts/0/options: \"tmpcopyup\" needs a mount of type \"tmpfs\""},
        {mount("", "/srv", {}),
         "/mounts/0/type: must name a file system unless options hold \"bind\" or \"rbind\""},
        {mount("overlay", "", {std::string(4096, 'x')}),
         "/mounts/0/options: the options of the file system are longer than 4095 bytes"},
    };
    for (const RefusedCase &c : cases) {
        EXPECT_EQ(test::refused(with(c.mount)), c.text);
    }
}

TEST(Mounts, WithoutMountSetattrTheyAreAttachedBeforeTheirAttributes)
{
    Host old = test::bare_host();
    old.mount_setattr = false;
    const auto steps = [&old](std::vector<std::string> options) {
        return test::of(planned(with(mount("", "/srv", std::move(options))), old), "/mounts");
    };
    const std::string source = "mounting \"/data\" may-be-late b=6";
    const std::string set = "setting the attributes of mount \"/data\"";
    EXPECT_EQ(steps({"bind"}), (Lines{source, "mounting \"/data\"", "mounting \"/data\""}));
    EXPECT_EQ(
        steps({"bind", "ro", "slave", "shared"}),
        (Lines{source, "mounting \"/data\"", "mounting \"/data\"", set + " a=1 c=80000", set + " c=100000"}));
    const Plan plan = planned(with(mount("", "/srv", {"bind", "ro"})), old);
    EXPECT_LT(test::all(plan, Op::kAttach).front(), test::all(plan, Op::kSetAttr).front());
    const auto refused = [&old](oci::Mount mount) { return test::refused(with(std::move(mount)), old); };
    EXPECT_EQ(refused(mount("", "/srv", {"rbind", "rro"})),
              "/mounts/0: options for the mounts below, too, need Linux 5.12");
    EXPECT_EQ(refused(mount("", "/srv", {"bind", "nosymfollow"})),
              "/mounts/0: these options need Linux 5.12");
    EXPECT_EQ(refused(mapped(mount("", "/srv", {"bind", "idmap"}), {{0, 1000, 10}}, {{0, 1000, 10}})),
              "/mounts/0: mapped ids need Linux 5.12");
}

}  // namespace
}  // namespace rt::plan
