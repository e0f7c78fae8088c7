// SPDX-License-Identifier: Apache-2.0
#include "dbus/message.h"

#include <bit>
#include <cstring>

#include "base/str.h"
#include "dbus/types.h"

namespace rt::dbus {
namespace {

static_assert(std::endian::native == std::endian::little, "messages are written as they lie in memory");

constexpr char kLittleEndian = 'l';
constexpr char kProtocol = 1;
constexpr std::size_t kMaxArray = std::size_t{1} << 26;

/// Header fields (specification, "Header Fields").
enum Field : std::uint8_t {
    kPath = 1,
    kInterface = 2,
    kMember = 3,
    kErrorName = 4,
    kReplySerial = 5,
    kDestination = 6,
    kSignature = 8,
};

/// The alignment of a value whose type begins with `code`.
std::size_t alignment(char code)
{
    if (const Basic *type = basic(code)) {
        return type->size;
    }
    return code == '(' || code == '{' ? 8 : code == 'v' || code == 'g' ? 1 : 4;
}

// ---- writing ----------------------------------------------------------------------------------

class Writer {
public:
    std::string bytes;

    void align(std::size_t to) { bytes.append((to - bytes.size() % to) % to, '\0'); }

    void number(std::uint64_t value, std::size_t size)
    {
        align(size);
        bytes.append(reinterpret_cast<const char *>(&value), size);
    }

    void text(char code, std::string_view value)
    {
        number(value.size(), code == 'g' ? 1 : 4);
        bytes += value;
        bytes += '\0';
    }

    void value(const Value &value)
    {
        const char code = value.type.front();
        if (const Basic *type = basic(code)) {
            number(value.number, type->size);
        } else if (is_text(code)) {
            text(code, value.text);
        } else if (code == 'a') {
            array(value);
        } else {
            if (code == 'v') {
                text('g', value.parts.front().type);
            } else {
                align(8);
            }
            for (const Value &part : value.parts) {
                this->value(part);
            }
        }
    }

private:
    void array(const Value &value)
    {
        number(0, 4);
        const std::size_t length_at = bytes.size() - 4;
        align(alignment(value.type[1]));
        const std::size_t first = bytes.size();
        for (const Value &part : value.parts) {
            this->value(part);
        }
        const auto length = static_cast<std::uint32_t>(bytes.size() - first);
        std::memcpy(bytes.data() + length_at, &length, sizeof length);
    }
};

Value field(Field which, Value value) { return structure({Value("y", which), variant(std::move(value))}); }

// ---- reading ----------------------------------------------------------------------------------

Error damaged(std::string_view what) { return Error::state(str("a message of D-Bus is damaged: ", what)); }

class Reader {
public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}

    bool at_end() const { return at_ == bytes_.size(); }

    Status align(std::size_t to)
    {
        const std::size_t next = (at_ + to - 1) / to * to;
        if (next > bytes_.size()) {
            return damaged("it ends too early");
        }
        at_ = next;
        return {};
    }

    Result<std::uint64_t> number(std::size_t size, bool is_signed = false)
    {
        TRY(align(size));
        if (bytes_.size() - at_ < size) {
            return damaged("it ends too early");
        }
        std::uint64_t value = 0;
        std::memcpy(&value, bytes_.data() + at_, size);
        at_ += size;
        const std::size_t unused = 64 - 8 * size;
        if (is_signed && unused > 0) {
            value = static_cast<std::uint64_t>(static_cast<std::int64_t>(value << unused) >> unused);
        }
        return value;
    }

    Result<std::string> text(char code)
    {
        TRY_LET(size, number(code == 'g' ? 1 : 4));
        if (bytes_.size() - at_ <= size || bytes_[at_ + size] != '\0') {
            return damaged("a string does not end where it says");
        }
        const std::string_view found = bytes_.substr(at_, size);
        at_ += size + 1;
        if (found.find('\0') != found.npos) {
            return damaged("a string has a NUL in it");
        }
        return std::string(found);
    }

    /// A value of `type`, which is one complete type.
    Result<Value> value(std::string_view type, int depth)
    {
        Value out(type);
        if (depth > kMaxDepth) {
            return damaged("it is nested too deeply");
        }
        const char code = type.front();
        if (const Basic *numeric = basic(code)) {
            TRY_LET(found, number(numeric->size, numeric->is_signed));
            out.number = found;
        } else if (is_text(code)) {
            TRY_LET(found, text(code));
            out.text = std::move(found);
        } else if (code == 'a') {
            TRY(elements(type.substr(1), depth, out.parts));
        } else if (code == 'v') {
            TRY_LET(inner, text('g'));
            if (inner.empty() || type_length(inner) != inner.size()) {
                return damaged("a variant has no type");
            }
            TRY_LET(part, value(inner, depth + 1));
            out.parts.push_back(std::move(part));
        } else {
            TRY(align(8));
            TRY(sequence(type.substr(1, type.size() - 2), depth, out.parts));
        }
        return out;
    }

