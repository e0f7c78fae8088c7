// SPDX-License-Identifier: Apache-2.0
//
// du and tree: what images share.
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/str.h"
#include "layerctl/command.h"
#include "layerctl/output.h"
#include "layerctl/store_options.h"
#include "store/collect.h"
#include "store/usage.h"

namespace rt::layerctl {
namespace {

using store::Digest;

/// Images, and what their layers take on disk.
struct Shares {
    struct Image {
        store::ImageName name;
        std::vector<Digest> layers;
        std::set<std::string> parts;
    };
    std::vector<Image> images;
    /// Of what is unpacked of them: "layers/sha256-9f86...", "chains/...".
    std::map<std::string, std::uint64_t> bytes;
    std::map<std::string, std::set<Digest>> manifests;  ///< which need it

    std::uint64_t bytes_of(const Digest &layer) const
    {
        return bytes.at("layers/" + store::directory_name(layer));
    }
};

Result<std::set<std::string>> parts_of(const store::Store &store, const Digest &manifest)
{
    store::Marks marks;
    TRY(store::mark(store, manifest, marks));
    std::set<std::string> out;
    for (const std::string &layer : marks.layers) {
        out.insert("layers/" + layer);
    }
    for (const std::string &chain : marks.chains) {
        out.insert("chains/" + chain);
    }
    return out;
}

Result<Shares> shares_of(const store::Store &store)
{
    Shares out;
    TRY_LET(images, store.images());
    for (const store::ImageName &image : images) {
        TRY_LET(documents, store.documents(image.manifest));
        TRY_LET(parts, parts_of(store, image.manifest));
        for (const std::string &part : parts) {
            if (!out.bytes.contains(part)) {
                TRY_LET(bytes, store::disk_usage(store.root(), part));
                out.bytes[part] = bytes;
            }
            out.manifests[part].insert(image.manifest);
        }
        out.images.push_back({image, documents.config.diff_ids, std::move(parts)});
    }
    return out;
}

/// A layer, the images of which it is the topmost, and what lies on it.
struct Node {
    std::vector<std::string> images;
    std::map<Digest, Node> above;
};

void put(json::Writer &writer, const Node &node, const Shares &shares)
{
    writer.name("images").begin_array();
    for (const std::string &name : node.images) {
        writer.string(name);
    }
    writer.end_array().name("above").begin_array();
    for (const auto &[layer, next] : node.above) {
        writer.begin_object().name("diffID").string(layer.text());
        writer.name("bytes").number_unsigned(shares.bytes_of(layer));
        put(writer, next, shares);
        writer.end_object();
    }
    writer.end_array();
}

void put(std::string &out, const Node &node, const Shares &shares, const std::string &indent)
{
    for (const auto &[layer, next] : node.above) {
        out += str(indent, shortened(layer.text()), "  ", in_units(shares.bytes_of(layer)));
        for (const std::string &name : next.images) {
            out += str(&name == &next.images.front() ? "  " : ", ", name);
        }
        out += "\n";
        put(out, next, shares, indent + "  ");
    }
}

}  // namespace

Result<int> du(const Arguments &arguments)
{
    TRY_LET(store, open_store(arguments, store::Store::Use::kRead));
    TRY_LET(shares, shares_of(store));
    json::Writer writer(json::Layout::kIndented);
    std::vector<std::vector<std::string>> cells = {{"NAME", "ALONE", "SHARED", "ALL"}};
    writer.begin_array();
    for (const Shares::Image &image : shares.images) {
        std::uint64_t alone = 0;
        std::uint64_t shared = 0;
        for (const std::string &part : image.parts) {
            (shares.manifests[part].size() == 1 ? alone : shared) += shares.bytes[part];
        }
        writer.begin_object().name("name").string(image.name.name).name("alone").number_unsigned(alone);
        writer.name("shared").number_unsigned(shared).end_object();
        cells.push_back({image.name.name, in_units(alone), in_units(shared), in_units(alone + shared)});
    }
    writer.end_array();
    TRY(print(arguments.on("json") ? std::move(writer).take() : in_columns(cells)));
    return kDone;
}

Result<int> tree(const Arguments &arguments)
{
    TRY_LET(store, open_store(arguments, store::Store::Use::kRead));
    TRY_LET(shares, shares_of(store));
    Node root;
    for (const Shares::Image &image : shares.images) {
        Node *at = &root;
        for (const Digest &layer : image.layers) {
            at = &at->above[layer];
        }
        at->images.push_back(image.name.name);
    }
    json::Writer writer(json::Layout::kIndented);
    writer.begin_object();
    put(writer, root, shares);
    writer.end_object();
    std::string text;
    put(text, root, shares, "");
    TRY(print(arguments.on("json") ? std::move(writer).take() : text));
    return kDone;
}

}  // namespace rt::layerctl
