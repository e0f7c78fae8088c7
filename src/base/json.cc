// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>
#include <vector>

#define RAPIDJSON_ASSERT(x) ((x) ? static_cast<void>(0) : ::abort())
#if defined(__SSE2__)
#define RAPIDJSON_SSE2
#elif defined(__ARM_NEON)
#define RAPIDJSON_NEON
#endif
#include <rapidjson/reader.h>

#include "base/str.h"

namespace rt::json {
namespace {

struct Value {
    Kind kind = Kind::kNull;
    bool negative = false;   ///< of a kInteger; "-0" is negative too
    std::uint32_t size = 0;  ///< bytes, elements or members
    std::uint32_t past = 0;  ///< index of the first value that is not inside this one
    union {
        const char *text;
        std::uint64_t number;  ///< two's complement when negative; 0 or 1 of a kBool
    };

    std::string_view view() const { return {text, size}; }
};

struct Defect {
    std::uint32_t index = 0;
    std::string_view what;
};

// At most that many names are compared each with each.
constexpr std::uint32_t kFewNames = 12;

bool ends_in_half_pair(std::string_view s)
{
    for (std::size_t at = s.find('\xed'); at != s.npos; at = s.find('\xed', at + 1)) {
        // U+D800 to U+DFFF, which only an escape can have made: the reader has checked the rest.
        if (at + 1 < s.size() && static_cast<unsigned char>(s[at + 1]) >= 0xa0) {
            return true;
        }
    }
    return false;
}

/// Receives the reader's events and lays the values out in one array.
class Builder : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Builder> {
public:
    Builder(std::vector<Value> &values, bool has_escapes) : values_(values), has_escapes_(has_escapes) {}

    bool Null() { return leaf({.kind = Kind::kNull, .number = 0}); }
    bool Bool(bool b) { return leaf({.kind = Kind::kBool, .number = b ? 1U : 0U}); }
    // The reader calls the signed pair for numbers with a minus only.
    bool Int(int i) { return Int64(i); }
    bool Int64(std::int64_t i)
    {
        return leaf({.kind = Kind::kInteger, .negative = true, .number = static_cast<std::uint64_t>(i)});
    }
    bool Uint(unsigned i) { return Uint64(i); }
    bool Uint64(std::uint64_t i) { return leaf({.kind = Kind::kInteger, .number = i}); }
    bool Double(double /*d*/) { return leaf({.kind = Kind::kReal, .number = 0}); }
    bool String(const char *s, rapidjson::SizeType length, bool /*copy*/)
    {
        if (has_escapes_) {
            check({s, length});
        }
        return leaf({.kind = Kind::kString, .size = length, .text = s});
    }
    bool Key(const char *s, rapidjson::SizeType length, bool copy) { return String(s, length, copy); }
    bool StartObject() { return start(Kind::kObject); }
    bool StartArray() { return start(Kind::kArray); }
    bool EndArray(rapidjson::SizeType count)
    {
        end(count);
        return true;
    }
    bool EndObject(rapidjson::SizeType count)
    {
        check_names(open_[depth_ - 1], count);
        end(count);
        return true;
    }

    bool too_deep() const { return too_deep_; }
    const std::optional<Defect> &defect() const { return defect_; }

private:
    bool leaf(Value value)
    {
        value.past = next() + 1;
        values_.push_back(value);
        return true;
    }
    bool start(Kind kind)
    {
        too_deep_ = depth_ == kMaxDepth;
        if (too_deep_) {
            return false;
        }
        open_[depth_++] = next();
        return leaf({.kind = kind, .number = 0});
    }
    void end(std::uint32_t count)
    {
        Value &value = values_[open_[--depth_]];
        value.size = count;
        value.past = next();
    }
    void check(std::string_view s)
    {
        if (s.find('\0') != s.npos) {
            blame(next(), "holds U+0000, which ends a string for the kernel");
        } else if (ends_in_half_pair(s)) {
            blame(next(), "holds half a surrogate pair");
        }
    }
    void blame(std::uint32_t index, std::string_view what)
    {
        if (!defect_) {
            defect_ = Defect{index, what};
        }
    }
    void check_names(std::uint32_t object, std::uint32_t count);
    std::uint32_t next() const { return static_cast<std::uint32_t>(values_.size()); }

