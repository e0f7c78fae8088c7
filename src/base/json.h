// SPDX-License-Identifier: Apache-2.0
//
// JSON as we accept and print it.  Reading is strict: one object at the top, no name twice, no NUL
// inside a string, valid UTF-8, nothing behind the end.  A Document is one flat array of values in
// the order of the text; a Node is an index into it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rt::json {

inline constexpr std::size_t kMaxDepth = 64;

enum class Kind : std::uint8_t { kNull, kBool, kInteger, kReal, kString, kArray, kObject };

/// "null", "true or false", "a whole number", ...: what a reader calls it.
std::string_view in_words(Kind kind);

struct Member;
class Children;
struct Rep;

/// A value inside a Document, which has to outlive it.  Knows its JSON pointer, and spells it out
/// only when asked.
class Node {
public:
    Kind kind() const;
    bool is_object() const { return kind() == Kind::kObject; }
    bool is_array() const { return kind() == Kind::kArray; }

    /// The value of property `name` of an object; nullopt when it is absent, null, or this is none.
    std::optional<Node> member(std::string_view name) const;
    std::size_t size() const;   ///< elements of an array, members of an object, else 0
    Children children() const;  ///< elements (names empty) or members, in the text's order

    // Each is nullopt when the value is not exactly that: 1.0 and 1e3 are no integers, "-0" no
    // unsigned one, and what does not fit does not wrap.
    std::optional<bool> boolean() const;
    std::optional<std::int64_t> int64() const;
    std::optional<std::uint64_t> uint64() const;
    std::optional<std::string_view> string() const;  ///< lives as long as the Document

    std::string pointer() const;  ///< RFC 6901: "/linux/namespaces/3/type"; "" for the top
    /// Error::input_at this value.
    Error wrong(std::string what) const;

private:
    friend class Document;
    friend class Children;
    Node(const Rep *rep, std::uint32_t index) : rep_(rep), index_(index) {}

    const Rep *rep_;
    std::uint32_t index_;
};

struct Member {
    std::string_view name;  ///< empty for an element of an array
    Node value;
};

/// for (const json::Member m : node.children())
class Children {
public:
    class Iterator {
    public:
        Member operator*() const;
        Iterator &operator++();
        bool operator==(const Iterator &other) const { return index_ == other.index_; }

    private:
        friend class Children;
        Iterator(const Rep *rep, std::uint32_t index, bool named) : rep_(rep), index_(index), named_(named) {}
        const Rep *rep_;
        std::uint32_t index_;
        bool named_;
    };
    Iterator begin() const { return {rep_, first_, named_}; }
    Iterator end() const { return {rep_, past_, named_}; }

private:
    friend class Node;
    Children(const Rep *rep, std::uint32_t first, std::uint32_t past, bool named)
        : rep_(rep), first_(first), past_(past), named_(named)
    {}
    const Rep *rep_;
    std::uint32_t first_, past_;
    bool named_;
};

class Document {
public:
    /// Copies the text.  `name` is what an error calls it: the Error's text is "NAME:line:column:
    /// what is wrong", with the value's pointer in front of what is wrong when there is one.
    static Result<Document> parse(std::string_view text, std::string_view name);
    Document(Document &&) noexcept;
    ~Document();
    Node root() const;  ///< always an object

private:
    explicit Document(std::unique_ptr<Rep> rep);
    std::unique_ptr<Rep> rep_;
};

/// Where something is in a text, both from 1; columns count bytes.
struct Position {
    std::size_t line = 1;
    std::size_t column = 1;
    bool operator==(const Position &) const = default;
};

/// The position of the value `pointer` names; of its nearest ancestor when it is not there.  Scans
/// the text again, so it is for errors only.  `text` must have been parsed before.
Position locate(std::string_view text, std::string_view pointer);
/// The same for each of `pointers`, in one scan.
std::vector<Position> locate(std::string_view text, std::span<const std::string_view> pointers);

/// The position of byte `offset`.
Position position_of(std::string_view text, std::size_t offset);

/// `text` as a JSON string, quotes included: how a message quotes what a user wrote.
std::string quote(std::string_view text);

/// One token of a JSON pointer: "a/b~c" gives "a~1b~0c".
std::string escape_pointer(std::string_view token);

enum class Layout : std::uint8_t { kCompact, kIndented };

/// Writes JSON in the order of the calls.  Bytes that are not UTF-8 come out as U+FFFD.
class Writer {
public:
    explicit Writer(Layout layout) : layout_(layout) {}

    Writer &begin_object() { return open('{'); }
    Writer &end_object() { return close('}'); }
    Writer &begin_array() { return open('['); }
    Writer &end_array() { return close(']'); }
    Writer &name(std::string_view name);

    Writer &string(std::string_view value);
    Writer &number(std::int64_t value);
    Writer &number_unsigned(std::uint64_t value);
    Writer &boolean(bool value);
    Writer &null();
    /// Copies `value`, which has to be JSON already, as it is.
    Writer &raw(std::string_view value);

    /// The text, without a newline at the end.
    std::string take() && { return std::move(out_); }

private:
    Writer &open(char bracket);
    Writer &close(char bracket);
    void before_value();
    void new_line();

    Layout layout_;
    std::string out_;
    std::size_t depth_ = 0;
    bool first_ = true;  ///< nothing was written yet in the open object or array
    bool after_name_ = false;
};

}  // namespace rt::json
