// SPDX-License-Identifier: Apache-2.0
#include "layer/answer.h"

#include <algorithm>

namespace rt::layer {

AnswerWriter &AnswerWriter::number(std::uint64_t value)
{
    out_.append(reinterpret_cast<const char *>(&value), sizeof value);
    return *this;
}

AnswerWriter &AnswerWriter::text(std::string_view value)
{
    number(value.size());
    out_ += value;
    return *this;
}

Result<std::string_view> AnswerReader::bytes(std::uint64_t count)
{
    if (count > left_.size()) {
        return Error::bug("the confined child answers less than it says");
    }
    const std::string_view out = left_.substr(0, count);
    left_.remove_prefix(count);
    return out;
}

Result<std::uint64_t> AnswerReader::number()
{
    std::uint64_t out = 0;
    TRY_LET(from, bytes(sizeof out));
    std::ranges::copy(from, reinterpret_cast<char *>(&out));
    return out;
}

Result<std::string> AnswerReader::text()
{
    TRY_LET(size, number());
    TRY_LET(from, bytes(size));
    return std::string(from);
}

}  // namespace rt::layer
