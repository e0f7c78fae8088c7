// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>

#include "layer/byte_source.h"

namespace rt::layer {

/// Text that comes in chunks of at most `chunk` bytes, each at a place that the next one destroys.
class TextSource final : public ByteSource {
public:
    explicit TextSource(std::string text, std::size_t chunk = 4096) : text_(std::move(text)), chunk_(chunk) {}
    Result<std::string_view> next() override
    {
        given_ = text_.substr(at_, chunk_);
        at_ += given_.size();
        return std::string_view(given_);
    }

private:
    std::string text_, given_;
    std::size_t chunk_, at_ = 0;
};

/// All that comes, or the error's text behind "error: ".
inline std::string all_of(ByteSource &source)
{
    std::string all;
    for (;;) {
        auto chunk = source.next();
        if (!chunk) {
            return "error: " + chunk.error().text();
        }
        if ((*chunk).empty()) {
            return all;
        }
        all += *chunk;
    }
}

/// Bytes that pack neither well nor badly: words out of a small vocabulary, from a generator of our own.
inline std::string words(std::size_t size, unsigned seed)
{
    std::string out;
    std::uint64_t state = seed * 2654435761U + 1;
    while (out.size() < size) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        const auto pick = static_cast<unsigned>(state >> 33);
        out.append(1 + pick % 7, static_cast<char>('a' + pick % 26));
        out += pick % 11 == 0 ? static_cast<char>(pick >> 8) : ' ';
        if (pick % 97 == 0 && out.size() > 5000) {
            out += out.substr(pick % (out.size() - 4000), 1 + pick % 3000);
        }
    }
    out.resize(size);
    return out;
}

}  // namespace rt::layer
