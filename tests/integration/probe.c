// SPDX-License-Identifier: Apache-2.0
//
// Small questions that busybox cannot ask, from inside a container.  Static.
//
//   probe yield [ARG...]   sched_yield with those arguments, which the kernel ignores: "0" or "errno N"
//   probe yield-32 [ARG..] the same through the 32-bit entry (x86: int 0x80)
//   probe number N         system call N
//   probe trapped          the signal that a sched_yield brings: "signal 31 code 1 errno N"
//   probe caught           sched_yield with a handler for SIGUSR1, which the kernel goes on after
//   probe thread           sched_yield on a second thread: "process lives" if only that thread ends
//   probe ids              uid, effective uid, gid, effective gid
//   probe fds              the open descriptors, without its own, and what they are
//   probe limit N          getrlimit(N): "soft hard"
//   probe tiocsti          pushes a byte into the terminal's input: "0" or "errno N"
//   probe clock            CLOCK_MONOTONIC and CLOCK_BOOTTIME in seconds
//   probe keyring          the serial number of the session keyring
//   probe squat NAME       the serial number of a session keyring of that name that all may use, until
//                          stdin ends
//   probe scheduler        sched_getattr: "policy flags nice priority runtime deadline period"
//   probe ioprio           ioprio_get of this process: "class level"
//   probe mempolicy        get_mempolicy: "mode mask", in hex
//   probe huge N           N pages of 2 MB, reserved and used: "N" or "errno N"
//   probe domains N        N protection domains at /dev/infiniband/uverbs0: "N", or "errno N at which", 0 the
//   device probe notify TEXT      sends that to $NOTIFY_SOCKET, "|" as the end of a line: "0" or "errno N"
//   probe hop              lives on in one child after another; "0" after the first
//   probe heard PATH       makes that socket and waits for one message to it, 5 min at most
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <rdma/ib_user_verbs.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static int tell(long r)
{
    if (r < 0) {
        printf("errno %d\n", errno);
    } else {
        printf("%ld\n", r);
    }
    return 0;
}

static int yield(int argc, char **argv)
{
    unsigned long a[6] = {0};
    for (int i = 0; i < argc && i < 6; i++) {
        a[i] = strtoul(argv[i], NULL, 0);
    }
    return tell(syscall(SYS_sched_yield, a[0], a[1], a[2], a[3], a[4], a[5]));
}

static int yield_32(int argc, char **argv)
{
#ifdef __x86_64__
    long r = 158;
    long first = argc > 0 ? strtol(argv[0], NULL, 0) : 0;
    __asm__ volatile("int $0x80" : "+a"(r) : "b"(first) : "memory", "r8", "r9", "r10", "r11");
    if (r < 0) {
        errno = (int)-r;
        r = -1;
    }
    return tell(r);
#else
    return yield(argc, argv);
#endif
}

static int number(int argc, char **argv) { return tell(syscall(argc > 0 ? strtol(argv[0], NULL, 0) : 0)); }

static void on_signal(int signal, siginfo_t *info, void *context)
{
    (void)context;
    dprintf(1, "signal %d code %d errno %d\n", signal, info->si_code, info->si_errno);
    _exit(0);
}

static int trapped(int argc, char **argv)
{
    (void)argc, (void)argv;
    struct sigaction act = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
    sigaction(SIGSYS, &act, NULL);
    return tell(syscall(SYS_sched_yield));
}

static void ignore(int signal) { (void)signal; }

static int caught(int argc, char **argv)
{
    (void)argc, (void)argv;
    struct sigaction act = {.sa_handler = ignore, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &act, NULL);
    return tell(syscall(SYS_sched_yield));
}

static void *yields(void *unused)
{
    (void)unused;
    syscall(SYS_sched_yield);
    return NULL;
}

static int thread(int argc, char **argv)
{
    (void)argc, (void)argv;
    pthread_t t;
    if (pthread_create(&t, NULL, yields, NULL) != 0 || pthread_join(t, NULL) != 0) {
        return 1;
    }
    puts("process lives");
    return 0;
}

static int ids(int argc, char **argv)
{
    (void)argc, (void)argv;
    printf("%d %d %d %d\n", (int)getuid(), (int)geteuid(), (int)getgid(), (int)getegid());
    return 0;
}

static int fds(int argc, char **argv)
{
    (void)argc, (void)argv;
    DIR *d = opendir("/proc/self/fd");
    if (d == NULL) {
        return 1;
    }
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        char path[300], target[300];
        snprintf(path, sizeof path, "/proc/self/fd/%s", e->d_name);
        ssize_t n = readlink(path, target, sizeof target - 1);
        if (n >= 0 && atoi(e->d_name) != dirfd(d)) {
            target[n] = '\0';
            printf("%s %s\n", e->d_name, target);
        }
    }
    return 0;
}

static int limit(int argc, char **argv)
{
    struct rlimit l;
    if (argc < 1 || getrlimit(atoi(argv[0]), &l) != 0) {
        return 1;
    }
    printf("%llu %llu\n", (unsigned long long)l.rlim_cur, (unsigned long long)l.rlim_max);
    return 0;
}

static int tiocsti(int argc, char **argv)
{
    (void)argc, (void)argv;
    return tell(ioctl(0, TIOCSTI, "x"));
}

static int clocks(int argc, char **argv)
{
    (void)argc, (void)argv;
    struct timespec m, b;
    clock_gettime(CLOCK_MONOTONIC, &m);
    clock_gettime(CLOCK_BOOTTIME, &b);
    printf("%lld %lld\n", (long long)m.tv_sec, (long long)b.tv_sec);
    return 0;
}

