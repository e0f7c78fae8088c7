// SPDX-License-Identifier: Apache-2.0
//
// What an image's config says, in the config.json of a bundle.
#include "image.h"

namespace rt::corpus {
namespace {

const std::string kPasswd = "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1001::/:\nhuge:x:4294967295:1::/:\n"
                            "wrapped:x:4294967296:1::/:\nnegative:x:-1:1::/:\n1234:x:77:77::/:\n";
const std::string kGroup = "root:x:0:\nusers:x:100:user,other\nextra:x:101:user\nhuge:x:4294967295:user\n";
const std::string kSound = T().dir("etc").file("etc/passwd", kPasswd).file("etc/group", kGroup).end();

struct Row {
    const char *name;
    std::string config;  ///< what comes behind "Cmd"
    std::string expected;
    std::string layer = kSound;
};

std::string ids(const char *uid, const char *gid, const char *more = "")
{
    return str("config: \"user\":{\"uid\":", uid, ",\"gid\":", gid, more);
}

// spec: ImageConvUser, ImageConvUserNumeric, ImageConvUserNames, ImageConvGroups, ImageConvUserMissing
std::vector<Row> users(const std::string &outside)
{
    const auto user = [](const std::string &who) { return R"("User":")" + who + '"'; };
    const std::string etc = T().dir("etc").without_end();
    const auto passwd_is = [&](const std::string &target) {
        return etc + T().symlink("etc/passwd", target).end();
    };
    return {
        {"UserNone", R"("x":1)", ids("0", "0")},
        {"UserEmpty", user(""), ids("0", "0")},
        {"UserByName", user("user"), ids("1000", "1001", ",\"additionalGids\":[100,101]")},
        {"UserByNameAndGroup", user("user:users"), ids("1000", "100")},
        {"UserByNumber", user("1000"), ids("1000", "1001")},
        {"UserByNumberNobodyHas", user("5000"), ids("5000", "0")},
        {"UserByNumbers", user("5000:6000"), ids("5000", "6000")},
        {"UserAGroupAlone", user(":users"), ids("0", "100")},
        {"UserNumberIsNoName", user("1234"), ids("1234", "0")},
        {"UserMissing", user("nobody"), "error: the image has no user \"nobody\""},
        {"UserGroupMissing", user("user:none"), "error: the image has no group \"none\""},
        {"UserOf32Bits", user("4294967295"), "error: is no user or group"},
        {"UserOf33Bits", user("4294967296"), "error: is no user or group"},
        {"UserOf31BitsAndMore", user("2147483648"), ids("2147483648", "0")},
        {"UserOfManyDigits", user("99999999999999999999999"), "error: is no user or group"},
        {"UserNegative", user("-1"), "error: the image has no user \"-1\""},
        {"UserInPasswdTooLarge", user("huge"), "error: is no user or group"},
        {"UserInPasswdWraps", user("wrapped"), "error: is no user or group"},
        {"UserInPasswdNegative", user("negative"), "error: the image has no user \"negative\""},
        {"UserNoText", R"("User":5)", "error: must be a string"},
        {"UserNull", R"("User":null)", ids("0", "0")},
        {"PasswdMissing", user("user"), "error: the image has no user \"user\"", etc + T().end()},
        {"PasswdOfTheHost", user("daemon"), "error: the image has no user \"daemon\"",
         passwd_is("/../../../../../../etc/passwd2")},
        {"PasswdOutside", user("canary"), "error: the image has no user \"canary\"",
         passwd_is(outside + "/file")},
        {"PasswdInProc", user("user"), "error: the image has no user", passwd_is("/proc/self/environ")},
        {"PasswdInACircle", user("user"), "error: the image has no user", passwd_is("passwd")},
        {"PasswdElsewhereInTheImage", user("user"), ids("1000", "1001"),
         passwd_is("/lib/passwd").substr(0, 1024) + T().dir("lib").file("lib/passwd", kPasswd).end()},
        {"PasswdIsAFifo", user("user"), "error: is no regular file",
         etc + T().entry({.name = "etc/passwd", .type = '6'}).end()},
        {"PasswdIsADevice", user("user"), "error: is no regular file",
         etc + T().entry({.name = "etc/passwd", .type = '3', .major = "0000001", .minor = "0000005"}).end()},
        {"PasswdIsADirectory", user("user"), "error: is no regular file", etc + T().dir("etc/passwd").end()},
        {"PasswdHuge", user("user"),
         "error: ", etc + T().file("etc/passwd", std::string(5 << 20, 'x')).end()},
        {"GroupHuge", user("user"),
         "error: ", etc + T().file("etc/passwd", kPasswd).file("etc/group", std::string(5 << 20, 'x')).end()},
        {"PasswdOfJunk", user("user"), "error: the image has no user",
         etc + T().file("etc/passwd", std::string("\0:::\n::::\nuser\nuser:x\nuser:x:y:z\n", 30)).end()},
    };
}

// spec: ImageConvVerbatim, ImageConvArgs, ImageCmdIsProgram, ImageLabels, ImageConfigNull
std::vector<Row> words()
{
    return {
        {"Env", R"("Env":["A=1","B=x y","PATH=/p"])", R"(config: "env":["A=1","B=xy","PATH=/p"])"},
        {"EnvWithoutEquals", R"("Env":["A"])", "error: variable \"A\" is not NAME=VALUE"},
        {"EnvNoText", R"("Env":[1])", "error: must be a string"},
        {"EnvNoList", R"("Env":{})", "error: must be an array"},
        {"EnvWithAZeroByte", R"("Env":["A=\u0000"])", "error: /config/Env/0: holds U+0000"},
        {"WorkingDir", R"("WorkingDir":"/etc")", R"(config: "cwd":"/etc")"},
        {"WorkingDirRelative", R"("WorkingDir":"etc")", "error: "},
        {"WorkingDirNoText", R"("WorkingDir":[])", "error: must be a string"},
        {"Entrypoint", R"("Entrypoint":["/e","f"])", R"(config: "args":["/e","f","/bin/sh"])"},
        {"EntrypointNull", R"("Entrypoint":null)", R"(config: "args":["/bin/sh"])"},
        {"EntrypointNoList", R"("Entrypoint":"/e f")", "error: must be an array"},
        {"LabelsAreAnnotations", R"("Labels":{"a.b":"c"})", R"(config: "a.b":"c")"},
        {"LabelsNoText", R"("Labels":{"a":1})", "error: must be a string"},
        {"LabelsNull", R"("Labels":null)", R"(config: "args":["/bin/sh"])"},
        {"ConfigDeep", R"("x":)" + std::string(100'000, '[') + std::string(100'000, ']'), "error: config"},
    };
}

}  // namespace

std::vector<Case> config_cases(const Place &place)
{
    std::vector<Case> out;
    for (const auto &rows : {users(place.outside), words()}) {
        for (const Row &row : rows) {
            out.push_back({row.name,
                           layout("image", {row.layer}, {row.layer},
                                  {{Part::kConfig, R"("Cmd":)", row.config + R"(,"Cmd":)"}}),
                           "oci:@/image", row.expected});
        }
    }
    // No order to a runtime may come from an image.
    for (const char *label :
         {"run.oci.hooks.stderr", "org.criu.config", "org.systemd.property.ExecStart",
          "io.kubernetes.cri-o.Devices", "io.containerd.x", "io.podman.annotations.privileged"}) {
        out.push_back(
            {str("Label ", label),
             layout("image", {kSound}, {kSound},
                    {{Part::kConfig, R"("Cmd":)", str(R"("Labels":{")", label, R"(":"x"},"Cmd":)")}}),
             "oci:@/image", str("config without: \"", label, "\"")});
    }
    return out;
}

}  // namespace rt::corpus
