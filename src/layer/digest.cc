// SPDX-License-Identifier: Apache-2.0
#include "layer/digest.h"

#include <algorithm>

#include "base/json.h"
#include "base/str.h"

namespace rt::layer {
namespace {

/// Registered algorithms, of whose digests more is known than the grammar says.
struct Algorithm {
    std::string_view name;
    std::size_t hex_digits;
};
constexpr std::string_view kSha256 = "sha256", kSha512 = "sha512";
constexpr Algorithm kAlgorithms[] = {{kSha256, 64}, {kSha512, 128}, {"blake3", 64}};

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_hex(char c) { return (c >= 'a' && c <= 'f') || (c >= '0' && c <= '9'); }
bool is_separator(char c) { return c == '+' || c == '.' || c == '_' || c == '-'; }
bool is_encoded(char c)
{
    return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '=' || c == '_' || c == '-';
}

/// Words of lower-case letters and digits, with one separator between two of them.
bool is_algorithm(std::string_view text)
{
    bool word = false;
    for (const char c : text) {
        if (!is_lower_or_digit(c) && !(is_separator(c) && word)) {
            return false;
        }
        word = is_lower_or_digit(c);
    }
    return word;
}

Error wrong(std::string_view text, std::string_view why)
{
    constexpr std::size_t kShown = 160;
    return Error::input(str(json::quote(text.substr(0, kShown)), " is no digest: ", why));
}

}  // namespace

// spec: ImageDigestGrammar, ImageDigestUnknownAlgorithm, ImageSha256Encoded, ImageSha512Encoded
// spec: ImageBlake3Encoded
Result<Digest> Digest::parse(std::string_view text)
{
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) {
        return wrong(text, "it has to be ALGORITHM:ENCODED");
    }
    const std::string_view algorithm = text.substr(0, colon);
    const std::string_view encoded = text.substr(colon + 1);
    constexpr std::size_t kLongest = 255;
    if (!is_algorithm(algorithm) || algorithm.size() > kLongest) {
        return wrong(
            text, "its algorithm is no words of lower-case letters and digits with one of + . _ - between");
    }
    if (encoded.empty() || encoded.size() > kLongest || !std::ranges::all_of(encoded, is_encoded)) {
        return wrong(text, "behind the colon are letters, digits, = _ - only");
    }
    const auto *known = std::ranges::find(kAlgorithms, algorithm, &Algorithm::name);
    if (known != std::end(kAlgorithms) &&
        (encoded.size() != known->hex_digits || !std::ranges::all_of(encoded, is_hex))) {
        return wrong(text,
                     str("a ", known->name, " has ", known->hex_digits, " lower-case hexadecimal digits"));
    }
    return Digest(std::string(text), colon);
}

Digest Digest::of(const Sha256::Value &value) { return {"sha256:" + hex(value), 6}; }

Digest Digest::of(std::string_view bytes)
{
    Sha256 sum;
    sum.put(bytes);
    return of(sum.finish());
}

std::string Digest::blob_path() const { return str("blobs/", algorithm(), "/", encoded()); }

bool Digest::is_of(std::string_view bytes) const
{
    DigestSum sum(*this);
    sum.put(bytes);
    return sum.finish() == *this;
}

Status Digest::check_verifiable() const
{
    if (algorithm() == kSha256 || algorithm() == kSha512) {
        return {};
    }
    return Error::input(str("digests of algorithm \"", algorithm(), "\" cannot be checked"))
        .hint("sha256 and sha512 can: copy the image with one of them");
}

DigestSum::DigestSum(const Digest &like)
{
    if (like.algorithm() == kSha512) {
        sum_.emplace<Sha512>();
    }
}

void DigestSum::put(std::string_view bytes)
{
    std::visit([bytes](auto &sum) { sum.put(bytes); }, sum_);
}

Digest DigestSum::finish()
{
    const std::string_view name = std::holds_alternative<Sha512>(sum_) ? kSha512 : kSha256;
    return {str(name, ":", std::visit([](auto &sum) { return hex(sum.finish()); }, sum_)), name.size()};
}

}  // namespace rt::layer