static int keyring(int argc, char **argv)
{
    (void)argc, (void)argv;
    return tell(syscall(SYS_keyctl, 0 /* GET_KEYRING_ID */, -3 /* SESSION */, 0));
}

static int squat(int argc, char **argv)
{
    long made = syscall(SYS_keyctl, 1 /* JOIN_SESSION_KEYRING */, argc > 0 ? argv[0] : "squat");
    if (syscall(SYS_keyctl, 5 /* SETPERM */, made, 0x3f3f3f3f) == -1) {
        made = -1;
    }
    tell(made);
    fflush(stdout);
    while (getchar() != EOF) {
    }
    return 0;
}

static int scheduler(int argc, char **argv)
{
    (void)argc, (void)argv;
    struct {
        unsigned size, policy;
        unsigned long long flags;
        int nice;
        unsigned priority;
        unsigned long long runtime, deadline, period;
    } a = {0};
    if (syscall(SYS_sched_getattr, 0, &a, sizeof a, 0) != 0) {
        return tell(-1);
    }
    if (a.policy != 6 /* SCHED_DEADLINE */) {
        a.runtime = 0;  // the slice, since Linux 6.12
    }
    printf("%u %llx %d %u %llu %llu %llu\n", a.policy, a.flags, a.nice, a.priority, a.runtime, a.deadline,
           a.period);
    return 0;
}

static int ioprio(int argc, char **argv)
{
    (void)argc, (void)argv;
    long r = syscall(SYS_ioprio_get, 1 /* IOPRIO_WHO_PROCESS */, 0);
    printf("%ld %ld\n", r >> 13, r & 7);
    return 0;
}

static int mempolicy(int argc, char **argv)
{
    (void)argc, (void)argv;
    int mode = 0;
    unsigned long mask[512] = {0};
    if (syscall(SYS_get_mempolicy, &mode, mask, 8 * sizeof mask, 0, 0) != 0) {
        return tell(-1);
    }
    printf("%x %lx\n", mode, mask[0]);
    return 0;
}

static int notify(int argc, char **argv)
{
    const char *path = getenv("NOTIFY_SOCKET");
    if (argc < 1 || path == NULL) {
        printf("no socket\n");
        return 1;
    }
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    strncpy(to.sun_path, path, sizeof to.sun_path - 1);
    for (char *c = argv[0]; *c != 0; c++) {
        *c = *c == '|' ? '\n' : *c;
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    return tell(sendto(fd, argv[0], strlen(argv[0]), 0, (struct sockaddr *)&to, sizeof to) < 0 ? -1 : 0);
}

static int heard(int argc, char **argv)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    strncpy(at.sun_path, argc < 1 ? "" : argv[0], sizeof at.sun_path - 1);
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    struct timeval patience = {.tv_sec = 300};
    char text[4096];
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0) {
        return tell(-1);
    }
    ssize_t n = recv(fd, text, sizeof text - 1, 0);
    if (n < 0) {
        return tell(-1);
    }
    text[n] = 0;
    printf("%s\n", text);
    return 0;
}

static int huge(int argc, char **argv)
{
    const size_t page = (size_t)2 << 20, pages = strtoul(argc < 1 ? "1" : argv[0], NULL, 0);
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | 21 << MAP_HUGE_SHIFT;
    char *at = mmap(NULL, pages * page, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (at == MAP_FAILED) {
        return tell(-1);
    }
    for (size_t i = 0; i < pages; i++) {
        at[i * page] = 1;
    }
    return tell((long)pages);
}

/// A command of a few words, and its answer, which nobody reads.
static int verb(int device, unsigned command)
{
    char answer[64];
    struct {
        struct ib_uverbs_cmd_hdr header;
        __u64 response;
    } request = {{command, sizeof request / 4, sizeof answer / 4}, (unsigned long)answer};
    return write(device, &request, sizeof request) == sizeof request ? 0 : -1;
}

static int domains(int argc, char **argv)
{
    int device = open("/dev/infiniband/uverbs0", O_RDWR), count = argc > 0 ? atoi(argv[0]) : 0, made = 0;
    int failed = device < 0 || verb(device, IB_USER_VERBS_CMD_GET_CONTEXT) != 0;
    while (!failed && made < count) {
        failed = verb(device, IB_USER_VERBS_CMD_ALLOC_PD) != 0;
        made++;
    }
    if (failed) {
        printf("errno %d at %d\n", errno, made);
        return 0;
    }
    return tell(made);
}

static int hop(int argc, char **argv)
{
    int told = 0;
    (void)argc, (void)argv;
    for (;;) {
        if (fork() > 0) {
            _exit(0);
        }
        told = told || write(1, "0\n", 2) > 0;
    }
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*ask)(int, char **);
    } questions[] = {{"yield", yield},   {"yield-32", yield_32},   {"number", number},   {"trapped", trapped},
                     {"caught", caught}, {"thread", thread},       {"ids", ids},         {"fds", fds},
                     {"limit", limit},   {"tiocsti", tiocsti},     {"clock", clocks},    {"keyring", keyring},
                     {"ioprio", ioprio}, {"mempolicy", mempolicy}, {"domains", domains}, {"notify", notify},
                     {"heard", heard},   {"scheduler", scheduler}, {"huge", huge},       {"squat", squat},
                     {"hop", hop}};
    for (size_t i = 0; argc > 1 && i < sizeof questions / sizeof *questions; i++) {
        if (strcmp(argv[1], questions[i].name) == 0) {
            return questions[i].ask(argc - 2, argv + 2);
        }
    }
    fprintf(stderr, "probe: what?\n");
    return 2;
}
