// SPDX-License-Identifier: Apache-2.0
//
// A root file system with an /etc/passwd and an /etc/group, for what looks users up.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "base/fd.h"

namespace rt::fuzz {

inline void hold(bool what)
{
    if (!what) {
        std::abort();
    }
}

/// Gone at the end.
class SmallRoot {
public:
    SmallRoot()
    {
        char name[] = "/tmp/rt-fuzz-XXXXXX";
        path_ = ::mkdtemp(name);
        ::mkdir((path_ + "/etc").c_str(), 0700);
        passwd_ = Fd(::open((path_ + "/etc/passwd").c_str(), O_CREAT | O_RDWR, 0600));
        group_ = Fd(::open((path_ + "/etc/group").c_str(), O_CREAT | O_RDWR, 0600));
        dir_ = Fd(::open(path_.c_str(), O_RDONLY | O_DIRECTORY));
    }
    ~SmallRoot()
    {
        ::unlink((path_ + "/etc/passwd").c_str());
        ::unlink((path_ + "/etc/group").c_str());
        ::rmdir((path_ + "/etc").c_str());
        ::rmdir(path_.c_str());
    }
    SmallRoot(const SmallRoot &) = delete;
    SmallRoot &operator=(const SmallRoot &) = delete;

    FdRef dir() const { return dir_; }
    void fill(std::string_view passwd, std::string_view group) const
    {
        fill(passwd_, passwd);
        fill(group_, group);
    }

private:
    static void fill(FdRef file, std::string_view text)
    {
        hold(::ftruncate(file.get(), 0) == 0 &&
             ::pwrite(file.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
    }

    std::string path_;
    Fd passwd_, group_, dir_;
};

}  // namespace rt::fuzz
