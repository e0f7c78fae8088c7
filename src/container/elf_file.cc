// SPDX-License-Identifier: Apache-2.0
#include "container/elf_file.h"

#include <elf.h>

#include <climits>
#include <cstddef>

#include "base/str.h"
#include "kernel/calls_fs.h"

namespace rt::container {
namespace {

constexpr std::uint64_t kMostHeaders = 64;  // of a program; the kernel takes as many as fit a page
constexpr std::uint64_t kMostPath = PATH_MAX;

struct Machine {
    std::uint16_t number;   ///< EM_*
    std::string_view name;  ///< as uname(2) has it
};
constexpr Machine kMachines[] = {
    {EM_X86_64, "x86_64"},
    {EM_AARCH64, "aarch64"},
    {EM_386, "i386"},
    {EM_ARM, "arm"},
    {EM_RISCV, "riscv64"},
    {EM_PPC64, "ppc64"},
    {EM_S390, "s390x"},
    {EM_MIPS, "mips"},
    {EM_PPC, "ppc"},
    {EM_SPARCV9, "sparc64"},
    {EM_LOONGARCH, "loongarch64"},
};

/// A number of an ELF file, at an offset into `bytes` that was checked.
class Numbers {
public:
    Numbers(std::string_view bytes, bool big) : bytes_(bytes), big_(big) {}

    std::uint64_t at(std::size_t offset, std::size_t size) const
    {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < size; ++i) {
            const std::size_t from = offset + (big_ ? i : size - 1 - i);
            value = value << 8 | static_cast<unsigned char>(bytes_[from]);
        }
        return value;
    }

private:
    std::string_view bytes_;
    bool big_;
};

/// Where the fields are in a file of 32 or 64 bits.
struct Layout {
    std::size_t header, word;                   ///< size of Elf*_Ehdr; of an offset
    std::size_t phoff, phentsize, phnum;        ///< in Elf*_Ehdr
    std::size_t entry, type, offset, filesize;  ///< size of Elf*_Phdr, and in it
};
constexpr Layout kLayout32 = {sizeof(Elf32_Ehdr),
                              4,
                              offsetof(Elf32_Ehdr, e_phoff),
                              offsetof(Elf32_Ehdr, e_phentsize),
                              offsetof(Elf32_Ehdr, e_phnum),
                              sizeof(Elf32_Phdr),
                              offsetof(Elf32_Phdr, p_type),
                              offsetof(Elf32_Phdr, p_offset),
                              offsetof(Elf32_Phdr, p_filesz)};
constexpr Layout kLayout64 = {sizeof(Elf64_Ehdr),
                              8,
                              offsetof(Elf64_Ehdr, e_phoff),
                              offsetof(Elf64_Ehdr, e_phentsize),
                              offsetof(Elf64_Ehdr, e_phnum),
                              sizeof(Elf64_Phdr),
                              offsetof(Elf64_Phdr, p_type),
                              offsetof(Elf64_Phdr, p_offset),
                              offsetof(Elf64_Phdr, p_filesz)};

std::string read_at(FdRef file, std::uint64_t size, std::uint64_t offset)
{
    constexpr std::uint64_t kFar = std::uint64_t{1} << 62;
    auto bytes =
        offset < kFar ? kernel::pread(file, size, static_cast<off_t>(offset)) : Result<std::string>("");
    return bytes && bytes->size() == size ? std::move(bytes).take() : std::string();
}

std::string interpreter_of(FdRef file, const Numbers &header, const Layout &at, bool big)
{
    const std::uint64_t count = header.at(at.phnum, 2);
    if (count > kMostHeaders || header.at(at.phentsize, 2) != at.entry) {
        return {};
    }
    const std::string table = read_at(file, count * at.entry, header.at(at.phoff, at.word));
    for (std::size_t entry = 0; entry + at.entry <= table.size(); entry += at.entry) {
        const Numbers numbers(table, big);
        const std::uint64_t size = numbers.at(entry + at.filesize, at.word);
        if (numbers.at(entry + at.type, 4) == PT_INTERP && size > 1 && size <= kMostPath) {
            const std::string path = read_at(file, size, numbers.at(entry + at.offset, at.word));
            return path.substr(0, path.find('\0'));
        }
    }
    return {};
}

}  // namespace

std::optional<Elf> read_elf(FdRef file, std::string_view head)
{
    if (!head.starts_with(ELFMAG) || head.size() < sizeof(Elf64_Ehdr)) {
        return std::nullopt;
    }
    const bool big = head[EI_DATA] == ELFDATA2MSB;
    const Numbers header(head, big);
    return Elf{header.at(offsetof(Elf64_Ehdr, e_machine), 2),
               interpreter_of(file, header, head[EI_CLASS] == ELFCLASS32 ? kLayout32 : kLayout64, big)};
}

std::string machine_name(std::uint64_t number)
{
    for (const Machine &row : kMachines) {
        if (row.number == number) {
            return std::string(row.name);
        }
    }
    return str("machine ", number);
}

}  // namespace rt::container
