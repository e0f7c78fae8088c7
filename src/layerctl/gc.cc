// SPDX-License-Identifier: Apache-2.0
//
// gc and fsck: a store without what nothing needs, and with all that is needed.
#include <algorithm>

#include "base/json.h"
#include "base/str.h"
#include "layerctl/command.h"
#include "layerctl/output.h"
#include "layerctl/store_options.h"
#include "store/check.h"
#include "store/collect.h"

namespace rt::layerctl {

Result<int> gc(const Arguments &arguments)
{
    const bool dry = arguments.on("dry-run");
    TRY_LET(store, open_store(arguments, store::Store::Use::kAlone));
    TRY_LET(found, store::collect(store, dry));
    store.let_go();
    if (!dry) {
        TRY(store::empty_trash(store));
    }
    json::Writer writer(json::Layout::kIndented);
    std::vector<std::vector<std::string>> cells;
    writer.begin_array();
    for (const store::Garbage &one : found) {
        writer.begin_object()
            .name("what")
            .string(one.what)
            .name("bytes")
            .number_unsigned(one.bytes)
            .end_object();
        cells.push_back({one.what, in_units(one.bytes)});
    }
    writer.end_array();
    TRY(print(arguments.on("json") ? std::move(writer).take() : in_columns(cells)));
    return kDone;
}

Result<int> fsck(const Arguments &arguments)
{
    TRY_LET(store, open_store(arguments, store::Store::Use::kAlone));
    TRY_LET(flaws, store::check(store, {arguments.on("repair"), arguments.on("content")}));
    store.let_go();
    if (arguments.on("repair")) {
        TRY(store::empty_trash(store));
    }
    json::Writer writer(json::Layout::kIndented);
    std::string lines;
    writer.begin_array();
    for (const store::Flaw &flaw : flaws) {
        writer.begin_object().name("where").string(flaw.where).name("what").string(flaw.what);
        writer.name("mended").boolean(flaw.mended).end_object();
        lines += str(flaw.where, ": ", flaw.what, flaw.mended ? ": mended" : "", "\n");
    }
    writer.end_array();
    TRY(print(arguments.on("json") ? std::move(writer).take() : lines));
    const bool whole = std::ranges::all_of(flaws, [](const store::Flaw &flaw) { return flaw.mended; });
    return whole ? kDone : kDamaged;
}

}  // namespace rt::layerctl
