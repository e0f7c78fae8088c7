// SPDX-License-Identifier: Apache-2.0
#include "layer/unzstd.h"

#include <zstd.h>

#include <cerrno>
#include <vector>

#include "base/str.h"

namespace rt::layer {
namespace {

constexpr int kLargestWindowLog = 27;

class Unzstd final : public ByteSource {
public:
    explicit Unzstd(ByteSource &packed) : packed_(packed), context_(::ZSTD_createDCtx()), buffer_(512 << 10)
    {
        if (context_ != nullptr) {
            ::ZSTD_DCtx_setParameter(context_, ZSTD_d_windowLogMax, kLargestWindowLog);
        }
    }
    ~Unzstd() override { ::ZSTD_freeDCtx(context_); }

    Result<std::string_view> next() override
    {
        if (context_ == nullptr) {
            return Error::kernel(ENOMEM, "making a zstd context");
        }
        while (!ended_) {
            if (in_.pos == in_.size && !full_) {
                TRY_LET(chunk, packed_.next());
                in_ = {chunk.data(), chunk.size(), 0};
                if (chunk.empty()) {
                    ended_ = true;
                    return inside_ ? Result<std::string_view>(Error::input("ends in the middle of its data"))
                                   : std::string_view();
                }
            }
            ZSTD_outBuffer out = {buffer_.data(), buffer_.size(), 0};
            const std::size_t rest = ::ZSTD_decompressStream(context_, &out, &in_);
            if (::ZSTD_isError(rest) != 0) {
                return Error::input(
                    str("is no sound zstd file: ", std::string_view(::ZSTD_getErrorName(rest))));
            }
            inside_ = rest != 0;
            full_ = out.pos == out.size;  // there may be more without more input
            if (out.pos > 0) {
                return std::string_view(buffer_.data(), out.pos);
            }
        }
        return std::string_view();
    }

private:
    ByteSource &packed_;
    ZSTD_DCtx *context_;
    std::vector<char> buffer_;
    ZSTD_inBuffer in_ = {nullptr, 0, 0};
    bool inside_ = false, full_ = false, ended_ = false;
};

}  // namespace

std::unique_ptr<ByteSource> unzstd(ByteSource &packed) { return std::make_unique<Unzstd>(packed); }

}  // namespace rt::layer
