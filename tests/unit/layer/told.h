// SPDX-License-Identifier: Apache-2.0
//
// What a TarReader tells, as text: a line an entry.
#pragma once

#include <string>

#include "layer/tar_reader.h"
#include "tar_maker.h"

namespace rt::layer {

class Told final : public TarSink {
public:
    Status entry(const TarEntry &e) override
    {
        text += str(in_words(e.kind), " ", e.path);
        text += e.target.empty() ? "" : str(" -> ", e.target);
        text += str(" ", TarMaker::octal(e.mode, 4), " ", e.uid, ":", e.gid, " @", e.mtime.tv_sec);
        text += e.mtime.tv_nsec != 0 ? str(".", e.mtime.tv_nsec) : "";
        text += e.major + e.minor != 0 ? str(" dev ", e.major, ":", e.minor) : "";
        for (const TarEntry::Attribute &a : e.xattrs) {
            text += str(" ", a.name, "=", a.value);
        }
        content_.assign(e.size < 1 << 20 ? e.size : 0, '.');
        size_ = e.size;
        return {};
    }
    Status data(std::uint64_t offset, std::string_view bytes) override
    {
        if (offset + bytes.size() > content_.size()) {
            return Error::bug("more than its size");
        }
        content_.replace(offset, bytes.size(), bytes);
        return {};
    }
    Status end_entry() override
    {
        text += size_ != 0 ? str(" [", content_.size() > 64 ? str(size_) : content_, "]\n") : "\n";
        return {};
    }

    std::string text;

private:
    std::string content_;
    std::uint64_t size_ = 0;
};

/// The lines, or "error: " and the reason.
inline std::string told(std::string_view archive, std::size_t chunk = 100'000,
                        std::uint64_t most_entries = 1000)
{
    Told out;
    TarReader reader(out, most_entries);
    for (std::size_t at = 0; at < archive.size(); at += chunk) {
        if (Status pushed = reader.push(archive.substr(at, chunk)); !pushed) {
            return "error: " + pushed.error().text();
        }
    }
    if (Status finished = reader.finish(); !finished) {
        return "error: " + finished.error().text();
    }
    return out.text;
}

}  // namespace rt::layer
