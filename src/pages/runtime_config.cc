// SPDX-License-Identifier: Apache-2.0
//
// The text is by hand: what we do where the specification leaves a choice.  Lists come from the tables.
#include "base/str.h"
#include "oci/annotations.h"
#include "oci/load.h"
#include "oci/mount_options.h"
#include "oci/properties.h"
#include "pages/pages.h"
#include "pages/roff.h"

namespace rt::pages {
namespace {

constexpr std::string_view kOpening = R"(.SH DESCRIPTION
A bundle is a directory with a \fIconfig.json\fR, as config.md and config\-linux.md of the OCI runtime specification
have it. This page says what \fBruntime\fR(8) makes of it where the specification leaves a choice.
.PP
The file is read once, by \fBcreate\fR or \fBrun\fR; later changes of it change nothing, and \fBexec\fR does not read it.
Everything is decided before anything is done: a config.json that is refused leaves no trace. All that is wrong with it
is told at once, each mistake with its JSON pointer, line and column. \fBruntime validate\fR tells the same without
privileges, \fBruntime plan\fR what would be done, in order.
.SH READING
.TP
\fBjson\fR
One object of RFC 8259 in UTF\-8, up to 64 MiB and 64 levels deep. A name that is there twice in one object, a NUL in a
string, anything behind the object, and a number out of its property's range are errors.
.TP
\fBunknown properties\fR
are ignored; \fBvalidate\fR warns of each, and names the one that was meant.
.TP
\fBociVersion\fR
)";

constexpr std::string_view kChoices = R"(.SH DEFAULTS
.TP
\fBprocess\fR
may be absent: \fBcreate\fR then works and \fBstart\fR says that there is nothing to run. uid, gid and ioPriority.priority
are 0 where they are missing.
.TP
\fBprocess.args\fR
An args[0] without a slash is looked for in PATH of process.env; without PATH there in
/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin. \fBcreate\fR fails if it is not there.
.TP
\fBprocess.cwd\fR
is made where it is missing.
.TP
\fBprocess.env\fR
HOME is added from the container's /etc/passwd where it is missing. NOTIFY_SOCKET is added when the caller has one,
LISTEN_FDS and LISTEN_PID when the caller has descriptors to hand on by them.
.TP
\fBprocess.capabilities\fR
Without it the program has none. One that cannot be given is left out, with a warning.
.TP
\fBprocess.oomScoreAdj\fR
Absent: left as the caller's is. It is left, with a warning, where lowering it is not permitted.
.TP
\fBprocess.rlimits\fR
Absent: the caller's.
.TP
\fBlinux.devices\fR
/dev/null, zero, full, random, urandom and tty are always there, and the links fd, stdin, stdout, stderr and ptmx;
/dev/console with process.terminal. Where devices cannot be made, as in a user namespace, the host's are bound. A
fileMode is decimal in JSON: one that holds more than permissions was meant in octal, and is warned about.
.TP
\fBlinux.resources.devices\fR
Absent: nothing is limited. Given: its rules in their order, and behind them the default devices, ptmx, pts/*, console and
net/tun, and mknod of any, are allowed. A rule of type "a" is about all devices and ends what came before it.
.TP
\fBlinux.namespaces\fR
One without a path is new, one with a path is joined, one that is not listed is the caller's. Without "mount" nothing may
be asked for that changes mounts.
.TP
\fBlinux.seccomp\fR
A name that is no system call is left out of its rule. Where defaultAction denies, calls newer than the newest one named
get ENOSYS, so that a C library falls back. An index twice in args means either of the two. A rule with the default action
says nothing. The filter is there with noNewPrivileges and without. SCMP_ACT_NOTIFY needs listenerPath.
.TP
\fBhooks\fR
run in the specification's order, each with its timeout; a poststart hook that fails ends the container, a poststop hook
that fails is a warning.
.SH CGROUPS
.TP
\fBlinux.cgroupsPath\fR
With or without a leading slash it is a path below the mount point of each hierarchy. ".." and the root cgroup are
refused, as are names of more than 255 and paths of more than 3072 bytes. Absent: the container's id, in each v1 hierarchy
below the caller's own cgroup, in v2 beside it.
With \fB--systemd-cgroup\fR it is "slice:prefix:name", and the container the scope prefix-name.scope in that slice; an
empty slice is system.slice, or user.slice of the user's own systemd; a name that ends in ".slice" is a slice. Absent:
runtime-ID.scope. linux.resources become properties of the unit, beside what is written.
.TP
\fBcgroups that are there\fR
One that holds processes already, or is frozen, is refused.
.TP
\fBlinux.resources\fR
What is written for cgroup v1 is converted for v2; what has nothing to be converted to is an error. A controller that the
machine lacks is an error that names the property. linux.resources.unified is written as it is given, but for files that
move, kill or freeze processes; where hierarchies of v1 are in use it is an error. A pids limit of 0 is one, as 1.3 has
it; in a config.json of an earlier version it is none, as engines of that time mean it.
.TP
\fBownership\fR
In v2 the cgroup belongs to the container's root if it has a user and a cgroup namespace of its own, and the cgroup file
system is mounted writable on /sys/fs/cgroup.
.SH MOUNTS
A destination is a path in the container, whatever links its image holds; "/" is refused, and so is anything but procfs
on /proc, and below it all but the few files that lxcfs and CRIU replace. What is missing of a destination is made. A bind
keeps those restrictions of its source (nosuid, nodev, noexec, ro, atime) that its options do not clear. A source that is
relative is below the bundle. Type "cgroup" shows the container's own cgroups. idmap and ridmap without mappings take those
of the container's user namespace; mappings without idmap are applied, with a warning. These options are known; others
are handed to the file system:
)";

constexpr std::string_view kEnd = R"(.SH FOR THE SAKE OF ENGINES
Against the letter of the specification \fBdelete\fR takes a container that was created and not started, as engines
expect; with \fB\-\-strict\fR only a stopped one.
.SH SEE ALSO
\fBruntime\fR(8), \fBruntime\-validate\fR(8), \fBruntime\-plan\fR(8), \fBruntime\-spec\fR(8)
)";

std::string mount_options()
{
    std::string out;
    for (const std::string_view name : oci::mount_option_names()) {
        out += str(out.empty() ? "" : ", ", name);
    }
    return out + ".\n";
}

std::string annotations()
{
    std::string out =
        ".SH ANNOTATIONS\nAll are kept and shown by \\fBstate\\fR. These change what is done:\n";
    for (const oci::Annotation &annotation : oci::kAnnotations) {
        out += term(roff(annotation.name), roff(str(annotation.effect, '.')));
    }
    return out;
}

// Rows of one line each: four hundred entries of .TP would be ten screens more.
std::string all_properties()
{
    std::string out = ".SH PROPERTIES\nEvery property that is known, \"*\" being an index or a name; "
                      "those with an exclamation mark must be there if what is around them is.\n.nf\n";
    for (const oci::Property &property : oci::properties()) {
        out += str(roff(property.pointer), property.required ? "!" : "", "  \\fI",
                   json::in_words(property.kind), "\\fR\n");
    }
    return out + ".fi\n";
}

}  // namespace

// spec: CliManConfig
Page config_page()
{
    return {"man/man5/runtime-config.5",
            str(heading("runtime-config", 5),
                "runtime\\-config \\- config.json, and what runtime makes of it\n", kOpening, "From ",
                oci::kVersionMin, " to ", oci::kVersionMax,
                "; a newer 1.x is taken, with a warning; another major version is refused.\n", kChoices,
                mount_options(), annotations(), all_properties(), kEnd)};
}

}  // namespace rt::pages
