// SPDX-License-Identifier: Apache-2.0
//
// Reads a tar archive as it comes, chunk by chunk, whatever the chunks' sizes: v7, ustar, GNU, pax; sparse
// files. Where readers in use do not agree on what a header means, it is refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "layer/tar_entry.h"
#include "layer/tar_header.h"
#include "layer/tar_pax.h"

namespace rt::layer {

class TarReader {
public:
    /// Entries beyond `most_entries` are refused.
    explicit TarReader(TarSink &sink, std::uint64_t most_entries = 20'000'000)
        : sink_(sink), most_entries_(most_entries)
    {}

    Status push(std::string_view bytes);
    /// There is no more; fails in the middle of an entry.
    Status finish();

private:
    enum class State : std::uint8_t {
        kHeader,       ///< a block: the next header, or zeros
        kMoreExtents,  ///< a block: more of GNU's extents
        kMap,          ///< a block: the map of a sparse file of format 1.0
        kMeta,         ///< the text of an extended header, or of a long name
        kData,
        kPadding,
        kEnd,  ///< behind two blocks of zeros: whatever follows is none of ours
    };

    Status push_some(std::string_view &bytes);
    Status block(std::string_view block);
    Status header_block(std::string_view block);
    Status begin_meta();
    Status end_meta();
    Status more_extents(std::string_view block);
    Status begin_map();
    Status map_block(std::string_view block);
    Result<bool> read_map();

    Status compose();
    Status choose_name(std::optional<std::string> &lengthy, std::optional<std::string> &extended,
                       std::string &name, const char *what) const;
    Status take_numbers();
    Status check_extents() const;
    Status announce();
    Status data(std::string_view &bytes);
    Status end_data();
    void pad(State then);
    Error in_entry(Error error) const;

    TarSink &sink_;
    std::uint64_t most_entries_;
    std::uint64_t entries_ = 0;
    std::uint64_t offset_ = 0;  ///< of the next byte in the archive

    State state_ = State::kHeader;
    std::string block_;              ///< what is there of a block
    bool zero_block_ = false;        ///< the block before was one of zeros
    std::uint64_t left_ = 0;         ///< bytes to come of meta, data or padding
    std::uint64_t stored_size_ = 0;  ///< of the entry's data in the archive

    TarHeader header_;
    std::string meta_;
    std::optional<std::string> long_name_, long_target_;  ///< GNU's types L and K
    std::optional<Pax> pax_;                              ///< type x
    Pax global_;                                          ///< type g

    TarEntry entry_;
    std::vector<Extent> extents_;
    std::size_t extent_ = 0;       ///< the one the next byte belongs to
    std::uint64_t in_extent_ = 0;  ///< how much of it has come
};

}  // namespace rt::layer
