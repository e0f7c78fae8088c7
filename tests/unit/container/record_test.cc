// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <stdlib.h>

#include <gtest/gtest.h>

#include "container/record.h"
#include "kernel/calls_fs.h"

namespace rt::container {
namespace {

Record full()
{
    Record record;
    record.oci_version = "1.3.0";
    record.id = "box";
    record.bundle = "/b \"quoted\"";
    record.phase = Phase::kCreated;
    record.annotations = {{"a", "1"}, {"b", ""}};
    record.cgroup.dirs = {"/sys/fs/cgroup/pids/x", "/sys/fs/cgroup/unified/x"};
    record.cgroup.unit = {"rt-x.scope", true};
    record.cgroup.devices = {"deny a *:* rwm", "allow c 1:3 rwm"};
    record.cgroup.unified = "/sys/fs/cgroup/unified/x";
    record.creator = {7, 70};
    record.init = {8, ~std::uint64_t{0}};
    record.restorer = ProcessId{9, 90};
    record.has_process = true;
    record.poststart = {{"/bin/a", {"a", "b"}, std::vector<std::string>{"K=V"}, 5}};
    record.poststop = {{"/bin/b", {}, std::nullopt, std::nullopt}};
    record.first_late_step = 98;
    record.late_steps = {{51, "executing \"sh\"", "sh"}};
    record.listener = {"/run/agent", "for box"};
    return record;
}

TEST(Record, ComesBackAsItWas)
{
    auto back = parse_record(print_record(full()));
    ASSERT_TRUE(back) << back.error().text();
    EXPECT_EQ(print_record(*back), print_record(full()));
    EXPECT_EQ(back->cgroup, full().cgroup);
    EXPECT_EQ(back->init, (ProcessId{8, ~std::uint64_t{0}}));
    EXPECT_EQ(back->restorer, (ProcessId{9, 90}));
    EXPECT_EQ(back->phase, Phase::kCreated);
    EXPECT_EQ(back->late_steps, full().late_steps);
    EXPECT_EQ(back->listener, full().listener);
    EXPECT_EQ(back->poststart[0].env, full().poststart[0].env);
    EXPECT_FALSE(back->poststop[0].env);
}

TEST(Record, CutShortAnywhereIsAnErrorAndNoCrash)
{
    const std::string whole = print_record(full());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_FALSE(parse_record(whole.substr(0, size))) << size;
    }
}

TEST(Record, GarbageIsRefused)
{
    for (const char *text : {"", "null", "[]", "{}", R"({"version":2})", R"({"version":1,"id":"x"})",
                             R"({"version":1,"ociVersion":1})", "\xff\xfe"}) {
        EXPECT_FALSE(parse_record(text)) << text;
    }
}

std::string replaced(std::string text, std::string_view what, std::string_view by)
{
    const std::size_t at = text.find(what);
    EXPECT_NE(at, text.npos) << what;
    return text.replace(at, what.size(), by);
}

TEST(Record, WhatItMayLackAndWhatItMayNot)
{
    const std::string whole = print_record(full());
    EXPECT_TRUE(parse_record(replaced(whole, "\"resctrl\":null,", ""))) << "of a build that did not know it";
    EXPECT_TRUE(parse_record(replaced(whole, "\"keyring\":null,", "\"noNewKeyring\":false,")));
    EXPECT_TRUE(parse_record(replaced(whole, "\"owner\"", "\"news\":[{}],\"owner\"")));
    EXPECT_TRUE(parse_record(
        replaced(whole, "\"owner\":0,\"phase\":\"created\"", "\"phase\":\"created\",\"owner\":0")));
    for (const char *damage : {"\"owner\":0,", "\"owner\":-1,", "\"owner\":4294967296,", "\"owner\":null,",
                               "\"owner\":0,\"owner\":0,", "\"phase\":\"dancing\",\"owner\":0,"}) {
        const bool removed = std::string_view(damage) == "\"owner\":0,";
        EXPECT_FALSE(parse_record(replaced(whole, "\"owner\":0,", removed ? "" : damage))) << damage;
    }
    EXPECT_FALSE(parse_record(replaced(whole, "{\"a\":\"1\",\"b\":\"\"}", "{\"a\":\"1\",\"a\":\"\"}")));
    EXPECT_FALSE(parse_record(replaced(whole, "\"user\":true", "\"user\":1")));
    EXPECT_FALSE(parse_record(whole + "x"));
    EXPECT_EQ(parse_record(replaced(whole, "\"pid\":8", "\"pid\":-8")).error().text(),
              "record.json: \"init\" is missing or damaged");
    EXPECT_EQ(parse_record(replaced(whole, "\"version\":1", "\"version\":2")).error().text(),
              "record.json: not of version 1");
}

TEST(Record, OfADamagedOneTheRestIsSaved)
{
    const std::string whole = print_record(full());
    const Record other =
        salvage(replaced(replaced(whole, "\"version\":1", "\"version\":2"), "\"pid\":8", "\"pid\":-8"));
    EXPECT_EQ(other.init, ProcessId{});
    EXPECT_EQ(other.cgroup.dirs, full().cgroup.dirs);
    EXPECT_EQ(other.listener, full().listener);
    const Record cut = salvage(whole.substr(0, whole.find("\"poststart\"")));
    EXPECT_EQ(cut.init, full().init);
    EXPECT_EQ(cut.cgroup.unified, full().cgroup.unified);
    const Record half = salvage(whole.substr(0, whole.find("\"unified\"")));
    EXPECT_TRUE(half.cgroup.dirs.empty()) << "no half of a cgroup";
    EXPECT_EQ(print_record(salvage("no JSON")), print_record(Record()));
}

class RecordFile : public testing::Test {
protected:
    void SetUp() override
    {
        ASSERT_NE(::mkdtemp(path_), nullptr);
        dir_ = Fd(::open(path_, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    }
    void TearDown() override
    {
        auto entries = kernel::list(dir_);
        ASSERT_TRUE(entries);
        for (const auto &entry : *entries) {
            ASSERT_TRUE(kernel::unlinkat(dir_, entry.name, 0));
        }
        ASSERT_EQ(::rmdir(path_), 0);
    }

    char path_[32] = "/tmp/rt-record-XXXXXX";
    Fd dir_;
};

TEST_F(RecordFile, IsReplacedWhole)
{
    Record record = full();
    ASSERT_TRUE(write_record(dir_, record));
    record.phase = Phase::kRunning;
    record.annotations.clear();
    ASSERT_TRUE(write_record(dir_, record));
    auto back = read_record(dir_);
    ASSERT_TRUE(back);
    EXPECT_EQ(print_record(*back), print_record(record));
    EXPECT_EQ(kernel::list(dir_)->size(), 1U) << "no temporary file stays";
}

TEST_F(RecordFile, LeftoverOfAKilledWriterIsNoHindrance)
{
    {
        const Fd left(::openat(dir_.get(), "record.json.new", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    }
    ASSERT_TRUE(write_record(dir_, full()));
    EXPECT_TRUE(read_record(dir_));
}

}  // namespace
}  // namespace rt::container
