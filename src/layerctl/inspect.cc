// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"
#include "layerctl/command.h"
#include "layerctl/output.h"
#include "layerctl/store_options.h"

namespace rt::layerctl {
namespace {

Status put_layers(json::Writer &writer, const store::Store &store, const store::Documents &documents)
{
    writer.name("layers").begin_array();
    for (std::size_t i = 0; i < documents.manifest.layers.size(); ++i) {
        const layer::Descriptor &layer = documents.manifest.layers[i];
        TRY_LET(notes, store.layer_notes(documents.config.diff_ids[i]));
        writer.begin_object().name("diffID").string(notes.diff_id.text());
        writer.name("digest").string(layer.digest.text()).name("mediaType").string(layer.media_type);
        writer.name("size").number_unsigned(layer.size);
        writer.name("unpacked").number_unsigned(notes.unpacked).end_object();
    }
    writer.end_array();
    return {};
}

/// What is behind a document's last bracket is no part of it.
std::string_view without_end(std::string_view document)
{
    return document.substr(0, document.find_last_of('}') + 1);
}

}  // namespace

Result<int> inspect(const Arguments &arguments)
{
    TRY_LET(store, open_store(arguments, store::Store::Use::kRead));
    json::Writer writer(json::Layout::kIndented);
    writer.begin_array();
    for (const std::string &name : arguments.positionals) {
        TRY_LET(image, store.find_image(name));
        TRY_LET(documents, store.documents(image.manifest));
        writer.begin_object().name("name").string(image.name);
        writer.name("digest").string(image.manifest.text()).name("mediaType").string(image.media_type);
        writer.name("configDigest").string(documents.manifest.config.digest.text());
        TRY(put_layers(writer, store, documents));
        writer.name("config").raw(without_end(documents.config_text));
        writer.name("manifest").raw(without_end(documents.manifest_text)).end_object();
    }
    writer.end_array();
    TRY(print(std::move(writer).take()));
    return kDone;
}

}  // namespace rt::layerctl
