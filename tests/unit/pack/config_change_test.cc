// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "pack/config_change.h"

namespace rt::pack {
namespace {

std::string changed(std::string_view config, const std::vector<std::string> &instructions)
{
    std::vector<ConfigChange> changes;
    for (const std::string &text : instructions) {
        auto change = read_config_change(text);
        if (!change) {
            return change.error().text();
        }
        changes.push_back(std::move(change).take());
    }
    auto out = changed_config(config, changes);
    return out ? *out : out.error().text();
}

struct Case {
    const char *instruction, *config;
};

// spec: LayerCommitChange
TEST(ConfigChange, IsMadeInItsMember)
{
    constexpr Case kCases[] = {
        {R"(CMD ["a", "b c"])", R"({"Cmd":["a","b c"]})"},
        {"cmd echo  x", R"({"Cmd":["/bin/sh","-c","echo  x"]})"},
        {"ENTRYPOINT []", R"({"Entrypoint":[]})"},
        {R"(  ENV A=1 B="2 3" C=4\ 5 D='\x' E= )", R"({"Env":["A=1","B=2 3","C=4 5","D=\\x","E="]})"},
        {"EXPOSE 80 53/udp", R"({"ExposedPorts":{"80/tcp":{},"53/udp":{}}})"},
        {R"(LABEL a.b="c d" e=f)", R"({"Labels":{"a.b":"c d","e":"f"}})"},
        {"STOPSIGNAL SIGQUIT", R"({"StopSignal":"SIGQUIT"})"},
        {"USER 12:34", R"({"User":"12:34"})"},
        {"VOLUME /a /b", R"({"Volumes":{"/a":{},"/b":{}}})"},
        {R"(VOLUME ["/a b"])", R"({"Volumes":{"/a b":{}}})"},
        {R"(CMD ["a"],"b":["c"])", R"({"Cmd":["/bin/sh","-c","[\"a\"],\"b\":[\"c\"]"]})"},
        {"WORKDIR /x y", R"({"WorkingDir":"/x y"})"},
    };
    for (const Case &one : kCases) {
        EXPECT_EQ(changed("", {one.instruction}), one.config);
    }
}

TEST(ConfigChange, KeepsWhatItDoesNotName)
{
    constexpr std::string_view kOld =
        R"({"Env":["PATH=/bin","\u0041=old","Z=1"],"x":1e3,"Labels":null,"Cmd":["old"],"ExposedPorts":{"1/tcp":{}}})";
    EXPECT_EQ(
        changed(kOld, {"ENV A=new", "ENV A=newer B=2", "LABEL l=1", "CMD x", "EXPOSE 2"}),
        R"({"Env":["PATH=/bin","A=newer","Z=1","B=2"],"x":1e3,"Labels":{"l":"1"},"Cmd":["/bin/sh","-c","x"],)"
        R"("ExposedPorts":{"1/tcp":{},"2/tcp":{}}})");
}

// spec: LayerCommitChange
TEST(ConfigChange, OfTheEntrypointTakesTheOldCommandWithIt)
{
    constexpr std::string_view kOld = R"({"Cmd":["old"],"x":1})";
    EXPECT_EQ(changed(kOld, {R"(ENTRYPOINT ["e"])"}), R"({"Cmd":null,"x":1,"Entrypoint":["e"]})");
    EXPECT_EQ(changed("", {R"(ENTRYPOINT ["e"])"}), R"({"Entrypoint":["e"]})");
    EXPECT_EQ(changed(kOld, {R"(ENTRYPOINT ["e"])", R"(CMD ["c"])"}),
              R"({"Cmd":["c"],"x":1,"Entrypoint":["e"]})");
    EXPECT_EQ(changed(kOld, {R"(CMD ["c"])", R"(ENTRYPOINT ["e"])"}),
              R"({"Cmd":["c"],"x":1,"Entrypoint":["e"]})");
    EXPECT_EQ(changed(kOld, {"ENV A=1"}), R"({"Cmd":["old"],"x":1,"Env":["A=1"]})");
}

TEST(ConfigChange, IsRefusedWhenTheConfigCannotHoldIt)
{
    constexpr Case kCases[] = {
        {"RUN x", R"("RUN" is no instruction for an image's config)"},
        {"", R"("" is no instruction)"},
        {"CMD", "CMD says nothing"},
        {"USER a\nb", "USER has more than one line"},
        {"ENV A", R"(ENV: "A" is not NAME=VALUE)"},
        {"ENV =x", "is not NAME=VALUE"},
        {"LABEL a=\"b", "a quote is not closed"},
        {"EXPOSE 0", R"("0" is no port)"},
        {"EXPOSE 65536", "is no port"},
        {"EXPOSE 80/http", "is no port"},
        {"STOPSIGNAL SIGNO", R"("SIGNO" is no signal)"},
        {"USER a b", "is no user"},
        {"USER :b", "is no user"},
        {"VOLUME a", R"("a" is no absolute path)"},
        {R"(VOLUME ["a"])", "is no absolute path"},
        {"WORKDIR x", "is no absolute path"},
    };
    for (const auto &[instruction, error] : kCases) {
        EXPECT_NE(changed("", {instruction}).find(error), std::string::npos)
            << instruction << ": " << changed("", {instruction});
    }
}

}  // namespace
}  // namespace rt::pack
