// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>

#include <gtest/gtest.h>

#include "base/log.h"
#include "base/str.h"

namespace rt::log {
namespace {

constexpr Moment kMoment{.seconds = 1782900000, .nanoseconds = 5};

TEST(Log, TimeIsRfc3339)
{
    EXPECT_EQ(rfc3339(kMoment), "2026-07-01T10:00:00.000000005Z");
    EXPECT_EQ(rfc3339({}), "1970-01-01T00:00:00.000000000Z");
}

// spec: CliLog
TEST(Log, TextLineIsWhatEnginesExpect)
{
    EXPECT_EQ(text_line(Level::kError, "a \"b\"", kMoment),
              R"(time="2026-07-01T10:00:00.000000005Z" level=error msg="a \"b\"")");
    EXPECT_EQ(text_line(Level::kWarning, "x", {}).find(" level=warning "), 37U);
}

// spec: CliLog, ErrorsLogFields
TEST(Log, JsonLineHasItsStableFields)
{
    const Error error = Error::kernel(ENOENT, "open_tree(\"/srv/x\")").context("mounting \"/data\"");
    EXPECT_EQ(
        json_line(Level::kError, error.text(), kMoment, &error),
        R"({"level":"error","msg":"mounting \"/data\": open_tree(\"/srv/x\"): No such file or directory",)"
        R"("time":"2026-07-01T10:00:00.000000005Z","code":"kernel","phase":"mounting \"/data\"",)"
        R"("object":"/data","errno":"ENOENT"})");
    const Error input = Error::input_at("/process/cwd", "bad").hint("do");
    EXPECT_NE(json_line(Level::kError, "bad", {}, &input)
                  .find(R"("code":"input","pointer":"/process/cwd","hint":"do"})"),
              std::string::npos);
    EXPECT_EQ(json_line(Level::kInfo, "x\ny", kMoment, nullptr),
              R"({"level":"info","msg":"x\ny","time":"2026-07-01T10:00:00.000000005Z"})");
}

TEST(Log, EveryBlameHasItsWord)
{
    const std::pair<Error, std::string_view> kWords[] = {{Error::kernel(ENOENT, "x"), "kernel"},
                                                         {Error::input("x"), "input"},
                                                         {Error::state("x"), "state"},
                                                         {Error::absent("x"), "absent"},
                                                         {Error::damaged("x"), "damaged"},
                                                         {Error::in_use("x"), "in-use"},
                                                         {Error::bug("x"), "bug"}};
    for (const auto &[error, word] : kWords) {
        EXPECT_NE(json_line(Level::kError, "x", {}, &error).find(str("\"code\":\"", word, "\"")),
                  std::string::npos)
            << word;
    }
}

// spec: ErrorsOneLine
TEST(Log, WhatIsShownIsOneLineAndNoCommandForATerminal)
{
    testing::internal::CaptureStderr();
    error(Error::input("a\nb\t\x1b[2J\x7f\xc2\x9b \xc3\xa9"));
    EXPECT_EQ(testing::internal::GetCapturedStderr(),
              "runtime: a\\nb\\u0009\\u001b[2J\\u007f\\u009b \xc3\xa9\n");
}

// spec: ErrorsAllAtOnce, ErrorsOneLine
TEST(Log, WhatIsWrongInSeveralPlacesHasALineForEach)
{
    testing::internal::CaptureStderr();
    error(Error::input_lines("/a", "one \x1b[2J\ntwo \"\\n\"").context("run"));
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "runtime: run: one \\u001b[2J\ntwo \"\\n\"\n");
}

TEST(Log, WordsOfTheOptions)
{
    EXPECT_EQ(*parse_format("json"), Format::kJson);
    EXPECT_EQ(*parse_level("warn"), Level::kWarning);
    EXPECT_EQ(*parse_level("warning"), Level::kWarning);
    EXPECT_FALSE(parse_format("xml"));
    EXPECT_EQ(parse_level("loud").error().blame(), Blame::kInput);
}

std::string written(const Options &options, void (*what)())
{
    std::string path = "/tmp/rt-log-XXXXXX";
    ::close(::mkstemp(path.data()));
    Options with_file = options;
    with_file.file = path;
    EXPECT_TRUE(open(with_file));
    EXPECT_NE(::fcntl(fd(), F_GETFD) & FD_CLOEXEC, 0);
    what();
    std::string text(4096, '\0');
    const int in = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    text.resize(static_cast<std::size_t>(::read(in, text.data(), text.size())));
    ::close(in);
    ::unlink(path.c_str());
    EXPECT_TRUE(open({}));
    EXPECT_EQ(fd(), -1);
    return text;
}

// spec: ErrorsBoth, WarningsOnce
TEST(Log, ErrorIsTheOnlyLineAndGoesToStderrToo)
{
    testing::internal::CaptureStderr();
    const std::string text = written({.format = Format::kJson}, [] {
        warn("one");
        error(Error::state("two"));
    });
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
    EXPECT_EQ(text.find(R"({"level":"error","msg":"two")"), 0U);
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "runtime: two\nruntime: warning: one\n");
}

TEST(Log, FileGetsALineEach)
{
    const std::string text = written({.format = Format::kJson}, [] {
        warn("one");
        settle();
        error(Error::state("two"));
    });
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
    EXPECT_EQ(text.find(R"({"level":"warning","msg":"one")"), 0U);
    EXPECT_NE(text.find(R"("code":"state"})"), std::string::npos);
}

TEST(Log, LevelHoldsBack)
{
    EXPECT_EQ(written({.level = Level::kError}, [] { warn("x"); }), "");
    EXPECT_EQ(written({}, [] { debug("x"); }), "");
    EXPECT_NE(written({.level = Level::kDebug}, [] { debug("x"); }), "");
}

TEST(Log, WithoutAFileStderrGetsAPrefix)
{
    testing::internal::CaptureStderr();
    error(Error::input("parsing ID: empty"));
    warn("odd");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "runtime: parsing ID: empty\nruntime: warning: odd\n");
}

TEST(Log, FileThatCannotBeOpenedIsAnError)
{
    const Status status = open({.file = "/nonexistent/log"});
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().text(),
              "opening the log: open(\"/nonexistent/log\"): No such file or directory");
}

}  // namespace
}  // namespace rt::log
