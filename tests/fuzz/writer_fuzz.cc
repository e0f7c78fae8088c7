// SPDX-License-Identifier: Apache-2.0
//
// What is written is read as it was: an archive that the reader takes, written again, and an entry of
// whatever names, numbers and attributes.
#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pack/tar_writer.h"
#include "unit/layer/told.h"
#include "unit/pack/text_sink.h"

namespace {

using namespace rt;
using layer::TarEntry;
using Kind = TarEntry::Kind;

void hold_equal(const std::string &a, const std::string &b)
{
    if (a != b) {
        std::fprintf(stderr, "was:\n%s\nis:\n%s\n", a.c_str(), b.c_str());
        std::abort();
    }
}

/// Keeps entries with what is in them; holes are zeros.
class Kept final : public layer::TarSink {
public:
    Status entry(const TarEntry &entry) override
    {
        constexpr std::uint64_t kMost = 1 << 20;
        if (entry.size > kMost) {
            return Error::input("too large to be kept");
        }
        entries.push_back({entry, std::string(entry.size, '\0')});
        return {};
    }
    Status data(std::uint64_t offset, std::string_view bytes) override
    {
        entries.back().content.replace(offset, bytes.size(), bytes);
        return {};
    }
    Status end_entry() override { return {}; }

    struct Entry {
        TarEntry entry;
        std::string content;
    };
    std::vector<Entry> entries;
};

std::string text_of(const std::vector<Kept::Entry> &entries)
{
    layer::Told out;
    for (const Kept::Entry &one : entries) {
        TarEntry entry = one.entry;
        if (entry.kind == Kind::kDirectory && !entry.path.ends_with('/')) {
            entry.path += '/';
        }
        std::ranges::sort(entry.xattrs, {}, &TarEntry::Attribute::name);
        (void)out.entry(entry);
        (void)out.data(0, one.content);
        (void)out.end_entry();
    }
    return out.text;
}

std::string written(const std::vector<Kept::Entry> &entries)
{
    pack::TextSink out;
    pack::TarWriter tar(out);
    for (const Kept::Entry &one : entries) {
        if (!tar.entry(one.entry) || !tar.data(one.content)) {
            std::abort();
        }
    }
    if (!tar.finish()) {
        std::abort();
    }
    return out.text;
}

/// What the archive holds, or nothing when the reader refuses it.
std::optional<std::vector<Kept::Entry>> read(const std::string &archive)
{
    Kept kept;
    layer::TarReader reader(kept, 1000);
    const bool whole = reader.push(archive) && reader.finish();
    return whole ? std::optional(std::move(kept.entries)) : std::nullopt;
}

void hold_written(const std::vector<Kept::Entry> &entries)
{
    const auto again = read(written(entries));
    hold_equal(text_of(entries), again ? text_of(*again) : "refused");
}

std::string name_of(FuzzedDataProvider &from)
{
    std::string out = from.ConsumeRandomLengthString(300);
    std::erase(out, '\0');
    while (out.ends_with('/')) {
        out.pop_back();  // only a directory's does
    }
    return out.empty() ? "x" : out;
}

Kept::Entry entry_of(FuzzedDataProvider &from)
{
    constexpr Kind kKinds[] = {Kind::kFile,  Kind::kHardLink,  Kind::kSymlink, Kind::kCharacter,
                               Kind::kBlock, Kind::kDirectory, Kind::kFifo};
    TarEntry out;
    out.kind = from.PickValueInArray(kKinds);
    out.path = name_of(from);
    out.mode = from.ConsumeIntegralInRange<mode_t>(0, 07777);
    out.uid = from.ConsumeIntegralInRange<uid_t>(0, 0xfffffffe);
    out.gid = from.ConsumeIntegralInRange<gid_t>(0, 0xfffffffe);
    out.mtime.tv_sec =
        from.ConsumeIntegralInRange<std::int64_t>(-(std::int64_t{1} << 40), std::int64_t{1} << 40);
    out.mtime.tv_nsec = from.ConsumeIntegralInRange<long>(0, 999'999'999);
    if (out.kind == Kind::kHardLink || out.kind == Kind::kSymlink) {
        out.target = name_of(from);
    }
    if (out.kind == Kind::kCharacter || out.kind == Kind::kBlock) {
        out.major = from.ConsumeIntegralInRange<unsigned>(0, 4095);
        out.minor = from.ConsumeIntegralInRange<unsigned>(0, 1048575);
    }
    for (int left = from.ConsumeIntegralInRange(0, 3); left > 0; --left) {
        std::string name = "user." + name_of(from).substr(0, 200);
        const bool there = std::ranges::any_of(out.xattrs, [&](const auto &one) { return one.name == name; });
        if (!there) {
            out.xattrs.push_back({std::move(name), from.ConsumeRandomLengthString(300)});
        }
    }
    const std::string content = out.kind == Kind::kFile ? from.ConsumeRandomLengthString(2000) : "";
    out.size = content.size();
    return {std::move(out), content};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (const auto taken = read(std::string(reinterpret_cast<const char *>(data), size))) {
        hold_written(*taken);
    }
    FuzzedDataProvider from(data, size);
    std::vector<Kept::Entry> entries;
    while (from.remaining_bytes() > 0 && entries.size() < 8) {
        entries.push_back(entry_of(from));
    }
    hold_written(entries);
    return 0;
}
