// SPDX-License-Identifier: Apache-2.0
#include <map>

#include <gtest/gtest.h>

#include "criu/messages.h"
#include "criu/wire.h"

namespace rt::criu {
namespace {

/// The criu_opts inside a request, by field.
std::multimap<std::uint32_t, std::string> options_in(const std::string &request)
{
    std::multimap<std::uint32_t, std::string> out;
    auto fields = decode(request);
    EXPECT_TRUE(fields);
    for (const WireField &field : *fields) {
        if (field.field != 2) {
            continue;
        }
        auto options = decode(field.text);
        EXPECT_TRUE(options);
        for (const WireField &option : *options) {
            out.emplace(option.field,
                        option.is_text ? std::string(option.text) : std::to_string(option.number));
        }
    }
    return out;
}

// The numbers are those of CRIU's images/rpc.proto.
TEST(Messages, OptionsHaveCriusNumbers)
{
    Options options;
    options.images_dir = 5;
    options.work_dir = 6;
    options.pid = 42;
    options.tcp_established = true;
    options.cgroup_mode = CgroupMode::kIgnore;
    options.network_lock = NetworkLock::kSkip;
    options.external = {"net[1]:a", "pid[2]:b"};
    const auto sent = options_in(encode_request(Type::kDump, options));
    const std::multimap<std::uint32_t, std::string> expected = {
        {1, "5"}, {2, "42"}, {5, "1"}, {17, "6"}, {34, "0"}, {37, "net[1]:a"}, {37, "pid[2]:b"}, {64, "3"}};
    EXPECT_EQ(sent, expected);
}

TEST(Messages, WhatIsNotAskedForIsNotSent)
{
    const auto sent = options_in(encode_request(Type::kDump, Options()));
    EXPECT_EQ(sent.size(), 2U);  // the directories, which there are none of: -1
}

TEST(Messages, InnerMessages)
{
    Options options;
    options.mounts = {{"/data", "/srv/data"}};
    options.inherited = {{"pipe:[7]", 1}};
    options.page_server = PageServer{"10.0.0.1", 27};
    options.cgroup_roots = {{"", "/a"}};
    const auto sent = options_in(encode_request(Type::kRestore, options));
    using namespace std::string_literals;
    EXPECT_EQ(sent.find(23)->second, "\x0a\x05/data\x12\x09/srv/data"s);
    EXPECT_EQ(sent.find(27)->second, "\x0a\x08pipe:[7]\x10\x01"s);
    EXPECT_EQ(sent.find(11)->second, "\x0a\x08"s + "10.0.0.1\x10\x1b"s);
    EXPECT_EQ(sent.find(25)->second, "\x0a\x00\x12\x02/a"s);  // v2 has no controller
}

TEST(Messages, VersionComesAsOneNumber)
{
    Encoder version, answer;
    version.number(1, 3).number(2, 17).text(3, "gitid").number(4, 1);
    answer.number(1, 10).number(2, 1).text(10, std::move(version).take());
    auto response = parse_response(std::move(answer).take());
    ASSERT_TRUE(response);
    EXPECT_EQ(response->type, Type::kVersion);
    EXPECT_TRUE(response->success);
    EXPECT_EQ(response->version, 31701U);
    EXPECT_EQ(in_words(31701), "3.17.1");
    EXPECT_EQ(in_words(40100), "4.1");
}

TEST(Messages, Notification)
{
    Encoder notify, answer;
    notify.text(1, "setup-namespaces").number(2, 4711);
    answer.number(1, 6).number(2, 1).text(5, std::move(notify).take());
    auto response = parse_response(std::move(answer).take());
    ASSERT_TRUE(response);
    EXPECT_EQ(response->type, Type::kNotify);
    EXPECT_EQ(response->script, "setup-namespaces");
    EXPECT_EQ(response->pid, 4711);
}

TEST(Messages, Failure)
{
    Encoder answer;
    answer.number(1, 1).number(2, 0).number(7, 13).text(9, "no message inside");
    auto response = parse_response(std::move(answer).take());
    ASSERT_TRUE(response);
    EXPECT_FALSE(response->success);
    EXPECT_EQ(response->err, 13);
    EXPECT_EQ(response->message, "no message inside");
}

TEST(Messages, Words)
{
    EXPECT_EQ(cgroup_mode("soft"), CgroupMode::kSoft);
    EXPECT_EQ(cgroup_mode("Soft"), std::nullopt);
    EXPECT_EQ(network_lock("nftables"), NetworkLock::kNftables);
    EXPECT_EQ(network_lock(""), std::nullopt);
}

}  // namespace
}  // namespace rt::criu
