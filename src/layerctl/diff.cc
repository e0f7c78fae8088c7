// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <span>
#include <utility>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "layerctl/command.h"
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
        std::string path = change.path;
        std::ranges::replace_if(
            path, [](unsigned char c) { return c < ' ' || c == 0x7f; }, '?');
        out += str(static_cast<char>(change.kind), " /", path, "\n");
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

}  // namespace

Result<int> diff(const Arguments &arguments)
{
    TRY_LET(how, packing(arguments, pack::Packing::kNone));
    TRY_LET(newest, newest_time());
    TRY_LET(before, open_tree(arguments, 0));
    TRY_LET(after, open_tree(arguments, 1));
    TRY_LET(all, pack::changes(&before.tree, after.tree));
    if (arguments.has("layer")) {
        TRY(write_layer(after.tree, all, {arguments.value("layer"), how, newest, !arguments.on("no-sync")}));
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
