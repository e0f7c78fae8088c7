// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <chrono>

#include <gtest/gtest.h>

#include "container/hooks.h"

namespace rt::container {
namespace {

using Clock = std::chrono::steady_clock;

oci::Hook shell(const char *script) { return {"/bin/sh", {"sh", "-c", script}, std::nullopt, std::nullopt}; }

std::string run(const oci::Hook &hook, std::string_view state = "{}")
{
    Status ran = run_hook(hook, "prestart[0]", {.state = std::string(state)});
    return ran ? "" : ran.error().text();
}

TEST(Hook, SuccessIsSilent) { EXPECT_EQ(run(shell("echo fine")), ""); }

TEST(Hook, FailureShowsStatusAndLastLines)
{
    EXPECT_EQ(run(shell("echo first; echo last >&2; echo; exit 3")),
              "hook prestart[0] \"/bin/sh\": exited with 3: first | last");
    EXPECT_EQ(run(shell("exit 4")), "hook prestart[0] \"/bin/sh\": exited with 4");
    EXPECT_EQ(run(shell("kill -9 $$")), "hook prestart[0] \"/bin/sh\": was killed by SIGKILL");
}

TEST(Hook, MissingProgramIsNamed)
{
    EXPECT_EQ(run({"/nowhere/hook", {}, std::nullopt, std::nullopt}),
              "hook prestart[0] \"/nowhere/hook\": execve(\"/nowhere/hook\"): No such file or directory");
}

// spec: PosixHooksStateToStdin
TEST(Hook, ReadsTheStateOnStdin)
{
    EXPECT_EQ(run(shell("test \"$(cat)\" = '{\"id\":\"box\"}'"), "{\"id\":\"box\"}"), "");
}

TEST(Hook, MayLeaveALargeStateUnread) { EXPECT_EQ(run(shell("exit 0"), std::string(1 << 22, 'x')), ""); }

TEST(Hook, MayPrintTenMegabytes)
{
    EXPECT_EQ(run(shell("head -c 10000000 /dev/zero | tr '\\0' y; echo; echo end; exit 1")),
              "hook prestart[0] \"/bin/sh\": exited with 1: end");
}

// spec: PosixHooksEnv
TEST(Hook, EnvironmentIsExactlyItsOwn)
{
    oci::Hook hook = shell("test \"$(/usr/bin/env | grep -v ^PWD= | grep -v ^_=)\" = K=V");
    hook.env = std::vector<std::string>{"K=V"};
    EXPECT_EQ(run(hook), "");
}

// spec: PosixHooksTimeoutKills
TEST(Hook, TimeoutTakesTheWholeGroupAlong)
{
    oci::Hook hook = shell("sleep 1000 & sleep 1000");
    hook.timeout = 1;
    const auto before = Clock::now();
    EXPECT_EQ(run(hook), "hook prestart[0] \"/bin/sh\": did not end within 1 s");
    EXPECT_LT(Clock::now() - before, std::chrono::seconds(100));
}

TEST(Hook, GrandchildWithItsOutputIsNotWaitedFor)
{
    oci::Hook hook = shell("sleep 60 & exit 0");
    hook.timeout = 200;
    const auto before = Clock::now();
    EXPECT_EQ(run(hook), "");
    EXPECT_LT(Clock::now() - before, std::chrono::seconds(30));
}

}  // namespace
}  // namespace rt::container
