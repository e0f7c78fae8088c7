// SPDX-License-Identifier: Apache-2.0
#include "pack/lint.h"

#include <unistd.h>

#include <algorithm>
#include <span>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "layerctl/command.h"
#include "layerctl/image_options.h"

namespace rt::layerctl {
namespace {

using pack::Finding;

/// "layer 2: set-id: /bin/su and 3 more: runs as ..."
std::string as_line(const Finding &finding)
{
    const std::string where = finding.layer > 0 ? str("layer ", finding.layer, ": ") : "";
    if (finding.bytes > 0) {
        return str(where, finding.check, ": ", finding.bytes, " ", finding.text, "\n");
    }
    const std::size_t more = finding.paths.size() - 1;
    return str(where, finding.check, ": ", printable(finding.paths.front()),
               more > 0 ? str(" (and ", more, " more)") : "", " ", finding.text, "\n");
}

std::string as_lines(std::span<const Finding> findings)
{
    std::string out;
    for (const Finding &finding : findings) {
        out += as_line(finding);
    }
    return out;
}

std::string as_json(std::span<const Finding> findings)
{
    json::Writer out(json::Layout::kIndented);
    out.begin_array();
    for (const Finding &finding : findings) {
        out.begin_object();
        out.name("check").string(finding.check);
        out.name("meaning").string(finding.text);
        out.name("harmful").boolean(finding.harmful);
        if (finding.layer > 0) {
            out.name("layer").number_unsigned(finding.layer);
        }
        if (finding.bytes > 0) {
            out.name("bytes").number_unsigned(finding.bytes);
        }
        out.name("paths").begin_array();
        for (const std::string &path : finding.paths) {
            out.string(path);
        }
        out.end_array().end_object();
    }
    out.end_array();
    return std::move(out).take() + "\n";
}

}  // namespace

Result<int> lint(const Arguments &arguments)
{
    TRY_LET(opened, open_image(arguments));
    TRY_LET(findings, pack::lint(opened.image, opened.limits));
    TRY(kernel::write_all(FdRef(STDOUT_FILENO),
                          arguments.on("json") ? as_json(findings) : as_lines(findings)));
    const bool harmful = std::ranges::any_of(findings, &Finding::harmful);
    return harmful && arguments.on("strict") ? kFailed : kDone;
}

}  // namespace rt::layerctl
