// SPDX-License-Identifier: Apache-2.0
#include "layerctl/write_options.h"

#include <stdlib.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "base/str.h"
#include "layerctl/registry.h"
#include "layerctl/temporary.h"
#include "pack/file_sink.h"
#include "pack/image_edit.h"
#include "pack/image_writer.h"
#include "pack/new_file.h"
#include "pack/pack_changes.h"

namespace rt::layerctl {

Result<pack::Packing> packing(const Arguments &arguments, pack::Packing absent)
{
    if (!arguments.has("compress")) {
        return absent;
    }
    auto given = pack::parse_packing(arguments.value("compress"));
    return given ? std::move(given) : std::move(given).error().context("--compress");
}

Result<std::optional<std::int64_t>> newest_time()
{
    const char *const given = ::getenv("SOURCE_DATE_EPOCH");
    if (given == nullptr) {
        return std::optional<std::int64_t>();
    }
    const std::string_view text(given);
    std::int64_t value = 0;
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (wrong != std::errc() || end != text.data() + text.size() || value < 0) {
        return Error::input(str("SOURCE_DATE_EPOCH: ", json::quote(text), " is no number of seconds"));
    }
    return std::optional(value);
}

Result<ImageTarget> image_target(std::string_view text)
{
    if (is_in_registry(text)) {
        return ImageTarget{std::string(text), {}};
    }
    constexpr std::string_view kPrefixes[] = {"oci:", "oci-archive:", "docker-archive:"};
    if (std::ranges::none_of(kPrefixes, [&](std::string_view prefix) { return text.starts_with(prefix); })) {
        return Error::input(str(json::quote(text), " does not say how the image is to be written"))
            .hint(
                "oci:DIR[:NAME], oci-archive:FILE[:NAME], docker-archive:FILE[:NAME] or docker://HOST/NAME");
    }
    TRY_LET(file, layer::parse_source(text));
    return ImageTarget{"", std::move(file)};
}

Status write_image(OpenedImage &opened, const ImageTarget &target, std::optional<pack::Packing> packing,
                   const Arguments &arguments)
{
    if (target.is_docker_archive()) {
        if (packing.value_or(pack::Packing::kNone) != pack::Packing::kNone) {
            return Error::input("layers in a docker-archive: are not packed").hint("pack the archive");
        }
        packing = pack::Packing::kNone;
    }
    if (packing) {
        TRY(pack::repack(opened.image, *packing, temporary_above(), opened.limits.most_bytes));
    }
    return target.registry.empty() ? pack::write_image(opened.image, target.file, !arguments.on("no-sync"))
                                   : push(opened.image, target.registry, arguments);
}

Status write_layer(const pack::MergedDirectory &after, std::span<const pack::Change> changes,
                   const LayerFile &file)
{
    TRY_LET(target, pack::NewFile::begin(file.path));
    pack::FileSink bytes(target.file());
    const auto packer = pack::packer(file.packing, bytes);
    pack::TarWriter tar(*packer, file.newest);
    TRY(pack::pack_changes(after, changes, tar));
    TRY(tar.finish());
    return target.commit(file.durable);
}

}  // namespace rt::layerctl
