// SPDX-License-Identifier: Apache-2.0
//
// The caller's side of --console-socket: listens, takes one terminal, and shows what it says.
//
//   recvtty [-s ROWSxCOLS] [-i TEXT] [-w TEXT] [-q] SOCKET OUTPUT
//
// Goes to the background as soon as it listens and prints its pid, so that the next command may
// connect.  OUTPUT gets one line "tty NAME ROWS COLS" (NAME: the data that came with the descriptor),
// then the terminal's bytes until it hangs up.
//   -s  sets the size of the window    -i  types TEXT    -w  does neither before the terminal said TEXT
//   -q  closes the terminal at once
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { kPatienceMs = 120000 };

struct options {
    struct winsize size;
    const char *input, *wait_for, *socket, *output;
    int quit;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static struct options parse(int argc, char **argv)
{
    struct options o = {.wait_for = ""};
    for (int c; (c = getopt(argc, argv, "s:i:w:q")) != -1;) {
        switch (c) {
        case 's':
            if (sscanf(optarg, "%hux%hu", &o.size.ws_row, &o.size.ws_col) != 2) {
                exit(2);
            }
            break;
        case 'i':
            o.input = optarg;
            break;
        case 'w':
            o.wait_for = optarg;
            break;
        case 'q':
            o.quit = 1;
            break;
        default:
            exit(2);
        }
    }
    if (argc - optind != 2) {
        fprintf(stderr, "usage: recvtty [-s ROWSxCOLS] [-i TEXT] [-w TEXT] [-q] SOCKET OUTPUT\n");
        exit(2);
    }
    o.socket = argv[optind];
    o.output = argv[optind + 1];
    return o;
}

static int listen_at(const char *path)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof addr.sun_path) {
        errno = ENAMETOOLONG;
        die(path);
    }
    strcpy(addr.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof addr) != 0 || listen(fd, 1) != 0) {
        die(path);
    }
    return fd;
}

static void wait_readable(int fd, const char *what)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    if (poll(&p, 1, kPatienceMs) != 1) {
        fprintf(stderr, "recvtty: nothing came: %s\n", what);
        exit(1);
    }
}

/// Takes exactly one descriptor; `name` gets the bytes that came with it.
static int receive(int listener, char *name, size_t size)
{
    wait_readable(listener, "connection");
    int conn = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (conn < 0) {
        die("accept");
    }
    wait_readable(conn, "descriptor");
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec iov = {.iov_base = name, .iov_len = size - 1};
    struct msghdr msg = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t n = recvmsg(conn, &msg, MSG_CMSG_CLOEXEC);
    struct cmsghdr *c = n >= 0 ? CMSG_FIRSTHDR(&msg) : NULL;
    if (c == NULL || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof(int))) {
        fprintf(stderr, "recvtty: a message without a descriptor\n");
        exit(1);
    }
    name[n] = '\0';
    int tty;
    memcpy(&tty, CMSG_DATA(c), sizeof tty);
    close(conn);
    return tty;
}

static void type(int tty, const char *text)
{
    if (write(tty, text, strlen(text)) < 0) {
        die("typing");
    }
}

/// Copies until the last process lets go of the terminal (EIO).
static void show(int tty, int out, const struct options *o)
{
    static char seen[1 << 16];
    size_t used = 0;
    int waits = 1;
    for (;;) {
        if (waits && strstr(seen, o->wait_for) != NULL) {
            waits = 0;
            if (o->size.ws_row != 0) {
                ioctl(tty, TIOCSWINSZ, &o->size);
            }
            if (o->input != NULL) {
                type(tty, o->input);
            }
        }
        char buf[4096];
        ssize_t n = read(tty, buf, sizeof buf);
        if (n <= 0) {
            return;
        }
        if (write(out, buf, (size_t)n) != n) {
            die("writing");
        }
        if (used + (size_t)n < sizeof seen) {
            memcpy(seen + used, buf, (size_t)n);
            used += (size_t)n;
        }
    }
}

int main(int argc, char **argv)
{
    struct options o = parse(argc, argv);
    int listener = listen_at(o.socket);
    int out = open(o.output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (out < 0) {
        die(o.output);
    }
    pid_t pid = fork();
    if (pid < 0) {
        die("fork");
    }
    if (pid > 0) {
        printf("%d\n", (int)pid);
        return 0;
    }
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(null, 0);
    dup2(null, 1);
    close_range(3, (unsigned)(listener < out ? listener : out) - 1, 0);

    char name[256];
    int tty = receive(listener, name, sizeof name);
    struct winsize now = {0};
    ioctl(tty, TIOCGWINSZ, &now);
    dprintf(out, "tty %s %d %d\n", name, now.ws_row, now.ws_col);
    if (!o.quit) {
        show(tty, out, &o);
    }
    return 0;
}
