// SPDX-License-Identifier: Apache-2.0
#include "pack/lint.h"

#include <utility>

#include "base/json.h"
#include "base/str.h"
#include "layer/answer.h"
#include "layer/confine.h"
#include "layer/container_facts.h"
#include "layer/file_source.h"
#include "layer/tar_reader.h"
#include "pack/lint_layer.h"

namespace rt::pack {
namespace {

/// Docker mounts no more; overlayfs itself takes 500.
constexpr std::size_t kMostLayers = 125;

Status read_layer(const layer::Image::Layer &one, LintLayer &sink, const layer::UnpackLimits &limits)
{
    layer::FileSource packed(one.blob);
    const auto plain = layer::unpacked(packed, limits.most_bytes);
    layer::TarReader reader(sink, limits.most_entries);
    for (;;) {
        TRY_LET(chunk, plain->next());
        if (chunk.empty()) {
            return reader.finish();
        }
        TRY(reader.push(chunk));
    }
}

Status labels(const std::string &config, std::vector<Finding> &out)
{
    if (config.empty()) {
        return {};
    }
    TRY_LET(document, json::Document::parse(config, "config"));
    const auto inner = document.root().member("config");
    const auto all = inner ? inner->member("Labels") : std::nullopt;
    if (!all || !all->is_object()) {
        return {};
    }
    Finding finding = check("label-with-orders");
    for (const json::Member label : all->children()) {
        if (layer::gives_orders(label.name)) {
            finding.paths.emplace_back(label.name);
        }
    }
    if (!finding.paths.empty()) {
        out.push_back(std::move(finding));
    }
    return {};
}

struct Reading {
    const layer::Image &image;
    const layer::UnpackLimits &limits;
};

std::string answer_of(const std::vector<Finding> &findings)
{
    layer::AnswerWriter answer;
    for (const Finding &finding : findings) {
        answer.text(finding.check).number(finding.layer).number(finding.bytes);
        answer.number(finding.paths.size());
        for (const std::string &path : finding.paths) {
            answer.text(path);
        }
    }
    return std::move(answer).take();
}

Status add_findings(std::string_view answer, std::vector<Finding> &out)
{
    for (layer::AnswerReader reader(answer); !reader.at_end();) {
        TRY_LET(name, reader.text());
        TRY_LET(finding, find_check(name));
        TRY_LET(number, reader.number());
        TRY_LET(bytes, reader.number());
        TRY_LET(paths, reader.number());
        finding.layer = number;
        finding.bytes = bytes;
        for (std::uint64_t i = 0; i < paths; ++i) {
            TRY_LET(path, reader.text());
            finding.paths.push_back(std::move(path));
        }
        out.push_back(std::move(finding));
    }
    return {};
}

Result<std::string> lint_layers(FdRef /*root*/, void *argument)
{
    const Reading &work = *static_cast<const Reading *>(argument);
    const std::vector<layer::Image::Layer> &layers = work.image.layers;
    std::vector<Finding> out;
    LintTree tree;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        LintLayer sink(i + 1, tree);
        if (Status read = read_layer(layers[i], sink, work.limits); !read) {
            out.push_back(check("unreadable"));
            out.back().layer = i + 1;
            out.back().paths.push_back(read.error().text());
        }
        sink.finish();
        for (Finding &finding : std::move(sink).take()) {
            out.push_back(std::move(finding));
        }
    }
    for (const auto &[layer, bytes] : tree.wasted()) {
        if (bytes > 0) {
            out.push_back(check("wasted"));
            out.back().layer = layer;
            out.back().bytes = bytes;
        }
    }
    return answer_of(out);
}

}  // namespace

Result<std::vector<Finding>> lint(const layer::Image &image, const layer::UnpackLimits &limits)
{
    std::vector<Finding> out;
    TRY(labels(image.config, out));
    if (image.layers.size() > kMostLayers) {
        out.push_back(check("too-many-layers"));
        out.back().paths.push_back(str(image.layers.size(), " layers"));
    }
    std::vector<int> blobs;
    for (const layer::Image::Layer &layer : image.layers) {
        blobs.push_back(layer.blob.file.get());
    }
    Reading work{image, limits};
    TRY_LET(answer, layer::confined({layer::kNoFiles, 0, lint_layers, &work}, blobs));
    TRY(add_findings(answer, out));
    return out;
}

}  // namespace rt::pack
