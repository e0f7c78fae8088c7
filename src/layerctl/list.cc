// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"
#include "base/str.h"
#include "layerctl/command.h"
#include "layerctl/output.h"
#include "layerctl/store_options.h"

namespace rt::layerctl {
namespace {

struct Line {
    store::ImageName image;
    std::size_t layers = 0;
    std::uint64_t size = 0;  ///< of all blobs
    std::string created;
};

Result<Line> line_of(const store::Store &store, const store::ImageName &image)
{
    Line out{image, 0, 0, ""};
    TRY_LET(documents, store.documents(image.manifest));
    out.layers = documents.manifest.layers.size();
    for (const layer::Descriptor &layer : documents.manifest.layers) {
        out.size += layer.size;
    }
    TRY_LET(config, json::Document::parse(documents.config_text, "config"));
    const auto created = config.root().member("created");
    out.created = created ? created->string().value_or("") : "";
    return out;
}

std::string in_json(const std::vector<Line> &lines)
{
    json::Writer writer(json::Layout::kIndented);
    writer.begin_array();
    for (const Line &line : lines) {
        writer.begin_object().name("name").string(line.image.name);
        writer.name("digest").string(line.image.manifest.text());
        writer.name("layers").number_unsigned(line.layers).name("size").number_unsigned(line.size);
        writer.name("created").string(line.created).end_object();
    }
    writer.end_array();
    return std::move(writer).take();
}

}  // namespace

Result<int> list(const Arguments &arguments)
{
    TRY_LET(store, open_store(arguments, store::Store::Use::kRead));
    TRY_LET(images, store.images());
    std::vector<Line> lines;
    for (const store::ImageName &image : images) {
        TRY_LET(line, line_of(store, image));
        lines.push_back(std::move(line));
    }
    if (arguments.on("json")) {
        TRY(print(in_json(lines)));
        return kDone;
    }
    std::vector<std::vector<std::string>> cells = {{"NAME", "DIGEST", "LAYERS", "SIZE", "CREATED"}};
    for (const Line &line : lines) {
        cells.push_back({line.image.name, shortened(line.image.manifest.text()), str(line.layers),
                         in_units(line.size), in_seconds(line.created)});
    }
    TRY(print(in_columns(cells)));
    return kDone;
}

}  // namespace rt::layerctl
