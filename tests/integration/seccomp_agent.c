// SPDX-License-Identifier: Apache-2.0
//
// The agent behind linux.seccomp.listenerPath: takes container process states and answers what is notified.
//
//   seccomp_agent [-e ERRNO | -v VALUE | -f FILE] [-s CALL] [-k MS] [-g] [-n] [-p] [-b BACKLOG] SOCKET OUTPUT
//
// Goes to the background as soon as it listens and prints its pid.  OUTPUT gets, for each connection, a line
// "descriptors FIRST LATER" (how many came with the first data, how many later) and "state JSON" when the
// other side has closed it; for each notification "call NAME", and "late" when its answer came too late.
//   -e -v -f  fails the call with ERRNO, makes it give VALUE, or a descriptor of FILE; else the kernel goes
//   on -s        answers CALL alone so, the kernel goes on with all others -k        sends SIGUSR1 to who
//   made the first such call, and waits MS at most for it to give up on the answer -g        closes the
//   listener as soon as it has it     -n  never accepts (-b: how many may wait) -p        listens for packets
//   (SOCK_SEQPACKET)
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef SECCOMP_ADDFD_FLAG_SEND
#define SECCOMP_ADDFD_FLAG_SEND (1UL << 1)
#endif

enum { kMaxListeners = 32, kMaxState = 1 << 22, kTryMs = 10 };

struct options {
    int error, patience, gone, never, type, backlog;
    long long value;
    const char *file, *only, *socket, *output;
    int continues;
};

static const struct {
    long number;
    const char *name;
} kCalls[] = {
    {SYS_sched_yield, "sched_yield"}, {SYS_execve, "execve"},   {SYS_write, "write"},
    {SYS_sendmsg, "sendmsg"},         {SYS_recvmsg, "recvmsg"}, {SYS_close, "close"},
    {SYS_openat, "openat"},           {SYS_futex, "futex"},     {SYS_mkdirat, "mkdirat"},
    {SYS_seccomp, "seccomp"},         {SYS_exit, "exit"},       {SYS_exit_group, "exit_group"},
};

static const char *name_of(int number)
{
    static char other[16];
    for (size_t i = 0; i < sizeof(kCalls) / sizeof(kCalls[0]); ++i) {
        if (kCalls[i].number == number) {
            return kCalls[i].name;
        }
    }
    snprintf(other, sizeof(other), "%d", number);
    return other;
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static struct options parse(int argc, char **argv)
{
    struct options o = {.type = SOCK_STREAM, .backlog = 16, .continues = 1};
    for (int c; (c = getopt(argc, argv, "e:v:f:s:b:k:gnp")) != -1;) {
        switch (c) {
        case 'e':
            o.error = atoi(optarg), o.continues = 0;
            break;
        case 'v':
            o.value = atoll(optarg), o.continues = 0;
            break;
        case 'f':
            o.file = optarg, o.continues = 0;
            break;
        case 's':
            o.only = optarg;
            break;
        case 'b':
            o.backlog = atoi(optarg);
            break;
        case 'k':
            o.patience = atoi(optarg);
            break;
        case 'g':
            o.gone = 1;
            break;
        case 'n':
            o.never = 1;
            break;
        case 'p':
            o.type = SOCK_SEQPACKET;
            break;
        default:
            exit(2);
        }
    }
    if (argc - optind != 2) {
        exit(2);
    }
    o.socket = argv[optind];
    o.output = argv[optind + 1];
    return o;
}

static int listen_at(const struct options *o)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(o->socket) >= sizeof(address.sun_path)) {
        exit(2);
    }
    strcpy(address.sun_path, o->socket);
    const int fd = socket(AF_UNIX, o->type | SOCK_CLOEXEC, 0);
    if (fd == -1 || bind(fd, (struct sockaddr *)&address, sizeof(address)) == -1 ||
        listen(fd, o->backlog) == -1) {
        die(o->socket);
    }
    return fd;
}

// Descriptors of one message; keeps the first in *listener if there is none yet.
static int count_descriptors(struct msghdr *header, int *listener)
{
    int count = 0;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part != NULL; part = CMSG_NXTHDR(header, part)) {
        const size_t size = part->cmsg_len - CMSG_LEN(0);
        for (size_t i = 0; i < size / sizeof(int); ++i, ++count) {
            int fd;
            memcpy(&fd, CMSG_DATA(part) + i * sizeof(fd), sizeof(fd));
            if (*listener == -1) {
                *listener = fd;
            } else {
                close(fd);
            }
        }
    }
    return count;
}

