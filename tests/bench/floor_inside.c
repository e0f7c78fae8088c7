// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "floor.h"

static int tree_of(const char *path)
{
    return (int)syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
}

static void bind_to(const char *from, const char *to, int read_only)
{
    int tree = tree_of(from);
    check(tree >= 0, from);
    if (read_only) {
        struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
        check(syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof attr) == 0, "mount_setattr");
    }
    check(syscall(SYS_move_mount, tree, "", AT_FDCWD, to, MOVE_MOUNT_F_EMPTY_PATH) == 0, to);
    close(tree);
}

static void loopback(void)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    check(s >= 0 && ioctl(s, SIOCSIFFLAGS, &request) == 0, "lo");
    close(s);
}

static void file_systems(void)
{
    static const struct {
        const char *type, *at, *data;
        unsigned long flags;
    } list[] = {
        {"proc", "proc", NULL, 0},
        {"tmpfs", "dev", "mode=755,size=65536k", MS_NOSUID | MS_STRICTATIME},
        {"devpts", "dev/pts", "newinstance,ptmxmode=0666,mode=0620,gid=5", MS_NOSUID | MS_NOEXEC},
        {"tmpfs", "dev/shm", "mode=1777,size=65536k", MS_NOSUID | MS_NOEXEC | MS_NODEV},
        {"mqueue", "dev/mqueue", NULL, MS_NOSUID | MS_NOEXEC | MS_NODEV},
        {"sysfs", "sys", NULL, MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RDONLY},
        {"tmpfs", "sys/fs/cgroup", "mode=755", MS_NOSUID | MS_NOEXEC | MS_NODEV},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        if (i > 1 && i < 5) {
            check(mkdir(list[i].at, 0755) == 0, list[i].at);
        }
        check(mount(list[i].type, list[i].at, list[i].type, list[i].flags, list[i].data) == 0, list[i].at);
    }
}

static void cgroup_view(const struct box *box)
{
    for (int i = 0; i < kHierarchies; i++) {
        if (box->tasks[i] < 0) {
            continue;
        }
        char from[256], to[96];
        snprintf(to, sizeof to, "sys/fs/cgroup/%s", hierarchies[i]);
        check(mkdir(to, 0755) == 0, to);

        snprintf(from, sizeof from, "/sys/fs/cgroup/%s/%s", hierarchies[i], box->id);
        bind_to(from, to, 0);
    }
    check(mount(NULL, "sys/fs/cgroup", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) == 0, "remount");
}

static void devices(void)
{
    static const struct {
        const char *path;
        unsigned major, minor;
    } nodes[] = {{"dev/null", 1, 3},   {"dev/zero", 1, 5},    {"dev/full", 1, 7},
                 {"dev/random", 1, 8}, {"dev/urandom", 1, 9}, {"dev/tty", 5, 0}};
    static const char *const links[][2] = {
        {"/proc/self/fd", "dev/fd"},       {"/proc/self/fd/0", "dev/stdin"},
        {"/proc/self/fd/1", "dev/stdout"}, {"/proc/self/fd/2", "dev/stderr"},
        {"/proc/kcore", "dev/core"},       {"pts/ptmx", "dev/ptmx"}};
    for (size_t i = 0; i < 6; i++) {
        check(mknod(nodes[i].path, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)) == 0,
              nodes[i].path);
        check(symlink(links[i][0], links[i][1]) == 0, links[i][1]);
    }
}

static void binds(const struct box *box)
{
    static const char *const docker[] = {"etc/hosts", "etc/hostname", "etc/resolv.conf", "data/1",
                                         "data/2",    "data/3",       "data/4",          "data/5"};
    char from[512], to[64];
    for (size_t i = 0; box->kind >= kDocker && i < 8; i++) {
        snprintf(from, sizeof from, "%s/%s", box->source, docker[i]);
        bind_to(from, docker[i], i == 5 || i == 6);
    }
    for (int i = 0; box->kind == kHeavy && i < 200; i++) {
        snprintf(to, sizeof to, "binds/%d", i);
        snprintf(from, sizeof from, "%s/%s", box->source, to);
        bind_to(from, to, i % 2);
    }
}

