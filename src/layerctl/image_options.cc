// SPDX-License-Identifier: Apache-2.0
#include "layerctl/image_options.h"

#include <cerrno>

#include "base/json.h"
#include "base/str.h"
#include "layerctl/amounts.h"
#include "layerctl/registry.h"
#include "layerctl/stored.h"
#include "layerctl/temporary.h"

namespace rt::layerctl {
namespace {

/// In a file, in a folder, or of the store.
Result<layer::Image> open_here(const std::string &text, const layer::Platform &platform,
                               const layer::UnpackLimits &limits, layer::Purpose purpose,
                               const Arguments &arguments)
{
    auto source = layer::parse_source(text);
    if (!source && source.error().err() == ENOENT) {
        TRY_LET(store, find_store(arguments));
        if (store) {
            TRY_LET(image, store->look_up_image(text));
            if (image) {
                return stored_image(*store, image->manifest, image->name);
            }
        }
    }
    TRY_LET(file, std::move(source));
    return layer::open_image(file, platform, temporary_above(), limits, purpose);
}

}  // namespace

Result<layer::UnpackLimits> limits_of(const Arguments &arguments)
{
    const layer::UnpackLimits usual;
    TRY_LET(bytes, bytes_of(arguments, "max-size"));
    TRY_LET(entries, bytes_of(arguments, "max-entries"));
    return layer::UnpackLimits{bytes.value_or(usual.most_bytes), entries.value_or(usual.most_entries),
                               !arguments.on("no-room-check")};
}

Result<OpenedImage> open_image(const Arguments &arguments, std::size_t which, layer::Purpose purpose)
{
    const std::string &text = arguments.positionals[which];
    TRY_LET(limits, limits_of(arguments));
    layer::Platform platform = layer::our_platform();
    if (arguments.has("platform")) {
        TRY_LET(given, layer::parse_platform(arguments.value("platform")));
        platform = std::move(given);
    }
    auto image = is_in_registry(text) ? pull(text, platform, purpose, arguments)
                                      : open_here(text, platform, limits, purpose, arguments);
    if (!image) {
        return std::move(image).error().context(json::quote(text));
    }
    return OpenedImage{std::move(image).take(), limits};
}

}  // namespace rt::layerctl
