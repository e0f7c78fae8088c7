// SPDX-License-Identifier: Apache-2.0
#include "container/announce.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_socket.h"
#include "kernel/raw.h"
#include "oci/annotations.h"

namespace rt::container {
namespace {

/// A file that gets its name when it is complete: whatever kills us, nothing else is left.
Status write_nameless(FdRef dir, const std::string &name, pid_t pid)
{
    TRY_LET(file, kernel::openat(dir, ".", O_TMPFILE | O_WRONLY, 0644));
    TRY(kernel::write_all(file, str(pid)));
    const auto link = [&] {
        return raw::call(__NR_linkat, file.get(), raw::word(""), dir.get(), raw::word(name.c_str()),
                         AT_EMPTY_PATH);
    };
    long ret = link();
    if (ret == -EEXIST) {
        TRY(kernel::unlinkat(dir, name, 0));
        ret = link();
    }
    return ret < 0 ? Status(Error::kernel(static_cast<int>(-ret), str("linkat(\"", name, "\")"))) : Status();
}

/// For file systems that know no such files, and callers who may not name them (CAP_DAC_READ_SEARCH).
Status write_beside(FdRef dir, const std::string &name, pid_t pid)
{
    const std::string temporary = str(".", name, ".", ::getpid());
    TRY_LET(file, kernel::openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0644));
    Status written = kernel::write_all(file, str(pid));
    if (written) {
        written = Status(kernel::renameat(dir, temporary, dir, name));
    }
    if (!written) {
        (void)kernel::unlinkat(dir, temporary, 0);
    }
    return written;
}

Status write_at(const std::string &path, pid_t pid)
{
    const std::size_t slash = path.rfind('/');
    const std::string dir_path = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    TRY_LET(dir, kernel::openat(kernel::kCwd, dir_path, O_PATH | O_DIRECTORY));
    const std::string name = path.substr(slash + 1);
    return write_nameless(dir, name, pid) ? Status() : write_beside(dir, name, pid);
}

}  // namespace

// spec: CliPidFile
Status write_pid_file(const std::string &path, pid_t pid)
{
    return write_at(path, pid).context("writing the pid file");
}

// spec: CliPidfdSocket
Status send_pidfd(const std::string &path, FdRef pidfd)
{
    constexpr std::string_view kPayload = "pidfd";
    TRY_LET(socket, kernel::connect_at(kernel::kCwd, path, SOCK_STREAM).context("opening the pidfd socket"));
    const int fds[] = {pidfd.get()};
    return kernel::send(socket, kPayload, fds).context("sending the pidfd");
}

// spec: AnnotationPidfdReceiver
std::string pidfd_socket(const CreateOptions &options, const Record &record)
{
    return options.pidfd_socket.empty() ? oci::annotation(record.annotations, oci::kPidfdReceiver)
                                        : options.pidfd_socket;
}

Status announce_process(const std::string &pid_file, const std::string &pidfd_socket, pid_t pid, FdRef pidfd,
                        bool &announced)
{
    if (!pid_file.empty()) {
        TRY(write_pid_file(pid_file, pid));
        announced = true;
    }
    return pidfd_socket.empty() ? Status() : send_pidfd(pidfd_socket, pidfd);
}

}  // namespace rt::container
