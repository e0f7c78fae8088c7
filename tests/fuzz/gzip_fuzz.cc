// SPDX-License-Identifier: Apache-2.0
//
// Whatever the bytes are, as a gzip file and as the deflate stream in one: it ends, and gives the same bytes
// and the same words whatever pieces it comes in.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "layer/gunzip.h"
#include "unit/layer/sources.h"

namespace {

using namespace rt::layer;

void hold(bool what)
{
    if (!what) {
        std::abort();
    }
}

struct Outcome {
    std::string plain, error;
    bool operator==(const Outcome &) const = default;
};

/// What comes out, up to 4 MiB of it.
Outcome unpacked(const std::string &bytes, std::size_t chunk)
{
    TextSource source(bytes, chunk);
    const auto from = gunzip(source);
    Outcome out;
    while (out.plain.size() < 4 << 20) {
        auto next = from->next();
        if (!next) {
            out.error = next.error().text();
            return out;
        }
        if ((*next).empty()) {
            hold(from->next() && (*from->next()).empty());  // and stays so
            return out;
        }
        out.plain += *next;
    }
    return {};  // a bomb: where it is cut depends on the pieces
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const std::string bytes(reinterpret_cast<const char *>(data), size);
    const std::string header("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
    for (const std::string &file : {bytes, header + bytes, header + bytes + std::string(8, '\0')}) {
        const Outcome whole = unpacked(file, file.size() + 1);
        for (const std::size_t chunk : {1U, 13U, 1025U}) {
            const Outcome pieces = unpacked(file, chunk);
            hold(pieces.error == whole.error);
            hold(!whole.error.empty() || pieces.plain == whole.plain);
        }
    }
    return 0;
}
