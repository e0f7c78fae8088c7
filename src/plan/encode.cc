// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstring>

#include "plan/step.h"

namespace rt::plan {
namespace {

using init::Op;

/// What a record's s1, s2 or s3 points to.
enum class Slot : std::uint8_t {
    kNone,
    kString,   ///< nothing when empty
    kWords,    ///< an array, also when empty
    kOptions,  ///< an array, nothing when empty
    kProgram,  ///< bytes as sock_filter[n]
    kHome,     ///< the buffer of kHomeSlot, n bytes
};

struct Shape {
    Slot s1 = Slot::kNone, s2 = Slot::kNone, s3 = Slot::kNone;
    bool state = false;  ///< bytes and bytes2 go to b and c
};

constexpr auto kCount = static_cast<std::size_t>(Op::kCount);
constexpr std::uint32_t kHomeSize = 256;
constexpr std::size_t kInstruction = 8;

constexpr std::array<Shape, kCount> shapes()
{
    std::array<Shape, kCount> table{};
    const auto put = [&table](Op op, Shape shape) { table[static_cast<std::size_t>(op)] = shape; };
    constexpr Shape kOne{Slot::kString};
    constexpr Shape kTwo{Slot::kString, Slot::kString};
    for (const Op op :
         {Op::kKeyring, Op::kRoot, Op::kNoMountRoot, Op::kOpenTree, Op::kTree, Op::kTarget, Op::kCopyUp,
          Op::kLabel, Op::kAttach, Op::kMkdir, Op::kMask, Op::kReadonly, Op::kChdir}) {
        put(op, kOne);
    }
    put(Op::kWrite, kTwo);
    put(Op::kDevice, kTwo);
    put(Op::kFsMount, {Slot::kString, Slot::kString, Slot::kOptions});
    put(Op::kLegacyMount, {Slot::kString, Slot::kString, Slot::kString});
    put(Op::kCall, {Slot::kString, Slot::kString, Slot::kString});
    put(Op::kReconfigure, {.s3 = Slot::kOptions});
    put(Op::kSymlink, {Slot::kString, Slot::kString, Slot::kString});
    put(Op::kHook, {.s1 = Slot::kString, .s2 = Slot::kWords, .s3 = Slot::kWords, .state = true});
    put(Op::kHome, {Slot::kHome});
    put(Op::kSeccomp, {Slot::kProgram});
    put(Op::kFind, {Slot::kWords, Slot::kWords});
    put(Op::kExec, {Slot::kWords, Slot::kWords, Slot::kWords});
    return table;
}

constexpr std::array<Shape, kCount> kShapes = shapes();

/// What an array needs at most in the pool, its alignment included; an empty one may be there too.
std::size_t size_of(const std::vector<std::string> &words)
{
    std::size_t size = 16 + 8 * words.size();
    for (const std::string &word : words) {
        size += word.size() + 1;
    }
    return size;
}

/// The same of a string, which is left out when empty.
std::size_t size_of(const std::string &text) { return text.empty() ? 0 : text.size() + 1; }

/// What only a few steps have.
std::size_t size_of(const Detail &detail)
{
    constexpr std::size_t kAligned = 16;
    return size_of(detail.s3) + size_of(detail.w1) + size_of(detail.w2) + kAligned + detail.bytes.size() +
           detail.bytes2.size() + 2;
}

std::size_t size_of(const Step &step)
{
    const bool words = !step.w3.empty() || !step.detail.empty();
    return size_of(step.s1) + size_of(step.s2) + (words ? size_of(step.w3) : 0) +
           (step.detail.empty() ? 0 : size_of(step.more())) + (step.op == Op::kHome ? kHomeSize + 8 : 0);
}

class Encoder {
public:
    Encoder(const std::vector<Step> &steps, int sync_fd);
    std::vector<char> take() &&;

private:
    void put(const Step &step, init::Record &record);
    std::uint32_t put(Slot slot, const Detail &more, const std::string &text,
                      const std::vector<std::string> &words, std::uint32_t &n);
    std::uint32_t string(std::string_view text);
    std::uint32_t words(const std::vector<std::string> &words);
    std::uint32_t raw(const void *data, std::size_t size);
    std::uint32_t home();
    void align();

