// SPDX-License-Identifier: Apache-2.0
//
// Into namespaces, and what is set in them.
#include <grp.h>
#include <sys/utsname.h>

#include "in_root.h"

namespace rt::init {
namespace {

std::string namespace_of(const char *name, const std::string &process = "self")
{
    char text[64] = {};
    const ssize_t n = ::readlink(("/proc/" + process + "/ns/" + name).c_str(), text, sizeof(text) - 1);
    return n < 0 ? "" : text;
}

int open_own(const char *name)
{
    return ::open((std::string("/proc/self/ns/") + name).c_str(), O_RDONLY | O_CLOEXEC);
}

// spec: NSPathMatchTypeError
TEST(Setns, JoinsAndClosesTheDescriptor)
{
    in_child([] {
        Stage stage;
        const std::string before = namespace_of("uts");
        Record r = record(Op::kSetns, 0, CLONE_NEWUTS);
        r.fd = open_own("uts");
        EXPECT_EQ(stage.run(record(Op::kUnshare, 0, CLONE_NEWUTS)), 0);
        EXPECT_NE(namespace_of("uts"), before);
        EXPECT_EQ(stage.run(r), 0);
        EXPECT_EQ(namespace_of("uts"), before);
        EXPECT_EQ(::fcntl(r.fd, F_GETFD), -1);
        r.fd = open_own("ipc");
        EXPECT_EQ(stage.run(r), EINVAL) << "another kind than the plan says";
    });
}

TEST(BecomeRoot, DropsTheIdsAndGroupsItCameWith)
{
    for (const bool may_set_groups : {true, false}) {
        in_child([may_set_groups] {
            Stage stage;
            const gid_t groups[] = {7, 8};
            EXPECT_EQ(::setgroups(2, groups), 0);
            EXPECT_EQ(::setresgid(5, 5, 0), 0);
            EXPECT_EQ(stage.run(record(Op::kBecomeRoot, may_set_groups ? 0 : kNoSetgroups)), 0);
            gid_t real = 1, effective = 1, saved = 1;
            ::getresgid(&real, &effective, &saved);
            EXPECT_EQ(real + effective + saved, 0U);
            EXPECT_EQ(::getgroups(0, nullptr), may_set_groups ? 0 : 2);
        });
    }
}

TEST(BecomeRoot, BecomesWhoTheNamespaceHas)
{
    in_child([] {
        Stage stage;
        EXPECT_EQ(stage.run(record(Op::kBecomeRoot, 0, 5, 6)), 0);
        EXPECT_EQ(::getuid(), 5U);
        EXPECT_EQ(::getgid(), 6U);
    });
}

// spec: LinuxTimeOffsetsSet
TEST(TimeOffsets, AreThoseOfTheNamespaceOfChildren)
{
    in_child([] {
        Stage stage;
        const std::string file = "self/timens_offsets";
        EXPECT_EQ(stage.run(record(Op::kWrite), {file, "monotonic 1000000 0\n"}), EACCES)
            << "not our namespace";
        constexpr std::uint64_t kNewTime = 0x80;  // CLONE_NEWTIME
        EXPECT_EQ(stage.run(record(Op::kUnshare, 0, kNewTime)), 0);
        EXPECT_EQ(stage.run(record(Op::kWrite), {file, "monotonic 1000000 0\nboottime -5 9\n"}), 0);
        const std::string text = contents("/proc/self/timens_offsets");
        EXPECT_NE(text.find("1000000         0"), std::string::npos) << text;
        EXPECT_NE(text.find("-5         9"), std::string::npos) << text;
        EXPECT_EQ(stage.run(record(Op::kWrite), {file, "sundial 1 0\n"}), EINVAL);
    });
}

// spec: LinuxSysctlNamespaced
TEST(Sysctl, IsSetInTheNamespace)
{
    in_child(
        [] {
            Stage stage;
            EXPECT_EQ(stage.run(record(Op::kWrite), {"sys/kernel/domainname", "rt.test"}), 0);
            utsname names = {};
            ::uname(&names);
            EXPECT_STREQ(names.domainname, "rt.test");
            EXPECT_EQ(stage.run(record(Op::kWrite), {"sys/net/ipv4/ip_unprivileged_port_start", "80"}), 0);
            EXPECT_EQ(stage.run(record(Op::kWrite), {"sys/kernel/no_such", "1"}), ENOENT);
        },
        CLONE_NEWUTS | CLONE_NEWNET);
}

// A container may hold a directory of that name, and its files no sysctls.
TEST(Sysctl, IsNotWrittenToWhatIsNoProcfs)
{
    in_child([] {
        Stage stage;
        EXPECT_EQ(::mount("/mnt/outside", "/proc", nullptr, MS_BIND, nullptr), 0);
        ::mkdir("/mnt/outside/sys", 0755);
        put("/mnt/outside/sys/victim", "old");
        EXPECT_EQ(stage.run(record(Op::kWrite), {"sys/victim", "new"}), ENOENT);
        EXPECT_EQ(contents("/mnt/outside/sys/victim"), "old");
    });
}

// spec: LinuxProcApparmorProfile
TEST(Write, MayOpenNowAndWriteLater)
{
    in_child(
        [] {
            Stage stage;
            Record first = record(Op::kWrite, 0, 0, 2);
            first.s1 = stage.plan().text("sys/kernel/domainname");
            stage.plan().add(first);
            Record away = call(__NR_umount2, 0, MNT_DETACH);
            away.s1 = stage.plan().text("/proc");
            stage.plan().add(away);
            Record later = record(Op::kWrite);
            later.s2 = stage.plan().text("later");
            stage.plan().add(later);
            EXPECT_EQ(stage.run(), 0);
            utsname names = {};
            ::uname(&names);
            EXPECT_STREQ(names.domainname, "later");
        },
        CLONE_NEWUTS);
}

TEST(Write, StaysInProc)
{
    in_child([] {
        Stage stage;
        EXPECT_NE(stage.run(record(Op::kWrite), {"sys/../../mnt/outside/file", "1"}), 0);
        EXPECT_EQ(stage.run(record(Op::kWrite), {std::string(5000, 'x'), "1"}), ENAMETOOLONG);
    });
}

}  // namespace
}  // namespace rt::init
