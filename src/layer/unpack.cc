// SPDX-License-Identifier: Apache-2.0
#include "layer/unpack.h"

#include "base/str.h"
#include "layer/apply.h"
#include "layer/confine.h"
#include "layer/tar_reader.h"

namespace rt::layer {
namespace {

struct Work {
    const PackedLayer &layer;
    LayerForm form;
    const UnpackLimits &limits;
};

Status compare(const Digest &expected, DigestSum &sum, std::string_view what)
{
    const Digest found = sum.finish();
    return found == expected ? Status()
                             : Error::input(str(what, " is ", found.text(), ", not ", expected.text()))
                                   .hint("the image is damaged, or not what it says: get it again");
}

/// "heavy processing before calculating a hash SHOULD be avoided" (image-spec, descriptor.md).
Status check_packed(const PackedLayer &layer)
{
    if (!layer.digest) {
        return {};
    }
    TRY(layer.digest->check_verifiable());
    FileSource packed(layer.file, layer.offset, layer.size);
    DigestSum sum(*layer.digest);
    for (;;) {
        TRY_LET(chunk, packed.next());
        if (chunk.empty()) {
            return compare(*layer.digest, sum, "the blob's digest");
        }
        sum.put(chunk);
    }
}

Status work(FdRef root, void *argument)
{
    const Work &work = *static_cast<const Work *>(argument);
    TRY(check_packed(work.layer));
    if (work.layer.diff_id) {
        TRY(work.layer.diff_id->check_verifiable());
    }
    FileSource packed(work.layer.file, work.layer.offset, work.layer.size);
    const auto plain = unpacked(packed, work.limits.most_bytes);
    Apply apply(root, work.form);
    TarReader reader(apply, work.limits.most_entries);
    std::optional<DigestSum> sum;
    if (work.layer.diff_id) {
        sum.emplace(*work.layer.diff_id);
    }
    for (;;) {
        TRY_LET(chunk, plain->next());
        if (chunk.empty()) {
            break;
        }
        if (sum) {
            sum->put(chunk);
        }
        TRY(reader.push(chunk));
    }
    TRY(reader.finish());
    if (sum) {
        TRY(compare(*work.layer.diff_id, *sum, "the DiffID"));
    }
    return apply.finish();
}

}  // namespace

Status unpack_layer(const PackedLayer &layer, FdRef root, LayerForm form, const UnpackLimits &limits)
{
    Work argument = {layer, form, limits};
    return confined({root, limits.most_bytes, work, &argument}, {layer.file.get()});
}

}  // namespace rt::layer
