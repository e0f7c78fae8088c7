// SPDX-License-Identifier: Apache-2.0
//
// index.json: the names of images.
#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"
#include "store/store.h"

namespace rt::store {
namespace {

constexpr const char *kIndex = "index.json";
constexpr const char *kNewIndex = "index.json.new";

bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_hex(std::string_view text)
{
    return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Error no_image(const std::string &name)
{
    return Error::absent(str("there is no image ", json::quote(name)))
        .hint("see layerctl list; layerctl import IMAGE NAME gets one in, of a file or docker://HOST/NAME");
}

}  // namespace

/// image-spec, annotations.md: letters and digits with separators between them.  What could be taken for a
/// source of images is none.
Status Store::check_name(std::string_view name)
{
    constexpr std::string_view kSeparators = "-._:@/+";
    constexpr std::string_view kTaken[] = {
        "oci:", "oci-archive:", "docker-archive:", "tar:", "docker:", "sha256:"};
    constexpr std::size_t kLongest = 255;
    bool separated = true;
    bool good = !name.empty() && name.size() <= kLongest;
    for (const char c : name) {
        const bool separator = kSeparators.find(c) != std::string_view::npos;
        good = good && (is_letter_or_digit(c) || (separator && (!separated || c == '-' || c == '/')));
        separated = separator;
    }
    if (!good || separated || !is_letter_or_digit(name.front())) {
        return Error::input(str(json::quote(name), " is no name of an image"))
            .hint("letters and digits, with -._:@/+ between them");
    }
    const auto *taken = std::ranges::find_if(kTaken, [&](std::string_view p) { return name.starts_with(p); });
    return taken == std::end(kTaken)
               ? Status()
               : Error::input(str(json::quote(name), " would be taken for where an image is"));
}

/// Until it is closed nobody else changes the index.
Result<Fd> Store::lock_index() const
{
    TRY_LET(dir, kernel::openat(root_, ".", O_RDONLY | O_DIRECTORY));
    TRY(lock(dir, LOCK_EX, patience_, "the index of the store"));
    return dir;
}

Result<std::vector<ImageName>> Store::read_index() const
{
    TRY_LET(text, kernel::read_file(root_, kIndex, layer::kLargestDocument));
    TRY_LET(all, layer::read_index(text, kIndex));
    std::vector<ImageName> out;
    for (layer::Descriptor &one : all) {
        out.push_back({std::move(one.ref_name), std::move(one.media_type), std::move(one.digest), one.size});
    }
    return out;
}

Status Store::write_index(const std::vector<ImageName> &images) const
{
    TRY_LET(file, kernel::openat(root_, kNewIndex, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600));
    TRY(kernel::write_all(file, pack::index_json(images) + "\n"));
    TRY(kernel::fsync(file));
    TRY(kernel::renameat(root_, kNewIndex, root_, kIndex));
    return kernel::fsync(root_);
}

Result<std::vector<ImageName>> Store::images() const
{
    TRY_LET(all, read_index());
    std::ranges::sort(all, {}, &ImageName::name);
    return all;
}

Result<ImageName> Store::find_image(const std::string &name) const
{
    TRY_LET(all, read_index());
    const auto named = std::ranges::find(all, name, &ImageName::name);
    if (named != all.end()) {
        return std::move(*named);
    }
    constexpr std::size_t kFewest = 6;
    constexpr std::string_view kPrefix = "sha256:";
    const std::string_view digits =
        std::string_view(name).substr(name.starts_with(kPrefix) ? kPrefix.size() : 0);
    if (digits.size() < kFewest || !is_hex(digits)) {
        return no_image(name);
    }
    const ImageName *found = nullptr;
    for (const ImageName &one : all) {
        if (one.manifest.encoded().starts_with(digits)) {
            if (found != nullptr && found->manifest != one.manifest) {
                return Error::absent(str(json::quote(name), " is the beginning of several digests"));
            }
            found = &one;
        }
    }
    return found != nullptr ? Result<ImageName>(*found) : no_image(name);
}

Result<std::optional<ImageName>> Store::look_up_image(const std::string &name) const
{
    auto found = find_image(name);
    if (!found && found.error().blame() == Blame::kAbsent) {
        return std::optional<ImageName>();
    }
    TRY_LET(image, std::move(found));
    return std::optional<ImageName>(std::move(image));
}

Status Store::put_image(const ImageName &image) const
{
    TRY(check_name(image.name));
    TRY_LET(lock, lock_index());
    TRY_LET(all, read_index());
    std::erase_if(all, [&](const ImageName &one) { return one.name == image.name; });
    all.push_back(image);
    return write_index(all);
}

Status Store::remove_image(const std::string &name) const
{
    TRY_LET(lock, lock_index());
    TRY_LET(all, read_index());
    if (std::erase_if(all, [&](const ImageName &one) { return one.name == name; }) == 0) {
        return no_image(name);
    }
    return write_index(all);
}

Result<Documents> Store::documents(const Digest &manifest) const
{
    TRY_LET(manifest_text, read_blob(manifest));
    TRY_LET(read, layer::read_manifest(manifest_text, manifest.text()));
    TRY_LET(config_text, read_blob(read.config.digest));
    TRY_LET(config, layer::read_image_config(config_text, read.config.digest.text()));
    if (config.diff_ids.size() != read.layers.size()) {
        return Error::damaged(str("image ", manifest.text(), " has ", read.layers.size(), " layers and ",
                                  config.diff_ids.size(), " DiffIDs"));
    }
    return Documents{manifest, std::move(manifest_text), std::move(config_text), std::move(read),
                     std::move(config)};
}

}  // namespace rt::store
