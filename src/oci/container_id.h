// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace rt::oci {

/// The name of a container, fit to be the name of a directory: 1 to 255 of [A-Za-z0-9_+.-], not "."
/// or "..", not beginning with '-'.
class ContainerId {
public:
    static Result<ContainerId> parse(std::string_view text);

    const std::string &text() const { return text_; }
    const char *c_str() const { return text_.c_str(); }
    bool operator==(const ContainerId &) const = default;

private:
    explicit ContainerId(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

}  // namespace rt::oci
