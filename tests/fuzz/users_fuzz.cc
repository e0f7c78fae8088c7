// SPDX-License-Identifier: Apache-2.0
//
// Whatever an image's passwd and group are, and whoever is looked up in them: an answer in a line, and never
// a number that means nobody.  The input is the user, passwd and group, with a zero byte between two.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "layer/image_user.h"

namespace {

using namespace rt;

void hold(bool what)
{
    if (!what) {
        std::abort();
    }
}

/// A root file system with these two files, which is gone at the end.
struct Root {
    Root()
    {
        char name[] = "/tmp/rt-fuzz-XXXXXX";
        path = ::mkdtemp(name);
        ::mkdir((path + "/etc").c_str(), 0700);
        passwd = Fd(::open((path + "/etc/passwd").c_str(), O_CREAT | O_RDWR, 0600));
        group = Fd(::open((path + "/etc/group").c_str(), O_CREAT | O_RDWR, 0600));
        dir = Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY));
    }
    ~Root()
    {
        ::unlink((path + "/etc/passwd").c_str());
        ::unlink((path + "/etc/group").c_str());
        ::rmdir((path + "/etc").c_str());
        ::rmdir(path.c_str());
    }
    Root(const Root &) = delete;
    Root &operator=(const Root &) = delete;

    std::string path;
    Fd passwd, group, dir;
};

void fill(const Fd &file, std::string_view text)
{
    hold(::ftruncate(file.get(), 0) == 0 &&
         ::pwrite(file.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    static const Root root;
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    const std::string_view who = text.substr(0, text.find('\0'));
    const std::string_view files = text.substr(who.size() + (who.size() < size ? 1 : 0));
    const std::string_view passwd = files.substr(0, files.find('\0'));
    fill(root.passwd, passwd);
    fill(root.group, files.substr(passwd.size() + (passwd.size() < files.size() ? 1 : 0)));
    const auto user = layer::resolve_user(who, root.dir);
    if (!user) {
        hold(!user.error().text().empty() && user.error().text().find('\n') == std::string::npos);
        return 0;
    }
    constexpr std::uint32_t kNobody = 0xffffffff;
    hold(user->uid != kNobody && user->gid != kNobody);
    for (const std::uint32_t gid : user->additional_gids) {
        hold(gid != kNobody);
    }
    if (!who.empty() && who.find_first_not_of("0123456789") == std::string_view::npos) {
        hold(std::to_string(user->uid) == who.substr(std::min(who.find_first_not_of('0'), who.size() - 1)));
    }
    return 0;
}