    std::vector<Value> &values_;
    bool has_escapes_;
    bool too_deep_ = false;
    std::size_t depth_ = 0;
    std::array<std::uint32_t, kMaxDepth> open_{};
    std::optional<Defect> defect_;
};

void Builder::check_names(std::uint32_t object, std::uint32_t count)
{
    constexpr std::string_view kTwice = "is there twice";
    std::array<std::uint32_t, kFewNames> few{};
    std::vector<std::uint32_t> many(count > kFewNames ? count : 0);
    std::uint32_t *names = count > kFewNames ? many.data() : few.data();
    std::uint32_t index = object + 1;
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::string_view name = values_[index].view();
        for (std::uint32_t j = 0; count <= kFewNames && j < i; ++j) {
            if (values_[names[j]].view() == name) {
                return blame(index, kTwice);
            }
        }
        names[i] = index;
        index = values_[index + 1].past;
    }
    const auto text = [this](std::uint32_t i) { return values_[i].view(); };
    std::ranges::stable_sort(many, {}, text);
    const auto twice = std::ranges::adjacent_find(many, {}, text);
    if (twice != many.end()) {
        blame(*(twice + 1), kTwice);
    }
}

/// What the reader found wrong, in our words.
std::string_view in_words(rapidjson::ParseErrorCode code)
{
    switch (code) {
    case rapidjson::kParseErrorDocumentEmpty:
        return "there is nothing but blanks";
    case rapidjson::kParseErrorDocumentRootNotSingular:
        return "something follows the end of the object";
    case rapidjson::kParseErrorObjectMissName:
        return "expected a name in quotes";
    case rapidjson::kParseErrorObjectMissColon:
        return "expected a colon behind the name";
    case rapidjson::kParseErrorObjectMissCommaOrCurlyBracket:
        return "expected a comma or '}'";
    case rapidjson::kParseErrorArrayMissCommaOrSquareBracket:
        return "expected a comma or ']'";
    case rapidjson::kParseErrorStringUnicodeEscapeInvalidHex:
        return "expected four hex digits behind \\u";
    case rapidjson::kParseErrorStringUnicodeSurrogateInvalid:
        return "half a surrogate pair";
    case rapidjson::kParseErrorStringEscapeInvalid:
        return "a control character or an unknown escape";
    case rapidjson::kParseErrorStringMissQuotationMark:
        return "a string without its closing quote";
    case rapidjson::kParseErrorStringInvalidEncoding:
        return "not UTF-8";
    case rapidjson::kParseErrorNumberTooBig:
        return "too large a number";
    case rapidjson::kParseErrorNumberMissFraction:
        return "expected digits behind the point";
    case rapidjson::kParseErrorNumberMissExponent:
        return "expected digits in the exponent";
    case rapidjson::kParseErrorTermination:
        return "nested deeper than 64 levels";
    case rapidjson::kParseErrorValueInvalid:
    case rapidjson::kParseErrorNone:
    case rapidjson::kParseErrorUnspecificSyntaxError:
        break;
    }
    return "expected a value";
}

bool is_ascii(std::string_view text)
{
    constexpr std::uint64_t kTopBits = 0x8080808080808080;
    std::uint64_t all = 0;
    for (std::uint64_t eight = 0; text.size() >= sizeof(eight); text.remove_prefix(sizeof(eight))) {
        ::memcpy(&eight, text.data(), sizeof(eight));
        all |= eight;
    }
    const bool rest = std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    return (all & kTopBits) == 0 && rest;
}

Error blame_at(std::string_view name, Position at, std::string_view what)
{
    return Error::input(str(name, ':', at.line, ':', at.column, ": ", what));
}

}  // namespace

struct Rep {
    std::string text;
    std::vector<Value> values;
};

std::string_view in_words(Kind kind)
{
    constexpr std::array<std::string_view, 7> kWords = {
        "null",           "true or false",
        "a whole number", "a number with a fraction, an exponent or too many digits",
        "a string",       "an array",
        "an object",
    };
    return kWords[static_cast<std::size_t>(kind)];
}

// ---- Node -------------------------------------------------------------------------------------

Kind Node::kind() const { return rep_->values[index_].kind; }

std::optional<Node> Node::member(std::string_view name) const
{
    if (!is_object()) {
        return std::nullopt;
    }
    for (const Member m : children()) {
        if (m.name == name) {
            return m.value.kind() == Kind::kNull ? std::nullopt : std::optional(m.value);
        }
    }
    return std::nullopt;
}

std::size_t Node::size() const { return is_array() || is_object() ? rep_->values[index_].size : 0; }

