// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/json.h"
#include "layerctl/command.h"
#include "layerctl/output.h"
#include "layerctl/store_options.h"

namespace rt::layerctl {
namespace {

/// A step of what an image was made by.
struct Step {
    std::string created, by, comment, diff_id;  ///< no DiffID: it made no layer
    std::uint64_t size = 0;                     ///< of the layer, unpacked
};

std::string text_of(json::Node node, std::string_view name)
{
    const auto member = node.member(name);
    return std::string(member ? member->string().value_or("") : "");
}

bool made_a_layer(json::Node step)
{
    const auto empty = step.member("empty_layer");
    return !empty || empty->boolean() != true;
}

/// Oldest first.  Layers that the history does not speak of come last.
Result<std::vector<Step>> steps_of(const store::Store &store, const store::Documents &documents)
{
    std::vector<Step> out;
    TRY_LET(config, json::Document::parse(documents.config_text, "config"));
    if (const auto history = config.root().member("history"); history && history->is_array()) {
        for (const json::Member one : history->children()) {
            out.push_back({text_of(one.value, "created"), text_of(one.value, "created_by"),
                           text_of(one.value, "comment"), made_a_layer(one.value) ? "?" : "", 0});
        }
    }
    auto step = out.begin();
    for (const layer::Digest &diff_id : documents.config.diff_ids) {
        step = std::find_if(step, out.end(), [](const Step &one) { return one.diff_id == "?"; });
        if (step == out.end()) {
            step = out.insert(out.end(), Step());
        }
        TRY_LET(notes, store.layer_notes(diff_id));
        step->diff_id = diff_id.text();
        step->size = notes.unpacked;
    }
    for (Step &one : out) {
        one.diff_id = one.diff_id == "?" ? "" : one.diff_id;
    }
    std::ranges::reverse(out);
    return out;
}

std::string in_json(const std::vector<Step> &steps)
{
    json::Writer writer(json::Layout::kIndented);
    writer.begin_array();
    for (const Step &step : steps) {
        writer.begin_object().name("created").string(step.created).name("createdBy").string(step.by);
        writer.name("comment").string(step.comment);
        if (!step.diff_id.empty()) {
            writer.name("diffID").string(step.diff_id).name("unpacked").number_unsigned(step.size);
        }
        writer.end_object();
    }
    writer.end_array();
    return std::move(writer).take();
}

}  // namespace

/// The newest first.
Result<int> history(const Arguments &arguments)
{
    TRY_LET(store, open_store(arguments, store::Store::Use::kRead));
    TRY_LET(image, store.find_image(arguments.positionals[0]));
    TRY_LET(documents, store.documents(image.manifest));
    TRY_LET(steps, steps_of(store, documents));
    if (arguments.on("json")) {
        TRY(print(in_json(steps)));
        return kDone;
    }
    std::vector<std::vector<std::string>> cells = {{"LAYER", "CREATED", "SIZE", "BY"}};
    for (const Step &step : steps) {
        cells.push_back({step.diff_id.empty() ? "-" : shortened(step.diff_id), in_seconds(step.created),
                         step.diff_id.empty() ? "-" : in_units(step.size),
                         step.comment.empty() ? step.by : step.by + " # " + step.comment});
    }
    TRY(print(in_columns(cells)));
    return kDone;
}

}  // namespace rt::layerctl
