// SPDX-License-Identifier: Apache-2.0
//
// layer_corpus [--store] LAYERCTL [CLASS...]: every case, unpacked by this program, or imported into a store
// and mounted from there; the tree or the message has to be the case's, and nothing else on the disk may have
// changed.
//
// What other programs make of a class's archives shows that the cases are some.  $1 is the archive, and the
// working directory is to be unpacked into:
//   --fooled COMMAND CLASS            how many make it change what is outside
//   --taken COMMAND CLASS             how many it has no complaint of
//   --differ COMMAND COMMAND CLASS    of how many two programs say different things
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "case.h"
#include "kernel/calls_fs.h"
#include "layer/tree.h"
#include "program.h"
#include "tree.h"

namespace rt::corpus {
namespace {

// clang-format off
constexpr Class kClasses[] = {
    {"tar",    "unpack", tar_cases},
    {"attr",   "unpack", attribute_cases},
    {"bad",    "unpack", bad_cases},
    {"diff",   "unpack", differential_cases},
    {"pack",   "unpack", packing_cases},
    {"bomb",   "unpack", bomb_cases},
    {"wh",     "unpack", whiteout_cases},
    {"esc",    "unpack", escape_cases},
    {"layout", "unpack", layout_cases},
    {"arc",    "unpack", archive_cases},
    {"config", "bundle", config_cases},
};
// clang-format on

/// A directory of the test's own: what is "outside", and a case's "case/given" and "case/out".
class Ground {
public:
    Ground()
    {
        const char *above = ::getenv("TMPDIR");
        top_ = str(above != nullptr ? above : "/tmp", "/lcXXXXXX");
        if (::mkdtemp(top_.data()) == nullptr) {
            ::perror(top_.c_str());
            ::exit(2);
        }
    }
    ~Ground() { (void)layer::remove_tree(kernel::kCwd, top_); }
    Ground(const Ground &) = delete;
    Ground &operator=(const Ground &) = delete;

    Place place() const { return {top_ + "/outside"}; }
    std::string inside() const { return top_ + "/case"; }
    std::string given() const { return top_ + "/case/given"; }
    std::string out() const { return top_ + "/case/out"; }
    std::string store() const { return top_ + "/case/store"; }

    void prepare(const Case &one) const
    {
        (void)layer::remove_tree(kernel::kCwd, place().outside);
        (void)layer::remove_tree(kernel::kCwd, inside());
        for (const std::string &dir : {place().outside, place().outside + "/dir", inside()}) {
            ::mkdir(dir.c_str(), 0700);
        }
        ::mkdir(given().c_str(), 0755);
        for (const std::string &path : {top_ + "/canary", inside() + "/canary", place().outside + "/file",
                                        place().outside + "/dir/file"}) {
            write(path, "canary\n");
        }
        for (const File &file : one.files) {
            make(file);
        }
    }

    /// What a store has that it had not when it was empty.
    std::string stored() const
    {
        std::string out;
        for (const char *directory : {"blobs/sha256", "layers", "chains", "containers", "staging", "trash"}) {
            const auto entries = kernel::list_at(kernel::kCwd, store() + "/" + directory);
            for (const kernel::DirEntry &entry : entries ? *entries : std::vector<kernel::DirEntry>()) {
                out += str(directory, "/", entry.name, "\n");
            }
        }
        return out;
    }

    /// Everything but what is made, in a line each.
    std::string rest() const
    {
        std::string all = tree(top_, true), kept;
        while (!all.empty()) {
            const std::string line = all.substr(0, all.find('\n') + 1);
            all.erase(0, line.size());
            const bool made =
                line.starts_with("case/ ") || line.starts_with("case/out") || line.starts_with("case/store");
            kept += made ? "" : line;
        }
        return kept;
    }

private:
    static void write(const std::string &path, std::string_view content)
    {
        auto file = kernel::openat(kernel::kCwd, path, O_CREAT | O_WRONLY | O_TRUNC, 0600);
        if (!file || !kernel::write_all(*file, content)) {
            ::perror(path.c_str());
            ::exit(2);
        }
    }
    void make(const File &file) const
    {
        const std::string path = given() + "/" + file.path;
        for (std::size_t slash = given().size(); slash != std::string::npos;
             slash = path.find('/', slash + 1)) {
            ::mkdir(path.substr(0, slash).c_str(), 0755);
        }
        switch (file.kind) {
        case File::Kind::kRegular:
            write(path, file.content);
            break;
        case File::Kind::kSymlink:
            (void)kernel::symlinkat(file.content, kernel::kCwd, path);
            break;
        case File::Kind::kFifo:
            ::mkfifo(path.c_str(), 0600);
            break;
        }
    }