    /// A value of each of `types`, one behind the other.
    Status sequence(std::string_view types, int depth, std::vector<Value> &parts)
    {
        while (!types.empty()) {
            const std::size_t length = type_length(types);
            if (length == 0) {
                return damaged("its signature is none we know");
            }
            TRY_LET(part, value(types.substr(0, length), depth + 1));
            parts.push_back(std::move(part));
            types.remove_prefix(length);
        }
        return {};
    }

private:
    Status elements(std::string_view type, int depth, std::vector<Value> &parts)
    {
        TRY_LET(size, number(4));
        TRY(align(alignment(type.front())));
        if (size > kMaxArray || bytes_.size() - at_ < size) {
            return damaged("a list is longer than the message");
        }
        const std::size_t end = at_ + size;
        while (at_ < end) {
            TRY_LET(part, value(type, depth + 1));
            parts.push_back(std::move(part));
        }
        return at_ == end ? Status() : damaged("a list does not end where it says");
    }

    std::string_view bytes_;
    std::size_t at_ = 0;
};

Status take_field(std::uint64_t which, Value value, Message &message)
{
    std::string *const texts[] = {nullptr,         &message.path,  &message.interface,
                                  &message.member, &message.error, nullptr,
                                  nullptr,         nullptr,        &message.signature};
    if (which == kReplySerial) {
        message.reply_to = static_cast<std::uint32_t>(value.number);
        return value.type == "u" ? Status() : damaged("a field has the wrong type");
    }
    if (which < std::size(texts) && texts[which] != nullptr) {
        if (!is_text(value.type.front())) {
            return damaged("a field has the wrong type");
        }
        *texts[which] = std::move(value.text);
    }
    return {};
}

}  // namespace

std::string encode(const Call &call, std::uint32_t serial)
{
    Writer body;
    std::string signature;
    for (const Value &argument : call.arguments) {
        body.value(argument);
        signature += argument.type;
    }
    std::vector<Value> fields;
    fields.push_back(field(kPath, Value("o", call.path)));
    fields.push_back(field(kInterface, text(call.interface)));
    fields.push_back(field(kMember, text(call.member)));
    if (!call.destination.empty()) {
        fields.push_back(field(kDestination, text(call.destination)));
    }
    if (!signature.empty()) {
        fields.push_back(field(kSignature, Value("g", signature)));
    }
    Writer out;
    out.bytes = {kLittleEndian, static_cast<char>(Kind::kCall), 0, kProtocol};
    out.number(body.bytes.size(), 4);
    out.number(serial, 4);
    out.value(array("(yv)", std::move(fields)));
    out.align(8);
    return std::move(out.bytes) + body.bytes;
}

Result<std::size_t> message_length(std::string_view header)
{
    if (header.size() < kFixedHeader || header[0] != kLittleEndian || header[3] != kProtocol) {
        return damaged("it is of another byte order or protocol");
    }
    std::uint32_t body = 0, fields = 0;
    std::memcpy(&body, header.data() + 4, sizeof body);
    std::memcpy(&fields, header.data() + 12, sizeof fields);
    if (body > kMaxMessage || fields > kMaxMessage) {
        return damaged("it is too long");
    }
    const std::size_t length = (kFixedHeader + fields + 7) / 8 * 8 + body;
    if (length > kMaxMessage) {
        return damaged("it is too long");
    }
    return length;
}

Result<Message> decode(std::string_view bytes)
{
    TRY_LET(length, message_length(bytes));
    if (length != bytes.size()) {
        return damaged("its length is not what it says");
    }
    Reader reader(bytes);
    Message message;
    std::vector<Value> fixed;
    TRY(reader.sequence("yyyyuua(yv)", 0, fixed));
    message.kind = static_cast<Kind>(fixed[1].number);
    message.serial = static_cast<std::uint32_t>(fixed[5].number);
    for (Value &entry : fixed[6].parts) {
        TRY(take_field(entry.parts[0].number, std::move(entry.parts[1].parts[0]), message));
    }
    message.body = bytes.substr(length - fixed[4].number);
    return message;
}

Result<std::vector<Value>> arguments_of(const Message &message)
{
    Reader reader(message.body);
    std::vector<Value> arguments;
    TRY(reader.sequence(message.signature, 0, arguments));
    if (!reader.at_end()) {
        return damaged("its body is longer than its signature");
    }
    return arguments;
}

}  // namespace rt::dbus
