// SPDX-License-Identifier: Apache-2.0
#include "layer/inflate.h"

#include <string.h>

#include <algorithm>

namespace rt::layer {
namespace {

constexpr std::size_t kWindow = 32768;
constexpr std::size_t kChunk = 512 << 10;  // with the window in the second level cache
constexpr std::size_t kLongestMatch = 258;
constexpr std::size_t kCopySlack = 32;
constexpr std::size_t kSlack = 3 + kLongestMatch + kCopySlack;  // what a step may write behind the chunk

Error damaged(const char *what) { return Error::input(what); }

/// Eight bytes, all read before the first is written.
inline void copy_word(std::uint8_t *out, const std::uint8_t *from)
{
    std::uint64_t word = 0;
    ::memcpy(&word, from, sizeof word);
    ::memcpy(out, &word, sizeof word);
}

/// Copies `length` bytes from `distance` before `out`, whatever overlaps; may write kCopySlack bytes more.
inline void copy_match(std::uint8_t *out, std::size_t distance, std::size_t length)
{
    const std::uint8_t *from = out - distance;
    std::uint8_t *const end = out + length;
    if (distance >= 16) [[likely]] {
        ::memcpy(out, from, 16);  // most matches end here
        ::memcpy(out + 16, from + 16, 16);
        while ((out += 32) < end) {
            from += 32;
            ::memcpy(out, from, 16);
            ::memcpy(out + 16, from + 16, 16);
        }
    } else {
        while (out - from < 8) {
            copy_word(out, from);
            out += out - from;  // what is before it repeats, and is twice as long now
        }
        for (; out < end; out += 8, from += 8) {
            copy_word(out, from);
        }
    }
}

/// The number in the extra bits of `code`, which begins at bit 0 of `bits`.
inline std::uint32_t extra(Code code, std::uint64_t bits)
{
    return static_cast<std::uint32_t>((bits & ((std::uint64_t{1} << code.used()) - 1)) >> code.own());
}

}  // namespace

Inflate::Inflate(BitInput &in)
    : in_(in), buffer_(std::make_unique_for_overwrite<std::uint8_t[]>(kWindow + kChunk + kSlack)),
      out_(buffer_.get()), reach_(out_)
{}

void Inflate::start()
{
    reach_ = out_;
    phase_ = Phase::kHeader;
}

/// Makes room: the last 32 KiB move to the front.
void Inflate::slide()
{
    const auto keep = std::min<std::size_t>(static_cast<std::size_t>(out_ - reach_), kWindow);
    ::memmove(buffer_.get(), out_ - keep, keep);
    out_ = buffer_.get() + keep;
    reach_ = buffer_.get();
}

Result<std::string_view> Inflate::some()
{
    slide();
    const std::uint8_t *const start = out_;
    const std::uint8_t *const full = buffer_.get() + kWindow + kChunk;
    while (phase_ != Phase::kEnded && out_ < full) {
        TRY(in_.ensure());
        TRY(step());
        if (in_.overrun()) {
            return damaged("ends in the middle of its data");
        }
    }
    return std::string_view(reinterpret_cast<const char *>(start), static_cast<std::size_t>(out_ - start));
}

Status Inflate::step()
{
    switch (phase_) {
    case Phase::kHeader:
        return header();
    case Phase::kStored:
        return stored();
    case Phase::kCodes:
        return codes();
    case Phase::kEnded:
        break;
    }
    return {};
}

Status Inflate::header()
{
    last_ = in_.take(1) != 0;
    switch (in_.take(2)) {
    case 0:
        return stored_header();
    case 1:
        return fixed_codes();
    case 2:
        return dynamic_codes();
    default:
        return damaged("holds a block of an unknown type");
    }
}

Status Inflate::stored_header()
{
    in_.align();
    const std::uint32_t length = in_.take(16);
    const std::uint32_t complement = in_.take(16);
    if (length != (~complement & 0xffff)) {
        return damaged("holds a stored block whose length is damaged");
    }
    in_.align();
    stored_left_ = length;
    phase_ = Phase::kStored;
    return {};
}

Status Inflate::stored()
{
    const std::string_view there = in_.bytes();
    const auto room = static_cast<std::size_t>(buffer_.get() + kWindow + kChunk - out_);
    const std::size_t take = std::min({there.size(), stored_left_, room});
    if (take == 0 && stored_left_ > 0) {
        return damaged("ends in the middle of its data");
    }
    ::memcpy(out_, there.data(), take);
    out_ += take;
    in_.skip(take);
    stored_left_ -= take;
    if (stored_left_ == 0) {
        end_block();
    }
    return {};
}

Status Inflate::build(std::span<const std::uint8_t> lengths, std::size_t literals)
{
    if (lengths[256] == 0 ||
        !build_codes(lengths.first(literals), kLengthMeanings, LengthTable::kBits, lengths_.codes) ||
        !build_codes(lengths.subspan(literals), kDistanceMeanings, DistanceTable::kBits, distances_.codes)) {
        return damaged("holds codes that do not fit together");
    }
    phase_ = Phase::kCodes;
    return {};
}

Status Inflate::fixed_codes()
{
    std::array<std::uint8_t, 288 + 32> lengths{};
    std::fill_n(lengths.begin(), 144, std::uint8_t{8});
    std::fill_n(lengths.begin() + 144, 112, std::uint8_t{9});
    std::fill_n(lengths.begin() + 256, 24, std::uint8_t{7});
    std::fill_n(lengths.begin() + 280, 8, std::uint8_t{8});
    std::fill_n(lengths.begin() + 288, 32, std::uint8_t{5});
    return build(lengths, 288);
}

namespace {

/// Code length symbols 16 to 18: what is repeated, how often at least, and how many bits say how much
/// oftener.
struct Repeat {
    bool previous;
    std::uint8_t least, bits;
};
constexpr Repeat kRepeats[] = {{true, 3, 2}, {false, 3, 3}, {false, 11, 7}};

/// The lengths of all codes of a block, which are coded themselves.
bool read_lengths(BitInput &in, const HeaderTable &table, std::span<std::uint8_t> lengths)
{
    for (std::size_t i = 0; i < lengths.size();) {
        in.refill();
        const Code code = table.look_up(in.registers().bits);
        if (code.is(Code::kSpecial)) {
            return false;
        }
        in.drop(code.used());
        const std::uint32_t symbol = code.value();
        if (symbol < 16) {
            lengths[i++] = static_cast<std::uint8_t>(symbol);
            continue;
        }
        const Repeat repeat = kRepeats[symbol - 16];
        const std::size_t count = repeat.least + in.take(repeat.bits);
        if ((repeat.previous && i == 0) || count > lengths.size() - i) {
            return false;
        }
        std::fill_n(lengths.begin() + static_cast<std::ptrdiff_t>(i), count,
                    repeat.previous ? lengths[i - 1] : std::uint8_t{0});
        i += count;
    }
    return true;
}

}  // namespace

Status Inflate::dynamic_codes()
{
    constexpr std::uint8_t kOrder[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    const std::size_t literals = 257 + in_.take(5);
    const std::size_t distances = 1 + in_.take(5);
    const std::size_t count = 4 + in_.take(4);
    if (literals > 286 || distances > 30) {
        return damaged("holds more codes than there are");
    }
    std::array<std::uint8_t, 19> header{};
    for (std::size_t i = 0; i < count; ++i) {
        header[kOrder[i]] = static_cast<std::uint8_t>(in_.take(3));
    }
    HeaderTable table;
    std::array<std::uint8_t, 286 + 30> lengths{};
    const std::span<std::uint8_t> used(lengths.data(), literals + distances);
    if (!build_codes(header, kHeaderMeanings, HeaderTable::kBits, table.codes) ||
        !read_lengths(in_, table, used)) {
        return damaged("holds codes that do not fit together");
    }
    return build(used, literals);
}

/// The inner loop: literals and matches, until the block, the room or the input that is at hand ends.
Status Inflate::codes()
{
    BitInput::Registers in = in_.registers();
    std::uint8_t *out = out_;
    const std::uint8_t *const full = buffer_.get() + kWindow + kChunk;
    const char *wrong = nullptr;
    const auto refill = [&in] {
        std::uint64_t word = 0;
        ::memcpy(&word, in.next, sizeof word);
        in.bits |= word << in.count;
        in.next += (63 - in.count) >> 3;
        in.count |= 56;
    };
    const auto drop = [&in](unsigned n) { in.bits >>= n, in.count -= n; };
    const auto put_literal = [&](Code code) {
        *out++ = static_cast<std::uint8_t>(code.value());
        drop(code.used());
    };
    if (in.next <= in.limit) {
        refill();
    }
    // Looked up early: the table's answer comes while the match before it is copied.  A refill leaves the
    // bits alone that it was looked up by.
    Code code = lengths_.look_up(in.bits);
    while (in.next <= in.limit && out < full) {
        refill();
        if (code.is(Code::kLiteral)) {
            put_literal(code);
            code = lengths_.look_up(in.bits);
            if (code.is(Code::kLiteral)) {
                put_literal(code);
                code = lengths_.look_up(in.bits);
                if (code.is(Code::kLiteral)) {
                    put_literal(code);
                    refill();
                    code = lengths_.look_up(in.bits);
                    continue;
                }
            }
            refill();
        }
        if (code.is(Code::kSpecial)) [[unlikely]] {
            if (code.is(Code::kEnd)) {
                drop(code.used());
                end_block();
            } else {
                wrong = "holds a code that stands for nothing";
            }
            break;
        }
        const std::size_t length = code.value() + extra(code, in.bits);
        drop(code.used());
        const Code far = distances_.look_up(in.bits);
        const std::size_t distance = far.value() + extra(far, in.bits);
        drop(far.used());
        if (far.is(Code::kSpecial) || distance > static_cast<std::size_t>(out - reach_)) [[unlikely]] {
            wrong = "refers to what was before its beginning";
            break;
        }
        refill();
        code = lengths_.look_up(in.bits);
        copy_match(out, distance, length);
        out += length;
    }
    in_.put_back(in);
    out_ = out;
    return wrong != nullptr ? Status(damaged(wrong)) : Status();
}

}  // namespace rt::layer
