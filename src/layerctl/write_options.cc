// SPDX-License-Identifier: Apache-2.0
#include "layerctl/write_options.h"

#include <stdlib.h>

#include <charconv>
#include <string_view>

#include "base/json.h"
#include "base/str.h"
#include "pack/file_sink.h"
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
