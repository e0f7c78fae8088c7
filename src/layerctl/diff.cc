// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <span>
#include <utility>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "layerctl/command.h"
#include "layerctl/progress.h"
#include "layerctl/store_options.h"
#include "layerctl/stored.h"
#include "layerctl/tree_argument.h"
#include "layerctl/write_options.h"
#include "pack/changes.h"

namespace rt::layerctl {
namespace {

using pack::Change;

struct Word {
    Change::Kind kind;
    std::string_view word;
};
constexpr Word kWords[] = {{Change::Kind::kAdded, "added"},
                           {Change::Kind::kChanged, "changed"},
                           {Change::Kind::kDeleted, "deleted"}};

std::string as_lines(std::span<const Change> changes)
{
    std::string out;
    for (const Change &change : changes) {
        out += str(static_cast<char>(change.kind), " /", printable(change.path), "\n");
    }
    return out;
}

std::string as_json(std::span<const Change> changes)
{
    json::Writer writer(json::Layout::kIndented);
    writer.begin_array();
    for (const Change &change : changes) {
        writer.begin_object();
        writer.name("change").string(std::ranges::find(kWords, change.kind, &Word::kind)->word);
        writer.name("path").string("/" + change.path);
        writer.end_object();
    }
    writer.end_array();
    return std::move(writer).take() + "\n";
}

/// What is compared.
struct Trees {
    TreeArgument before, after;
};
/// Of two positionals; or of one, a container, and what it is of.
Result<Trees> trees_of(const Arguments &arguments)
{
    if (arguments.positionals.size() > 1) {
        TRY_LET(before, open_tree(arguments, 0));
        TRY_LET(after, open_tree(arguments, 1));
        return Trees{std::move(before), std::move(after)};
    }
    TRY_LET(store, open_store(arguments, store::Store::Use::kRead));
    TRY_LET(container, store::find_container(store, arguments.positionals[0]));
    TRY_LET(trees, container_trees(store, container));
    return Trees{{std::move(trees.before), std::nullopt}, {std::move(trees.after), std::nullopt}};
}

}  // namespace

Result<int> diff(const Arguments &arguments)
{
    TRY_LET(how, packing(arguments, pack::Packing::kNone));
    TRY_LET(newest, newest_time());
    TRY_LET(trees, trees_of(arguments));
    const pack::MergedDirectory &after = trees.after.tree;
    TRY_LET(all, pack::changes(&trees.before.tree, after));
    if (arguments.has("layer")) {
        TRY_LET(progress, Progress::start(arguments));
        TRY(write_layer(after, all, {arguments.value("layer"), how, newest, !arguments.on("no-sync")}));
        return kDone;
    }
    std::span<const Change> shown = all;
    if (!shown.empty() && shown.front().path.empty()) {
        shown = shown.subspan(1);  // the root, which differs whenever something does
    }
    TRY(kernel::write_all(FdRef(STDOUT_FILENO), arguments.on("json") ? as_json(shown) : as_lines(shown)));
    return kDone;
}

}  // namespace rt::layerctl
