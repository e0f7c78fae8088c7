// SPDX-License-Identifier: Apache-2.0
#include "criu/wire.h"

#include <algorithm>
#include <optional>

namespace rt::criu {
namespace {

enum WireType : std::uint8_t { kVarint = 0, kFixed64 = 1, kLength = 2, kFixed32 = 5 };

constexpr unsigned kBits = 7;
constexpr std::uint64_t kMore = 0x80;

/// Reads from the front of `rest_`.
class Reader {
public:
    explicit Reader(std::string_view bytes) : rest_(bytes) {}

    bool done() const { return rest_.empty(); }

    std::optional<std::uint64_t> varint()
    {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += kBits) {
            const auto byte = static_cast<unsigned char>(rest_[0]);
            rest_.remove_prefix(1);
            value |= (byte & ~kMore) << shift;
            if ((byte & kMore) == 0) {
                return value;
            }
        }
        return std::nullopt;
    }

    std::optional<std::string_view> bytes(std::uint64_t size)
    {
        if (size > rest_.size()) {
            return std::nullopt;
        }
        const std::string_view value = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return value;
    }

    /// The value behind a key; nullopt: there is no such type, or the bytes end.
    std::optional<WireField> value(std::uint64_t key)
    {
        WireField field{.field = static_cast<std::uint32_t>(key >> 3)};
        std::optional<std::uint64_t> number;
        switch (key & 7) {
        case kVarint:
            number = varint();
            field.number = static_cast<std::int64_t>(number.value_or(0));
            return number ? std::optional(field) : std::nullopt;
        case kLength:
            number = varint();
            field.is_text = true;
            return number ? text(field, *number) : std::nullopt;
        case kFixed64:
            return text({}, 8);
        case kFixed32:
            return text({}, 4);
        default:
            return std::nullopt;
        }
    }

private:
    std::optional<WireField> text(WireField field, std::uint64_t size)
    {
        const auto value = bytes(size);
        field.text = value.value_or("");
        return value ? std::optional(field) : std::nullopt;
    }

    std::string_view rest_;
};

}  // namespace

void Encoder::varint(std::uint64_t value)
{
    for (; value >= kMore; value >>= kBits) {
        out_ += static_cast<char>((value & (kMore - 1)) | kMore);
    }
    out_ += static_cast<char>(value);
}

Encoder &Encoder::number(std::uint32_t field, std::int64_t value)
{
    varint((std::uint64_t{field} << 3) | kVarint);
    varint(static_cast<std::uint64_t>(value));
    return *this;
}

Encoder &Encoder::text(std::uint32_t field, std::string_view value)
{
    varint((std::uint64_t{field} << 3) | kLength);
    varint(value.size());
    out_ += value;
    return *this;
}

Result<std::vector<WireField>> decode(std::string_view bytes)
{
    std::vector<WireField> fields;
    for (Reader reader(bytes); !reader.done();) {
        const auto key = reader.varint();
        const auto field = key ? reader.value(*key) : std::nullopt;
        if (!field) {
            return Error::state("criu sent a message that is cut off or damaged");
        }
        if (field->field != 0) {
            fields.push_back(*field);
        }
    }
    return fields;
}

}  // namespace rt::criu
