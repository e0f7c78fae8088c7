// SPDX-License-Identifier: Apache-2.0
//
// Whatever the bytes are, as each of an image's documents and as its passwd and group: the readers end, and
// what they say is one line.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/small_root.h"
#include "layer/digest.h"
#include "layer/entry_path.h"
#include "layer/image_json.h"
#include "layer/image_user.h"
#include "layer/runtime_config.h"
#include "oci/load.h"

namespace {

using namespace rt;

using fuzz::hold;

template <class T>
void check(const Result<T> &result)
{
    hold(result || (!result.error().text().empty() && result.error().text().find('\n') == std::string::npos));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    static const fuzz::SmallRoot root;
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    check(layer::read_index(text, "index.json"));
    check(layer::read_manifest(text, "manifest"));
    check(layer::read_image_config(text, "config"));
    check(layer::read_docker_manifest(text));
    check(layer::check_layout_version(text));
    if (const auto digest = layer::Digest::parse(text)) {
        hold(digest->blob_path().find("..") == std::string::npos ||
             digest->algorithm().find("..") != std::string::npos);
    }
    if (const auto path = layer::EntryPath::parse(text)) {
        hold(("/" + path->text() + "/").find("/../") == std::string::npos && !path->text().starts_with('/'));
        (void)layer::read_layer_name(*path);
    }
    root.fill(text, text);
    for (const std::string_view user : {"root", "1000", "a:b", ""}) {
        check(layer::resolve_user(user, root.dir()));
    }
    const auto config = layer::runtime_config(text, root.dir(), {.command = {"x"}});
    check(config);
    if (config) {
        hold(static_cast<bool>(oci::load_config(*config, "config.json")));
    }
    return 0;
}
