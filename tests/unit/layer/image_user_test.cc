// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include "layer/image_user.h"
#include "layer/runtime_config.h"
#include "oci/load.h"
#include "unpacked_tree.h"

namespace rt::layer {
namespace {

using T = TarMaker;

constexpr const char *kPasswd =
    "root:x:0:0:root:/root:/bin/sh\nbroken\n\n:x:9:9::\nuser:x:1000:100::/home/user:/bin/sh\n"
    "none:x:4294967295:1::/:\nhuge:x:99999999999:1::/:\n1234:x:7:7::/:\nlast:x:5:6";
constexpr const char *kGroup =
    "root:x:0:\nusers:x:100:user\naudio:x:29:other,user\nvideo:x:44:user,root\nbad:x:x:user\nodd:x:9:users\n";

/// A root file system made of an archive.
class Root {
public:
    explicit Root(const std::string &archive)
    {
        EXPECT_EQ(unpack_into(scratch_.path + "/root", archive, LayerForm::kFlat), "");
        auto opened = kernel::openat(kernel::kCwd, scratch_.path + "/root", O_RDONLY | O_DIRECTORY);
        fd_ = std::move(opened).take();
    }
    FdRef fd() const { return fd_; }
    std::string user(std::string_view text) const
    {
        const auto user = resolve_user(text, fd_);
        if (!user) {
            return "error: " + user.error().text();
        }
        std::string out = str(user->uid, ":", user->gid);
        for (const std::uint32_t gid : user->additional_gids) {
            out += str(" ", gid);
        }
        return out;
    }

private:
    Scratch scratch_;
    Fd fd_;
};

// spec: ImageConvUser, ImageConvUserNumeric, ImageConvUserNames, ImageConvGroups, ImageConvGroupsKept
// spec: ImageConvUserMissing, ImageDevicesUnopened
TEST(ImageUser, NamesAndNumbers)
{
    const Root root(T().file("etc/passwd", kPasswd).file("etc/group", kGroup).end());
    const std::pair<const char *, const char *> kCases[] = {
        {"", "0:0"},
        {"root", "0:0 44"},
        {"user", "1000:100 29 44"},
        {"user:", "1000:100"},
        {"user:audio", "1000:29"},
        {"user:7", "1000:7"},
        {"1000", "1000:100"},
        {"1000:5", "1000:5"},
        {"77", "77:0"},
        {"77:users", "77:100"},
        {":users", "0:100"},
        {"last", "5:6"},
        {"1234", "1234:0"},  // a number is never a name
        {"4294967294", "4294967294:0"},
        {"4294967295", "error: \"4294967295\" is no user or group: the largest number is 4294967294"},
        {"99999999999999999999",
         "error: \"99999999999999999999\" is no user or group: the largest number is 4294967294"},
        {"-1", "error: the image has no user \"-1\""},
        {"nobody", "error: the image has no user \"nobody\""},
        {"user:nobody", "error: the image has no group \"nobody\""},
        {"none", "error: \"4294967295\" is no user or group: the largest number is 4294967294"},
        {"huge", "error: \"99999999999\" is no user or group: the largest number is 4294967294"},
        {"broken", "error: the image has no user \"broken\""},
    };
    for (const auto &[text, expected] : kCases) {
        EXPECT_EQ(root.user(text), expected) << text;
    }
}

// CVE-2024-9676: the file that is read is the image's, or none.
TEST(ImageUser, FilesAreTheImagesOwn)
{
    const Root away(T().symlink("etc/passwd", "/../../../../../../etc/passwd")
                        .symlink("etc/group", "/proc/self/environ")
                        .end());
    EXPECT_EQ(away.user("root"), "error: the image has no user \"root\"");
    EXPECT_EQ(away.user("0"), "0:0");
    const Root inside(T().file("usr/passwd", kPasswd).symlink("etc/passwd", "/usr/passwd").end());
    EXPECT_EQ(inside.user("user"), "1000:100");
    const Root fifo(T().entry({.name = "etc/passwd", .type = '6'}).end());
    EXPECT_EQ(fifo.user("user"), "error: \"/etc/passwd\" of the image is no regular file");
    if (::geteuid() == 0) {  // of a driver that there is not, so that to open it is an error
        const Root device(
            T().entry({.name = "etc/passwd", .type = '3', .major = "0000760", .minor = "0000115"}).end());
        EXPECT_EQ(device.user("user"), "error: \"/etc/passwd\" of the image is no regular file");
    }
    const Root large(T().file("etc/passwd", std::string(5 << 20, 'x')).end());
    EXPECT_TRUE(large.user("user").ends_with("File too large"));
    const Root nothing(T().file("x", "").end());
    EXPECT_EQ(nothing.user(""), "0:0");
    EXPECT_EQ(nothing.user("3:4"), "3:4");
}

oci::Config config_of(const Root &root, const std::string &config, const ContainerWishes &wishes = {})
{
    const auto text = runtime_config(
        "{\"config\": " + config +
            R"(, "os": "linux", "architecture": "arm", "variant": "v7", "os.version": "1", "os.features": ["a", "b"],
            "author": "A", "created": "2001-02-03T04:05:06Z", "annotations": {"no": "such"}})",
        root.fd(), wishes);
    EXPECT_TRUE(text) << text.error().text();
    auto loaded = oci::load_config(*text, "config.json");
    EXPECT_TRUE(loaded) << loaded.error().text();
    return std::move(loaded).take();
}

