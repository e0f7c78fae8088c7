// SPDX-License-Identifier: Apache-2.0
#include "oci/container_id.h"

#include <algorithm>

#include "base/json.h"
#include "base/str.h"

namespace rt::oci {
namespace {

constexpr std::size_t kLongestId = 255;  // NAME_MAX: the record's directory bears it

bool is_id_char(char c)
{
    const auto within = [c](char from, char to) { return from <= c && c <= to; };
    return within('a', 'z') || within('A', 'Z') || within('0', '9') ||
           std::string_view("_+.-").find(c) != std::string_view::npos;
}

}  // namespace

// spec: CreateWithValidID
Result<ContainerId> ContainerId::parse(std::string_view text)
{
    const auto wrong = [text](std::string_view why) {
        return Error::input(
            str("checking container id ", json::quote(text.substr(0, kLongestId)), ": ", why));
    };
    if (text.empty() || text.size() > kLongestId) {
        return wrong(str("must have 1 to ", kLongestId, " characters, has ", text.size()));
    }
    if (!std::ranges::all_of(text, is_id_char)) {
        return wrong("may hold letters, digits and _+.- only");
    }
    if (text == "." || text == ".." || text.front() == '-') {
        return wrong("must not be \".\" or \"..\" or begin with \"-\"");
    }
    return ContainerId(std::string(text));
}

}  // namespace rt::oci
