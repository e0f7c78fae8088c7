// SPDX-License-Identifier: Apache-2.0
#include "pack/layer_spool.h"

#include <fcntl.h>

#include <utility>

#include "kernel/calls_fs.h"
#include "layer/answer.h"

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

std::string LayerSpool::answer()
{
    layer::AnswerWriter out;
    out.number(blob_.size()).text(blob_.digest().text()).text(plain_.digest().text());
    return std::move(out).take();
}

Result<WrittenLayer> LayerSpool::take_of(std::string_view answer)
{
    layer::AnswerReader reader(answer);
    TRY_LET(size, reader.number());
    TRY_LET(digest_text, reader.text());
    TRY_LET(diff_id_text, reader.text());
    TRY_LET(digest, layer::Digest::parse(digest_text));
    TRY_LET(diff_id, layer::Digest::parse(diff_id_text));
    return WrittenLayer{{std::move(file_), 0, size}, std::move(digest), std::move(diff_id), packing_};
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
