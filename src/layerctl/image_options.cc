// SPDX-License-Identifier: Apache-2.0
#include "layerctl/image_options.h"

#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "layerctl/amounts.h"
#include "layerctl/registry.h"
#include "layerctl/stored.h"
#include "layerctl/temporary.h"
#include "oci/nearest.h"

namespace rt::layerctl {
namespace {

constexpr const char *kFill =
    "layerctl import docker://HOST/NAME gets one from a registry, layerctl import FILE NAME from docker save";

/// Of a word that is no file, no folder and no name of the store.
// spec: CliHabits
Error no_image(const std::string &text, const std::optional<store::Store> &store)
{
    if (text == "-") {
        return Error::input("standard input has no shape").hint("docker-archive:- or oci-archive:-");
    }
    const std::size_t colon = text.find(':');
    Error error = Error::absent("is no file, no folder and no name of the store");
    if (colon != std::string::npos && kernel::faccessat(kernel::kCwd, text.substr(0, colon), F_OK)) {
        return std::move(error).hint(
            str("NAME goes with a shape: docker-archive:", text, ", or oci-archive: or oci:"));
    }
    auto images = store ? store->images() : Result(std::vector<store::ImageName>());
    if (!images || images->empty()) {
        return std::move(error).hint(str("the store is empty: ", kFill));
    }
    std::vector<std::string_view> names;
    for (const store::ImageName &image : *images) {
        names.push_back(image.name);
        if (image.name.starts_with(str(text, ':'))) {
            return std::move(error).hint(str("did you mean ", image.name, "?"));
        }
    }
    const std::string_view likely = oci::nearest(text, names);
    return std::move(error).hint(likely.empty() ? str("layerctl list has the names; ", kFill)
                                                : str("did you mean ", likely, "?"));
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
        return no_image(text, store);
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
