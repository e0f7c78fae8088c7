// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <string>

#include "plan_fixture.h"

namespace rt::plan {
namespace {

using init::Op;

/// Reads a blob back the way init does.
class Blob {
public:
    explicit Blob(const std::vector<Step> &steps) : bytes_(encode(steps, 7))
    {
        std::memcpy(&header, bytes_.data(), sizeof header);
    }

    init::Record record(std::size_t i) const
    {
        return at<init::Record>(header.records + i * sizeof(init::Record));
    }
    const char *string(std::uint64_t offset) const { return bytes_.data() + offset; }
    std::vector<std::uint64_t> words(std::uint32_t offset) const
    {
        std::vector<std::uint64_t> out;
        for (std::size_t i = offset; at<std::uint64_t>(i) != 0; i += 8) {
            out.push_back(at<std::uint64_t>(i));
        }
        return out;
    }
    std::vector<std::string> texts(std::uint32_t offset) const
    {
        std::vector<std::string> out;
        for (const std::uint64_t word : words(offset)) {
            out.emplace_back(string(word));
        }
        return out;
    }
    template <class T>
    T at(std::size_t offset) const
    {
        T value;
        EXPECT_LE(offset + sizeof value, bytes_.size());
        std::memcpy(&value, bytes_.data() + offset, sizeof value);
        return value;
    }
    std::size_t size() const { return bytes_.size(); }