Children Node::children() const { return {rep_, index_ + 1, rep_->values[index_].past, is_object()}; }

std::optional<bool> Node::boolean() const
{
    const Value &v = rep_->values[index_];
    return v.kind == Kind::kBool ? std::optional(v.number != 0) : std::nullopt;
}

std::optional<std::int64_t> Node::int64() const
{
    const Value &v = rep_->values[index_];
    const bool fits = v.negative || v.number <= std::uint64_t{std::numeric_limits<std::int64_t>::max()};
    return v.kind == Kind::kInteger && fits ? std::optional(static_cast<std::int64_t>(v.number))
                                            : std::nullopt;
}

std::optional<std::uint64_t> Node::uint64() const
{
    const Value &v = rep_->values[index_];
    return v.kind == Kind::kInteger && !v.negative ? std::optional(v.number) : std::nullopt;
}

std::optional<std::string_view> Node::string() const
{
    const Value &v = rep_->values[index_];
    return v.kind == Kind::kString ? std::optional(v.view()) : std::nullopt;
}

std::string Node::pointer() const
{
    std::string out;
    std::uint32_t at = 0;
    while (at != index_ &&
           (rep_->values[at].kind == Kind::kObject || rep_->values[at].kind == Kind::kArray)) {
        std::size_t position = 0;
        for (const Member m : Node(rep_, at).children()) {
            if (index_ < rep_->values[m.value.index_].past) {
                out += rep_->values[at].kind == Kind::kObject ? str('/', escape_pointer(m.name))
                                                              : str('/', position);
                at = m.value.index_;
                break;
            }
            ++position;
        }
        // A name stands before its value.
        if (at > index_) {
            break;
        }
    }
    return out;
}

Error Node::wrong(std::string what) const { return Error::input_at(pointer(), std::move(what)); }

Member Children::Iterator::operator*() const
{
    return named_ ? Member{rep_->values[index_].view(), Node(rep_, index_ + 1)}
                  : Member{{}, Node(rep_, index_)};
}

Children::Iterator &Children::Iterator::operator++()
{
    index_ = rep_->values[index_ + (named_ ? 1 : 0)].past;
    return *this;
}

// ---- Document ---------------------------------------------------------------------------------

Document::Document(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
Document::Document(Document &&) noexcept = default;
Document::~Document() = default;

// spec: ConfigUtf8, ConfigNoDuplicateNames, JsonSyntax, JsonDepth, JsonNoNul
Result<Document> Document::parse(std::string_view text, std::string_view name)
{
    constexpr unsigned kAscii = rapidjson::kParseIterativeFlag | rapidjson::kParseInsituFlag;
    constexpr unsigned kUtf8 = kAscii | rapidjson::kParseValidateEncodingFlag;
    if (text.starts_with("\xef\xbb\xbf")) {
        return blame_at(name, {}, "begins with a byte order mark").hint("save it as UTF-8 without one");
    }
    if (const std::size_t nul = text.find('\0'); nul != text.npos) {
        return blame_at(name, position_of(text, nul), "a NUL byte");
    }
    auto rep = std::make_unique<Rep>();
    // The reader looks for the rest of a character that the end of the text cuts off, and at 16 bytes at
    // once.
    constexpr std::size_t kBehind = 16;
    rep->text.reserve(text.size() + kBehind);
    rep->text.append(text).append(kBehind, '\0');
    rep->values.reserve(text.size() / 12 + 16);
    rapidjson::InsituStringStream stream(rep->text.data());
    rapidjson::Reader reader;
    Builder builder(rep->values, text.find("\\u") != text.npos);
    if (is_ascii(text)) {  // every character is one: a string is passed over at memory's speed
        reader.Parse<kAscii>(stream, builder);
    } else {
        reader.Parse<kUtf8>(stream, builder);
    }
    if (reader.HasParseError()) {
        return blame_at(name, position_of(text, reader.GetErrorOffset()),
                        in_words(reader.GetParseErrorCode()));
    }
    if (rep->values[0].kind != Kind::kObject) {
        return blame_at(name, {}, str("the top must be an object, got ", in_words(rep->values[0].kind)));
    }
    if (builder.defect()) {
        const std::string pointer = Node(rep.get(), builder.defect()->index).pointer();
        return blame_at(name, locate(text, pointer), str(pointer, ": ", builder.defect()->what));
    }
    return Document(std::move(rep));
}

Node Document::root() const { return {rep_.get(), 0}; }

}  // namespace rt::json
