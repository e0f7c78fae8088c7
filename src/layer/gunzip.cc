// SPDX-License-Identifier: Apache-2.0
#include "layer/gunzip.h"

#include "layer/crc32.h"
#include "layer/inflate.h"

namespace rt::layer {
namespace {

enum Flag : std::uint8_t {
    kHeaderSum = 1 << 1,
    kExtra = 1 << 2,
    kName = 1 << 3,
    kComment = 1 << 4,
    kReserved = 0xe0
};

Error damaged(const char *what) { return Error::input(what); }

class Gunzip final : public ByteSource {
public:
    explicit Gunzip(ByteSource &packed) : in_(packed), inflate_(in_) {}

    Result<std::string_view> next() override
    {
        for (;;) {
            if (place_ == Place::kBehind) {
                return std::string_view();
            }
            if (place_ != Place::kInside) {
                TRY(begin_or_end());
                continue;
            }
            TRY_LET(chunk, inflate_.some());
            sum_.put(chunk);
            length_ += chunk.size();
            if (inflate_.ended()) {
                TRY(check_trailer());
                place_ = Place::kBetween;
            }
            if (!chunk.empty()) {
                return chunk;
            }
        }
    }

private:
    enum class Place : std::uint8_t { kBefore, kInside, kBetween, kBehind };

    /// At a byte that is no member's, or the first of one.
    Status begin_or_end()
    {
        TRY(in_.ensure());
        const std::string_view there = in_.bytes();
        if (place_ == Place::kBetween && (there.empty() || there[0] == 0)) {
            return skip_zeros();
        }
        TRY(header());
        inflate_.start();
        sum_ = Crc32();
        length_ = 0;
        place_ = Place::kInside;
        return {};
    }

    Status skip_zeros()
    {
        for (;;) {
            TRY(in_.ensure());
            const std::string_view there = in_.bytes();
            if (there.empty()) {
                place_ = Place::kBehind;
                return {};
            }
            if (there.find_first_not_of('\0') != std::string_view::npos) {
                return damaged("holds something behind the zeros that follow its end");
            }
            in_.skip(there.size());
        }
    }

    Status header()
    {
        if (in_.take(16) != 0x8b1f) {
            return damaged(place_ == Place::kBetween ? "holds something behind its end" : "is no gzip file");
        }
        const std::uint32_t method = in_.take(8);
        const std::uint32_t flags = in_.take(8);
        in_.take(32);  // time
        in_.take(16);  // how hard it was tried, on which system
        if (in_.overrun()) {
            return damaged("ends in the middle of its header");
        }
        if (method != 8 || (flags & kReserved) != 0) {
            return damaged("is packed by a method that gzip has not got");
        }
        if ((flags & kExtra) != 0) {
            TRY(skip_bytes(in_.take(16)));
        }
        for (const std::uint32_t text : {flags & kName, flags & kComment}) {
            if (text != 0) {
                TRY(skip_text());
            }
        }
        if ((flags & kHeaderSum) != 0) {
            in_.take(16);
        }
        in_.align();
        return in_.overrun() ? damaged("ends in the middle of its header") : Status();
    }

    Status skip_bytes(std::uint32_t count)
    {
        for (; count > 0; --count) {
            TRY(one_byte());
        }
        return {};
    }
    Status skip_text()
    {
        for (;;) {
            TRY_LET(byte, one_byte());
            if (byte == 0) {
                return {};
            }
        }
    }
    Result<std::uint32_t> one_byte()
    {
        in_.align();
        TRY(in_.ensure());
        const std::uint32_t byte = in_.take(8);
        return in_.overrun() ? Result<std::uint32_t>(damaged("ends in the middle of its header")) : byte;
    }

    Status check_trailer()
    {
        in_.align();
        TRY(in_.ensure());
        const std::uint32_t sum = in_.take(32);
        const std::uint32_t length = in_.take(32);
        in_.align();
        if (in_.overrun()) {
            return damaged("ends in the middle of its sum");
        }
        if (sum != sum_.value() || length != static_cast<std::uint32_t>(length_)) {
            return damaged("is damaged: its sum is not that of its content");
        }
        return {};
    }

    BitInput in_;
    Inflate inflate_;
    Crc32 sum_;
    std::uint64_t length_ = 0;
    Place place_ = Place::kBefore;
};

}  // namespace

std::unique_ptr<ByteSource> gunzip(ByteSource &packed) { return std::make_unique<Gunzip>(packed); }

}  // namespace rt::layer
