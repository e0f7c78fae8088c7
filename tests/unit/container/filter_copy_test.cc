// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>

#include <gtest/gtest.h>

#include "base/str.h"
#include "container/filter_copy.h"
#include "kernel/calls_fs.h"

namespace rt::container {
namespace {

plan::SeccompProgram sample()
{
    plan::SeccompProgram program;
    program.instructions = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 7, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    program.flags = SECCOMP_FILTER_FLAG_LOG;
    program.unknown_syscalls = {"walk_the_dog", "x"};
    return program;
}

bool same(const std::optional<KeptFilter> &kept, const plan::SeccompProgram &b)
{
    const plan::SeccompProgram a = kept ? kept->program : plan::SeccompProgram();
    return kept && a.flags == b.flags && a.unknown_syscalls == b.unknown_syscalls &&
           std::ranges::equal(a.instructions, b.instructions, [](const sock_filter &x, const sock_filter &y) {
               return x.code == y.code && x.jt == y.jt && x.jf == y.jf && x.k == y.k;
           });
}

class FilterCopy : public testing::Test {
protected:
    void SetUp() override
    {
        ASSERT_NE(::mkdtemp(path_), nullptr);
        home_ = Fd(::open(path_, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        ASSERT_TRUE(write_filter(home_, sample(), kConfig));
        whole_ = *kernel::read_file(home_, "filter", 1 << 20);
    }
    void TearDown() override
    {
        ASSERT_TRUE(kernel::unlinkat(home_, "filter", 0));
        ASSERT_EQ(::rmdir(path_), 0);
    }
    void put(std::string_view bytes)
    {
        const Fd file(::openat(home_.get(), "filter", O_WRONLY | O_TRUNC | O_CLOEXEC));
        ASSERT_TRUE(kernel::write_all(file, bytes));
    }

    static constexpr std::string_view kConfig = "{\"ociVersion\": \"1.0.2\"}";
    char path_[32] = "/tmp/rt-filter-XXXXXX";
    Fd home_;
    std::string whole_;
};

TEST_F(FilterCopy, ComesBackAsItWas)
{
    EXPECT_TRUE(same(read_filter(home_, kConfig), sample()));
    EXPECT_EQ(read_filter(home_, kConfig)->config, kConfig) << "there are no rules in it";
    EXPECT_FALSE(write_filter(home_, sample(), kConfig)) << "it is written once";
}

TEST_F(FilterCopy, OfAnotherConfigIsNone)
{
    EXPECT_FALSE(read_filter(home_, "{\"ociVersion\": \"1.0.3\"}"));
    EXPECT_FALSE(read_filter(home_, ""));
    EXPECT_FALSE(read_filter(home_, str(kConfig, " ")));
}

TEST_F(FilterCopy, TakesTheRulesOutOfTheConfig)
{
    struct Row {
        const char *config, *rest;
        bool listens = false;
    };
    const Row rows[] = {
        {R"({"linux": {"seccomp": {"a": 1, "syscalls": [{"names": ["x", "]"]}], "b": 2}}})",
         R"({"linux": {"seccomp": {"a": 1, "syscalls":[], "b": 2}}})"},
        {R"({"linux": {"seccomp": {"syscalls": null}}})", R"({"linux": {"seccomp": {"syscalls":[]}}})"},
        {R"({"linux": {"seccomp": {"a": 1}}, "syscalls": [1]})",
         R"({"linux": {"seccomp": {"a": 1}}, "syscalls": [1]})"},
        {R"({"linux": {"syscalls": [1]}, "seccomp": {"syscalls": [2]}})",
         R"({"linux": {"syscalls": [1]}, "seccomp": {"syscalls": [2]}})"},
        {R"({"linux": {"seccomp": {"syscalls": [1]}}, "a": "\u00e9"})",
         R"({"linux": {"seccomp": {"syscalls": [1]}}, "a": "\u00e9"})"},
        {R"({"linux": {"seccomp": {"syscalls": [1]}}})", R"({"linux": {"seccomp": {"syscalls": [1]}}})",
         true},
    };
    for (const Row &row : rows) {
        plan::SeccompProgram program = sample();
        program.flags = row.listens ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
        ASSERT_TRUE(kernel::unlinkat(home_, "filter", 0));
        ASSERT_TRUE(write_filter(home_, program, row.config));
        const auto kept = read_filter(home_, row.config);
        ASSERT_TRUE(kept) << row.config;
        EXPECT_EQ(kept->config, row.rest);
    }
}

TEST_F(FilterCopy, CutShortAnywhereOrLongerIsNone)
{
    for (std::size_t size = 0; size < whole_.size(); ++size) {
        put(whole_.substr(0, size));
        EXPECT_FALSE(read_filter(home_, kConfig)) << size;
    }
    put(whole_ + '\0');
    EXPECT_FALSE(read_filter(home_, kConfig));
    put(whole_);
    EXPECT_TRUE(read_filter(home_, kConfig));
}

TEST_F(FilterCopy, WithABitTurnedIsNone)
{
    for (std::size_t bit = 0; bit < whole_.size() * 8; bit += 5) {
        std::string bytes = whole_;
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
        put(bytes);
        EXPECT_FALSE(read_filter(home_, kConfig)) << bit;
    }
}

}  // namespace
}  // namespace rt::container
