// SPDX-License-Identifier: Apache-2.0
//
// What a store keeps of a layer beside its files: what it was unpacked from, and what it says of the layers
// below that its files cannot.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "layer/digest.h"
#include "layer/entry_path.h"

namespace rt::layer {

struct LayerNotes {
    struct Link {
        EntryPath path, target;
    };
    Digest digest;                   ///< of the packed bytes
    Digest diff_id;                  ///< of what is unpacked from them
    std::uint64_t packed = 0;        ///< bytes
    std::uint64_t unpacked = 0;      ///< bytes of the archive
    bool hides_all = false;          ///< nothing of the layers below is to be seen
    std::vector<EntryPath> implied;  ///< directories without an entry
    std::vector<EntryPath> hiding;   ///< directories in which something below is hidden by name
    std::vector<Link> links;         ///< hard links to files of the layers below
};

/// The file beside the files.
inline constexpr const char *kNotesFile = "layer.json";
/// The directory with the files.
inline constexpr const char *kFilesDirectory = "fs";

std::string in_json(const LayerNotes &notes);
Result<LayerNotes> read_layer_notes(std::string_view text);

}  // namespace rt::layer
