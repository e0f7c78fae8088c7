// SPDX-License-Identifier: Apache-2.0
#include "layerctl/command.h"
#include "pages/pages.h"

namespace rt::pages {
namespace {

constexpr std::string_view kEnding = R"(.SH IMAGES
.TP
\fBoci:\fIDIR\fR[\fB:\fINAME\fR]
A folder with an image layout of the OCI image specification.
.TP
\fBoci\-archive:\fIFILE\fR[\fB:\fINAME\fR]
The same in a tar archive.
.TP
\fBdocker\-archive:\fIFILE\fR[\fB:\fINAME\fR]
What \fBdocker save\fR writes. In place of \fIFILE\fR, \fB\-\fR is standard input.
.TP
\fBtar:\fIFILE\fR
A layer alone, or what \fBdocker export\fR writes. It has no config: \fBimport\fR gives it an empty one.
.TP
\fINAME\fR
One of the store.
.TP
\fIPATH\fR
One of the first three: which, shows when it is read.
.TP
\fBdocker://\fIHOST\fB/\fINAME\fR[\fB:\fITAG\fR]
An image in a registry, fetched by
\fBskopeo\fR(1).
.SH ENVIRONMENT
.TP
\fBLAYERCTL_ROOT\fR
The store; \fB\-\-root\fR takes precedence.
.TP
\fBTMPDIR\fR
Where bundles of \fBrun\fR and what else is temporary go (\fI/var/tmp\fR).
.TP
\fBXDG_DATA_HOME\fR
An ordinary user's store is \fIlayerctl\fR in it.
.TP
\fBSOURCE_DATE_EPOCH\fR
No time that is written is later than that, and a \fBcommit\fR is of that time.
.SH EXIT STATUS
0 for success, 1 for a failure, 2 for a command line that is wrong, 3 when what was named is not there, 4 when a digest does
not hold, 5 when it is in use, 6 where there was no room or a limit was met.
\fBrun\fR ends like the container, or with 125 if it is not the container that failed.
.SH SEE ALSO
\fBruntime\fR(8)
)";

constexpr Completed kCompleted[] = {
    {"IMAGE", ":image:_files", "-F"},
    {"TARGET", ":target:_files", "-F"},
    {"TREE", ":tree:_files", "-F"},
    {"FILE", ":file:_files", "-F"},
    {"DIR", ":directory:_files -/", "-a '(__fish_complete_directories)'"},
};

}  // namespace

Program layerctl()
{
    return {.name = "layerctl",
            .purpose = "make root file systems of container images",
            .commands = options::described(rt::layerctl::commands()),
            .globals = rt::layerctl::global_options(),
            .ending = kEnding,
            .completed = kCompleted};
}

}  // namespace rt::pages
