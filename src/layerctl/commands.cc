// SPDX-License-Identifier: Apache-2.0
#include "layerctl/command.h"

namespace rt::layerctl {
namespace {

using enum options::Order;
using enum Rights;

// clang-format off
constexpr Option kGlobalOptions[] = {
    {"root",    0,   "DIR", "the store (LAYERCTL_ROOT; or root's /var/lib/layerctl, an ordinary user's ~/.local/share/layerctl)"},
    {"lock-timeout", 0, "SECONDS", "give up when others have what we need for longer (wait without end)"},
    {"log",     0,   "FILE", "append errors and warnings to FILE"},
    {"log-format", 0, "FORMAT", "\"text\" (default) or \"json\""},
    {"version", 'v', "",    "print the version"},
    {"help",    'h', "",    "print this, or with a command its options"},
};

// The options of all commands that unpack an image.
#define RT_IMAGE_OPTIONS \
    {"platform",    0,   "OS/ARCH", "of an image for several, the one for this platform (this machine's)"}, \
    {"max-size",    0,   "BYTES",   "refuse layers that are larger unpacked: 500M, 64G (64G)"}, \
    {"max-entries", 0,   "N",       "refuse layers of more files (20000000)"}, \
    {"no-room-check", 0, "",        "begin also when it is known that there is no room for what comes out"}, \
    {"tls-verify",  0,   "",        "=false: also registries without TLS, or with certificates nobody vouches for"}, \
    {"no-sync",     0,   "",        "return before it is safe on disk"}, \
    {"progress",    0,   "WHEN",    "say how far it is: auto (default: on a terminal), always or never"}, \
    {"help",        'h', "",        "print this"}

constexpr Option kUnpack[] = {RT_IMAGE_OPTIONS};
#define RT_ID_OPTIONS \
    {"uidmap",      0,   "IN:OUT:SIZE", "of a stored image: SIZE users from IN on are OUT and on outside; as often as needed (as --gidmap)"}, \
    {"gidmap",      0,   "IN:OUT:SIZE", "the same for groups (as --uidmap)"}
#define RT_CONTAINER_OPTIONS \
    {"env",         'e', "K=V",     "one more environment variable, or another value"}, \
    {"entrypoint",  0,   "PROGRAM", "run this instead of the image's Entrypoint and Cmd, COMMAND are its arguments"}, \
    {"user",        'u', "USER[:GROUP]", "who runs it, by name in the image or by number, instead of the image's User"}, \
    {"workdir",     'w', "DIR",     "where it begins, instead of the image's WorkingDir"}, \
    {"hostname",    0,   "NAME",    "what it calls its machine (\"runtime\")"}, \
    {"volume",      'v', "FROM:TO[:HOW]", "FROM of this machine is TO in it; HOW: ro, or other options of a bind mount with commas between; as often as needed"}, \
    {"net",         0,   "NAME",    "\"none\" (default): a network of its own, with nothing in it; \"host\": the host's; or a network namespace's path"}, \
    {"memory",      'm', "BYTES",   "all its processes together have so much: 64M, 2G"}, \
    {"cpus",        0,   "N",       "and so many processors: 0.5, 2"}, \
    {"pids-limit",  0,   "N",       "and there are no more than so many of them"}, \
    {"cap-add",     0,   "NAME",    "one more capability, or ALL; as often as needed"}, \
    {"cap-drop",    0,   "NAME",    "one less, or ALL; as often as needed"}, \
    {"tty",         't', "",        "give it a terminal"}, \
    {"read-only",   0,   "",        "the root file system cannot be written to"}, \
    {"no-image-volumes", 0, "",     "what the image calls volumes is in the root file system, like all else"}, \
    RT_ID_OPTIONS

constexpr Option kSave[] = {
    {"compress",    0,   "HOW",     "pack the layers anew: gzip, zstd or none"},
    RT_IMAGE_OPTIONS,
};
constexpr Option kCommit[] = {
    {"message",     'm', "TEXT",    "what the image's history says of it"},
    {"author",      'a', "WHO",     "who made it"},
    {"compress",    0,   "HOW",     "the new layer: gzip (default), zstd or none"},
    {"change",      'c', "INSTRUCTION", "of the config: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME, WORKDIR, as Dockerfiles have them (ENTRYPOINT without CMD clears the old Cmd); as often as needed"},
    {"include-volumes", 0, "",      "with what is in the volumes of the image"},
    {"json",        0,   "",        "say as JSON what there is now"},
    RT_IMAGE_OPTIONS,
};
constexpr Option kLint[] = {
    {"json",        0,   "",        "as JSON"},
    {"strict",      0,   "",        "exit with 1 if something is harmful"},
    RT_IMAGE_OPTIONS,
};
constexpr Option kDiff[] = {
    {"json",        0,   "",        "as JSON"},
    {"layer",       0,   "FILE",    "write the layer that makes the one of the other instead"},
    {"compress",    0,   "HOW",     "the layer: gzip, zstd or none (default)"},
    RT_IMAGE_OPTIONS,
};
constexpr Option kExport[] = {
    {"compress",    0,   "HOW",     "gzip, zstd or none (default)"},
    RT_IMAGE_OPTIONS,
};
constexpr Option kBundle[] = {
    {"json",        0,   "",        "say as JSON what there is now, of a stored image"},
    RT_CONTAINER_OPTIONS,
    RT_IMAGE_OPTIONS,
};
constexpr Option kRun[] = {
    {"runtime",     0,   "FILE",    "the runtime (the one beside layerctl, or in PATH)"},
    {"state-root",  0,   "DIR",     "where the runtime keeps the container's state (its own default)"},
    {"name",        0,   "ID",      "what the runtime calls the container (layerctl-PID)"},
    RT_CONTAINER_OPTIONS,
    RT_IMAGE_OPTIONS,
};
constexpr Option kImport[] = {
    {"jobs",        'j', "N",       "layers at a time (as many as there are processors)"},
    {"json",        0,   "",        "say as JSON what there is now"},
    RT_IMAGE_OPTIONS,
};
#undef RT_IMAGE_OPTIONS

constexpr Option kHelp[] = {{"help", 'h', "", "print this"}};
constexpr Option kShow[] = {
    {"json", 0,   "", "as JSON"},
    {"help", 'h', "", "print this"},
};

constexpr Option kMount[] = {
    {"id",        0,   "ID", "the container's name; one that was kept is mounted again"},
    {"read-only", 0,   "",   "the image alone, without a layer to write into"},
    {"json",      0,   "",   "say as JSON what there is now"},
    {"volatile",  0,   "",   "never write back: faster, and of no use after a crash"},
    RT_ID_OPTIONS,
    {"init",      0,   "",   "/dev, /proc and /sys are directories, whatever the image has there"},
    {"help",      'h', "",   "print this"},
};
#undef RT_CONTAINER_OPTIONS
#undef RT_ID_OPTIONS
constexpr Option kFsck[] = {
    {"repair",  0,   "", "take away what is damaged, and make it again from the blobs"},
    {"content", 0,   "", "compare blobs with their digests, and what is unpacked with its blob"},
    {"json",    0,   "", "as JSON"},
    {"help",    'h', "", "print this"},
};
constexpr Option kGc[] = {
    {"dry-run", 'n', "", "only say what would go"},
    {"json",    0,   "", "as JSON"},
    {"help",    'h', "", "print this"},
};
constexpr Option kUmount[] = {
    {"keep", 0,   "", "what was written stays, for mount --id"},
    {"help", 'h', "", "print this"},
};

constexpr Command kCommands[] = {
    {"bundle", "IMAGE DIR [COMMAND...]", "make DIR a bundle of an image, for runtime run", kBundle, 2, kAnyNumber, bundle, kBeforeFirst},
    {"commit", "TREE [IMAGE] TARGET",    "make an image of a container; or of an image and what a tree has otherwise", kCommit, 2, 3, commit},
    {"diff",   "[TREE] TREE",            "show what makes the second tree of the first; or what a container changed", kDiff, 1, 2, diff},
    {"export", "TREE FILE",              "write a tree as a tar archive",                  kExport, 2, 2,          export_tree},
    {"du",     "",                       "show what images take, alone and with others",   kShow,   0, 0,          du},
    {"fsck",   "",                       "check a store, and repair it",                   kFsck,   0, 0,          fsck},
    {"gc",     "",                       "remove what no image and no container needs",    kGc,     0, 0,          gc},
    {"history", "NAME",                  "show what an image was made by",                 kShow,   1, 1,          history, kAnywhere, kFailed, kOurs},
    {"import", "IMAGE [NAME]",           "take an image into the store",                   kImport, 1, 2,          import},
    {"inspect", "NAME...",               "show all that is known of images, as JSON",      kShow,   1, kAnyNumber, inspect, kAnywhere, kFailed, kOurs},
    {"lint",   "IMAGE",                  "tell what in an image others will stumble over", kLint,   1, 1,          lint, kAnywhere, kFailed, kOurs},
    {"list",   "",                       "list the images of the store",                   kShow,   0, 0,          list, kAnywhere, kFailed, kOurs},
    {"mount",  "NAME DIR",               "show an image's tree in a directory; prints the container's ID", kMount, 2, 2,   mount},
    {"ps",     "",                       "list the containers of the store, and where they are mounted", kShow, 0, 0,   ps},
    {"rm",     "NAME...",                "remove names of images; gc then removes what has none",                         kHelp,   1, kAnyNumber, rm, kAnywhere, kFailed, kOurs},
    {"run",    "IMAGE [COMMAND...]",     "run a container of an image, and leave nothing", kRun,    1, kAnyNumber, run,    kBeforeFirst, kNotTheContainers},
    {"save",   "IMAGE TARGET",           "write an image into a folder, a file or a registry",         kSave,   2, 2,          save, kAnywhere, kFailed, kOurs},
    {"tag",    "NAME NEW",               "give an image one more name",                    kHelp,   2, 2,          tag, kAnywhere, kFailed, kOurs},
    {"tree",   "",                       "show which images are made of which layers",     kShow,   0, 0,          tree, kAnywhere, kFailed, kOurs},
    {"umount", "DIR|ID",                 "end a mount, and remove what was written",       kUmount, 1, 1,          umount},
    {"unpack", "IMAGE DIR",              "make DIR the root file system of an image",      kUnpack, 2, 2,          unpack},
    {"unshare", "[COMMAND...]",          "run a command as root of the user namespace that an ordinary user's store is of", kHelp, 0, kAnyNumber, unshare, kBeforeFirst},
};

constexpr std::string_view kInputIsThere = "-t gives a terminal; standard input is the command's without an option";
constexpr std::string_view kNoPorts = "--net host, or a network namespace of ip netns with routes of its own";
constexpr std::string_view kNotBehind = "layerctl bundle, and then runtime run --detach";
constexpr options::Habit kHabits[] = {
    {"", "build",    "bundle IMAGE DIR, runtime run, and then commit DIR IMAGE TARGET"},
    {"", "create",   "bundle IMAGE DIR, or mount NAME DIR"},
    {"", "exec",     "runtime exec"},
    {"", "images",   "list"},
    {"", "load",     "import IMAGE [NAME]"},
    {"", "login",    "skopeo login: it is who goes to registries"},
    {"", "prune",    "gc"},
    {"", "pull",     "import docker://HOST/NAME"},
    {"", "push",     "save NAME docker://HOST/NAME"},
    {"", "rmi",      "rm NAME, and then gc"},
    {"mount", "-o",  "--read-only and --volatile are the options there are"},
    {"run", "-d",    kNotBehind},
    {"run", "--detach", kNotBehind},
    {"run", "--env-file", "--env NAME=VALUE, as often as needed"},
    {"run", "-i",    kInputIsThere},
    {"run", "-it",   kInputIsThere},
    {"run", "-ti",   kInputIsThere},
    {"run", "--interactive", kInputIsThere},
    {"run", "--mount", "--volume FROM:TO[:HOW]"},
    {"run", "-p",    kNoPorts},
    {"run", "--privileged", "--cap-add ALL gives all capabilities"},
    {"run", "--publish", kNoPorts},
    {"run", "--network", "--net none, --net host, or --net /run/netns/NAME"},
    {"run", "--rm",  "nothing is left anyway"},
};
// clang-format on

}  // namespace

std::span<const Option> global_options() { return kGlobalOptions; }
std::span<const Command> commands() { return kCommands; }
std::span<const options::Habit> habits() { return kHabits; }

std::string help()
{
    return options::help("layerctl", "Keeps container images, and makes root file systems of them.",
                         options::described(commands()), global_options());
}

std::string help(const Command &command)
{
    struct Word {
        std::string_view word, meaning;
    };
    constexpr Word kWords[] = {
        {"TREE", "TREE is a directory, a bundle for its root file system, a container or an image of the "
                 "store, or an IMAGE.\n\n"},
        {"IMAGE",
         "IMAGE is oci:DIR[:NAME], oci-archive:FILE[:NAME], docker-archive:FILE[:NAME], tar:FILE "
         "(a layer alone,\n"
         "or a tree as docker export writes it), the path of one of the first three, or a name of the "
         "store.\n"
         "An archive may be packed with gzip or zstd; - in place of FILE is standard input.\n"
         "docker://HOST/NAME[:TAG] is an image in a registry, which skopeo fetches.\n\n"},
        {"TARGET",
         "TARGET is oci:DIR[:NAME], oci-archive:FILE[:NAME] or docker-archive:FILE[:NAME], none of them "
         "there yet;\n"
         "- in place of FILE is standard output.  docker://HOST/NAME[:TAG] is a registry; of commit, a "
         "NAME alone\n"
         "is one of the store.\n\n"},
    };
    std::string more;
    for (const auto &[word, meaning] : kWords) {
        const bool in_other = word == "IMAGE" && command.synopsis.find("TREE") != std::string_view::npos;
        more += in_other || command.synopsis.find(word) != std::string_view::npos ? meaning : "";
    }
    return options::help("layerctl", command, more);
}

}  // namespace rt::layerctl
