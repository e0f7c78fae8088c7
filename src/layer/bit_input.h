// SPDX-License-Identifier: Apache-2.0
//
// A ByteSource read bit by bit, lowest first, as deflate has them.
#pragma once

#include <string.h>

#include <cstdint>
#include <vector>

#include "layer/byte_source.h"

namespace rt::layer {

/// Behind the end there are zeros, so that readers may look ahead; overrun() tells who took some of them.
class BitInput {
public:
    /// What can be read between two calls of ensure(): a header of deflate's has less than half of it.
    static constexpr std::ptrdiff_t kAhead = 1024;

    explicit BitInput(ByteSource &from) : from_(from) {}

    /// Gets kAhead bytes ready, or all that are left.
    Status ensure() { return end_ - next_ >= kAhead + kSlack || ended_ ? Status() : get_more(); }

    /// At least 56 bits are in `bits` afterwards.
    void refill()
    {
        std::uint64_t word = 0;
        ::memcpy(&word, next_, sizeof word);
        bits_ |= word << count_;
        next_ += (63 - count_) >> 3;
        count_ |= 56;
    }
    /// The next `n` bits, at most 32.
    std::uint32_t take(unsigned n)
    {
        refill();
        const auto value = static_cast<std::uint32_t>(bits_ & ((std::uint64_t{1} << n) - 1));
        drop(n);
        return value;
    }
    void drop(unsigned n) { bits_ >>= n, count_ -= n; }

    /// Goes on with the next whole byte; the bits before it are gone.
    void align()
    {
        next_ -= count_ >> 3;
        bits_ = 0;
        count_ = 0;
    }
    /// The bytes that are there, after align(); skip() says how many were used.
    std::string_view bytes() const
    {
        const auto *end = ended_ ? real_end_ : end_ - kSlack;
        return {reinterpret_cast<const char *>(next_),
                static_cast<std::size_t>(end > next_ ? end - next_ : 0)};
    }
    void skip(std::size_t n) { next_ += n; }

    /// More was taken than there is.
    bool overrun() const { return ended_ && next_ - (count_ >> 3) > real_end_; }

    /// What a decoder keeps in registers; it may go on until `next` is behind `limit`.
    struct Registers {
        std::uint64_t bits;
        unsigned count;
        const std::uint8_t *next, *limit;
    };
    Registers registers() const { return {bits_, count_, next_, ended_ ? real_end_ + 8 : end_ - kSlack}; }
    void put_back(const Registers &r) { bits_ = r.bits, count_ = r.count, next_ = r.next; }

private:
    static constexpr std::ptrdiff_t kSlack = 64;           // loads of eight bytes begin before the limit
    static constexpr std::size_t kPast = kAhead + kSlack;  // zeros behind the end
    Status get_more();

    ByteSource &from_;
    std::vector<std::uint8_t> buffer_;
    const std::uint8_t *next_ = nullptr, *end_ = nullptr, *real_end_ = nullptr;
    std::uint64_t bits_ = 0;
    unsigned count_ = 0;
    bool ended_ = false;
};

}  // namespace rt::layer
