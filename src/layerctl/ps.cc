// SPDX-License-Identifier: Apache-2.0
//
// ps: the containers of the store.
#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/str.h"
#include "layerctl/command.h"
#include "layerctl/output.h"
#include "layerctl/store_options.h"
#include "store/containers.h"
#include "store/overlay.h"
#include "store/usage.h"

namespace rt::layerctl {
namespace {

struct Line {
    store::Container container;
    std::vector<std::string> places;
    std::uint64_t written = 0;  ///< bytes on disk
};

Result<Line> line_of(store::Container container, const std::vector<store::Mounted> &mounts)
{
    Line out{std::move(container), {}, 0};
    for (const store::Mounted &one : mounts) {
        if (one.id == out.container.id) {
            out.places.push_back(one.place);
        }
    }
    if (out.container.writable) {
        auto bytes = store::disk_usage(out.container.dir, "upper");
        if (!bytes && bytes.error().err() != ENOENT) {  // it is being removed
            return std::move(bytes).error();
        }
        out.written = bytes ? *bytes : 0;
    }
    return out;
}

/// Whoever runs it has it in a mount namespace of its own.
std::string_view status_of(const Line &line)
{
    if (line.container.temporary) {
        return store::is_abandoned(line.container) ? "abandoned" : "run";
    }
    return line.places.empty() ? "kept" : "mounted";
}

std::string in_json(const std::vector<Line> &lines)
{
    json::Writer writer(json::Layout::kIndented);
    writer.begin_array();
    for (const Line &line : lines) {
        writer.begin_object().name("id").string(line.container.id);
        writer.name("image").string(line.container.image);
        writer.name("digest").string(line.container.manifest.text());
        writer.name("status").string(status_of(line));
        writer.name("writable").boolean(line.container.writable);
        writer.name("written").number_unsigned(line.written);
        writer.name("mounts").begin_array();
        for (const std::string &place : line.places) {
            writer.string(place);
        }
        writer.end_array().end_object();
    }
    writer.end_array();
    return std::move(writer).take();
}

}  // namespace

Result<int> ps(const Arguments &arguments)
{
    TRY_LET(store, open_store(arguments, store::Store::Use::kRead));
    TRY_LET(containers, store::containers(store));
    TRY_LET(mounts, store::mounted_containers());
    std::vector<Line> lines;
    for (store::Container &container : containers) {
        TRY_LET(line, line_of(std::move(container), mounts));
        lines.push_back(std::move(line));
    }
    std::ranges::sort(lines, {}, [](const Line &line) -> const std::string & { return line.container.id; });
    if (arguments.on("json")) {
        TRY(print(in_json(lines)));
        return kDone;
    }
    std::vector<std::vector<std::string>> cells = {{"ID", "IMAGE", "STATUS", "WRITTEN", "WHERE"}};
    for (const Line &line : lines) {
        std::string places;
        for (const std::string &place : line.places) {
            places += str(places.empty() ? "" : " ", place);
        }
        cells.push_back({line.container.id, line.container.image, std::string(status_of(line)),
                         line.container.writable ? in_units(line.written) : "-",
                         places.empty() ? "-" : places});
    }
    TRY(print(in_columns(cells)));
    return kDone;
}

}  // namespace rt::layerctl