    std::string top_;
};

std::string without_blanks(std::string text)
{
    std::erase_if(text, [](char c) { return c == ' ' || c == '\n' || c == '\t'; });
    return text;
}

constexpr std::string_view kError = "error: ", kConfig = "config: ", kConfigWithout = "config without: ";

/// Why the end is not the one that was expected, or "".
std::string complaint(const Case &one, const Ended &ended, const Ground &ground)
{
    const std::string_view expected = one.expected;
    if (expected.starts_with(kError)) {
        const bool one_line =
            ended.said.starts_with("layerctl: ") && ended.said.find('\n') == ended.said.size() - 1;
        const bool refused = ended.status == 1 || ended.status == 4 || ended.status == 6;
        const bool said = ended.said.find(expected.substr(kError.size())) != std::string::npos;
        const bool nothing = ::access(ground.out().c_str(), F_OK) != 0 && ground.stored().empty();
        return refused && one_line && said && nothing
                   ? ""
                   : str("status ", ended.status, ", ", nothing ? "nothing made" : "something made", "\n");
    }
    if (ended.status != 0) {
        return str("status ", ended.status, "\n");
    }
    if (expected.starts_with("config")) {
        const bool without = expected.starts_with(kConfigWithout);
        const auto config = kernel::read_file(kernel::kCwd, ground.out() + "/config.json", 1 << 20);
        const std::string wanted =
            without_blanks(std::string(expected.substr((without ? kConfigWithout : kConfig).size())));
        return config && (without_blanks(*config).find(wanted) == std::string::npos) == without
                   ? ""
                   : "config.json is another\n";
    }
    const std::string found = tree(ground.out());
    return found == expected ? "" : "found:\n" + found;
}

std::string with_place(std::string text, const std::string &place)
{
    const std::size_t at = text.find('@');
    return at == std::string::npos ? text : text.replace(at, 1, place);
}

using Words = std::vector<std::string>;

/// How an image becomes the directory out(): one program after the other, and one that takes it away again.
struct Way {
    std::vector<Words> steps;
    Words undo;
};
using Find = Way (*)(const std::string &layerctl, const Class &kind, const Case &one, const Ground &ground);

/// layerctl unpack, or bundle.
Way by_itself(const std::string &layerctl, const Class &kind, const Case &one, const Ground &ground)
{
    Words words = {layerctl, std::string(kind.command), "--no-sync"};
    words.insert(words.end(), one.options.begin(), one.options.end());
    words.insert(words.end(), {with_place(one.image, ground.given()), ground.out()});
    return {{words}, {}};
}

/// layerctl import and mount.
Way by_a_store(const std::string &layerctl, const Class & /*kind*/, const Case &one, const Ground &ground)
{
    const Words store = {layerctl, "--root", ground.store()};
    const auto with = [&](const Words &more) {
        Words words = store;
        words.insert(words.end(), more.begin(), more.end());
        return words;
    };
    Words import = with({"import", "--no-sync"});
    import.insert(import.end(), one.options.begin(), one.options.end());
    import.insert(import.end(), {with_place(one.image, ground.given()), "corpus"});
    return {{import, {"mkdir", ground.out()}, with({"mount", "--read-only", "corpus", ground.out()})},
            with({"umount", ground.out()})};
}

Ended take(const Programs &programs, const Way &way, const Ground &ground)
{
    Ended last;
    for (const Words &words : way.steps) {
        const long kib = last.kib;
        last = programs.run(words, ground.inside());
        last.kib = std::max(last.kib, kib);
        if (last.status != 0) {
            break;
        }
    }
    return last;
}

struct Tally {
    std::size_t cases = 0, refused = 0, failed = 0;
    long kib = 0;
};

void try_case(const Programs &programs, const Way &way, const Class &kind, const Case &one,
              const Ground &ground, Tally &tally)
{
    const std::string before = ground.rest();
    const Ended ended = take(programs, way, ground);
    std::string wrong = complaint(one, ended, ground);
    if (!way.undo.empty() && ended.status == 0) {
        const Ended undone = programs.run(way.undo, ground.inside());
        wrong += undone.status != 0 ? undone.said : "";
    }
    if (const std::string after = ground.rest(); after != before) {
        wrong += "what is outside was:\n" + before + "and is:\n" + after;
    }
    ++tally.cases;
    tally.refused += one.expected.starts_with(kError) ? 1 : 0;
    tally.kib = std::max(tally.kib, ended.kib);
    if (!wrong.empty()) {
        ++tally.failed;
        ::printf("%s/%s: FAILED\nexpected:\n%s\n%ssaid: %s\n", std::string(kind.name).c_str(),
                 one.name.c_str(), one.expected.c_str(), wrong.c_str(), ended.said.c_str());
    }
}

int try_all(Find find, const std::string &layerctl, const std::vector<std::string> &wanted)
{
    const Programs programs;
    const Ground ground;
    Tally all;
    for (const Class &kind : kClasses) {
        const bool is_wanted = wanted.empty() || std::ranges::find(wanted, kind.name) != wanted.end();
        if (!is_wanted || (find == by_a_store && kind.command != "unpack")) {
            continue;
        }
        Tally tally;
        for (Case &one : kind.cases(ground.place())) {
            if (find == by_a_store && !one.mounted.empty()) {
                one.expected = one.mounted;
            }
            ground.prepare(one);
            try_case(programs, find(layerctl, kind, one, ground), kind, one, ground, tally);
        }
        ::printf("%-6s %3zu cases: %3zu refused, %3zu unpacked, %zu failed; %ld KiB at most\n",
                 std::string(kind.name).c_str(), tally.cases, tally.refused, tally.cases - tally.refused,
                 tally.failed, tally.kib);
        all = {all.cases + tally.cases, all.refused + tally.refused, all.failed + tally.failed,
               std::max(all.kib, tally.kib)};
    }
    ::printf("corpus: %zu cases, %zu failed, %ld KiB at most\n", all.cases, all.failed, all.kib);
    return all.failed == 0 && all.cases > 0 ? 0 : 1;
}

/// The archives of a case, in their order.
std::vector<std::string> archives(const Case &one)
{
    std::vector<std::string> out;
    for (const File &file : one.files) {
        if (file.content.size() >= 512 && file.content.size() % 512 == 0) {
            out.push_back(file.path);
        }
    }
    return out;
}

/// What other programs make of a case's archives.
struct Others {
    const Ground &ground;
    const Programs &programs;

