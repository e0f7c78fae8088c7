// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "options/options.h"

namespace rt::options {

/// Whose options are read, and what people take for some.
struct Whose {
    std::string_view command;
    std::span<const Habit> habits;
};

/// Takes `args` apart: --name value, --name=value, -name value, -n value, -nvalue, `--` ends options.
/// Leaves in `rest` what was not looked at.
Result<Arguments> parse(std::span<const Option> options, std::span<char *const> args, Order order,
                        std::span<char *const> *rest = nullptr, const Whose &whose = {});

}  // namespace rt::options
