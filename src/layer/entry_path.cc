// SPDX-License-Identifier: Apache-2.0
#include "layer/entry_path.h"

#include <algorithm>

namespace rt::layer {
namespace {

constexpr std::string_view kWhiteout = ".wh.";
constexpr std::string_view kOpaque = ".wh..wh..opq";
constexpr std::string_view kReserved = ".wh..wh.";
constexpr std::size_t kLongestPath = 4095;
constexpr std::size_t kLongestName = 255;

}  // namespace

Result<EntryPath> EntryPath::parse(std::string_view text)
{
    if (text.size() > kLongestPath) {
        return Error::input("a path of more than 4095 bytes");
    }
    EntryPath out;
    while (!text.empty()) {
        const std::size_t slash = std::min(text.find('/'), text.size());
        const std::string_view name = text.substr(0, slash);
        text.remove_prefix(std::min(slash + 1, text.size()));
        if (name == "..") {
            return Error::input("a path with \"..\" in it");
        }
        if (name.size() > kLongestName) {
            return Error::input("a name of more than 255 bytes");
        }
        if (!name.empty() && name != ".") {
            out = out.below(name);
        }
    }
    return out;
}

EntryPath EntryPath::parent() const
{
    EntryPath out;
    const std::size_t slash = text_.rfind('/');
    out.text_ = slash == std::string::npos ? std::string() : text_.substr(0, slash);
    return out;
}

EntryPath EntryPath::below(std::string_view name) const
{
    EntryPath out;
    out.text_.reserve(text_.size() + 1 + name.size());
    out.text_ = text_;
    out.text_ += text_.empty() ? "" : "/";
    out.text_ += name;
    return out;
}

// spec: ImageWhiteoutOfNothing
Result<LayerName> read_layer_name(const EntryPath &path)
{
    using Means = LayerName::Means;
    if (path.parent().text().starts_with(kWhiteout) ||
        path.parent().text().find("/.wh.") != std::string::npos) {
        return Error::input("something below a whiteout");
    }
    const std::string_view name = path.name();
    if (!name.starts_with(kWhiteout)) {
        return LayerName{Means::kItself, path};
    }
    if (name == kOpaque) {
        return LayerName{Means::kOpaque, path.parent()};
    }
    if (name.starts_with(kReserved)) {
        return LayerName{Means::kNothing, path};
    }
    const std::string_view hidden = name.substr(kWhiteout.size());
    if (hidden.empty() || hidden == "." || hidden == "..") {
        return Error::input("a whiteout of nothing");
    }
    return LayerName{Means::kWhiteout, path.parent().below(hidden)};
}

}  // namespace rt::layer
