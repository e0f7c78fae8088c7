// SPDX-License-Identifier: Apache-2.0
//
// Whatever the bytes are, as an archive and as one that is packed: the readers end, tell no more than there
// is, and tell the same whatever pieces the bytes come in.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "layer/gunzip.h"
#include "layer/unzstd.h"
#include "unit/layer/sources.h"
#include "unit/layer/told.h"

namespace {

using namespace rt::layer;

void hold(bool what)
{
    if (!what) {
        std::abort();
    }
}

/// What is unpacked, up to 1 MiB of it: a bomb is none of the reader's business.
std::string unpacked(rt::layer::ByteSource &source)
{
    std::string all;
    while (all.size() < 1 << 20) {
        auto chunk = source.next();
        if (!chunk) {
            return "error: " + chunk.error().text();
        }
        if ((*chunk).empty()) {
            break;
        }
        all += *chunk;
    }
    return all;
}

using Unpack = std::unique_ptr<ByteSource> (*)(ByteSource &);

std::string through(Unpack unpack, const std::string &bytes, std::size_t chunk)
{
    TextSource source(bytes, chunk);
    const auto plain = unpack(source);
    return unpacked(*plain);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const std::string bytes(reinterpret_cast<const char *>(data), size);
    const std::string whole = told(bytes);
    hold(whole.find("bug") == std::string::npos || bytes.find("bug") != std::string::npos);
    hold(whole.starts_with("error: ") == told(bytes, 61).starts_with("error: "));
    for (const Unpack unpack : {gunzip, unzstd}) {
        const std::string plain = through(unpack, bytes, size + 1);
        hold(plain.starts_with("error: ") == through(unpack, bytes, 13).starts_with("error: "));
        (void)told(plain);
    }
    return 0;
}
