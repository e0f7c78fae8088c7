// SPDX-License-Identifier: Apache-2.0
//
// Whatever an image's passwd and group are, and whoever is looked up in them: an answer in a line, and never
// a number that means nobody.  The input is the user, passwd and group, with a zero byte between two.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/small_root.h"
#include "layer/image_user.h"

using namespace rt;
using fuzz::hold;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    static const fuzz::SmallRoot root;
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    const std::string_view who = text.substr(0, text.find('\0'));
    const std::string_view files = text.substr(who.size() + (who.size() < size ? 1 : 0));
    const std::string_view passwd = files.substr(0, files.find('\0'));
    root.fill(passwd, files.substr(passwd.size() + (passwd.size() < files.size() ? 1 : 0)));
    const auto user = layer::resolve_user(who, root.dir());
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
