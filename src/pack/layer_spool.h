// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "layer/digest.h"
#include "layer/file_source.h"
#include "pack/file_sink.h"
#include "pack/packing.h"

namespace rt::pack {

/// A layer that has been written.
struct WrittenLayer {
    layer::Piece blob;
    layer::Digest digest, diff_id;
    Packing packing;
};

/// Where a layer is written before anybody knows its digest: a file without a name.
class LayerSpool {
public:
    /// In `directory`.
    static Result<std::unique_ptr<LayerSpool>> begin(const std::string &directory, Packing packing);

    /// Takes the layer's bytes as they are unpacked; it has to be finished before take().
    ByteSink &sink() { return plain_; }
    Result<WrittenLayer> take();

    /// Where a confined child writes, which then gives what take_of() takes.
    FdRef file() const { return file_; }
    std::string answer();
    Result<WrittenLayer> take_of(std::string_view answer);

private:
    LayerSpool(Fd file, Packing packing);

    Fd file_;
    Packing packing_;
    FileSink bytes_;
    SummingSink blob_;
    std::unique_ptr<ByteSink> packer_;
    SummingSink plain_;
};

/// Everything of `source` to `sink`, which is not finished, and to `sum`.
Status copy(layer::ByteSource &source, ByteSink &sink, layer::DigestSum &sum);

}  // namespace rt::pack
