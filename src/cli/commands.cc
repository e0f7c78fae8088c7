// SPDX-License-Identifier: Apache-2.0
#include "cli/command.h"

namespace rt::cli {
namespace {

// clang-format off
// spec: CliCallers
constexpr Option kGlobalOptions[] = {
    {"root",           0,   "DIR",    "directory of the containers' state (/run/runtime, or $XDG_RUNTIME_DIR/runtime)"},
    {"log",            0,   "FILE",   "append errors and warnings to FILE"},
    {"log-format",     0,   "FORMAT", "\"text\" (default) or \"json\""},
    {"log-level",      0,   "LEVEL",  "\"error\", \"warn\", \"info\" (default) or \"debug\""},
    {"debug",          0,   "",       "the same as --log-level debug"},
    {"systemd-cgroup", 0,   "",       "the same as --cgroup-manager systemd"},
    {"cgroup-manager", 0,   "NAME",   "who makes cgroups: \"cgroupfs\" (default), \"systemd\" or \"disabled\""},
    {"rootless",       0,   "WHEN",   "do without cgroups that we may not make: \"true\", \"false\", \"auto\" (default)"},
    {"criu",           0,   "FILE",   "the CRIU of checkpoint and restore (criu in $PATH)"},
    {"strict",         0,   "",       "the specification to the letter: delete takes stopped containers only"},
    {"version",        'v', "",       "print the version"},
    {"help",           'h', "",       "print this, or with a command its options"},
};

// The options of `create`, which `run` has too.
#define RT_CREATE_OPTIONS \
    {"bundle",         'b', "DIR",    "directory with config.json (the current one)"}, \
    {"console-socket", 0,   "SOCKET", "send the terminal's master to this unix socket"}, \
    {"pid-file",       0,   "FILE",   "write the pid of the container's first process to FILE"}, \
    {"pidfd-socket",   0,   "SOCKET", "send a pidfd of that process to this unix socket"}, \
    {"no-pivot",       0,   "",       "chroot instead of pivot_root, for a host on a ramdisk"}, \
    {"no-new-keyring", 0,   "",       "keep the caller's session keyring"}, \
    {"preserve-fds",   0,   "N",      "hand on N more file descriptors, from 3"}

constexpr Option kCreate[] = {RT_CREATE_OPTIONS, {"help", 'h', "", "print this"}};
constexpr Option kRun[] = {
    {"detach",         'd', "",       "don't wait for the container to end"},
    {"keep",           0,   "",       "don't delete the container when it has ended"},
    {"no-subreaper",   0,   "",       "leave orphans of the container to somebody else"},
    RT_CREATE_OPTIONS,
    {"help",           'h', "",       "print this"},
};
constexpr Option kKill[] = {
    {"all",            'a', "",       "signal every process of the container"},
    {"help",           'h', "",       "print this"},
};
constexpr Option kExec[] = {
    {"process",         'p', "FILE",   "take the whole process object from FILE"},
    {"cwd",             0,   "DIR",    "working directory in the container (that of its own process)"},
    {"env",             'e', "K=V",    "one more environment variable, or another value"},
    {"tty",             't', "",       "give it a terminal"},
    {"user",            'u', "ID",     "UID[:GID] to run as, numbers both"},
    {"additional-gids", 'g', "GIDS",   "more groups, numbers: 10,20"},
    {"process-label",   0,   "LABEL",  "SELinux label"},
    {"apparmor",        0,   "NAME",   "AppArmor profile"},
    {"no-new-privs",    0,   "",       "keep it from gaining privileges"},
    {"cap",             'c', "NAME",   "one more capability"},
    {"cgroup",          0,   "PATH",   "[CONTROLLER,...:]PATH below the container's cgroup"},
    {"ignore-paused",   0,   "",       "also when the container is paused; the process then waits"},
    {"detach",          'd', "",       "don't wait for its end"},
    {"console-socket",  0,   "SOCKET", "send the terminal's master to this unix socket"},
    {"pid-file",        0,   "FILE",   "write its pid to FILE"},
    {"pidfd-socket",    0,   "SOCKET", "send a pidfd of it to this unix socket"},
    {"preserve-fds",    0,   "N",      "hand on N more file descriptors, from 3"},
    {"help",            'h', "",       "print this"},
};
constexpr Option kPs[] = {
    {"format",         'f', "FORMAT", "\"table\" (default), as ps(1) prints it with its options (-ef), or \"json\""},
    {"help",           'h', "",       "print this"},
};
constexpr Option kUpdate[] = {
    {"resources",          'r', "FILE",   "a JSON object as linux.resources; \"-\": stdin; other options are ignored"},
    {"memory",             0,   "SIZE",   "most memory, as 512m or 1.5g; -1: no limit"},
    {"memory-reservation", 0,   "SIZE",   "memory it is left with when memory is short"},
    {"memory-swap",        0,   "SIZE",   "most memory and swap together; -1: no limit"},
    {"cpu-share",          0,   "N",      "share of the processors' time beside others"},
    {"cpu-quota",          0,   "USEC",   "processor time in a period, in microseconds; -1: no limit"},
    {"cpu-period",         0,   "USEC",   "length of a period, in microseconds"},
    {"cpu-burst",          0,   "USEC",   "microseconds that may be saved up for later periods"},
    {"cpu-idle",           0,   "N",      "1: run only when nobody else wants to; 0: as usual"},
    {"cpu-rt-runtime",     0,   "USEC",   "realtime in a period, in microseconds"},
    {"cpu-rt-period",      0,   "USEC",   "length of a realtime period, in microseconds"},
    {"cpuset-cpus",        0,   "LIST",   "processors, as 0-3,5"},
    {"cpuset-mems",        0,   "LIST",   "memory nodes, as 0-1"},
    {"blkio-weight",       0,   "N",      "weight of its block I/O, 10 to 1000"},
    {"pids-limit",         0,   "N",      "most processes and threads; -1: no limit"},
    {"l3-cache-schema",    0,   "LINE",   "parts of the L3 cache, as L3:0=f;1=ff"},
    {"mem-bw-schema",      0,   "LINE",   "memory bandwidth, as MB:0=50;1=70"},
    {"kernel-memory",      0,   "SIZE",   "for kernels that limit it"},
    {"kernel-memory-tcp",  0,   "SIZE",   "for kernels that limit it"},
    {"help",               'h', "",       "print this"},
};
constexpr Option kEvents[] = {
    {"interval",       0,   "TIME",   "time between two lines, as 500ms, 5s (default) or 1m30s"},
    {"stats",          0,   "",       "print one line at once, and end"},
    {"help",           'h', "",       "print this"},
};
// The options of `checkpoint` and `restore`.
#define RT_CRIU_OPTIONS \
    {"image-path",          0, "DIR",     "directory of the checkpoint (./checkpoint)"}, \
    {"work-path",           0, "DIR",     "directory of criu's log (--image-path)"}, \
    {"parent-path",         0, "DIR",     "an earlier --pre-dump, relative to --image-path"}, \
    {"tcp-established",     0, "",        "with open TCP connections"}, \
    {"ext-unix-sk",         0, "",        "with unix sockets connected to outside"}, \
    {"shell-job",           0, "",        "with a terminal that is not the container's own"}, \
    {"file-locks",          0, "",        "with file locks"}, \
    {"link-remap",          0, "",        "with open files that were deleted: they get names meanwhile"}, \
    {"lazy-pages",          0, "",        "memory goes over when it is used"}, \
    {"auto-dedup",          0, "",        "keep no memory twice in images that build on each other"}, \
    {"manage-cgroups-mode", 0, "MODE",    "\"soft\" (default), \"full\", \"strict\" or \"ignore\": what criu does with cgroups"}, \
    {"empty-ns",            0, "NS",      "\"network\": the namespace without what is in it"}, \
    {"network-lock",        0, "METHOD",  "\"iptables\" (default), \"nftables\" or \"skip\": how packets are held up"}, \
    {"help",                'h', "",      "print this"}

constexpr Option kCheckpoint[] = {
    {"leave-running",       0, "",        "let the container run on"},
    {"pre-dump",            0, "",        "the memory alone, in advance; the container runs on"},
    {"tcp-skip-in-flight",  0, "",        "without TCP connections that are just being made"},
    {"page-server",         0, "ADDRESS:PORT", "send memory to this page server of criu"},
    {"status-fd",           0, "FD",      "write a NUL to FD once --lazy-pages can be asked for pages"},
    RT_CRIU_OPTIONS,
};
constexpr Option kRestore[] = {
    {"detach",              'd', "",      "don't wait for the container to end"},
    {"no-subreaper",        0, "",        "leave orphans of the container to somebody else"},
    {"tcp-close",           0, "",        "with the TCP connections of the checkpoint closed"},
    {"lsm-profile",         0, "TYPE:NAME", "another security label: apparmor:NAME or selinux:LABEL"},
    {"lsm-mount-context",   0, "CONTEXT", "another context= for the mounts that have one"},
    RT_CREATE_OPTIONS,
    RT_CRIU_OPTIONS,
};
#undef RT_CRIU_OPTIONS
#undef RT_CREATE_OPTIONS

constexpr Option kDelete[] = {
    {"force",          'f', "",       "kill the container if it is alive; an unknown ID is fine"},
    {"help",           'h', "",       "print this"},
};
constexpr Option kSpec[] = {
    {"bundle",         'b', "DIR",    "where config.json goes (the current directory)"},
    {"rootless",       0,   "",       "for a user namespace with the caller as root"},
    {"help",           'h', "",       "print this"},
};
constexpr Option kList[] = {
    {"format",         'f', "FORMAT", "\"table\" (default) or \"json\""},
    {"quiet",          'q', "",       "the IDs alone"},
    {"help",           'h', "",       "print this"},
};
constexpr Option kPlan[] = {
    {"bundle",         'b', "DIR",    "directory with config.json (the current one)"},
    {"format",         'f', "FORMAT", "\"text\" (default) or \"json\""},
    {"host",           0,   "HOST",   "as root of a machine like \"v2\", \"v1\", \"hybrid\" (cgroups) or \"none\""},
    {"run",            0,   "",       "what run does; otherwise create, start and delete"},
    {"no-pivot",       0,   "",       "chroot instead of pivot_root, for a host on a ramdisk"},
    {"no-new-keyring", 0,   "",       "keep the caller's session keyring"},
    {"preserve-fds",   0,   "N",      "hand on N more file descriptors, from 3"},
    {"help",           'h', "",       "print this"},
};
constexpr Option kValidate[] = {
    {"bundle",         'b', "DIR",    "directory with config.json (the current one)"},
    {"format",         'f', "FORMAT", "\"text\" (default) or \"json\""},
    {"help",           'h', "",       "print this; ends with 1: refused, 2: no config.json at all"},
};
constexpr Option kInfo[] = {
    {"format",         'f', "FORMAT", "\"text\" (default) or \"json\""},
    {"help",           'h', "",       "print this"},
};
constexpr Option kOnlyHelp[] = {
    {"help",           'h', "",       "print this"},
};

// spec: DefaultOperations, EntityOperSameContainer
constexpr Command kCommands[] = {
    {"run",    "[BUNDLE/] [ID]", "create a container, start it, wait for its end and delete it", kRun,      0, 2, run},
    {"create", "[BUNDLE/] [ID]", "create a container, whose program then waits for start",       kCreate,   0, 2, create},
    {"start",  "ID",             "run the program of a created container",                       kOnlyHelp, 1, 1, start},
    {"state",  "ID",             "print the state of a container as JSON",                       kOnlyHelp, 1, 1, state},
    {"kill",   "ID [SIGNAL]",    "send a signal to a container: TERM (default), SIGTERM, 15, RTMIN+1",     kKill,     1, 2, kill},
    {"exec",   "ID [COMMAND...]", "run one more process in a container",                          kExec,     1, kAnyNumber, exec, Order::kBeforeFirst, 255},
    {"pause",  "ID",             "stop all processes of a container until resume",               kOnlyHelp, 1, 1, pause},
    {"resume", "ID",             "let the processes of a paused container go on",                kOnlyHelp, 1, 1, resume},
    {"checkpoint", "ID",         "write a running container to disk, and delete it",             kCheckpoint, 1, 1, checkpoint},
    {"restore", "[BUNDLE/] [ID]", "make a container of a checkpoint, whose processes go on",   kRestore,  0, 2, restore},
    {"ps",     "ID [PS-OPTION...]", "list the processes of a container",                        kPs,       1, kAnyNumber, ps, Order::kBeforeFirst},
    {"events", "ID",             "print what a container uses, as JSON, until it ends",          kEvents,   1, 1, events},
    {"update", "ID",             "change limits of a container",                                 kUpdate,   1, 1, update},
    {"delete", "ID",             "remove what is left of a container",                           kDelete,   1, 1, delete_},
    {"list",   "",               "print the containers there are",                               kList,     0, 0, list},
    {"spec",   "",               "write a config.json to begin with",                            kSpec,     0, 0, spec},
    {"plan",   "[BUNDLE/] [ID]", "print what would be done for a bundle, and do nothing",         kPlan,     0, 2, plan},
    {"features", "",             "print what of the specification there is, as JSON",            kOnlyHelp, 0, 0, features},
    {"info",   "",               "print what of this machine works for containers, and why not",  kInfo,    0, 0, info},
    {"validate", "[BUNDLE/|FILE]", "say all that is wrong with a config.json, and what to write instead", kValidate, 0, 1, validate, Order::kAnywhere, 2},
    {"help",   "[COMMAND]",      "print this, or what COMMAND --help prints",                    kOnlyHelp, 0, 1, print_help},
};

constexpr std::string_view kSignalBehind = "the signal stands behind the ID, without a dash: kill ID KILL";
constexpr std::string_view kInputIsThere = "-t gives a terminal; standard input is the command's without an option";
constexpr options::Habit kHabits[] = {
    {"", "attach",   "a detached container's terminal is with whoever listens on --console-socket"},
    {"", "images",   "layerctl list"},
    {"", "import",   "layerctl import IMAGE [NAME]"},
    {"", "inspect",  "state ID; the rest is in its bundle's config.json"},
    {"", "logs",     "what a program prints goes to where run or create were called: redirect it there"},
    {"", "pull",     "layerctl import docker://HOST/NAME"},
    {"", "rm",       "delete ID"},
    {"", "stats",    "events --stats ID"},
    {"", "stop",     "kill ID, and then delete ID"},
    {"", "unpause",  "resume ID"},
    {"exec", "-i",   kInputIsThere},
    {"exec", "-it",  kInputIsThere},
    {"exec", "-ti",  kInputIsThere},
    {"exec", "--interactive", kInputIsThere},
    {"exec", "--privileged", "--cap NAME gives one capability"},
    {"exec", "-w",   "--cwd DIR"},
    {"exec", "--workdir", "--cwd DIR"},
    {"kill", "-9",   kSignalBehind},
    {"kill", "-15",  kSignalBehind},
    {"kill", "-KILL", kSignalBehind},
    {"kill", "-TERM", kSignalBehind},
    {"kill", "-s",   kSignalBehind},
    {"kill", "--signal", kSignalBehind},
    {"list", "-a",   "all are listed anyway"},
    {"list", "--all", "all are listed anyway"},
    {"run", "-e",    "process.env of config.json"},
    {"run", "-it",   "process.terminal of config.json says whether there is a terminal"},
    {"run", "-t",    "process.terminal of config.json says whether there is a terminal"},
    {"run", "-v",    "mounts of config.json; or layerctl run, for an image"},
    {"run", "--rm",  "run deletes the container anyway, unless there is --keep"},
};
// clang-format on

}  // namespace

std::span<const Option> global_options() { return kGlobalOptions; }
std::span<const Command> commands() { return kCommands; }
std::span<const options::Habit> habits() { return kHabits; }

}  // namespace rt::cli
