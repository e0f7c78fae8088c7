// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "pack/tar_writer.h"
#include "text_sink.h"
#include "told.h"

namespace rt::pack {
namespace {

using layer::TarEntry;
using Kind = TarEntry::Kind;

std::string written(const TarEntry &entry, std::string_view data = "",
                    std::optional<std::int64_t> newest = {})
{
    TextSink out;
    TarWriter tar(out, newest);
    EXPECT_TRUE(tar.entry(entry));
    EXPECT_TRUE(tar.data(data));
    EXPECT_TRUE(tar.finish());
    return out.text;
}

TarEntry file(std::string path, std::uint64_t size = 0)
{
    TarEntry out;
    out.path = std::move(path);
    out.mode = 0644;
    out.size = size;
    return out;
}

TEST(TarWriter, WhatFitsIsUstarAlone)
{
    TarEntry entry = file("a/b", 3);
    entry.uid = 7;
    entry.gid = 2097151;
    entry.mode = 06755;
    entry.mtime = {8589934591, 0};
    const std::string archive = written(entry, "abc");
    EXPECT_EQ(archive.size(), 4 * 512U);
    EXPECT_EQ(layer::told(archive), "a file a/b 6755 7:2097151 @8589934591 [abc]\n");
    EXPECT_EQ(archive.substr(265, 64), std::string(64, '\0')) << "names of owners";
}

struct Case {
    const char *name;
    TarEntry entry;
    bool extended;
};

TarEntry with(void (*change)(TarEntry &))
{
    TarEntry out = file("f");
    change(out);
    return out;
}

const Case kCases[] = {
    {"Prefix", file(std::string(155, 'd') + "/" + std::string(100, 'n')), false},
    {"PrefixTooLong", file(std::string(156, 'd') + "/n"), true},
    {"NameTooLong", file("d/" + std::string(101, 'n')), true},
    {"NoSlash", file(std::string(200, 'n')), true},
    {"LongTarget", with([](TarEntry &e) {
         e.kind = Kind::kSymlink;
         e.target = std::string(101, 't');
     }),
     true},
    {"TargetOfHundred", with([](TarEntry &e) {
         e.kind = Kind::kHardLink;
         e.target = std::string(100, 't');
     }),
     false},
    {"DirectoryTooLong", with([](TarEntry &e) {
         e.kind = Kind::kDirectory;
         e.path = "d/" + std::string(120, 'd') + "/";
     }),
     true},
    {"LargeUid", with([](TarEntry &e) { e.uid = 4294967294; }), true},
    {"LargeGid", with([](TarEntry &e) { e.gid = 2097152; }), true},
    {"Nanoseconds", with([](TarEntry &e) {
         e.mtime = {1, 1};
     }),
     true},
    {"Milliseconds", with([](TarEntry &e) {
         e.mtime = {1700000000, 120000000};
     }),
     true},
    {"BeforeTheEpoch", with([](TarEntry &e) {
         e.mtime = {-5, 0};
     }),
     true},
    {"JustBeforeTheEpoch", with([](TarEntry &e) {
         e.mtime = {-1, 750000000};
     }),
     true},
    {"LongBeforeTheEpoch", with([](TarEntry &e) {
         e.mtime = {-7, 1};
     }),
     true},
    {"FarFuture", with([](TarEntry &e) {
         e.mtime = {8589934592, 0};
     }),
     true},
    {"Device", with([](TarEntry &e) {
         e.kind = Kind::kBlock;
         e.major = 4095;
         e.minor = 1048575;
     }),
     false},
    {"Attributes", with([](TarEntry &e) {
         e.xattrs = {{"user.a", std::string("\n=\0", 3)}, {"user.empty", ""}};
     }),
     true},
    {"AttributeWithOddName", with([](TarEntry &e) {
         e.xattrs = {{"user.a=%b", "v"}};
     }),
     true},
    {"Directory", with([](TarEntry &e) {
         e.kind = Kind::kDirectory;
         e.path = std::string(98, 'd') + "/";
     }),
     false},
};

class Written : public testing::TestWithParam<Case> {};

TEST_P(Written, IsReadAsItWas)
{
    const TarEntry &entry = GetParam().entry;
    layer::Told want;
    ASSERT_TRUE(want.entry(entry));
    ASSERT_TRUE(want.end_entry());
    const std::string archive = written(entry);
    EXPECT_EQ(layer::told(archive), want.text);
    EXPECT_EQ(archive[156] == 'x', GetParam().extended);
}

INSTANTIATE_TEST_SUITE_P(, Written, testing::ValuesIn(kCases),
                         [](const auto &one) { return std::string(one.param.name); });

TEST(TarWriter, NothingIsLaterThanAsked)
{
    TarEntry entry = file("f");
    entry.mtime = {1000, 5};
    EXPECT_EQ(layer::told(written(entry, "", 1000)), "a file f 0644 0:0 @1000\n");
    EXPECT_EQ(layer::told(written(entry, "", 1001)), "a file f 0644 0:0 @1000.5\n");
    EXPECT_EQ(layer::told(written(entry, "", 10)), "a file f 0644 0:0 @10\n");
}

TEST(TarWriter, SizeAndDataHaveToAgree)
{
    TextSink out;
    TarWriter tar(out);
    ASSERT_TRUE(tar.entry(file("f", 513)));
    EXPECT_FALSE(tar.finish());
    EXPECT_FALSE(tar.entry(file("g")));
    EXPECT_FALSE(tar.data(std::string(514, 'x')));
    EXPECT_TRUE(tar.data(std::string(500, 'x')));
    EXPECT_TRUE(tar.data(std::string(13, 'x')));
    EXPECT_TRUE(tar.finish());
    EXPECT_EQ(out.text.size(), 512 * 5U);
}

TEST(TarWriter, AFileOfMoreThanEightGibibytesHasAnExtendedSize)
{
    TextSink out;
    TarWriter tar(out);
    ASSERT_TRUE(tar.entry(file("f", std::uint64_t{1} << 33)));
    EXPECT_NE(out.text.find("19 size=8589934592\n"), std::string::npos);
}

}  // namespace
}  // namespace rt::pack
