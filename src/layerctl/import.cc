// SPDX-License-Identifier: Apache-2.0
#include "store/import.h"

#include <charconv>

#include "base/json.h"
#include "base/str.h"
#include "layerctl/command.h"
#include "layerctl/image_options.h"
#include "layerctl/output.h"
#include "layerctl/progress.h"
#include "layerctl/store_options.h"

namespace rt::layerctl {
namespace {

Result<unsigned> jobs_of(const Arguments &arguments)
{
    const std::string text = arguments.value("jobs", "0");
    unsigned jobs = 0;
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), jobs);
    if (wrong != std::errc() || end != text.data() + text.size() || (jobs == 0 && arguments.has("jobs"))) {
        return Error::input(str("--jobs: ", json::quote(text), " is no number from 1 on"));
    }
    return jobs;
}

}  // namespace

Result<int> import(const Arguments &arguments)
{
    TRY_LET(jobs, jobs_of(arguments));
    if (arguments.positionals.size() > 1) {
        TRY(store::Store::check_name(arguments.positionals[1]));
    }
    TRY_LET(opened, open_image(arguments));
    const std::string name = arguments.positionals.size() > 1 ? arguments.positionals[1] : opened.image.name;
    if (name.empty()) {
        return Error::input("the image has no name of its own").hint("layerctl import IMAGE NAME");
    }
    TRY(store::Store::check_name(name));
    TRY_LET(store, open_store(arguments, store::Store::Use::kWrite));
    TRY_LET(progress, Progress::start(arguments));
    TRY_LET(added,
            store::import_image(store, opened.image, name, {opened.limits, jobs, !arguments.on("no-sync")}));
    progress.reset();
    if (arguments.on("json")) {
        json::Writer writer(json::Layout::kIndented);
        writer.begin_object().name("name").string(added.name).name("digest").string(added.manifest.text());
        TRY(print(std::move(writer.end_object()).take()));
    }
    return kDone;
}

}  // namespace rt::layerctl
