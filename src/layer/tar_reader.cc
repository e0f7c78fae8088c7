// SPDX-License-Identifier: Apache-2.0
#include "layer/tar_reader.h"

#include <algorithm>

#include "base/json.h"
#include "base/str.h"

namespace rt::layer {
namespace {

constexpr std::size_t kMostMeta = 1 << 20;
constexpr std::uint64_t kMostSize = std::uint64_t{1} << 62;

bool is_meta(char type) { return type == 'x' || type == 'g' || type == 'L' || type == 'K'; }

}  // namespace

Error TarReader::in_entry(Error error) const
{
    constexpr std::size_t kShown = 400;
    const std::string &path = entry_.path.empty() ? header_.path : entry_.path;
    return std::move(error).context(path.empty() ? str("byte ", offset_)
                                                 : json::quote(std::string_view(path).substr(0, kShown)));
}

Status TarReader::push(std::string_view bytes)
{
    while (!bytes.empty()) {
        const std::size_t before = bytes.size();
        if (Status done = push_some(bytes); !done) {
            return in_entry(std::move(done).error());
        }
        offset_ += before - bytes.size();
    }
    return {};
}

Status TarReader::finish()
{
    // The blocks of zeros may be missing, and what pads the last file: Go's writer leaves them out when
    // nobody closes it.
    const bool between = (state_ == State::kHeader && block_.empty()) || state_ == State::kPadding;
    const bool whole = between && !pax_ && !long_name_ && !long_target_;
    return whole || state_ == State::kEnd ? Status() : in_entry(Error::input("the archive ends here"));
}

Status TarReader::push_some(std::string_view &bytes)
{
    switch (state_) {
    case State::kHeader:
    case State::kMoreExtents:
    case State::kMap: {
        const std::size_t take = std::min(bytes.size(), kTarBlock - block_.size());
        block_.append(bytes.substr(0, take));
        bytes.remove_prefix(take);
        if (block_.size() < kTarBlock) {
            return {};
        }
        const std::string whole = std::move(block_);
        block_.clear();
        return block(whole);
    }
    case State::kMeta: {
        const std::size_t take = std::min<std::uint64_t>(bytes.size(), left_);
        meta_.append(bytes.substr(0, take));
        bytes.remove_prefix(take);
        left_ -= take;
        return left_ == 0 ? end_meta() : Status();
    }
    case State::kData:
        return data(bytes);
    case State::kPadding: {
        const std::size_t take = std::min<std::uint64_t>(bytes.size(), left_);
        bytes.remove_prefix(take);
        left_ -= take;
        state_ = left_ == 0 ? State::kHeader : state_;
        return {};
    }
    case State::kEnd:
        bytes = {};
        return {};
    }
    return {};
}

Status TarReader::block(std::string_view block)
{
    return state_ == State::kHeader ? header_block(block)
           : state_ == State::kMap  ? map_block(block)
                                    : more_extents(block);
}

Status TarReader::header_block(std::string_view block)
{
    header_ = {};
    entry_ = {};
    if (is_zero_block(block)) {
        if (pax_ || long_name_ || long_target_) {
            return Error::input("an extended header is the last");
        }
        state_ = zero_block_ ? State::kEnd : State::kHeader;
        zero_block_ = true;
        return {};
    }
    if (zero_block_) {
        return Error::input("something follows a single block of zeros");
    }
    TRY_LET(header, read_header(block));
    header_ = std::move(header);
    if (is_meta(header_.type)) {
        return begin_meta();
    }
    if (++entries_ > most_entries_) {
        return Error::input(str("more than ", most_entries_, " entries"));
    }
    TRY(compose());
    if (header_.type == 'S' && header_.more_extents) {
        state_ = State::kMoreExtents;
        return {};
    }
    return pax_ && pax_->map_in_data() ? begin_map() : announce();
}

Status TarReader::begin_meta()
{
    const bool again = (header_.type == 'x' && pax_) || (header_.type == 'L' && long_name_) ||
                       (header_.type == 'K' && long_target_);
    if (again) {
        return Error::input("two extended headers for one file");
    }
    if (header_.size > kMostMeta) {
        return Error::input(str("an extended header of more than ", kMostMeta, " bytes"));
    }
    meta_.clear();
    left_ = header_.size;
    stored_size_ = header_.size;
    state_ = State::kMeta;
    return left_ == 0 ? end_meta() : Status();
}

Status TarReader::end_meta()
{
    switch (header_.type) {
    case 'g':
        TRY(read_pax(meta_, PaxScope::kGlobal, global_));
        break;
    case 'x': {
        Pax pax = global_;
        TRY(read_pax(meta_, PaxScope::kFile, pax));
        pax_ = std::move(pax);
        break;
    }
    default: {
        const std::string name = meta_.substr(0, meta_.find('\0'));
        if (name.empty() || meta_.find_first_not_of('\0', name.size()) != std::string::npos) {
            return Error::input("a long name with zero bytes inside");
        }
        (header_.type == 'L' ? long_name_ : long_target_) = name;
        break;
    }
    }
    pad(State::kHeader);
    return {};
}

void TarReader::pad(State then)
{
    left_ = (kTarBlock - stored_size_ % kTarBlock) % kTarBlock;
    state_ = left_ == 0 ? then : State::kPadding;
}

Status TarReader::more_extents(std::string_view block)
{
    TRY_LET(more, read_more_extents(block, extents_));
    if (extents_.size() > kMostExtents) {
        return Error::input(str("a file in more than ", kMostExtents, " pieces"));
    }
    return more ? Status() : announce();
}

Status TarReader::begin_map()
{
    if (pax_->sparse_minor.value_or(0) != 0 || stored_size_ < kTarBlock) {
        return Error::input("of no format of sparse files that is known");
    }
    meta_.clear();
    state_ = State::kMap;
    return {};
}

Status TarReader::map_block(std::string_view block)
{
    if (left_ < kTarBlock || meta_.size() > kMostExtents * 32) {
        return Error::input("the map of a sparse file without an end");
    }
    left_ -= kTarBlock;
    meta_.append(block);
    TRY_LET(whole, read_map());
    return whole ? announce() : Status();
}

/// "N\n", then N times "OFFSET\nLENGTH\n": true when all are there.  Goes through the text again only when as
/// many lines have come as the map has.
Result<bool> TarReader::read_map()
{
    const std::size_t first = meta_.find('\n');
    if (first == std::string::npos) {
        return false;
    }
    TRY_LET(count, decimal(std::string_view(meta_).substr(0, first)));
    if (count > kMostExtents) {
        return Error::input(str("a file in more than ", kMostExtents, " pieces"));
    }
    std::string_view rest = std::string_view(meta_).substr(first + 1);
    if (static_cast<std::uint64_t>(std::ranges::count(rest, '\n')) < 2 * count) {
        return false;
    }
    for (std::uint64_t i = 0; i < count; ++i) {
        std::uint64_t numbers[2] = {};
        for (std::uint64_t &number : numbers) {
            TRY_LET(parsed, decimal(rest.substr(0, rest.find('\n'))));
            number = parsed;
            rest.remove_prefix(rest.find('\n') + 1);
        }
        extents_.push_back({numbers[0], numbers[1]});
    }
    return true;
}

Status TarReader::announce()
{
    TRY(check_extents());
    pax_.reset();
    long_name_.reset();
    long_target_.reset();
    entry_.data_at = (offset_ / kTarBlock + 1) * kTarBlock;  // behind the block that has just come
    TRY(sink_.entry(entry_));
    extent_ = 0;
    in_extent_ = 0;
    state_ = State::kData;
    return left_ == 0 ? end_data() : Status();
}

Status TarReader::data(std::string_view &bytes)
{
    while (in_extent_ == extents_[extent_].length) {
        ++extent_;
        in_extent_ = 0;
    }
    const Extent &extent = extents_[extent_];
    const std::size_t take = std::min<std::uint64_t>(bytes.size(), extent.length - in_extent_);
    TRY(sink_.data(extent.offset + in_extent_, bytes.substr(0, take)));
    bytes.remove_prefix(take);
    in_extent_ += take;
    left_ -= take;
    return left_ == 0 ? end_data() : Status();
}

Status TarReader::end_data()
{
    TRY(sink_.end_entry());
    pad(State::kHeader);
    return {};
}

Status TarReader::check_extents() const
{
    std::uint64_t past = 0;
    std::uint64_t sum = 0;
    for (const Extent &extent : extents_) {
        if (extent.offset < past || extent.offset > kMostSize || extent.length > kMostSize) {
            return Error::input("a sparse file whose pieces are not in order");
        }
        past = extent.offset + extent.length;
        sum += extent.length;
    }
    if (past > entry_.size || sum != left_) {
        return Error::input("a sparse file whose pieces are not of its size");
    }
    return {};
}

}  // namespace rt::layer
