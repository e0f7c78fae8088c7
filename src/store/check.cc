// SPDX-License-Identifier: Apache-2.0
#include "store/check.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"
#include "layer/file_source.h"
#include "layer/image.h"
#include "layer/tree.h"
#include "store/chain.h"
#include "store/containers.h"
#include "store/content.h"
#include "store/findings.h"
#include "store/flatten.h"
#include "store/import.h"
#include "store/staging.h"

namespace rt::store {
namespace {

class Checker {
public:
    Checker(const Store &store, const CheckOptions &options)
        : store_(store), options_(options), findings_(store, options.repair)
    {}

    Result<std::vector<Flaw>> run()
    {
        TRY(check_layers());
        TRY(check_flat());
        if (options_.content) {
            TRY(check_blobs());
        }
        TRY(check_containers());
        TRY_LET(images, store_.images());
        for (const ImageName &image : images) {
            TRY(check_image(image));
        }
        if (options_.content) {
            TRY(check_content(store_, findings_));
        }
        TRY(check_leftovers("staging"));
        TRY(check_leftovers("trash"));
        return std::move(findings_).take();
    }

private:
    Status check_layers()
    {
        TRY_LET(entries, kernel::list(store_.layers()));
        for (const kernel::DirEntry &entry : entries) {
            const auto digest = Digest::parse(
                std::string(entry.name).replace(std::min(entry.name.find('-'), entry.name.size()), 1, ":"));
            if (!digest) {
                TRY(findings_.damaged("layers", entry.name, "is no layer"));
                continue;
            }
            const auto notes = store_.layer_notes(*digest);
            if (!notes || !store_.open_layer(*digest)) {
                TRY(findings_.damaged("layers", entry.name,
                                      notes ? "has no files" : "its notes are damaged"));
            }
        }
        return {};
    }

    /// What flatten() has made.
    Status check_flat()
    {
        TRY_LET(entries, kernel::list(store_.chains()));
        for (const kernel::DirEntry &entry : entries) {
            const std::string files = str(entry.name, "/", layer::kFilesDirectory);
            if (is_flat(entry.name) && !kernel::faccessat(store_.chains(), files, F_OK)) {
                TRY(findings_.damaged("chains", entry.name, "has no files"));
            }
        }
        return {};
    }

    Status check_blobs()
    {
        TRY_LET(algorithms, kernel::list_at(store_.root(), "blobs"));
        for (const kernel::DirEntry &algorithm : algorithms) {
            const std::string directory = "blobs/" + algorithm.name;
            TRY_LET(entries, kernel::list_at(store_.root(), directory));
            for (const kernel::DirEntry &entry : entries) {
                const auto digest = Digest::parse(str(algorithm.name, ":", entry.name));
                TRY_LET(good, digest ? is_good(*digest) : Result<bool>(false));
                if (!good) {
                    TRY(findings_.damaged(directory, entry.name, "is not what its digest says"));
                }
            }
        }
        return {};
    }

    Result<bool> is_good(const Digest &digest) const
    {
        TRY_LET(file, store_.open_blob(digest));
        TRY_LET(about, kernel::fstat(file));
        layer::FileSource source(file, 0, static_cast<std::uint64_t>(about.st_size));
        layer::DigestSum sum(digest);
        for (;;) {
            TRY_LET(chunk, source.next());
            if (chunk.empty()) {
                return sum.finish() == digest;
            }
            sum.put(chunk);
        }
    }

    Status check_containers()
    {
        TRY_LET(entries, kernel::list(store_.containers()));
        for (const kernel::DirEntry &entry : entries) {
            auto container = find_container(store_, entry.name);
            if (!container) {
                findings_.add({str("containers/", entry.name), container.error().text(), false});
            } else if (auto documents = store_.documents(container->manifest); !documents) {
                findings_.add({str("containers/", entry.name), documents.error().text(), false});
            }
        }
        return {};
    }

    /// The first thing that an image lacks, or "".
    std::string lack_of(const ImageName &image) const
    {
        auto documents = store_.documents(image.manifest);
        if (!documents) {
            return documents.error().text();
        }
        for (const layer::Descriptor &layer : documents->manifest.layers) {
            if (!store_.has_blob(layer.digest)) {
                return str("blob ", layer.digest.text(), " is not in the store");
            }
        }
        auto lower = lowerdirs(store_, documents->config.diff_ids);
        return lower ? "" : lower.error().text();
    }

    /// Made again from the blobs, where they are there.
    Status check_image(const ImageName &image)
    {
        std::string lack = lack_of(image);
        if (lack.empty()) {
            return {};
        }
        Flaw flaw{str("image ", json::quote(image.name)), std::move(lack), false};
        if (options_.repair) {
            const layer::ImageSource source = {layer::ImageSource::Shape::kOci, store_.path(), image.name};
            auto opened = layer::open_image(source, layer::our_platform(), "/var/tmp", {});
            flaw.mended = opened && import_image(store_, *opened, image.name, {});
        }
        findings_.add(std::move(flaw));
        return {};
    }

    Status check_leftovers(const std::string &directory)
    {
        TRY_LET(entries, kernel::list_at(store_.root(), directory));
        for (const kernel::DirEntry &entry : entries) {
            findings_.add({str(directory, "/", entry.name), "is left over", options_.repair});
            if (options_.repair) {
                TRY_LET(dir, kernel::openat(store_.root(), directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
                TRY(layer::remove_tree(dir, entry.name));
            }
        }
        return {};
    }

    const Store &store_;
    const CheckOptions &options_;
    Findings findings_;
};

}  // namespace

Result<std::vector<Flaw>> check(const Store &store, const CheckOptions &options)
{
    return Checker(store, options).run();
}

}  // namespace rt::store
