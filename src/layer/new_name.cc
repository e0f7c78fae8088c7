// SPDX-License-Identifier: Apache-2.0
#include "layer/new_name.h"

#include <fcntl.h>

#include <utility>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"

namespace rt::layer {

NewName new_name(std::string_view path)
{
    const std::size_t slash = path.rfind('/');
    if (slash == std::string_view::npos) {
        return {".", std::string(path)};
    }
    return {slash == 0 ? "/" : std::string(path.substr(0, slash)), std::string(path.substr(slash + 1))};
}

Result<Fd> open_above(const NewName &name, std::string_view doing, const std::string &path)
{
    auto above = kernel::openat(kernel::kCwd, name.above, O_RDONLY | O_DIRECTORY);
    return above ? std::move(above)
                 : std::move(above)
                       .error()
                       .context(str(doing, " ", json::quote(path)))
                       .hint("the directory above has to be there");
}

}  // namespace rt::layer
