// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "layer/sha256.h"
#include "layer/sha512.h"

namespace rt::layer {

/// "sha256:9f86...": what names a blob.  Holds only what the grammar of the image specification's
/// descriptor.md allows, so that its parts can be used as names of files.
class Digest {
public:
    static Result<Digest> parse(std::string_view text);
    static Digest of(const Sha256::Value &value);
    /// SHA-256 of `bytes`.
    static Digest of(std::string_view bytes);

    const std::string &text() const { return text_; }
    std::string_view algorithm() const { return std::string_view(text_).substr(0, colon_); }
    std::string_view encoded() const { return std::string_view(text_).substr(colon_ + 1); }
    /// Where an image layout has it: "blobs/sha256/9f86...".
    std::string blob_path() const;
    /// It is of these bytes, by its own algorithm, which has to be one that can be computed.
    bool is_of(std::string_view bytes) const;
    /// Fails when it is of an algorithm that we cannot compute: then nothing can be checked against it.
    Status check_verifiable() const;

    bool operator==(const Digest &) const = default;
    auto operator<=>(const Digest &) const = default;

private:
    friend class DigestSum;
    Digest(std::string text, std::size_t colon) : text_(std::move(text)), colon_(colon) {}
    std::string text_;
    std::size_t colon_;
};

/// The sum that a digest is to be compared with, of bytes that come one piece after the other.
class DigestSum {
public:
    /// Of the algorithm of `like`; of SHA-256 when that cannot be computed.
    explicit DigestSum(const Digest &like);
    void put(std::string_view bytes);
    /// Ends the sum.
    Digest finish();

private:
    std::variant<Sha256, Sha512> sum_;
};

}  // namespace rt::layer
