// SPDX-License-Identifier: Apache-2.0
//
// Layers as directories, made by hand.
#pragma once

#include <sys/stat.h>
#include <sys/xattr.h>

#include <string>
#include <vector>

#include "base/str.h"
#include "new_store.h"

namespace rt::store {

class LayerDirectories : public NewStore {
protected:
    /// A new layer; its path.
    std::string layer()
    {
        std::string path = str(top_, "/", count_++);
        EXPECT_EQ(::mkdir(path.c_str(), 0755), 0);
        paths_.insert(paths_.begin(), path);
        return path;
    }
    static void dir(const std::string &path, mode_t mode = 0755, bool opaque = false)
    {
        EXPECT_EQ(::mkdir(path.c_str(), 0700), 0) << path;
        EXPECT_EQ(::chmod(path.c_str(), mode), 0);
        if (opaque) {
            EXPECT_EQ(::setxattr(path.c_str(), "trusted.overlay.opaque", "y", 1, 0), 0);
        }
    }
    static void file(const std::string &path, const std::string &text)
    {
        auto made = kernel::openat(kernel::kCwd, path, O_WRONLY | O_CREAT | O_EXCL, 0644);
        ASSERT_TRUE(made) << path;
        EXPECT_TRUE(kernel::write_all(*made, text));
    }
    static void whiteout(const std::string &path) { EXPECT_EQ(::mknod(path.c_str(), S_IFCHR, 0), 0) << path; }

    /// Those that there are, from the top.
    std::vector<Fd> opened() const
    {
        std::vector<Fd> out;
        for (const std::string &path : paths_) {
            auto one = kernel::openat(kernel::kCwd, path, O_RDONLY | O_DIRECTORY);
            EXPECT_TRUE(one);
            out.push_back(std::move(one).take());
        }
        return out;
    }

private:
    int count_ = 0;
    std::vector<std::string> paths_;
};

}  // namespace rt::store
