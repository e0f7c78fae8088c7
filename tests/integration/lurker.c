// SPDX-License-Identifier: Apache-2.0
//
// In a container: waits for processes to appear in /proc and tries to get hold of each at once.
//
//   lurker WORD SECONDS   WORD: what the path of the runtime's program has in it; SECONDS from the first
//                         process on that is seen, ten times as many until then
//
// Prints a line for whatever should not have been had, and last "seen N":
//   exe PATH      /proc/N/exe leads to the runtime's program, or to one that can be written
//   caps A of B   ptrace(2) or /proc/N/mem took a process with capabilities B, A of them not ours
//   root, cwd     a directory that is not below our root
//   fd N PATH     a descriptor of a directory or a cgroup file that is not ours
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *word;
static unsigned long long own_caps;
static struct stat own_root;

static unsigned long long caps_of(int dir)
{
    char text[4096];
    int fd = openat(dir, "status", O_RDONLY);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0) {
        return 0;
    }
    text[n] = '\0';
    const char *at = strstr(text, "CapPrm:");
    return at == NULL ? 0 : strtoull(at + 7, NULL, 16);
}

static void try_exe(int dir)
{
    char path[4096];
    ssize_t n = readlinkat(dir, "exe", path, sizeof path - 1);
    if (n <= 0) {
        return;
    }
    path[n] = '\0';
    int exe = openat(dir, "exe", O_RDONLY);
    char again[64];
    snprintf(again, sizeof again, "/proc/self/fd/%d", exe);
    const int writable = strstr(path, "memfd") != NULL && exe >= 0 ? open(again, O_WRONLY) : -1;
    // A sealed file lets itself be opened, and no more.
    if (strstr(path, word) != NULL || (writable >= 0 && pwrite(writable, "\177", 1, 0) == 1)) {
        printf("exe %s\n", path);
    }
    close(writable);
    close(exe);
}

static void try_process(int dir, pid_t pid)
{
    int mem = openat(dir, "mem", O_RDWR);
    const int seized = ptrace(PTRACE_SEIZE, pid, 0, 0) == 0;
    if (mem >= 0 || seized) {
        const unsigned long long caps = caps_of(dir);
        if ((caps & ~own_caps) != 0) {
            printf("caps %llx of %llx (%s)\n", caps & ~own_caps, caps, seized ? "ptrace" : "mem");
        }
    }
    if (seized) {
        ptrace(PTRACE_INTERRUPT, pid, 0, 0);
        waitpid(pid, NULL, __WALL);
        ptrace(PTRACE_DETACH, pid, 0, 0);
    }
    close(mem);
}

static void try_directory(int dir, const char *name)
{
    struct stat st;
    char path[4096] = "";
    if (fstatat(dir, name, &st, 0) == 0 && st.st_dev != own_root.st_dev &&
        readlinkat(dir, name, path, sizeof path - 1) > 0) {
        printf("%s %s\n", name, path);
    }
}

static void try_descriptors(int dir)
{
    int list = openat(dir, "fd", O_RDONLY | O_DIRECTORY);
    DIR *d = list < 0 ? NULL : fdopendir(list);
    if (d == NULL) {
        return;
    }
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        char path[4096] = "";
        struct stat st;
        if (e->d_name[0] == '.' || readlinkat(list, e->d_name, path, sizeof path - 1) <= 0) {
            continue;
        }
        const int elsewhere =
            fstatat(list, e->d_name, &st, 0) == 0 && S_ISDIR(st.st_mode) && st.st_dev != own_root.st_dev;
        if (elsewhere || strstr(path, "cgroup") != NULL || strstr(path, "tasks") != NULL) {
            printf("fd %s %s\n", e->d_name, path);
        }
    }
    closedir(d);
}

// 1 when there is, or was, such a process.
static int attack(pid_t pid)
{
    char name[64];
    snprintf(name, sizeof name, "/proc/%d", pid);
    int dir = open(name, O_RDONLY | O_DIRECTORY);
    if (dir < 0) {
        return 0;
    }
    for (int i = 0; i < 20; i++) {
        try_exe(dir);
        try_process(dir, pid);
        try_directory(dir, "root");
        try_directory(dir, "cwd");
        try_descriptors(dir);
    }
    close(dir);
    return 1;
}

static pid_t newest(void)
{
    FILE *f = fopen("/proc/loadavg", "r");
    int pid = 0;
    if (f != NULL) {
        if (fscanf(f, "%*s %*s %*s %*s %d", &pid) != 1) {
            pid = 0;
        }
        fclose(f);
    }
    return pid;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        return 2;
    }
    word = argv[1];
    int self = open("/proc/self", O_RDONLY | O_DIRECTORY);
    own_caps = caps_of(self);
    stat("/", &own_root);
    setvbuf(stdout, NULL, _IOLBF, 0);
    puts("ready");
    // Where there is one processor and much to do, nothing may be seen for a while.
    const int seconds = atoi(argv[2]);
    time_t end = time(NULL) + 10 * seconds;
    int seen = 0;
    pid_t last = newest();
    for (unsigned round = 1; time(NULL) < end; round++) {
        const pid_t latest = round % 256 == 0 ? newest() : 0;
        if (latest > last + 3) {  // we missed some
            last = latest;
        }
        for (pid_t pid = last + 1; pid <= last + 3; pid++) {
            if (attack(pid)) {
                end = seen++ == 0 ? time(NULL) + seconds : end;
                last = pid;
            }
        }
        while (waitpid(-1, NULL, WNOHANG | __WALL) > 0) {
        }
    }
    printf("seen %d\n", seen);
    return 0;
}
