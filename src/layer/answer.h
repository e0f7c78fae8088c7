// SPDX-License-Identifier: Apache-2.0
//
// What a confined child tells its parent: texts and numbers, which the parent takes from it as from a
// stranger.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rt::layer {

class AnswerWriter {
public:
    AnswerWriter &number(std::uint64_t value);
    AnswerWriter &text(std::string_view value);
    std::string take() && { return std::move(out_); }

private:
    std::string out_;
};

/// Gives them in the order in which they were put in; a bug when the answer is another.
class AnswerReader {
public:
    /// `answer` has to live as long.
    explicit AnswerReader(std::string_view answer) : left_(answer) {}

    Result<std::uint64_t> number();
    Result<std::string> text();
    bool at_end() const { return left_.empty(); }

private:
    Result<std::string_view> bytes(std::uint64_t count);

    std::string_view left_;
};

}  // namespace rt::layer
