// SPDX-License-Identifier: Apache-2.0
//
// Messages as bytes: ours as the specification has them, and others' whatever they hold.
#include <cstring>
#include <string>

#include <gtest/gtest.h>

#include "dbus/message.h"

namespace rt::dbus {
namespace {

using namespace std::string_literals;

Call call_of_all_types()
{
    return {"org.x",
            "/o",
            "org.x.I",
            "Do",
            {text("abc"), boolean(true), uint64(7), int32(-2), words({"a", ""}), bytes("\x01\x02"),
             array("(sv)", {structure({text("k"), variant(uint32(9))})}), array("(ss)", {})}};
}

/// The same message as if it came from the other side.
Message decoded(const std::string &bytes)
{
    auto message = decode(bytes);
    EXPECT_TRUE(message.ok()) << message.error().text();
    return std::move(message).take();
}

// Taken apart by hand along "Message Format" of the specification.
TEST(Message, IsLaidOutAsSpecified)
{
    const std::string bytes = encode({"", "/a", "i.f", "M", {uint32(5)}}, 3);
    const std::string expected = "l\1\0\1"s + "\4\0\0\0"s +
                                 "\3\0\0\0"s +    // endian, call, flags, version; body; serial
                                 "\x37\0\0\0"s +  // the fields
                                 "\1\1o\0\2\0\0\0/a\0"s + "\0\0\0\0\0"s +   // path
                                 "\2\1s\0\3\0\0\0i.f\0"s + "\0\0\0\0"s +    // interface
                                 "\3\1s\0\1\0\0\0M\0"s + "\0\0\0\0\0\0"s +  // member
                                 "\x8\1g\0\1u\0"s + "\0"s +                 // signature
                                 "\5\0\0\0"s;
    EXPECT_EQ(bytes, expected);
}

TEST(Message, ComesOutAsItWentIn)
{
    const Call call = call_of_all_types();
    const std::string bytes = encode(call, 42);
    ASSERT_EQ(*message_length(bytes), bytes.size());
    const Message message = decoded(bytes);
    EXPECT_EQ(message.kind, Kind::kCall);
    EXPECT_EQ(message.serial, 42U);
    EXPECT_EQ(message.path, "/o");
    EXPECT_EQ(message.interface, "org.x.I");
    EXPECT_EQ(message.member, "Do");
    const auto arguments = arguments_of(message);
    ASSERT_TRUE(arguments.ok()) << arguments.error().text();
    EXPECT_EQ(*arguments, call.arguments);
}

// No byte of a message can make the reader leave it: with the address sanitizer that is seen.
TEST(Message, MayHaveAnyByteWrong)
{
    const std::string whole = encode(call_of_all_types(), 42);
    int refused = 0;
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (const int byte : {0, 1, 4, 0x7f, 0xff, 0x61, 0x28, 0x76}) {
            std::string bytes = whole;
            bytes[at] = static_cast<char>(byte);
            const auto message = decode(bytes);
            const auto said =
                message.ok() ? arguments_of(*message) : Result<std::vector<Value>>(Error::bug(""));
            refused += said.ok() ? 0 : 1;
        }
    }
    EXPECT_GT(refused, 100);
}

TEST(Message, MayEndAnywhere)
{
    const std::string whole = encode(call_of_all_types(), 42);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_FALSE(decode(whole.substr(0, size)).ok()) << size;
    }
}

TEST(Message, IsNotAsLongAsItLikes)
{
    for (const std::size_t at : {std::size_t{4}, std::size_t{12}}) {
        std::string header = encode(call_of_all_types(), 42).substr(0, kFixedHeader);
        std::memset(header.data() + at, 0xff, 4);
        EXPECT_FALSE(message_length(header).ok()) << at;
    }
}

TEST(Message, OfAnotherByteOrderIsNone)
{
    std::string bytes = encode(call_of_all_types(), 42);
    bytes[0] = 'B';
    EXPECT_FALSE(decode(bytes).ok());
}

// Thirty levels of variants are fine, and a thousand are an attack.
TEST(Message, IsNestedOnlySoFar)
{
    const auto nested = [](int depth) {
        Value value = uint32(1);
        for (int i = 0; i < depth; ++i) {
            value = variant(std::move(value));
        }
        std::vector<Value> arguments;
        arguments.push_back(std::move(value));
        return decoded(encode({"", "/", "i.f", "M", std::move(arguments)}, 1));
    };
    EXPECT_TRUE(arguments_of(nested(20)).ok());
    EXPECT_FALSE(arguments_of(nested(1000)).ok());
}

}  // namespace
}  // namespace rt::dbus