    std::vector<char> blob_;
    std::size_t end_ = 0;
    std::uint32_t home_ = 0;
    init::Header header_{};
};

Encoder::Encoder(const std::vector<Step> &steps, int sync_fd)
{
    const std::size_t records = sizeof(init::Header) + steps.size() * sizeof(init::Record);
    constexpr std::size_t kEnd = 8;
    std::size_t bound = records + kEnd;
    for (const Step &step : steps) {
        bound += size_of(step);
    }
    blob_.resize(bound);
    end_ = records;
    static_assert(sizeof(init::Header) % alignof(init::Record) == 0);
    header_ = {.magic = init::kMagic,
               .version = init::kVersion,
               .count = static_cast<std::uint32_t>(steps.size()),
               .sync_fd = sync_fd,
               .records = sizeof(init::Header)};
    std::size_t at = header_.records;
    for (const Step &step : steps) {
        init::Record record{};
        put(step, record);
        std::memcpy(blob_.data() + at, &record, sizeof record);
        at += sizeof record;
    }
}

std::vector<char> Encoder::take() &&
{
    align();
    header_.size = static_cast<std::uint32_t>(end_);
    std::memcpy(blob_.data(), &header_, sizeof header_);
    blob_.resize(end_);
    return std::move(blob_);
}

void Encoder::put(const Step &step, init::Record &record)
{
    record = {.op = step.op, .flags = step.flags, .fd = step.fd, .a = step.a, .b = step.b, .c = step.c};
    record.n = step.n;
    const Shape &shape = kShapes[static_cast<std::size_t>(step.op)];
    const Detail &more = step.more();
    record.s1 = put(shape.s1, more, step.s1, more.w1, record.n);
    record.s2 = put(shape.s2, more, step.s2, more.w2, record.n);
    record.s3 = put(shape.s3, more, more.s3, step.w3, record.n);
    if (shape.state) {
        record.b = string(more.bytes);
        record.c = string(more.bytes2);
    }
}

std::uint32_t Encoder::put(Slot slot, const Detail &more, const std::string &text,
                           const std::vector<std::string> &list, std::uint32_t &n)
{
    switch (slot) {
    case Slot::kNone:
        return 0;
    case Slot::kString:
        return text.empty() ? 0 : string(text);
    case Slot::kWords:
        return words(list);
    case Slot::kOptions:
        return list.empty() ? 0 : words(list);
    case Slot::kProgram:
        n = static_cast<std::uint32_t>(more.bytes.size() / kInstruction);
        return raw(more.bytes.data(), more.bytes.size());
    case Slot::kHome:
        n = kHomeSize;
        return home();
    }
    return 0;
}

std::uint32_t Encoder::string(std::string_view text)
{
    const std::size_t at = end_;
    std::memcpy(blob_.data() + at, text.data(), text.size());
    end_ += text.size() + 1;  // the blob was zeroed
    return static_cast<std::uint32_t>(at);
}

std::uint32_t Encoder::words(const std::vector<std::string> &list)
{
    align();
    const std::size_t array = end_;
    end_ += 8 * (list.size() + 1);
    std::size_t at = array;
    for (const std::string &word : list) {
        const std::uint64_t offset = home_ != 0 && word == kHomeSlot ? home_ : string(word);
        std::memcpy(blob_.data() + at, &offset, sizeof offset);
        at += sizeof offset;
    }
    return static_cast<std::uint32_t>(array);
}

std::uint32_t Encoder::raw(const void *data, std::size_t size)
{
    align();
    const std::size_t at = end_;
    std::memcpy(blob_.data() + at, data, size);
    end_ += size;
    return static_cast<std::uint32_t>(at);
}

std::uint32_t Encoder::home()
{
    home_ = string(kHomeSlot);
    end_ = home_ + kHomeSize;
    return home_;
}

void Encoder::align() { end_ = (end_ + 7) & ~std::size_t{7}; }

}  // namespace

std::vector<char> encode(const std::vector<Step> &steps, int sync_fd)
{
    return Encoder(steps, sync_fd).take();
}

}  // namespace rt::plan
