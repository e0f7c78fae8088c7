// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/json.h"
#include "base/str.h"
#include "layer/image_json.h"

namespace rt::layer {

Result<Platform> parse_platform(std::string_view text)
{
    Platform out;
    std::string *const parts[] = {&out.os, &out.architecture, &out.variant};
    std::string_view rest = text;
    for (std::string *const part : parts) {
        *part = rest.substr(0, rest.find('/'));
        rest.remove_prefix(std::min(part->size() + 1, rest.size()));
    }
    if (out.os.empty() || out.architecture.empty() || !rest.empty()) {
        return Error::input(str(json::quote(text), " is no platform"))
            .hint("OS/ARCHITECTURE[/VARIANT], as linux/arm64");
    }
    return out;
}

Platform our_platform()
{
#if defined(__x86_64__)
    return {"linux", "amd64", ""};
#elif defined(__aarch64__)
    return {"linux", "arm64", ""};
#endif
}

std::string in_words(const Platform &platform)
{
    return str(platform.os, "/", platform.architecture, platform.variant.empty() ? "" : "/",
               platform.variant);
}

}  // namespace rt::layer
