// SPDX-License-Identifier: Apache-2.0
#include "pack/layer_spool.h"

#include <fcntl.h>

#include <utility>

#include "kernel/calls_fs.h"

namespace rt::pack {

LayerSpool::LayerSpool(Fd file, Packing packing)
    : file_(std::move(file)), packing_(packing), bytes_(file_), blob_(bytes_),
      packer_(packer(packing, blob_)), plain_(*packer_)
{}

Result<std::unique_ptr<LayerSpool>> LayerSpool::begin(const std::string &directory, Packing packing)
{
    TRY_LET(file, kernel::openat(kernel::kCwd, directory, O_TMPFILE | O_RDWR, 0600));
    return std::unique_ptr<LayerSpool>(new LayerSpool(std::move(file), packing));
}

Result<WrittenLayer> LayerSpool::take()
{
    return WrittenLayer{{std::move(file_), 0, blob_.size()}, blob_.digest(), plain_.digest(), packing_};
}

Status copy(layer::ByteSource &source, ByteSink &sink, layer::DigestSum &sum)
{
    for (;;) {
        TRY_LET(chunk, source.next());
        if (chunk.empty()) {
            return {};
        }
        sum.put(chunk);
        TRY(sink.put(chunk));
    }
}

}  // namespace rt::pack
