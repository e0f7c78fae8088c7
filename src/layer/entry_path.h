// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rt::layer {

/// A path below a root: names with one slash between two, none of them "." or ".."; "" is the root itself.
class EntryPath {
public:
    /// Of an entry's name or a hard link's target: a leading slash, "." and double slashes mean nothing; ".."
    /// is refused, and so is what the kernel would: 4096 bytes in all, names of more than 255.
    static Result<EntryPath> parse(std::string_view text);

    const std::string &text() const { return text_; }
    bool is_root() const { return text_.empty(); }
    std::string_view name() const { return std::string_view(text_).substr(text_.rfind('/') + 1); }
    EntryPath parent() const;
    EntryPath below(std::string_view name) const;

    bool operator==(const EntryPath &) const = default;
    auto operator<=>(const EntryPath &) const = default;

private:
    std::string text_;
};

/// What a name in a layer means (image-spec, layer.md, "Whiteouts").
struct LayerName {
    enum class Means : std::uint8_t {
        kItself,
        kWhiteout,  ///< what the layers below have at `path` is gone
        kOpaque,    ///< what the layers below have in the directory `path` is gone
        kNothing,   ///< ".wh..wh.plnk" and other remains of aufs
    };
    Means means = Means::kItself;
    EntryPath path;
};
Result<LayerName> read_layer_name(const EntryPath &path);

}  // namespace rt::layer
