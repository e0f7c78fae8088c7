// SPDX-License-Identifier: Apache-2.0
//
// pages DIR: writes the manual pages and completions below DIR.  `meson install` runs it; nobody installs it.
#include <fcntl.h>
#include <stdlib.h>

#include <cerrno>

#include "base/log.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "pages/pages.h"

namespace rt::pages {
namespace {

Status make_parents(const std::string &path)
{
    for (std::size_t at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1)) {
        Status made = kernel::mkdirat(kernel::kCwd, path.substr(0, at), 0755);
        if (!made && made.error().err() != EEXIST) {
            return made;
        }
    }
    return {};
}

Status write(const std::string &path, const std::string &text)
{
    TRY(make_parents(path));
    TRY_LET(file, kernel::openat(kernel::kCwd, path, O_WRONLY | O_CREAT | O_TRUNC, 0644));
    return kernel::write_all(file, text);
}

Status write_all(const std::string &top)
{
    for (const Page &page : all_pages()) {
        TRY(write(str(top, '/', page.path), page.text));
    }
    return {};
}

}  // namespace
}  // namespace rt::pages

int main(int argc, char **argv)
{
    // meson tells its install scripts where by the environment: DESTDIR and the prefix.
    const char *prefix = ::getenv("MESON_INSTALL_DESTDIR_PREFIX");
    if (argc != 2) {
        return EXIT_FAILURE;
    }
    const rt::Status written =
        rt::pages::write_all(prefix == nullptr ? argv[1] : rt::str(prefix, '/', argv[1]));
    if (!written) {
        rt::log::error(written.error());
    }
    return written ? EXIT_SUCCESS : EXIT_FAILURE;
}
