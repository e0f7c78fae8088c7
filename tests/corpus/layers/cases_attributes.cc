// SPDX-License-Identifier: Apache-2.0
//
// Owners, modes and extended attributes, in the order in which one undoes another.
#include "image.h"

namespace rt::corpus {

std::vector<Case> attribute_cases(const Place & /*place*/)
{
    using namespace std::string_literals;
    const std::string capability = "\x01\0\0\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0"s;
    const auto dir = [](const char *name, const char *mode) {
        return T::Header{.name = name, .type = '5', .mode = mode};
    };
    return {
        of_layers(
            "SetIdsOutliveTheOwner",
            {T().entry({.name = "a", .mode = "0006755", .uid = "0000001", .gid = "0000002"}, "x").end()},
            "a 6755 1:2 x\n"),
        of_layers("StickyDirectory", {T().entry(dir("d", "0001777")).end()}, "d/ 1777\n"),
        of_layers("DirectoryNobodyMayEnter", {T().entry(dir("d", "0000000")).file("d/x", "x").end()},
                  "d/ 0000\nd/x 0644 x\n"),
        of_layers("DirectoryNobodyMayEnterInTwoLayers",
                  {T().entry(dir("d", "0000000")).end(), T().file("d/x", "x").end()},
                  "d/ 0000\nd/x 0644 x\n"),
        of_layers("FileNobodyMayRead", {T().entry({.name = "a", .mode = "0000000"}, "x").end()},
                  "a 0000 x\n"),
        of_layers("TimeOfADirectoryWithContent",
                  {T().entry({.name = "d", .type = '5', .mode = "0000755", .mtime = "00000000012"})
                       .file("d/x", "x")
                       .end()},
                  "d/ 0755 @10\nd/x 0644 x\n"),
        of_layers("TimeOfALink",
                  {T().entry({.name = "s", .type = '2', .target = "t", .mtime = "00000000012"}).end()},
                  "s @10 -> t\n"),
        of_layers("OwnerOfALink",
                  {T().entry({.name = "s", .type = '2', .target = "t", .uid = "0000001"}).end()},
                  "s 1:0 -> t\n"),
        of_layers("HardLinkChangesNothing",
                  {T().file("a", "x")
                       .entry({.name = "b", .type = '1', .target = "a", .mode = "0000777", .uid = "0000007"})
                       .end()},
                  "a 0644 x2 x\nb 0644 x2 x\n"),
        of_layers("TrustedXattr", {T().pax({{"SCHILY.xattr.trusted.a", "b"}}).file("a", "x").end()},
                  "a 0644 x {trusted.a=b}\n"),
        of_layers("XattrOfLibarchive",
                  {T().pax({{"LIBARCHIVE.xattr.trusted.%61", "Yg=="}}).file("a", "x").end()},
                  "a 0644 x {trusted.a=b}\n"),
        of_layers("XattrWithZeros", {T().pax({{"SCHILY.xattr.trusted.a", "b\0c"s}}).file("a", "x").end()},
                  "a 0644 x {trusted.a=3 bytes}\n"),
        of_layers("XattrWithNewlines",
                  {T().pax({{"SCHILY.xattr.trusted.a", "5 a=b\n"}}).file("a", "x").end()},
                  "a 0644 x {trusted.a=5 a=b\\n}\n"),
        of_layers("XattrOnALink", {T().pax({{"SCHILY.xattr.trusted.a", "b"}}).symlink("s", "/").end()},
                  "s -> / {trusted.a=b}\n"),
        of_layers("UsersXattrOnALinkIsLeftOut",
                  {T().pax({{"SCHILY.xattr.user.a", "b"}}).symlink("s", "/").end()}, "s -> /\n"),
        of_layers("XattrOnADirectory", {T().pax({{"SCHILY.xattr.trusted.a", "b"}}).dir("d").end()},
                  "d/ 0755 {trusted.a=b}\n"),
        of_layers("XattrOnTheRoot",
                  {T().pax({{"SCHILY.xattr.trusted.a", "b"}}).dir("./").file("a", "x").end()}, "a 0644 x\n"),
        of_layers("XattrWithoutNamespace", {T().pax({{"SCHILY.xattr.a", "b"}}).file("a", "x").end()},
                  "error: \"a\": "),
        of_layers("XattrNameOf300",
                  {T().pax({{"SCHILY.xattr.trusted." + std::string(300, 'a'), "b"}}).file("a", "x").end()},
                  "error: \"a\": "),
        of_layers("CapabilityOutlivesTheOwner",
                  {T().pax({{"SCHILY.xattr.security.capability", capability}})
                       .entry({.name = "a", .uid = "0000001"}, "x")
                       .end()},
                  "a 0644 1:0 x {security.capability=20 bytes}\n"),
        of_layers("CapabilityThatIsNone",
                  {T().pax({{"SCHILY.xattr.security.capability", "x"}}).file("a", "x").end()},
                  "error: \"a\": "),
        of_layers("XattrsOfADirectoryAnew",
                  {T().pax({{"SCHILY.xattr.trusted.a", "b"}, {"SCHILY.xattr.trusted.c", "d"}}).dir("d").end(),
                   T().pax({{"SCHILY.xattr.trusted.c", "e"}}).dir("d").end()},
                  "d/ 0755 {trusted.c=e}\n"),
        of_layers("XattrsOfAFileAnew",
                  {T().pax({{"SCHILY.xattr.trusted.a", "b"}}).file("f", "x").end(), T().file("f", "y").end()},
                  "f 0644 y\n"),
        of_layers("XattrsOfAnImpliedDirectoryStay",
                  {T().pax({{"SCHILY.xattr.trusted.a", "b"}}).dir("d").end(), T().file("d/x", "y").end()},
                  "d/ 0755 {trusted.a=b}\nd/x 0644 y\n"),
        of_layers("XattrTakenBack",
                  {T().pax({{"SCHILY.xattr.trusted.a", "b"}, {"SCHILY.xattr.trusted.a", "c"}})
                       .file("a", "x")
                       .end()},
                  "a 0644 x {trusted.a=c}\n"),
        of_layers("AccessControlList",
                  {T().pax({{"SCHILY.acl.access", "user::rw-,user:a:rwx:5,group::r--,mask::rwx,other::---"}})
                       .file("a", "x")
                       .end()},
                  "a 0670 x {system.posix_acl_access=44 bytes}\n"),
        of_layers(
            "AccessControlListsOfADirectory",
            {T().pax({{"SCHILY.acl.access", "user::rwx,user:5:r-x,group::r-x,mask::r-x,other::---"},
                      {"SCHILY.acl.default", "user::rwx,group::r-x,other::---"}})
                 .dir("d")
                 .file("d/x", "y")
                 .end()},
            "d/ 0750 {system.posix_acl_access=44 bytes} {system.posix_acl_default=28 bytes}\nd/x 0644 y\n"),
        of_layers(
            "AccessControlListIsNotInherited",
            {T().pax({{"SCHILY.acl.default", "user::rwx,user:5:rwx,group::r-x,mask::rwx,other::---"}})
                 .dir("d")
                 .end(),
             T().file("d/x", "y").file("d/e/f", "z").symlink("d/s", "t").end()},
            "d/ 0755 {system.posix_acl_default=44 bytes}\nd/e/ 0755\nd/e/f 0644 z\nd/s -> t\nd/x 0644 y\n"),
        of_layers("GroupOfADirectoryBelowIsNotInherited",
                  {T().entry({.name = "d", .type = '5', .mode = "0002775", .gid = "0000007"}).end(),
                   T().file("d/x", "y")
                       .dir("d/e")
                       .file("d/i/f", "z")
                       .symlink("d/s", "t")
                       .entry({.name = "d/p", .type = '6'})
                       .end()},
                  "d/ 2775 0:7\nd/e/ 0755\nd/i/ 0755\nd/i/f 0644 z\nd/p 0644 fifo\nd/s -> t\nd/x 0644 y\n"),
        of_layers("AccessControlListGoes",
                  {T().pax({{"SCHILY.acl.default", "user::rwx,group::r-x,other::---"}}).dir("d").end(),
                   T().dir("d").end()},
                  "d/ 0755\n"),
        of_layers("AccessControlListOfNames",
                  {T().pax({{"SCHILY.acl.access", "user::rw-,user:a:rwx,group::r--,mask::rwx,other::---"}})
                       .file("a", "x")
                       .end()},
                  "a 0644 x\n"),
        of_layers("AccessControlListTwice",
                  {T().pax({{"SCHILY.acl.access", "user::rw-,user::rw-,group::r--,other::---"}})
                       .file("a", "x")
                       .end()},
                  "error: \"a\": "),
        of_layers("AccessControlListOfLetters",
                  {T().pax({{"SCHILY.acl.access", "everybody"}}).file("a", "x").end()},
                  "error: is no entry of an access control list"),
        of_layers(
            "AccessControlListOfALink",
            {T().pax({{"SCHILY.acl.access", "user::rwx,group::rwx,other::rwx"}}).symlink("s", "t").end()},
            "s -> t\n"),
        of_layers("OwnerOfEveryKind",
                  {T().entry({.name = "p", .type = '6', .uid = "0000003"})
                       .entry({.name = "n",
                               .type = '3',
                               .mode = "0004644",
                               .gid = "0000004",
                               .major = "0000001",
                               .minor = "0000003"})
                       .end()},
                  "n 4644 0:4 char 1:3\np 0644 3:0 fifo\n"),
    };
}

}  // namespace rt::corpus
