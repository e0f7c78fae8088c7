// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/str.h"
#include "options/options.h"

namespace rt::options {
namespace {

constexpr std::size_t kGap = 2;

std::string left_of(const Option &option)
{
    std::string text = option.letter != 0 ? str("-", option.letter, ", ") : std::string("    ");
    text += str("--", option.name);
    return option.argument.empty() ? text : str(text, " ", option.argument);
}

}  // namespace

std::string rows(std::span<const Option> options)
{
    std::size_t width = 0;
    for (const Option &option : options) {
        width = std::max(width, left_of(option).size());
    }
    std::string out;
    for (const Option &option : options) {
        const std::string left = left_of(option);
        out += str("  ", left, std::string(width - left.size() + kGap, ' '), option.help, "\n");
    }
    return out;
}

}  // namespace rt::options
