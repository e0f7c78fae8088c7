// SPDX-License-Identifier: Apache-2.0
#include "pack/packing.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <limits>
#include <vector>

#include "base/json.h"
#include "base/str.h"

namespace rt::pack {
namespace {

constexpr std::size_t kBuffer = 128 << 10;

class Plain final : public ByteSink {
public:
    explicit Plain(ByteSink &out) : out_(out) {}
    Status put(std::string_view bytes) override { return out_.put(bytes); }
    Status finish() override { return out_.finish(); }

private:
    ByteSink &out_;
};

/// zlib's gzip, whose header then holds neither a name nor a time.
class Gzip final : public ByteSink {
public:
    explicit Gzip(ByteSink &out) : out_(out), buffer_(kBuffer)
    {
        constexpr int kLevel = 6, kGzipWindow = 15 + 16, kMemory = 8;
        ready_ =
            ::deflateInit2(&stream_, kLevel, Z_DEFLATED, kGzipWindow, kMemory, Z_DEFAULT_STRATEGY) == Z_OK;
    }
    ~Gzip() override
    {
        if (ready_) {
            ::deflateEnd(&stream_);
        }
    }

    Status put(std::string_view bytes) override
    {
        constexpr std::size_t kMost = std::numeric_limits<uInt>::max();
        while (!bytes.empty()) {
            const std::string_view some = bytes.substr(0, kMost);
            TRY(deflate(some, Z_NO_FLUSH));
            bytes.remove_prefix(some.size());
        }
        return {};
    }
    Status finish() override
    {
        TRY(deflate("", Z_FINISH));
        return out_.finish();
    }

private:
    Status deflate(std::string_view bytes, int flush)
    {
        if (!ready_) {
            return Error::kernel(ENOMEM, "making a gzip context");
        }
        stream_.next_in = const_cast<Bytef *>(reinterpret_cast<const Bytef *>(bytes.data()));
        stream_.avail_in = static_cast<uInt>(bytes.size());
        do {
            stream_.next_out = reinterpret_cast<Bytef *>(buffer_.data());
            stream_.avail_out = static_cast<uInt>(buffer_.size());
            if (::deflate(&stream_, flush) == Z_STREAM_ERROR) {
                return Error::bug("deflate is in no state to go on");
            }
            TRY(out_.put({buffer_.data(), buffer_.size() - stream_.avail_out}));
        } while (stream_.avail_out == 0);
        return {};
    }

    ByteSink &out_;
    std::vector<char> buffer_;
    z_stream stream_ = {};
    bool ready_ = false;
};

class Zstd final : public ByteSink {
public:
    explicit Zstd(ByteSink &out) : out_(out), context_(::ZSTD_createCCtx()), buffer_(kBuffer)
    {
        if (context_ != nullptr) {
            ::ZSTD_CCtx_setParameter(context_, ZSTD_c_compressionLevel, 3);
            ::ZSTD_CCtx_setParameter(context_, ZSTD_c_checksumFlag, 1);
        }
    }
    ~Zstd() override { ::ZSTD_freeCCtx(context_); }

    Status put(std::string_view bytes) override { return compress(bytes, ZSTD_e_continue); }
    Status finish() override
    {
        TRY(compress("", ZSTD_e_end));
        return out_.finish();
    }

private:
    Status compress(std::string_view bytes, ZSTD_EndDirective mode)
    {
        if (context_ == nullptr) {
            return Error::kernel(ENOMEM, "making a zstd context");
        }
        ZSTD_inBuffer in = {bytes.data(), bytes.size(), 0};
        for (std::size_t left = 1; left != 0;) {
            ZSTD_outBuffer out = {buffer_.data(), buffer_.size(), 0};
            left = ::ZSTD_compressStream2(context_, &out, &in, mode);
            if (::ZSTD_isError(left) != 0) {
                return Error::bug(str("zstd: ", std::string_view(::ZSTD_getErrorName(left))));
            }
            TRY(out_.put({buffer_.data(), out.pos}));
            left = mode == ZSTD_e_end ? left : in.size - in.pos;
        }
        return {};
    }

    ByteSink &out_;
    ZSTD_CCtx *context_;
    std::vector<char> buffer_;
};

template <class Packer>
std::unique_ptr<ByteSink> make(ByteSink &out)
{
    return std::make_unique<Packer>(out);
}

struct Row {
    Packing packing;
    std::string_view name;
    std::unique_ptr<ByteSink> (*make)(ByteSink &out);
};
constexpr Row kRows[] = {{Packing::kNone, "none", make<Plain>},
                         {Packing::kGzip, "gzip", make<Gzip>},
                         {Packing::kZstd, "zstd", make<Zstd>}};

}  // namespace

Result<Packing> parse_packing(std::string_view name)
{
    const auto *row = std::ranges::find(kRows, name, &Row::name);
    return row != std::end(kRows)
               ? Result<Packing>(row->packing)
               : Error::input(str(json::quote(name), " is not known")).hint("gzip, zstd or none");
}

std::unique_ptr<ByteSink> packer(Packing packing, ByteSink &out)
{
    return std::ranges::find(kRows, packing, &Row::packing)->make(out);
}

}  // namespace rt::pack
