// SPDX-License-Identifier: Apache-2.0
//
// Tar archives, byte by byte: also those that no program writes.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/str.h"

namespace rt::layer {

class TarMaker {
public:
    /// A header as it is made; the checksum comes last.
    struct Header {
        std::string name;
        char type = '0';
        std::string target;
        std::string mode = "0000644", uid = "0000000", gid = "0000000";
        std::uint64_t size = 0;
        std::string size_field, mtime = "00000000000";
        std::string magic = std::string("ustar\00000", 8);
        std::string major, minor, prefix;
        std::string behind_devices;  ///< GNU's own fields, from 345 on
        int checksum_off_by = 0;
        bool signed_checksum = false;
    };

    static std::string octal(std::uint64_t value, std::size_t digits)
    {
        std::string out(digits, '0');
        for (std::size_t i = digits; i-- > 0; value >>= 3) {
            out[i] = static_cast<char>('0' + (value & 7));
        }
        return out;
    }

    TarMaker &raw(std::string_view bytes)
    {
        out_ += bytes;
        return *this;
    }
    TarMaker &header(const Header &h)
    {
        std::string block(512, '\0');
        const auto put = [&](std::size_t at, const std::string &text) {
            block.replace(at, text.size(), text);
        };
        put(0, h.name);
        put(100, h.mode);
        put(108, h.uid);
        put(116, h.gid);
        put(124, h.size_field.empty() ? octal(h.size, 11) : h.size_field);
        put(136, h.mtime);
        put(148, "        ");
        block[156] = h.type;
        put(157, h.target);
        put(257, h.magic);
        put(329, h.major);
        put(337, h.minor);
        put(345, h.prefix);
        put(345, h.behind_devices);
        long sum = h.checksum_off_by;
        for (const char c : block) {
            sum += h.signed_checksum ? static_cast<signed char>(c) : static_cast<unsigned char>(c);
        }
        put(148, octal(static_cast<std::uint64_t>(sum), 6) + std::string("\0 ", 2));
        return raw(block);
    }
    TarMaker &padded(std::string_view bytes)
    {
        return raw(bytes).raw(std::string((512 - bytes.size() % 512) % 512, '\0'));
    }
    /// A header and its data, whose size it gets.
    TarMaker &entry(Header h, std::string_view data = "")
    {
        h.size = data.size();
        return header(h).padded(data);
    }
    TarMaker &file(std::string name, std::string_view data) { return entry({.name = std::move(name)}, data); }
    TarMaker &dir(std::string name)
    {
        return entry({.name = std::move(name), .type = '5', .mode = "0000755"});
    }
    TarMaker &symlink(std::string name, std::string target)
    {
        return entry({.name = std::move(name), .type = '2', .target = std::move(target)});
    }
    TarMaker &link(std::string name, std::string target)
    {
        return entry({.name = std::move(name), .type = '1', .target = std::move(target)});
    }

    static std::string record(std::string_view key, std::string_view value)
    {
        const std::size_t rest = key.size() + value.size() + 3;
        std::size_t length = rest + 1;
        while (std::to_string(length).size() + rest != length) {
            ++length;
        }
        return str(length, " ", key, "=", value, "\n");
    }
    using Records = std::initializer_list<std::pair<std::string_view, std::string_view>>;
    TarMaker &pax(Records records, char type = 'x')
    {
        std::string text;
        for (const auto &[key, value] : records) {
            text += record(key, value);
        }
        return entry({.name = "PaxHeaders/x", .type = type}, text);
    }
    TarMaker &gnu_long(char type, std::string_view text)
    {
        return entry({.name = "././@LongLink", .type = type, .magic = kGnu}, std::string(text) + '\0');
    }

    /// With the two blocks of zeros.
    std::string end() const { return out_ + std::string(1024, '\0'); }
    std::string without_end() const { return out_; }

    inline static const std::string kGnu = std::string("ustar  \0", 8);

private:
    std::string out_;
};

}  // namespace rt::layer
