// SPDX-License-Identifier: Apache-2.0
//
// Documentation/filesystems/overlayfs.rst, "Multiple lower layers" and "Data-only lower layers": in
// "lowerdir=" a colon separates layers, two come before a layer of data, and a backslash keeps the byte
// behind it from meaning anything.
#include "plan/mounts_overlay.h"

#include <algorithm>

#include "base/str.h"

namespace rt::plan {
namespace {

/// What is before the first `separator` that no backslash precedes; it and the separator leave `text`.
std::string_view take_part(std::string_view &text, char separator)
{
    std::size_t end = 0;
    while (end < text.size() && text[end] != separator) {
        end += text[end] == '\\' ? 2 : 1;
    }
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return part;
}

std::string unescaped(std::string_view text)
{
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape = text[i] == '\\' && i + 1 < text.size();
        plain += text[escape ? ++i : i];
    }
    return plain;
}

/// False for what only mount(2) understands: ":/a", which adds to the layers of an earlier option.
bool add_layers(std::string_view value, std::vector<std::string> &options)
{
    if (value.empty() || value.front() == ':' || value.back() == ':') {
        return false;
    }
    while (!value.empty()) {
        std::string_view layer = take_part(value, ':');
        const bool data = layer.empty();
        if (data) {
            layer = take_part(value, ':');
        }
        if (layer.empty()) {
            return false;
        }
        options.push_back(str(data ? "datadir+=" : "lowerdir+=", unescaped(layer)));
    }
    return true;
}

}  // namespace

std::optional<std::vector<std::string>> overlay_options(std::string_view data)
{
    std::vector<std::string> options;
    while (!data.empty()) {
        const std::string_view option = take_part(data, ',');
        const std::size_t equals = std::min(option.find('='), option.size());
        const std::string_view key = option.substr(0, equals);
        const std::string_view value = option.substr(std::min(equals + 1, option.size()));
        if (key == "lowerdir") {
            if (!add_layers(value, options)) {
                return std::nullopt;
            }
        } else if (std::max(key.size(), value.size()) <= kFsconfigValueMax && !option.empty()) {
            options.emplace_back(option);
        } else if (key == "upperdir" || key == "workdir") {
            options.push_back(str(key, '=', unescaped(value)));
        } else if (!option.empty()) {
            return std::nullopt;
        }
    }
    return options;
}

}  // namespace rt::plan
