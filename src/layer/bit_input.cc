// SPDX-License-Identifier: Apache-2.0
#include "layer/bit_input.h"

#include <algorithm>

namespace rt::layer {

Status BitInput::get_more()
{
    next_ -= count_ >> 3;  // so that align() never has to go back before the buffer
    count_ &= 7;
    bits_ &= (1U << count_) - 1;
    std::vector<std::uint8_t> fresh(next_, end_);
    while (!ended_ && static_cast<std::ptrdiff_t>(fresh.size()) < kAhead + kSlack) {
        TRY_LET(chunk, from_.next());
        ended_ = chunk.empty();
        fresh.insert(fresh.end(), chunk.begin(), chunk.end());
    }
    const std::size_t real = fresh.size();
    if (ended_) {
        fresh.resize(real + kAhead + kSlack, 0);
    }
    buffer_ = std::move(fresh);
    next_ = buffer_.data();
    real_end_ = next_ + real;
    end_ = next_ + buffer_.size();
    return {};
}

}  // namespace rt::layer
