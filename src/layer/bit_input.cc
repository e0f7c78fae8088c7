// SPDX-License-Identifier: Apache-2.0
#include "layer/bit_input.h"

#include <string.h>

#include <algorithm>

namespace rt::layer {

Status BitInput::get_more()
{
    next_ -= count_ >> 3;  // so that align() never has to go back before the buffer
    count_ &= 7;
    bits_ &= (1U << count_) - 1;
    // What is left moves to the front, and what comes goes behind it: in the same memory, always.
    std::size_t real = static_cast<std::size_t>(end_ - next_);
    if (real > 0) {
        ::memmove(buffer_.data(), next_, real);
    }
    while (!ended_ && static_cast<std::ptrdiff_t>(real) < kAhead + kSlack) {
        TRY_LET(chunk, from_.next());
        ended_ = chunk.empty();
        if (buffer_.size() < real + chunk.size() + kPast) {
            buffer_.resize(real + chunk.size() + kPast);
        }
        ::memcpy(buffer_.data() + real, chunk.data(), chunk.size());
        real += chunk.size();
    }
    const std::size_t past = ended_ ? kPast : 0;
    std::fill_n(buffer_.begin() + static_cast<std::ptrdiff_t>(real), past, std::uint8_t{0});
    next_ = buffer_.data();
    real_end_ = next_ + real;
    end_ = real_end_ + past;
    return {};
}

}  // namespace rt::layer