// The listener that came over the connection, or -1.
static int take_state(int connection, FILE *out)
{
    static char state[kMaxState];
    size_t size = 0;
    int listener = -1, first = 0, later = 0;
    for (;;) {
        char control[CMSG_SPACE(16 * sizeof(int))];
        struct iovec data = {state + size, sizeof(state) - size};
        struct msghdr header = {
            .msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
        const ssize_t got = recvmsg(connection, &header, MSG_CMSG_CLOEXEC);
        if (got <= 0) {
            break;
        }
        *(size == 0 ? &first : &later) += count_descriptors(&header, &listener);
        size += (size_t)got;
    }
    close(connection);
    for (size_t i = 0; i < size; ++i) {
        state[i] = state[i] == '\n' ? ' ' : state[i];  // one line, whatever the sender's layout
    }
    fprintf(out, "descriptors %d %d\nstate %.*s\n", first, later, (int)size, state);
    return listener;
}

// A signal that interrupts the wait makes the notification void.
static void disturb(int listener, const struct seccomp_notif *call, int patience)
{
    static int once;
    if (once++ > 0) {
        return;
    }
    kill((pid_t)call->pid, SIGUSR1);
    for (int ms = 0; ms < patience && ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &call->id) == 0;
         ms += kTryMs) {
        poll(NULL, 0, kTryMs);
    }
}

static int give_file(int listener, const struct options *o, unsigned long long id)
{
    const int fd = open(o->file, O_RDONLY | O_CLOEXEC);
    struct seccomp_notif_addfd add = {.id = id, .flags = SECCOMP_ADDFD_FLAG_SEND, .srcfd = (unsigned)fd};
    const int given = ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
    close(fd);
    return given;
}

static void answer(int listener, const struct options *o, FILE *out)
{
    struct seccomp_notif call = {0};
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) == -1) {
        return;
    }
    fprintf(out, "call %s\n", name_of(call.data.nr));
    const int meant = o->only == NULL || strcmp(o->only, name_of(call.data.nr)) == 0;
    struct seccomp_notif_resp response = {.id = call.id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    if (meant && o->patience > 0) {
        disturb(listener, &call, o->patience);
    }
    if (meant && o->file != NULL) {
        if (give_file(listener, o, call.id) == -1) {
            perror(o->file);
        }
        return;
    }
    if (meant && !o->continues) {
        response = (struct seccomp_notif_resp){.id = call.id, .val = o->value, .error = -o->error};
    }
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response) == -1) {
        fprintf(out, "late\n");
    }
}

static void serve(const struct options *o, int socket, FILE *out)
{
    struct pollfd waiting[1 + kMaxListeners] = {{.fd = o->never ? -1 : socket, .events = POLLIN}};
    nfds_t count = 1;
    while (poll(waiting, count, -1) > 0) {
        for (nfds_t i = count - 1; i > 0; --i) {
            if ((waiting[i].revents & POLLIN) != 0) {
                answer(waiting[i].fd, o, out);
            } else if (waiting[i].revents != 0) {  // nobody is left under that filter
                close(waiting[i].fd);
                waiting[i] = waiting[--count];
            }
        }
        if ((waiting[0].revents & POLLIN) == 0 || count > kMaxListeners) {
            continue;
        }
        const int listener = take_state(accept4(socket, NULL, NULL, SOCK_CLOEXEC), out);
        if (o->gone) {
            close(listener);
        } else if (listener != -1) {
            waiting[count++] = (struct pollfd){.fd = listener, .events = POLLIN};
        }
    }
}

int main(int argc, char **argv)
{
    const struct options o = parse(argc, argv);
    FILE *out = fopen(o.output, "we");
    if (out == NULL) {
        die(o.output);
    }
    setvbuf(out, NULL, _IOLBF, 0);
    const int socket = listen_at(&o);
    const pid_t pid = fork();
    if (pid == -1) {
        die("fork");
    }
    if (pid > 0) {
        printf("%d\n", pid);
        return 0;
    }
    const int null = open("/dev/null", O_RDWR);
    dup2(null, 0);
    dup2(null, 1);
    serve(&o, socket, out);
    return 1;
}
