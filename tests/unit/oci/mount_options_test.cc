// SPDX-License-Identifier: Apache-2.0
#include <sys/mount.h>

#include <gtest/gtest.h>

#include "oci/mount_options.h"

namespace rt::oci {
namespace {

using Options = std::vector<std::string>;

struct Case {
    const char *name;
    Options options;
    MountOptions want;
};

constexpr std::uint64_t kAtimeField = MOUNT_ATTR__ATIME;
constexpr std::uint32_t kIversion = 1U << 23U;
constexpr std::uint32_t kLazytime = 1U << 25U;
constexpr std::uint64_t kNosymfollow = 0x00200000;

class MountOption : public testing::TestWithParam<Case> {};

TEST_P(MountOption, BecomesFlags)
{
    const MountOptions got = parse_mount_options(GetParam().options);
    EXPECT_EQ(got.attr_set, GetParam().want.attr_set);
    EXPECT_EQ(got.attr_clr, GetParam().want.attr_clr);
    EXPECT_EQ(got.sb_set, GetParam().want.sb_set);
    EXPECT_EQ(got.data, GetParam().want.data);
    EXPECT_TRUE(got == GetParam().want);
}

// spec: MountsOptionsKnown, MountsOptionsRecursive, MountsOptionsPropagation, MountsOptionsData
// spec: MountsOptionsLastWins, MountsOptionsSymfollow, MountsOptionsMand, MountsOptionsRemount
INSTANTIATE_TEST_SUITE_P(
    Spec, MountOption,
    testing::ValuesIn(std::vector<Case>{
        {"None", {}, {}},
        {"Empty", {""}, {}},
        {"Defaults", {"defaults"}, {}},
        {"Ro", {"ro"}, {.attr_set = MOUNT_ATTR_RDONLY, .sb_set = MS_RDONLY}},
        {"Rw", {"rw"}, {.attr_clr = MOUNT_ATTR_RDONLY, .sb_clr = MS_RDONLY}},
        {"LaterWins", {"ro", "rw"}, {.attr_clr = MOUNT_ATTR_RDONLY, .sb_clr = MS_RDONLY}},
        {"LaterWinsAgain", {"rw", "ro"}, {.attr_set = MOUNT_ATTR_RDONLY, .sb_set = MS_RDONLY}},
        {"Nosuid", {"nosuid"}, {.attr_set = MOUNT_ATTR_NOSUID}},
        {"Suid", {"nosuid", "suid"}, {.attr_clr = MOUNT_ATTR_NOSUID}},
        {"Nodev", {"nodev"}, {.attr_set = MOUNT_ATTR_NODEV}},
        {"Dev", {"dev"}, {.attr_clr = MOUNT_ATTR_NODEV}},
        {"Noexec", {"noexec"}, {.attr_set = MOUNT_ATTR_NOEXEC}},
        {"Exec", {"exec"}, {.attr_clr = MOUNT_ATTR_NOEXEC}},
        {"Nosymfollow", {"nosymfollow"}, {.attr_set = kNosymfollow}},
        {"Symfollow", {"symfollow"}, {.attr_clr = kNosymfollow}},
        {"Nodiratime", {"nodiratime"}, {.attr_set = MOUNT_ATTR_NODIRATIME}},
        {"Diratime", {"diratime"}, {.attr_clr = MOUNT_ATTR_NODIRATIME}},
        {"Noatime", {"noatime"}, {.attr_set = MOUNT_ATTR_NOATIME, .attr_clr = kAtimeField}},
        {"Relatime", {"relatime"}, {.attr_clr = kAtimeField}},
        {"Strictatime", {"strictatime"}, {.attr_set = MOUNT_ATTR_STRICTATIME, .attr_clr = kAtimeField}},
        {"AtimeUndoesNoatime", {"noatime", "atime"}, {.attr_clr = kAtimeField}},
        {"AtimeIsAField",
         {"noatime", "strictatime"},
         {.attr_set = MOUNT_ATTR_STRICTATIME, .attr_clr = kAtimeField}},
        {"AtimeLeavesStrictatime",
         {"strictatime", "atime"},
         {.attr_set = MOUNT_ATTR_STRICTATIME, .attr_clr = kAtimeField}},
        {"Nostrictatime", {"strictatime", "nostrictatime"}, {.attr_clr = kAtimeField}},
        {"NorelatimeLeavesNoatime",
         {"noatime", "norelatime"},
         {.attr_set = MOUNT_ATTR_NOATIME, .attr_clr = kAtimeField}},
        {"Sync", {"sync"}, {.sb_set = MS_SYNCHRONOUS}},
        {"Async", {"sync", "async"}, {.sb_clr = MS_SYNCHRONOUS}},
        {"Dirsync", {"dirsync"}, {.sb_set = MS_DIRSYNC}},
        {"Mand", {"mand"}, {.sb_set = MS_MANDLOCK}},
        {"Nomand", {"nomand"}, {.sb_clr = MS_MANDLOCK}},
        {"Lazytime", {"lazytime"}, {.sb_set = kLazytime}},
        {"Nolazytime", {"nolazytime"}, {.sb_clr = kLazytime}},
        {"Iversion", {"iversion"}, {.sb_set = kIversion}},
        {"Noiversion", {"noiversion"}, {.sb_clr = kIversion}},
        {"Silent", {"silent"}, {.sb_set = MS_SILENT}},
        {"Loud", {"silent", "loud"}, {.sb_clr = MS_SILENT}},
        {"Bind", {"bind"}, {.bind = true}},
        {"Rbind", {"rbind"}, {.bind = true, .recursive = true}},
        {"Remount", {"remount"}, {.remount = true}},
        {"Tmpcopyup", {"tmpcopyup"}, {.tmpcopyup = true}},
        {"Idmap", {"idmap"}, {.idmap = true}},
        {"Ridmap", {"ridmap"}, {.idmap = true, .ridmap = true}},
        {"Rro", {"rro"}, {.rec_attr_set = MOUNT_ATTR_RDONLY}},
        {"Rrw", {"rro", "rrw"}, {.rec_attr_clr = MOUNT_ATTR_RDONLY}},
        {"Rnosuid", {"rnosuid"}, {.rec_attr_set = MOUNT_ATTR_NOSUID}},
        {"Rsuid", {"rsuid"}, {.rec_attr_clr = MOUNT_ATTR_NOSUID}},
        {"Rnodev", {"rnodev"}, {.rec_attr_set = MOUNT_ATTR_NODEV}},
        {"Rdev", {"rdev"}, {.rec_attr_clr = MOUNT_ATTR_NODEV}},
        {"Rnoexec", {"rnoexec"}, {.rec_attr_set = MOUNT_ATTR_NOEXEC}},
        {"Rexec", {"rexec"}, {.rec_attr_clr = MOUNT_ATTR_NOEXEC}},
        {"Rnodiratime", {"rnodiratime"}, {.rec_attr_set = MOUNT_ATTR_NODIRATIME}},
        {"Rdiratime", {"rdiratime"}, {.rec_attr_clr = MOUNT_ATTR_NODIRATIME}},
        {"Rnosymfollow", {"rnosymfollow"}, {.rec_attr_set = kNosymfollow}},
        {"Rsymfollow", {"rsymfollow"}, {.rec_attr_clr = kNosymfollow}},
        {"Rnoatime", {"rnoatime"}, {.rec_attr_set = MOUNT_ATTR_NOATIME, .rec_attr_clr = kAtimeField}},
        {"Ratime", {"rnoatime", "ratime"}, {.rec_attr_clr = kAtimeField}},
        {"Rrelatime", {"rnoatime", "rrelatime"}, {.rec_attr_clr = kAtimeField}},
        {"Rnorelatime", {"rnorelatime"}, {.rec_attr_clr = kAtimeField}},
        {"Rstrictatime",
         {"rstrictatime"},
         {.rec_attr_set = MOUNT_ATTR_STRICTATIME, .rec_attr_clr = kAtimeField}},
        {"Rnostrictatime", {"rstrictatime", "rnostrictatime"}, {.rec_attr_clr = kAtimeField}},
        {"RecursiveIsApart",
         {"ro", "rrw"},
         {.attr_set = MOUNT_ATTR_RDONLY, .rec_attr_clr = MOUNT_ATTR_RDONLY, .sb_set = MS_RDONLY}},
        {"PropagationInOrder", {"rslave", "shared"}, {.propagation = {MS_SLAVE | MS_REC, MS_SHARED}}},
        {"Private", {"private", "rprivate"}, {.propagation = {MS_PRIVATE, MS_PRIVATE | MS_REC}}},
        {"Slave", {"slave", "rshared"}, {.propagation = {MS_SLAVE, MS_SHARED | MS_REC}}},
        {"Unbindable",
         {"unbindable", "runbindable"},
         {.propagation = {MS_UNBINDABLE, MS_UNBINDABLE | MS_REC}}},
        {"RestIsData",
         {"nosuid", "mode=755", "", "size=64k", "RO"},
         {.attr_set = MOUNT_ATTR_NOSUID, .data = "mode=755,size=64k,RO"}},
    }),
    [](const auto &test) { return test.param.name; });

TEST(MountOptionNames, AreSortedAndAllOfThemAreKnown)
{
    const std::vector<std::string_view> names = mount_option_names();
    EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
    EXPECT_EQ(names.size(), 62U);
    for (const std::string_view name : names) {
        EXPECT_EQ(parse_mount_options({std::string(name)}).data, "") << name;
    }
}

TEST(SuperblockFlags, HaveTheNamesOfFsconfig)
{
    EXPECT_EQ(sb_flag_names(MS_RDONLY | MS_DIRSYNC | MS_SILENT),
              (std::vector<std::string_view>{"ro", "dirsync"}));
    EXPECT_EQ(sb_flag_names(MS_SYNCHRONOUS | MS_MANDLOCK | kLazytime),
              (std::vector<std::string_view>{"sync", "mand", "lazytime"}));
    EXPECT_TRUE(sb_flag_names(0).empty());
}

}  // namespace
}  // namespace rt::oci