using Texts = std::vector<std::string>;

// spec: ImageConvFromConfig, ImageConvVerbatim, ImageConvArgs, ImageConvAnnotations, ImageConvLabelsWin
// spec: ImageConvPorts spec: ImageConvAnnotationsKept
TEST(RuntimeConfig, IsWhatTheImageSays)
{
    const Root root(T().file("etc/passwd", kPasswd).end());
    const oci::Config config =
        config_of(root, R"({"User": "user", "WorkingDir": "/srv", "Env": ["A=1", "PATH=/bin"],
        "Entrypoint": ["/run", "a b"], "Cmd": ["c"], "ExposedPorts": {"80/tcp": {}, "53/udp": {}}, "StopSignal": "SIGUSR1",
        "Labels": {"x": "y", "org.opencontainers.image.author": "B", "run.oci.hooks": "evil"}})");
    EXPECT_EQ(config.process->args, (Texts{"/run", "a b", "c"}));
    EXPECT_EQ(config.process->env, (Texts{"A=1", "PATH=/bin"}));
    EXPECT_EQ(config.process->cwd, "/srv");
    EXPECT_EQ(config.process->user.uid, 1000U);
    std::string annotations;
    for (const auto &[key, value] : config.annotations) {
        annotations += str(key, "=", value, "\n");
    }
    EXPECT_EQ(annotations,
              "org.opencontainers.image.architecture=arm\norg.opencontainers.image.author=B\n"
              "org.opencontainers.image.created=2001-02-03T04:05:06Z\n"
              "org.opencontainers.image.exposedPorts=80/tcp,53/udp\norg.opencontainers.image.os=linux\n"
              "org.opencontainers.image.os.features=a,b\norg.opencontainers.image.os.version=1\n"
              "org.opencontainers.image.stopSignal=SIGUSR1\norg.opencontainers.image.variant=v7\nx=y\n");
}

// spec: ImageConvOverrides, ImageConvEnvKept
TEST(RuntimeConfig, WishesGoFirst)
{
    const Root root(T().file("x", "").end());
    const oci::Config config =
        config_of(root, R"({"Entrypoint": ["/run"], "Cmd": ["c"], "Env": ["A=1", "B=2"]})",
                  {.command = {"d", "e"}, .env = {"A=3"}, .network = Network::kHosts, .read_only = true});
    EXPECT_EQ(config.process->args, (Texts{"/run", "d", "e"}));
    EXPECT_EQ(config.process->env,
              (Texts{"B=2", "A=3", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}));
    EXPECT_EQ(config.process->cwd, "/");
    EXPECT_EQ(config.linux_.namespaces.size(), 4U);
}

TEST(RuntimeConfig, WhatItCannotBe)
{
    const Root root(T().file("x", "").end());
    const std::pair<const char *, const char *> kCases[] = {
        {R"({"config": {}})", "the image names no program (give a COMMAND, as the last argument)"},
        {R"({"config": {"Cmd": "sh"}})", "the image's config: /config/Cmd: must be an array"},
        {R"({"config": {"Cmd": [1]}})", "the image's config: /config/Cmd/0: must be a string"},
        {R"({"config": {"Cmd": ["sh"], "WorkingDir": "x"}})",
         "the image's working directory \"x\" is not absolute"},
        {R"({"config": {"Cmd": ["sh"], "User": "me"}})", "the image has no user \"me\""},
    };
    for (const auto &[text, expected] : kCases) {
        const auto config = runtime_config(text, root.fd(), {});
        ASSERT_FALSE(config) << text;
        EXPECT_EQ(config.error().text(), expected);
    }
}

}  // namespace
}  // namespace rt::layer