    init::Header header{};

private:
    std::vector<char> bytes_;
};

using Words = std::vector<std::string>;

TEST(Encode, HeaderSaysWhatFollows)
{
    const Blob blob({Step{.op = Op::kKeyring}, Step{.op = Op::kLoopback}});
    EXPECT_EQ(blob.header.magic, init::kMagic);
    EXPECT_EQ(blob.header.version, init::kVersion);
    EXPECT_EQ(blob.header.size, blob.size());
    EXPECT_EQ(blob.header.count, 2U);
    EXPECT_EQ(blob.header.sync_fd, 7);
    EXPECT_EQ(blob.record(1).op, Op::kLoopback);
    EXPECT_EQ(blob.record(1).fd, -1);
    EXPECT_EQ(blob.record(1).s1, 0U);
}

TEST(Encode, NumbersAndFlagsStayAsTheyAre)
{
    const Blob blob(
        {Step{.op = Op::kRlimit, .flags = init::kRaiseOnly, .fd = 9, .a = 1, .b = 2, .c = ~0ULL}});
    const init::Record record = blob.record(0);
    EXPECT_EQ(record.flags, init::kRaiseOnly);
    EXPECT_EQ(record.fd, 9);
    EXPECT_EQ(record.a, 1U);
    EXPECT_EQ(record.b, 2U);
    EXPECT_EQ(record.c, ~0ULL);
}

TEST(Encode, StringsEndWithNulAndEmptyOnesAreNone)
{
    const Blob blob({Step{.op = Op::kSymlink, .s1 = "/dev/fd", .s2 = "/proc/self/fd"}});
    EXPECT_STREQ(blob.string(blob.record(0).s1), "/dev/fd");
    EXPECT_STREQ(blob.string(blob.record(0).s2), "/proc/self/fd");
    EXPECT_EQ(blob.record(0).s3, 0U);
}

TEST(Encode, ArraysAreAlignedAndEndWithZero)
{
    const Blob blob({Step{.op = Op::kMkdir, .s1 = "odd"},
                     Step{.op = Op::kExec, .detail = {{.w1 = {"/bin/a"}, .w2 = {"a", "", "c"}}}}});
    const init::Record exec = blob.record(1);
    EXPECT_EQ(exec.s1 % 8, 0U);
    EXPECT_EQ(exec.s2 % 8, 0U);
    EXPECT_EQ(blob.texts(exec.s1), Words{"/bin/a"});
    EXPECT_EQ(blob.texts(exec.s2), (Words{"a", "", "c"}));
    EXPECT_NE(exec.s3, 0U) << "an empty environment is an environment";
    EXPECT_EQ(blob.texts(exec.s3), Words{});
}

TEST(Encode, AbsentMountOptionsAreNone)
{
    const Blob blob({Step{.op = Op::kFsMount, .s1 = "proc"},
                     Step{.op = Op::kFsMount, .s1 = "tmpfs", .s2 = "shm", .w3 = {"mode=755", "ro"}}});
    EXPECT_EQ(blob.record(0).s2, 0U);
    EXPECT_EQ(blob.record(0).s3, 0U);
    EXPECT_EQ(blob.texts(blob.record(1).s3), (Words{"mode=755", "ro"}));
}

TEST(Encode, LegacyMountHasItsDataAsOneString)
{
    const Blob blob({Step{.op = Op::kLegacyMount, .s1 = "overlay", .s2 = "src", .detail = {{.s3 = "x=y"}}}});
    EXPECT_STREQ(blob.string(blob.record(0).s2), "src");
    EXPECT_STREQ(blob.string(blob.record(0).s3), "x=y");
}

TEST(Encode, CallHasBytesInThePlaceOfArguments)
{
    const Blob blob({Step{.op = Op::kCall, .b = 2, .n = 170, .s1 = "ab"},
                     Step{.op = Op::kCall, .a = 7, .n = 1, .s2 = std::string("\0\1\0", 3)}});
    EXPECT_EQ(blob.record(0).n, 170U);
    EXPECT_EQ(blob.record(0).b, 2U);
    EXPECT_STREQ(blob.string(blob.record(0).s1), "ab");
    EXPECT_EQ(blob.record(0).s2, 0U);
    EXPECT_EQ(blob.record(1).a, 7U);
    EXPECT_EQ(std::memcmp(blob.string(blob.record(1).s2), "\0\1\0", 3), 0);
}

TEST(Encode, ProgramIsCountedInInstructions)
{
    const Blob blob({Step{.op = Op::kMkdir, .s1 = "ab"},
                     Step{.op = Op::kSeccomp, .a = 4, .detail = {{.bytes = "12345678abcdefgh"}}}});
    EXPECT_EQ(blob.record(1).n, 2U);
    EXPECT_EQ(blob.record(1).s1 % 8, 0U);
    EXPECT_EQ(std::memcmp(blob.string(blob.record(1).s1), "12345678abcdefgh", 16), 0);
}

TEST(Encode, HookHasTheStateAroundThePid)
{
    const Blob blob({Step{.op = Op::kHook,
                          .a = 1000,
                          .s1 = "/h",
                          .detail = {{.w2 = {"h"}, .bytes = "{\"pid\":", .bytes2 = "}"}}}});
    const init::Record hook = blob.record(0);
    EXPECT_STREQ(blob.string(hook.b), "{\"pid\":");
    EXPECT_STREQ(blob.string(hook.c), "}");
    EXPECT_EQ(blob.texts(hook.s2), Words{"h"});
    EXPECT_NE(hook.s3, 0U);
}

TEST(Encode, HomeIsOneBufferInTheEnvironment)
{
    const std::string slot(kHomeSlot);
    const Blob blob(
        {Step{.op = Op::kHome, .a = 1000},
         Step{.op = Op::kExec, .w3 = {"A=1", slot, "HOME=/"}, .detail = {{.w1 = {"/x"}, .w2 = {"x"}}}}});
    const init::Record home = blob.record(0);
    EXPECT_STREQ(blob.string(home.s1), "HOME=/");
    EXPECT_GE(home.n, 128U);
    EXPECT_LE(home.s1 + home.n, blob.size());
    const std::vector<std::uint64_t> env = blob.words(blob.record(1).s3);
    EXPECT_EQ(env[1], home.s1);
    EXPECT_NE(env[2], home.s1) << "one that the bundle wrote is not ours to fill in";
    EXPECT_GE(env[0], home.s1 + home.n) << "nothing else is in the buffer";
}

TEST(Encode, EveryOpHasASentence)
{
    for (unsigned op = 1; op < static_cast<unsigned>(Op::kCount); ++op) {
        EXPECT_NE(describe(Step{.op = static_cast<Op>(op)}), describe(Step{.op = Op::kEnd})) << op;
    }
}

}  // namespace
}  // namespace rt::plan
