// SPDX-License-Identifier: Apache-2.0
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/resource.h>

#include <algorithm>

#include <gtest/gtest.h>

#include "oci/names.h"
#include "oci/sysctl.h"

namespace rt::oci {
namespace {

template <class E>
void expect_sorted_and_back()
{
    EXPECT_TRUE(std::ranges::is_sorted(words<E>(), {}, &Word<E>::word));
    for (const Word<E> &row : words<E>()) {
        EXPECT_EQ(value_of<E>(row.word), row.value);
        EXPECT_EQ(value_of<E>(word_of(row.value)), row.value);
    }
    EXPECT_FALSE(value_of<E>("nope"));
}

TEST(Names, EnumsGoThereAndBack)
{
    expect_sorted_and_back<NamespaceType>();
    expect_sorted_and_back<DeviceType>();
    expect_sorted_and_back<SeccompAction>();
    expect_sorted_and_back<SeccompOperator>();
    expect_sorted_and_back<Propagation>();
}

TEST(Names, CapabilitiesHaveTheKernelsNumbers)
{
    EXPECT_EQ(capability_number("CAP_CHOWN"), 0U);
    EXPECT_EQ(capability_number("CAP_SYS_ADMIN"), 21U);
    EXPECT_EQ(capability_number("CAP_CHECKPOINT_RESTORE"), 40U);
    EXPECT_FALSE(capability_number("CHOWN"));
    EXPECT_FALSE(capability_number("cap_chown"));
    for (unsigned i = 0; i <= kLastCapability; ++i) {
        EXPECT_EQ(capability_number(capability_name(i)), i);
    }
    EXPECT_EQ(capability_name(41), "");
}

TEST(Names, RlimitsAreAllThere)
{
    EXPECT_EQ(rlimit_resource("RLIMIT_NOFILE"), RLIMIT_NOFILE);
    EXPECT_EQ(rlimit_resource("RLIMIT_AS"), RLIMIT_AS);
    EXPECT_EQ(rlimit_resource("RLIMIT_STACK"), RLIMIT_STACK);
    EXPECT_FALSE(rlimit_resource("NOFILE"));
    EXPECT_FALSE(rlimit_resource("RLIMIT_NLIMITS"));
}

TEST(Names, NamespacesHaveTheirCloneFlag)
{
    EXPECT_EQ(clone_flag(NamespaceType::kPid), std::uint64_t{CLONE_NEWPID});
    EXPECT_EQ(clone_flag(NamespaceType::kNetwork), std::uint64_t{CLONE_NEWNET});
    EXPECT_EQ(clone_flag(NamespaceType::kMount), std::uint64_t{CLONE_NEWNS});
    EXPECT_EQ(clone_flag(NamespaceType::kIpc), std::uint64_t{CLONE_NEWIPC});
    EXPECT_EQ(clone_flag(NamespaceType::kUts), std::uint64_t{CLONE_NEWUTS});
    EXPECT_EQ(clone_flag(NamespaceType::kUser), std::uint64_t{CLONE_NEWUSER});
    EXPECT_EQ(clone_flag(NamespaceType::kCgroup), std::uint64_t{CLONE_NEWCGROUP});
    EXPECT_EQ(clone_flag(NamespaceType::kTime), 0x80U);
    EXPECT_EQ(proc_ns_name(NamespaceType::kMount), "mnt");
    EXPECT_EQ(proc_ns_name(NamespaceType::kTime), "time");
}

TEST(Names, PropagationsHaveTheirMountFlags)
{
    EXPECT_EQ(mount_flags(Propagation::kShared), std::uint32_t{MS_SHARED});
    EXPECT_EQ(mount_flags(Propagation::kRslave), std::uint32_t{MS_SLAVE | MS_REC});
    EXPECT_EQ(mount_flags(Propagation::kPrivate), std::uint32_t{MS_PRIVATE});
    EXPECT_EQ(mount_flags(Propagation::kRunbindable), std::uint32_t{MS_UNBINDABLE | MS_REC});
}

struct Signal {
    const char *text;
    std::optional<int> number;
};

// spec: KillSignalImplement
TEST(Names, SignalsAreReadAsKillTakesThem)
{
    const std::vector<Signal> signals = {
        {"9", 9},           {"0", 0},        {"64", 64},          {"KILL", SIGKILL}, {"SIGKILL", SIGKILL},
        {"sigterm", 15},    {"Hup", 1},      {"IOT", SIGABRT},    {"CLD", SIGCHLD},  {"POLL", SIGIO},
        {"RTMIN", 34},      {"RTMIN+1", 35}, {"SIGRTMIN+30", 64}, {"RTMAX", 64},     {"SIGRTMAX-30", 34},
        {"65", {}},         {"-9", {}},      {"+9", {}},          {"9 ", {}},        {" 9", {}},
        {"0x9", {}},        {"", {}},        {"SIG", {}},         {"NOPE", {}},      {"RTMIN-1", {}},
        {"RTMIN+31", {}},   {"RTMAX+1", {}}, {"RTMIN+", {}},      {"RTMIN+x", {}},   {"RTMIN++1", {}},
        {"SIGSIGKILL", {}}, {"SIG9", {}},    {"99999999999", {}}, {"RTMINX", {}},    {"RTMAX-31", {}},
    };
    for (const Signal &signal : signals) {
        EXPECT_EQ(signal_number(signal.text), signal.number) << signal.text;
    }
    EXPECT_EQ(signal_name(9), "KILL");
    EXPECT_EQ(signal_name(6), "ABRT");
    EXPECT_EQ(signal_name(40), "");
}

TEST(Names, EverySignalHasAName)
{
    for (int number = 1; number < 32; ++number) {
        EXPECT_EQ(signal_number(signal_name(number)), number);
    }
}

TEST(Names, SeccompWordsAreSorted)
{
    EXPECT_TRUE(std::ranges::is_sorted(seccomp_archs()));
    EXPECT_EQ(seccomp_archs().size(), 23U);
    EXPECT_TRUE(std::ranges::is_sorted(seccomp_flags(), {}, &Word<std::uint32_t>::word));
    EXPECT_EQ(seccomp_flags().front().value, std::uint32_t{SECCOMP_FILTER_FLAG_LOG});
}

struct ListCase {
    const char *text;
    std::optional<std::string> mask;
};

// spec: LinuxProcExecCPUAffinityList, LinuxMemoryPolicyNodes
TEST(NumberList, IsAMaskOfWholeWords)
{
    using namespace std::string_literals;
    const ListCase cases[] = {
        {"", ""},
        {"  ", ""},
        {"0", "\1\0\0\0\0\0\0\0"s},
        {"1-2, 63", "\6\0\0\0\0\0\0\x80"s},
        {" 3 - 4 ,64", "\x18\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0"s},
        {"2-1", {}},
        {"1,", {}},
        {",", {}},
        {"1 2", {}},
        {"-1", {}},
        {"1-2-3", {}},
        {"0x1", {}},
        {"65536", {}},
        {"99999999999", {}},
    };
    for (const ListCase &c : cases) {
        const std::optional<NumberList> list = NumberList::parse(c.text);
        EXPECT_EQ(list ? std::optional(list->mask()) : std::nullopt, c.mask) << c.text;
    }
    EXPECT_EQ(NumberList::parse("65535")->mask().size(), 8192U);
}

TEST(Names, PersonalityDomains)
{
    EXPECT_EQ(personality_domain("LINUX"), static_cast<unsigned long>(PER_LINUX));
    EXPECT_EQ(personality_domain("LINUX32"), static_cast<unsigned long>(PER_LINUX32));
    EXPECT_FALSE(personality_domain("linux"));
}

TEST(Sysctl, FirstSeparatorDecides)
{
    EXPECT_EQ(sysctl_path("net.ipv4.ip_forward"), "net/ipv4/ip_forward");
    EXPECT_EQ(sysctl_path("net/ipv4/ip_forward"), "net/ipv4/ip_forward");
    EXPECT_EQ(sysctl_path("net.ipv4.conf.eth0/1.forwarding"), "net/ipv4/conf/eth0.1/forwarding");
    EXPECT_EQ(sysctl_path("net/ipv4/conf/eth0.1/forwarding"), "net/ipv4/conf/eth0.1/forwarding");
    EXPECT_FALSE(sysctl_path("net.//.x"));
    EXPECT_FALSE(sysctl_path("/net/x"));
    EXPECT_FALSE(sysctl_path("net/"));
    EXPECT_FALSE(sysctl_path(".net"));
}

TEST(Sysctl, NamespaceIsKnownByPath)
{
    EXPECT_EQ(sysctl_namespace("net/core/somaxconn"), NamespaceType::kNetwork);
    EXPECT_EQ(sysctl_namespace("kernel/shmmax"), NamespaceType::kIpc);
    EXPECT_EQ(sysctl_namespace("user/max_net_namespaces"), NamespaceType::kUser);
    EXPECT_EQ(sysctl_namespace("kernel/domainname"), NamespaceType::kUts);
    EXPECT_FALSE(sysctl_namespace("kernel/shmmax/x"));
    EXPECT_FALSE(sysctl_namespace("netx/y"));
}

}  // namespace
}  // namespace rt::oci