/// After pivot_root: what may not be read and what may not be written.
static void guard(void)
{
    static const char *const masked[] = {
        "/proc/acpi",    "/proc/asound",      "/proc/kcore",
        "/proc/keys",    "/proc/timer_list",  "/proc/scsi",
        "/sys/firmware", "/proc/sched_debug", "/sys/devices/virtual/powercap"};
    static const char *const read_only[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                                            "/proc/sysrq-trigger"};
    for (size_t i = 0; i < sizeof masked / sizeof *masked; i++) {
        struct stat st;
        if (stat(masked[i], &st) != 0) {
            continue;
        }
        if (S_ISDIR(st.st_mode)) {
            check(mount("tmpfs", masked[i], "tmpfs", MS_RDONLY, "size=0k") == 0, masked[i]);
        } else {
            check(mount("/dev/null", masked[i], NULL, MS_BIND, NULL) == 0, masked[i]);
        }
    }
    for (size_t i = 0; i < sizeof read_only / sizeof *read_only; i++) {
        if (access(read_only[i], F_OK) == 0) {
            bind_to(read_only[i], read_only[i], 1);
        }
    }
}

static void privileges(const struct box *box)
{
    struct rlimit files = {1024, 1024}, processes = {4096, 4096};
    check(setrlimit(RLIMIT_NOFILE, &files) == 0, "setrlimit");
    if (box->kind >= kDocker) {
        check(setrlimit(RLIMIT_NPROC, &processes) == 0, "setrlimit");
    }
    const unsigned keep = box->kind >= kDocker ? 0xa80425fb : 0x20000420;
    for (int c = 0; c <= 40; c++) {
        if (c > 31 || (keep >> c & 1) == 0) {
            prctl(PR_CAPBSET_DROP, c, 0, 0, 0);
        }
    }
    check(syscall(SYS_setgroups, 0, NULL) == 0 && syscall(SYS_setresgid, 0, 0, 0) == 0 &&
              syscall(SYS_setresuid, 0, 0, 0) == 0,
          "ids");
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {{keep, keep, 0}, {0, 0, 0}};
    // Without no_new_privs a filter needs CAP_SYS_ADMIN, so it comes before the capabilities go.
    if (box->kind < kDocker) {
        check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
    }
    if (box->filter != NULL) {
        struct sock_fprog program = {(unsigned short)box->filter_count, (struct sock_filter *)box->filter};
        check(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0, "seccomp");
    }
    check(syscall(SYS_capset, &header, data) == 0, "capset");
}

static void enter_cgroups(const struct box *box)
{
    for (int i = 0; i < kHierarchies - 1; i++) {
        check(box->tasks[i] < 0 || write(box->tasks[i], "0", 1) == 1, hierarchies[i]);
    }
}

static _Noreturn void become(const struct box *box, const char *program)
{
    privileges(box);
    syscall(SYS_close_range, 3U, ~0U, 4U);
    execve(program, (char *const[]){(char *)program, NULL}, (char *const[]){"PATH=/bin", NULL});
    check(0, program);
    _exit(1);
}

void inside(const struct box *box)
{
    enter_cgroups(box);
    check(setsid() > 0, "setsid");
    loopback();
    check(sethostname("bench", 5) == 0, "sethostname");
    check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "private");
    char rootfs[512];
    snprintf(rootfs, sizeof rootfs, "%s/rootfs", box->bundle);
    bind_to(rootfs, rootfs, 0);
    check(chdir(rootfs) == 0, rootfs);
    file_systems();
    cgroup_view(box);
    devices();
    binds(box);
    if (box->kind >= kDocker) {
        put("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
        put("/proc/sys/net/ipv4/ping_group_range", "0 2147483647");
    }
    check(syscall(SYS_pivot_root, ".", ".") == 0 && umount2(".", MNT_DETACH) == 0 && chdir("/") == 0,
          "pivot_root");
    guard();
    if (box->kind < kDocker) {
        struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
        check(syscall(SYS_mount_setattr, AT_FDCWD, "/", 0, &attr, sizeof attr) == 0, "read-only root");
    }
    const char *const program = box->start >= 0 ? "/bin/pause" : "/bin/true";
    if (box->start >= 0) {
        char byte = 0;
        check(write(box->created, &byte, 1) == 1 && close(box->created) == 0, "telling");
        check(read(box->start, &byte, 1) == 1, "waiting");
    }
    become(box, program);
}

void beside(const struct box *box, int pidfd, const char *program)
{
    const int cgroup = box->kind >= kDocker ? CLONE_NEWCGROUP : 0;
    enter_cgroups(box);
    check(setsid() > 0, "setsid");
    check(setns(pidfd, CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | cgroup) == 0, "setns");
    check(chdir("/") == 0, "/");
    become(box, program);
}
