// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"
#include "layer/digest.h"
#include "layer/sha256.h"
#include "pack/byte_sink.h"

namespace rt::pack {

/// Writes to `file`, borrowed, in large pieces, from where it stands.
class FileSink final : public ByteSink {
public:
    explicit FileSink(FdRef file) : file_(file) {}
    Status put(std::string_view bytes) override;
    Status finish() override;

private:
    FdRef file_;
    std::string pending_;
};

/// Counts and sums what goes through.
class SummingSink final : public ByteSink {
public:
    explicit SummingSink(ByteSink &next) : next_(next) {}
    Status put(std::string_view bytes) override
    {
        sum_.put(bytes);
        size_ += bytes.size();
        return next_.put(bytes);
    }
    Status finish() override { return next_.finish(); }

    std::uint64_t size() const { return size_; }
    /// Once, behind finish().
    layer::Digest digest() { return layer::Digest::of(sum_.finish()); }

private:
    ByteSink &next_;
    layer::Sha256 sum_;
    std::uint64_t size_ = 0;
};

}  // namespace rt::pack
