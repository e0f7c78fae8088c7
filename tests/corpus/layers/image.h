// SPDX-License-Identifier: Apache-2.0
//
// Layouts and archives of images, with whatever is wrong in them.
#pragma once

#include "case.h"

namespace rt::corpus {

/// Where an edit strikes: a document before it gets its digest, or a file of the layout when all is written.
enum class Part : std::uint8_t {
    kVersion,
    kIndex,
    kManifest,
    kConfig,
    kStoredManifest,
    kStoredConfig,
    kStoredLayer
};

struct Edit {
    Part part;
    std::string from, to;  ///< the first `from` becomes `to`
};

/// An image layout in `directory` of these layers, packed already; `plain` are what they unpack to.
std::vector<File> layout(const std::string &directory, const Layers &packed, const Layers &plain,
                         const std::vector<Edit> &edits = {});

/// One archive, or several as layers of an image.
Case of_layers(std::string name, Layers layers, std::string expected, std::vector<std::string> options = {},
               std::string mounted = {});

/// "sha256:9f86..." of these bytes.
std::string digest(std::string_view bytes);
/// "sha512:ddaf..." of them.
std::string digest_512(std::string_view bytes);

/// As gzip has it, in stored blocks.
std::string gzip(std::string_view bytes);
/// As zstd has it, in raw blocks.
std::string zstd(std::string_view bytes);

}  // namespace rt::corpus
