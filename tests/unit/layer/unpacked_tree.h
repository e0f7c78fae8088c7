// SPDX-License-Identifier: Apache-2.0
//
// Archives unpacked into a directory of the test's own, as the program does it, and what is there then.
#pragma once

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "kernel/calls_fs.h"
#include "layer/tree.h"
#include "layer/unpack.h"
#include "tar_maker.h"

namespace rt::layer {

/// A directory with a canary beside it; both are gone at the end.
class Scratch {
public:
    Scratch()
    {
        char name[] = "/tmp/rt-layer-XXXXXX";
        path = ::mkdtemp(name);
        EXPECT_EQ(::mkdir((path + "/root").c_str(), 0755), 0);
        EXPECT_TRUE(kernel::openat(kernel::kCwd, path + "/canary", O_CREAT | O_WRONLY, 0600));
    }
    ~Scratch() { (void)remove_tree(kernel::kCwd, path); }
    Scratch(const Scratch &) = delete;
    Scratch &operator=(const Scratch &) = delete;

    /// Nothing but the root is touched: not what is beside it either.
    void expect_untouched() const
    {
        auto all = kernel::list_at(kernel::kCwd, path);
        ASSERT_TRUE(all);
        EXPECT_EQ(all->size(), 2U);
        struct stat canary = {};
        ASSERT_EQ(::lstat((path + "/canary").c_str(), &canary), 0);
        EXPECT_EQ(canary.st_mode, S_IFREG | 0600U);
        EXPECT_EQ(canary.st_size, 0);
        EXPECT_EQ(canary.st_nlink, 1U);
    }

    std::string path;
};

/// "" or the error.
inline std::string unpack_into(const std::string &directory, const std::string &archive, LayerForm form,
                               const UnpackLimits &limits = {})
{
    auto file = kernel::memfd_create("layer", 0);
    auto root = kernel::openat(kernel::kCwd, directory, O_RDONLY | O_DIRECTORY);
    if (!file || !root || !kernel::write_all(*file, archive)) {
        return "cannot even begin";
    }
    const auto done = unpack_layer({*file, 0, archive.size(), {}, {}}, *root, form, limits);
    return done ? "" : "error: " + done.error().text();
}

inline std::string about(FdRef dir, const std::string &name, const std::string &path, const struct stat &s)
{
    std::string out = str(path, S_ISDIR(s.st_mode) ? "/ " : " ", TarMaker::octal(s.st_mode & 07777, 4));
    out += s.st_uid + s.st_gid != 0 ? str(" ", s.st_uid, ":", s.st_gid) : "";
    if (S_ISLNK(s.st_mode)) {
        out = str(path, " -> ", *kernel::readlinkat(dir, name));
    } else if (S_ISREG(s.st_mode)) {
        out += s.st_nlink > 1 ? str(" x", s.st_nlink) : "";
        out += s.st_size > 0 && s.st_size < 100 ? str(" ", *kernel::read_file(dir, name, 100)) : "";
    } else if (!S_ISDIR(s.st_mode)) {
        out += S_ISFIFO(s.st_mode) ? " fifo" : str(" dev ", s.st_rdev);
    }
    return out + "\n";
}

/// A line for everything below `path`, sorted.
inline void list_below(const std::string &path, const std::string &prefix, std::string &out)
{
    auto dir = kernel::openat(kernel::kCwd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    ASSERT_TRUE(dir) << path;
    auto entries = kernel::list(*dir);
    ASSERT_TRUE(entries) << path;
    std::ranges::sort(*entries, {}, &kernel::DirEntry::name);
    for (const kernel::DirEntry &entry : *entries) {
        struct stat s = {};
        if (::fstatat(dir->get(), entry.name.c_str(), &s, AT_SYMLINK_NOFOLLOW) != 0) {
            out += prefix + entry.name + " is a ghost\n";
            continue;
        }
        out += about(*dir, entry.name, prefix + entry.name, s);
        if (S_ISDIR(s.st_mode)) {
            list_below(path + "/" + entry.name, prefix + entry.name + "/", out);
        }
    }
}

inline std::string listing(const std::string &path)
{
    std::string out;
    list_below(path, "", out);
    return out;
}

/// All layers in one tree: what is there, or the first error.
inline std::string flat(const std::vector<std::string> &layers)
{
    const Scratch scratch;
    for (const std::string &layer : layers) {
        if (std::string error = unpack_into(scratch.path + "/root", layer, LayerForm::kFlat);
            !error.empty()) {
            scratch.expect_untouched();
            return error;
        }
    }
    scratch.expect_untouched();
    return listing(scratch.path + "/root");
}

/// Each layer in a tree of its own, and overlayfs on them.
inline std::string overlaid(const std::vector<std::string> &layers)
{
    const Scratch scratch;
    std::string lower;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const std::string dir = str(scratch.path, "/root/", i);
        EXPECT_EQ(::mkdir(dir.c_str(), 0755), 0);
        if (std::string error = unpack_into(dir, layers[i], LayerForm::kOverlay); !error.empty()) {
            return error;
        }
        lower = lower.empty() ? dir : str(dir, ":", lower);
    }
    const std::string merged = scratch.path + "/root/merged";
    EXPECT_EQ(::mkdir(merged.c_str(), 0755), 0);
    EXPECT_EQ(::mkdir((scratch.path + "/root/none").c_str(), 0755), 0);  // overlayfs wants two at least
    lower = str("lowerdir=", lower, ":", scratch.path, "/root/none");
    if (::mount("overlay", merged.c_str(), "overlay", MS_RDONLY, lower.c_str()) != 0) {
        return str("mount: errno ", errno);
    }
    std::string out = listing(merged);
    EXPECT_EQ(::umount(merged.c_str()), 0);
    return out;
}

}  // namespace rt::layer
