// SPDX-License-Identifier: Apache-2.0
#include "layerctl/image_options.h"

#include <errno.h>

#include <charconv>
#include <limits>

#include "base/json.h"
#include "base/str.h"
#include "layerctl/registry.h"
#include "layerctl/stored.h"
#include "layerctl/temporary.h"

namespace rt::layerctl {
namespace {

/// "500M": a whole number, times 1024 for K, M, G, T.
Result<std::uint64_t> amount(const Arguments &arguments, std::string_view option, std::uint64_t absent)
{
    if (!arguments.has(option)) {
        return absent;
    }
    const std::string text = arguments.value(option);
    std::uint64_t value = 0;
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
    constexpr std::string_view kUnits = "KMGT";
    const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    const std::size_t power = unit.empty() ? 0 : kUnits.find(unit) + 1;
    if (wrong != std::errc() || unit.size() > 1 || (power == 0) != unit.empty() ||
        value > (std::numeric_limits<std::uint64_t>::max() >> 1) >> (10 * power)) {
        return Error::input(str("--", option, ": ", json::quote(text), " is no amount"))
            .hint("as 1000000, 500M, 2G");
    }
    return value << (10 * power);
}

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
    const layer::UnpackLimits absent;
    TRY_LET(bytes, amount(arguments, "max-size", absent.most_bytes));
    TRY_LET(entries, amount(arguments, "max-entries", absent.most_entries));
    return layer::UnpackLimits{bytes, entries, !arguments.on("no-room-check")};
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
