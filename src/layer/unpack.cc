// SPDX-License-Identifier: Apache-2.0
#include "layer/unpack.h"

#include <fcntl.h>

#include <span>
#include <utility>

#include "base/json.h"
#include "base/log.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"
#include "layer/answer.h"
#include "layer/apply.h"
#include "layer/confine.h"
#include "layer/layer_notes.h"
#include "layer/meter.h"
#include "layer/tar_reader.h"

namespace rt::layer {
namespace {

struct Work {
    const StoredLayer &layer;
    LayerForm form;
    const UnpackLimits &limits;
};

/// What came out of a layer.
struct Unpacked {
    std::optional<Digest> diff_id;
    std::uint64_t size = 0;
};

Status compare(const std::optional<Digest> &expected, const Digest &found, std::string_view what)
{
    return !expected || found == *expected
               ? Status()
               : Error::damaged(str(what, " is ", found.text(), ", not ", expected->text()))
                     .hint("the image is damaged, or not what it says: get it again");
}

/// SHA-256 of what is not known yet.
DigestSum sum_like(const std::optional<Digest> &expected)
{
    return DigestSum(expected ? *expected : Digest::of(std::string_view()));
}

// spec: ImageHashFirst, ImageContentVerified
/// "heavy processing before calculating a hash SHOULD be avoided" (image-spec, descriptor.md): all packed
/// bytes are read, copied where that is wanted, and compared with their digest.
Result<Digest> read_packed(const StoredLayer &layer)
{
    FileSource packed(layer.packed.file, layer.packed.offset, layer.packed.size);
    DigestSum sum = sum_like(layer.packed.digest);
    for (;;) {
        TRY_LET(chunk, packed.next());
        if (chunk.empty()) {
            const Digest found = sum.finish();
            TRY(compare(layer.packed.digest, found, "the blob's digest"));
            return found;
        }
        sum.put(chunk);
        if (layer.copy.get() >= 0) {
            TRY(kernel::write_all(layer.copy, chunk));
        }
    }
}

/// Everything that is unpacked from the layer goes to `reader`, if there is one.
Result<Unpacked> read_unpacked(const Work &work, TarReader *reader, bool sum_up)
{
    FileSource file(work.layer.packed.file, work.layer.packed.offset, work.layer.packed.size);
    MeteredSource packed(file);
    const auto plain = unpacked(packed, work.limits.most_bytes);
    Unpacked out;
    DigestSum sum = sum_like(work.layer.packed.diff_id);
    for (;;) {
        TRY_LET(chunk, plain->next());
        if (chunk.empty()) {
            break;
        }
        out.size += chunk.size();
        if (sum_up) {
            sum.put(chunk);
        }
        if (reader != nullptr) {
            TRY(reader->push(chunk));
        }
    }
    if (reader != nullptr) {
        TRY(reader->finish());
    }
    if (sum_up) {
        out.diff_id = sum.finish();
        TRY(compare(work.layer.packed.diff_id, *out.diff_id, "the DiffID"));
    }
    return out;
}

Status check_digests(const PackedLayer &layer)
{
    if (layer.digest) {
        TRY(layer.digest->check_verifiable());
    }
    return layer.diff_id ? layer.diff_id->check_verifiable() : Status();
}

std::string answer_of(const std::set<EntryPath> &left_out)
{
    AnswerWriter out;
    out.number(left_out.size()).text(left_out.empty() ? "" : left_out.begin()->text());
    return std::move(out).take();
}

Result<LeftOut> left_out_of(std::string_view answer)
{
    if (answer.empty()) {  // no files were made
        return LeftOut();
    }
    AnswerReader reader(answer);
    TRY_LET(devices, reader.number());
    TRY_LET(first, reader.text());
    return LeftOut{devices, std::move(first)};
}

Result<std::string> make_files(FdRef root, void *argument)
{
    const Work &work = *static_cast<const Work *>(argument);
    TRY(check_digests(work.layer.packed));
    if (work.layer.packed.digest) {
        TRY(read_packed(work.layer));
    }
    Apply apply(root, work.form);
    TarReader reader(apply, work.limits.most_entries);
    TRY(read_unpacked(work, &reader, work.layer.packed.diff_id.has_value()));
    TRY(apply.finish());
    return apply.links_below().empty()
               ? Result(answer_of(apply.left_out()))
               : Error::input("the layer has no such file")
                     .context(str(json::quote(apply.links_below()[0].path.text()), ": hard link to ",
                                  json::quote(apply.links_below()[0].target.text())));
}

Status write_notes(FdRef directory, const Digest &digest, const Work &work, const Unpacked &found,
                   const Apply *apply)
{
    LayerNotes notes{digest, *found.diff_id, work.layer.packed.size, found.size, false, {}, {}, {}};
    if (apply != nullptr) {
        notes.hides_all = apply->hides_all();
        notes.implied = apply->implied();
        const std::set<EntryPath> hiding = apply->hiding();
        notes.hiding.assign(hiding.begin(), hiding.end());
        for (const Apply::Link &link : apply->links_below()) {
            notes.links.push_back({link.path, link.target});
        }
    }
    return kernel::write_new(directory, kNotesFile, in_json(notes), 0600);
}

Result<std::string> make_stored(FdRef directory, void *argument)
{
    const Work &work = *static_cast<const Work *>(argument);
    TRY(check_digests(work.layer.packed));
    TRY_LET(digest, read_packed(work.layer));
    if (!work.layer.files) {
        TRY_LET(found, read_unpacked(work, nullptr, true));
        TRY(write_notes(directory, digest, work, found, nullptr));
        return std::string();
    }
    TRY(kernel::mkdirat(directory, kFilesDirectory, 0755));
    TRY_LET(root, kernel::openat(directory, kFilesDirectory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    Apply apply(root, work.form);
    TarReader reader(apply, work.limits.most_entries);
    TRY_LET(found, read_unpacked(work, &reader, true));
    TRY(apply.finish());
    TRY(write_notes(directory, digest, work, found, &apply));
    return answer_of(apply.left_out());
}

}  // namespace

// spec: LayerRootless
void LeftOut::tell(std::size_t number, std::size_t count) const
{
    if (devices > 0) {
        log::warn(str("layer ", number, " of ", count, ": ", devices,
                      devices == 1 ? " device is left out, " : " devices are left out, the first is ",
                      json::quote(first), ": in a user namespace nobody makes any"));
    }
}

Result<LeftOut> unpack_layer(const PackedLayer &layer, FdRef root, LayerForm form, const UnpackLimits &limits)
{
    const StoredLayer stored = {layer, FdRef(-1), true};
    Work argument = {stored, form, limits};
    const int inherited[] = {layer.file.get()};
    TRY_LET(answer, confined({root, limits.most_bytes, make_files, &argument}, inherited));
    return left_out_of(answer);
}

Result<Confinement> start_stored_layer(const StoredLayer &layer, FdRef directory, LayerForm form,
                                       const UnpackLimits &limits)
{
    Work argument = {layer, form, limits};
    const Confined what = {directory, limits.most_bytes, make_stored, &argument};
    const int inherited[] = {layer.packed.file.get(), layer.copy.get()};
    return Confinement::start(what, std::span(inherited).first(layer.copy.get() >= 0 ? 2 : 1));
}

Result<LeftOut> finish_stored_layer(Confinement &child)
{
    TRY_LET(answer, child.finish());
    return left_out_of(answer);
}

}  // namespace rt::layer
