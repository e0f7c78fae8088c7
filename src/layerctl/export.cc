// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>

#include <utility>
#include <vector>

#include "base/json.h"
#include "kernel/calls_fs.h"
#include "layerctl/command.h"
#include "layerctl/write_options.h"
#include "pack/changes.h"
#include "pack/file_sink.h"
#include "pack/new_file.h"
#include "pack/pack_changes.h"
#include "pack/stack.h"

namespace rt::layerctl {
namespace {

Result<pack::MergedDirectory> plain_tree(const std::string &path)
{
    auto dir = kernel::openat(kernel::kCwd, path, O_RDONLY | O_DIRECTORY);
    if (!dir) {
        return std::move(dir).error();
    }
    std::vector<Fd> roots;
    roots.push_back(std::move(dir).take());
    return pack::MergedDirectory::root(std::move(roots), pack::Overlay::kNone);
}

}  // namespace

Result<int> export_tree(const Arguments &arguments)
{
    TRY_LET(how, packing(arguments, pack::Packing::kNone));
    TRY_LET(newest, newest_time());
    TRY_LET(tree, plain_tree(arguments.positionals[0]));
    TRY_LET(target, pack::NewFile::begin(arguments.positionals[1]));
    TRY_LET(all, pack::changes(nullptr, tree));
    pack::FileSink file(target.file());
    const auto packer = pack::packer(how, file);
    pack::TarWriter tar(*packer, newest);
    TRY(pack::pack_changes(tree, all, tar));
    TRY(tar.finish());
    TRY(target.commit(!arguments.on("no-sync")));
    return kDone;
}

}  // namespace rt::layerctl
