// SPDX-License-Identifier: Apache-2.0
#include "layer/layer_notes.h"

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "base/str.h"

namespace rt::layer {
namespace {

using json::Node;

constexpr std::string_view kHex = "0123456789abcdef";

/// Names of files are bytes, strings of JSON are not: what is no printing ASCII is %XX.
std::string escaped(const EntryPath &path)
{
    std::string out;
    for (const char c : path.text()) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte > 0x7e || c == '%') {
            out += '%';
            out += kHex[byte >> 4];
            out += kHex[byte & 15];
        } else {
            out += c;
        }
    }
    return out;
}

Result<EntryPath> unescaped(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const std::size_t high = i + 2 < text.size() ? kHex.find(text[i + 1]) : std::string_view::npos;
        const std::size_t low = i + 2 < text.size() ? kHex.find(text[i + 2]) : std::string_view::npos;
        if (high == std::string_view::npos || low == std::string_view::npos) {
            return Error::input(str(json::quote(text), " is no name"));
        }
        out += static_cast<char>(high << 4 | low);
        i += 2;
    }
    return EntryPath::parse(out);
}

void put_paths(json::Writer &writer, std::string_view name, const std::vector<EntryPath> &paths)
{
    writer.name(name).begin_array();
    for (const EntryPath &path : paths) {
        writer.string(escaped(path));
    }
    writer.end_array();
}

Result<std::vector<EntryPath>> paths_of(Node root, std::string_view name)
{
    std::vector<EntryPath> out;
    const auto array = root.member(name);
    if (!array || !array->is_array()) {
        return root.wrong(str("has no array ", json::quote(name)));
    }
    for (const json::Member element : array->children()) {
        TRY_LET(path, unescaped(element.value.string().value_or("%")));
        out.push_back(std::move(path));
    }
    return out;
}

Result<Digest> digest_of(Node root, std::string_view name)
{
    const auto member = root.member(name);
    return Digest::parse(member ? member->string().value_or("") : "");
}

std::uint64_t number_of(Node root, std::string_view name)
{
    const auto member = root.member(name);
    return member ? member->uint64().value_or(0) : 0;
}

}  // namespace

std::string in_json(const LayerNotes &notes)
{
    json::Writer writer(json::Layout::kIndented);
    writer.begin_object();
    writer.name("diffID").string(notes.diff_id.text());
    writer.name("digest").string(notes.digest.text());
    writer.name("packed").number_unsigned(notes.packed);
    writer.name("unpacked").number_unsigned(notes.unpacked);
    writer.name("hidesAll").boolean(notes.hides_all);
    put_paths(writer, "implied", notes.implied);
    put_paths(writer, "hiding", notes.hiding);
    std::vector<EntryPath> links;
    for (const LayerNotes::Link &link : notes.links) {
        links.push_back(link.path);
        links.push_back(link.target);
    }
    put_paths(writer, "links", links);
    writer.end_object();
    return std::move(writer).take() + "\n";
}

Result<LayerNotes> read_layer_notes(std::string_view text)
{
    TRY_LET(document, json::Document::parse(text, kNotesFile));
    const Node root = document.root();
    TRY_LET(digest, digest_of(root, "digest"));
    TRY_LET(diff_id, digest_of(root, "diffID"));
    TRY_LET(implied, paths_of(root, "implied"));
    TRY_LET(hiding, paths_of(root, "hiding"));
    TRY_LET(links, paths_of(root, "links"));
    const auto hides_all = root.member("hidesAll");
    LayerNotes out{std::move(digest),
                   std::move(diff_id),
                   number_of(root, "packed"),
                   number_of(root, "unpacked"),
                   hides_all && hides_all->boolean() == true,
                   std::move(implied),
                   std::move(hiding),
                   {}};
    for (std::size_t i = 0; i + 1 < links.size(); i += 2) {
        out.links.push_back({std::move(links[i]), std::move(links[i + 1])});
    }
    return out;
}

}  // namespace rt::layer