    Ended all_of(const Case &one, const std::string &command) const
    {
        ground.prepare(one);
        return run_all(one, command);
    }
    Ended run_all(const Case &one, const std::string &command) const
    {
        ::mkdir(ground.out().c_str(), 0755);
        Ended last;
        for (const std::string &archive : archives(one)) {
            last = programs.run({"sh", "-c", command, "sh", ground.given() + "/" + archive}, ground.out());
        }
        return last;
    }
    bool fooled(const Case &one, const std::vector<std::string> &commands) const
    {
        ground.prepare(one);
        const std::string before = ground.rest();
        (void)run_all(one, commands[0]);
        return ground.rest() != before;
    }
    bool taken(const Case &one, const std::vector<std::string> &commands) const
    {
        return all_of(one, commands[0]).status == 0;
    }
    bool differ(const Case &one, const std::vector<std::string> &commands) const
    {
        return all_of(one, commands[0]).said != all_of(one, commands[1]).said;
    }
};
struct Question {
    std::string_view option;
    std::size_t commands;
    bool (Others::*answer)(const Case &one, const std::vector<std::string> &commands) const;
};
constexpr Question kQuestions[] = {
    {"--fooled", 1, &Others::fooled}, {"--taken", 1, &Others::taken}, {"--differ", 2, &Others::differ}};

int ask_others(const Question &question, const std::vector<std::string> &commands, const std::string &wanted)
{
    const Programs programs;
    const Ground ground;
    const Others others = {ground, programs};
    std::size_t yes = 0, cases = 0;
    for (const Class &kind : kClasses) {
        if (kind.name != wanted) {
            continue;
        }
        for (const Case &one : kind.cases(ground.place())) {
            ++cases;
            if ((others.*question.answer)(one, commands)) {
                ++yes;
                ::printf("%s\n", one.name.c_str());
            }
        }
    }
    ::printf("%zu of %zu\n", yes, cases);
    return 0;
}

}  // namespace
}  // namespace rt::corpus

int main(int argc, char **argv)
{
    using namespace rt::corpus;
    std::vector<std::string> words(argv + 1, argv + argc);
    const auto *question = std::ranges::find(kQuestions, words.empty() ? "" : words[0], &Question::option);
    if (question != std::end(kQuestions) && words.size() == question->commands + 2) {
        return ask_others(*question, {words.begin() + 1, words.end() - 1}, words.back());
    }
    const Find find = !words.empty() && words[0] == "--store" ? by_a_store : by_itself;
    if (find == by_a_store) {
        words.erase(words.begin());
    }
    if (words.empty() || words[0].starts_with("-")) {
        ::fputs("layer_corpus [--store] LAYERCTL [CLASS...]\n"
                "layer_corpus --fooled|--taken SHELL-COMMAND CLASS\n"
                "layer_corpus --differ SHELL-COMMAND SHELL-COMMAND CLASS\n",
                stderr);
        return 2;
    }
    return try_all(find, from_anywhere(words[0]), {words.begin() + 1, words.end()});
}
