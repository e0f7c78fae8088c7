// SPDX-License-Identifier: Apache-2.0
//
// Writes the blob of wire.h by hand: what plan::encode does, in a few lines.
#pragma once

#include <asm/unistd.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "init/wire.h"

namespace rt::init {

class Encoder {
public:
    /// Offsets are relative to the pool until blob() moves them behind the records.
    std::uint32_t text(std::string_view s)
    {
        const auto at = static_cast<std::uint32_t>(pool_.size());
        pool_.append(s);
        pool_.push_back('\0');
        return at + kPool;
    }
    std::uint32_t bytes(const void *data, std::size_t size)
    {
        align();
        const auto at = static_cast<std::uint32_t>(pool_.size());
        pool_.append(static_cast<const char *>(data), size);
        return at + kPool;
    }
    std::uint32_t words(const std::vector<std::string> &list)
    {
        std::vector<std::uint64_t> offsets;
        for (const std::string &s : list) {
            offsets.push_back(text(s));
        }
        offsets.push_back(0);
        return bytes(offsets.data(), offsets.size() * sizeof(std::uint64_t));
    }
    /// Adds the record; gives its index.
    std::uint32_t add(const Record &r)
    {
        records_.push_back(r);
        return static_cast<std::uint32_t>(records_.size() - 1);
    }

    std::string blob(int sync_fd) const
    {
        std::string all(kPool, '\0');
        const Header header = {.magic = kMagic,
                               .version = kVersion,
                               .size = static_cast<std::uint32_t>(kPool + pool_.size()),
                               .count = static_cast<std::uint32_t>(records_.size()),
                               .sync_fd = sync_fd,
                               .records = sizeof(Header)};
        std::memcpy(all.data(), &header, sizeof(header));
        std::memcpy(all.data() + sizeof(header), records_.data(), records_.size() * sizeof(Record));
        return all + pool_;
    }

private:
    static constexpr std::uint32_t kPool = 64 * 1024;  // room for the records

    void align()
    {
        while (pool_.size() % 8 != 0) {
            pool_.push_back('\0');
        }
    }

    std::vector<Record> records_;
    std::string pool_;
};

/// A record without descriptor.
inline Record record(Op op)
{
    Record r = {};
    r.op = op;
    r.fd = -1;
    return r;
}

/// A kCall.
inline Record call(long number, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0)
{
    Record r = record(Op::kCall);
    r.n = static_cast<std::uint32_t>(number);
    r.a = a;
    r.b = b;
    r.c = c;
    return r;
}

}  // namespace rt::init
