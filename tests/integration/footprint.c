// SPDX-License-Identifier: Apache-2.0
//
// What a container could leave behind, as sorted lines, and whether something new has come.
//
//   footprint TAG DIR...            > before     prints
//   footprint TAG DIR... --since before          exits 1 and prints what stays new for 30 s
//   footprint TAG --kill-after SECONDS           kills the processes then; prints its pid, returns at once
//
// TAG is a word that the test puts into the environment, the command line or the cgroup path of all
// it starts.  Lines:
//   process PID COMM   one with TAG; the caller and its parents are not counted
//   cgroup PATH        every directory of every hierarchy that is mounted (by file system, not by name)
//   mount LINE         /proc/self/mountinfo
//   link NAME          a network device
//   file PATH          an entry of one of the DIRs
// Others work on the machine too: a new cgroup counts only if it is empty or ours.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct lines {
    char **at;
    size_t count, room;
};

static const char *tag;

static void add(struct lines *l, const char *kind, const char *text)
{
    if (l->count == l->room) {
        l->room = l->room * 2 + 64;
        l->at = realloc(l->at, l->room * sizeof *l->at);
    }
    if (l->at == NULL || asprintf(&l->at[l->count++], "%s %s", kind, text) < 0) {
        abort();
    }
}

static void clear(struct lines *l)
{
    for (size_t i = 0; i < l->count; i++) {
        free(l->at[i]);
    }
    free(l->at);
    *l = (struct lines){0};
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void sort(struct lines *l) { qsort(l->at, l->count, sizeof *l->at, by_text); }

static int has(const struct lines *l, const char *line)
{
    return l->count != 0 && bsearch(&line, l->at, l->count, sizeof *l->at, by_text) != NULL;
}

/// Reads a whole small file of /proc; 0 bytes if it is gone.
static size_t slurp(const char *path, char *buf, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t n = 0;
    for (ssize_t got; fd >= 0 && n < size - 1 && (got = read(fd, buf + n, size - 1 - n)) > 0;) {
        n += (size_t)got;
    }
    if (fd >= 0) {
        close(fd);
    }
    buf[n] = '\0';
    return n;
}

static int is_ancestor(int pid)
{
    static int chain[64];
    static int known;
    if (known == 0) {
        int p = getpid();
        while (p > 0 && known < 64) {
            char path[64], stat[1024];
            chain[known++] = p;
            snprintf(path, sizeof path, "/proc/%d/stat", p);
            slurp(path, stat, sizeof stat);
            const char *end = strrchr(stat, ')');
            if (end == NULL || sscanf(end, ") %*c %d", &p) != 1) {
                break;
            }
        }
    }
    for (int i = 0; i < known; i++) {
        if (chain[i] == pid) {
            return 1;
        }
    }
    return 0;
}

static int is_tagged(int pid)
{
    static const char *const files[] = {"environ", "cmdline", "cgroup"};
    static char buf[1 << 17];
    for (size_t i = 0; i < 3; i++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/%s", pid, files[i]);
        size_t n = slurp(path, buf, sizeof buf);
        if (memmem(buf, n, tag, strlen(tag)) != NULL) {
            return 1;
        }
    }
    return 0;
}

static void processes(struct lines *l)
{
    DIR *proc = opendir("/proc");
    for (struct dirent *e; proc != NULL && (e = readdir(proc)) != NULL;) {
        int pid = atoi(e->d_name);
        if (pid <= 0 || is_ancestor(pid) || !is_tagged(pid)) {
            continue;
        }
        char path[64], stat[512], *comm = stat;
        snprintf(path, sizeof path, "/proc/%d/stat", pid);
        slurp(path, stat, sizeof stat);
        char *end = strrchr(stat, ')');
        // A zombie is the business of whoever started it.
        if (end == NULL || end[2] == 'Z' || end[2] == 'X') {
            continue;
        }
        end[1] = '\0';
        if (strstr(comm, "(footprint)") != NULL) {  // the test's own watchdog
            continue;
        }
        add(l, "process", comm);
    }
    if (proc != NULL) {
        closedir(proc);
    }
}

static void directories(struct lines *l, const char *path)
{
    DIR *dir = opendir(path);
    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
        if (e->d_type == DT_DIR && e->d_name[0] != '.') {
            char below[4096];
            snprintf(below, sizeof below, "%s/%s", path, e->d_name);
            add(l, "cgroup", below);
            directories(l, below);
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
}

static void mounts(struct lines *l)
{
    FILE *f = fopen("/proc/self/mountinfo", "re");
    char line[8192];
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        add(l, "mount", line);
        char root[4096], point[4096];
        const char *type = strstr(line, " - cgroup");
        if (type != NULL && sscanf(line, "%*d %*d %*s %4095s %4095s", root, point) == 2 &&
            strcmp(root, "/") == 0 && strncmp(point, "/sys/fs/cgroup", 14) == 0) {
            directories(l, point);
        }
    }
    if (f != NULL) {
        fclose(f);
    }
}

static void entries(struct lines *l, const char *kind, const char *path)
{
    DIR *dir = opendir(path);
    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
            char entry[4096];
            snprintf(entry, sizeof entry, "%s/%s", path, e->d_name);
            add(l, kind, entry);
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
}

static void collect(struct lines *l, char **dirs, int count)
{
    clear(l);
    processes(l);
    mounts(l);
    entries(l, "link", "/sys/class/net");
    for (int i = 0; i < count; i++) {
        entries(l, "file", dirs[i]);
    }
    sort(l);
}

/// A cgroup that another run made, or that somebody else's processes live in.
static int is_foreign(const char *line)
{
    if (strncmp(line, "cgroup ", 7) != 0 || strstr(line, tag) != NULL) {
        return 0;
    }
    char path[4200], pid[64];
    snprintf(path, sizeof path, "%s/cgroup.procs", line + 7);
    return strstr(line, "/rt-") != NULL || slurp(path, pid, sizeof pid) != 0 || access(path, F_OK) != 0;
}

/// A mount whose directory is gone: whoever removed that elsewhere, in a mount namespace where nothing was
/// mounted on it, took it away here.
static int went_with_its_directory(const char *line)
{
    char point[4096];
    return sscanf(line, "mount %*d %*d %*s %*s %4095s", point) == 1 && access(point, F_OK) != 0 &&
           errno == ENOENT;
}

/// Devices and files of others do not come and go, nor do mounts on what stays; their processes and cgroups
/// may.
static int must_stay(const char *line)
{
    return strncmp(line, "cgroup ", 7) != 0 && strncmp(line, "process ", 8) != 0 &&
           !went_with_its_directory(line);
}

static int differences(const struct lines *before, const struct lines *now, int print)
{
    int found = 0;
    for (size_t i = 0; i < now->count; i++) {
        if (!has(before, now->at[i]) && !is_foreign(now->at[i])) {
            found++;
            if (print) {
                printf("left behind: %s\n", now->at[i]);
            }
        }
    }
    for (size_t i = 0; i < before->count; i++) {
        if (!has(now, before->at[i]) && must_stay(before->at[i])) {
            found++;
            if (print) {
                printf("gone: %s\n", before->at[i]);
            }
        }
    }
    return found;
}

static void load(struct lines *l, const char *path)
{
    FILE *f = fopen(path, "re");
    if (f == NULL) {
        perror(path);
        exit(2);
    }
    char line[8300];
    while (fgets(line, sizeof line, f) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        char *text = strchr(line, ' ');
        if (text != NULL) {
            *text = '\0';
            add(l, line, text + 1);
        }
    }
    fclose(f);
    sort(l);
}

/// A test that hangs on something it started goes on, and fails, when that has died.
static int watch(unsigned seconds)
{
    pid_t pid = fork();
    if (pid != 0) {
        printf("%d\n", (int)pid);
        return pid < 0;
    }
    close_range(0, ~0U, 0);
    sleep(seconds);
    struct lines now = {0};
    processes(&now);
    for (size_t i = 0; i < now.count; i++) {
        kill(atoi(now.at[i] + strlen("process ")), SIGKILL);
    }
    return 0;
}

int main(int argc, char **argv)
{
    int compare = argc > 3 && strcmp(argv[argc - 2], "--since") == 0;
    if (argc < 2) {
        fprintf(stderr, "usage: footprint TAG DIR... [--since FILE]\n");
        return 2;
    }
    tag = argv[1];
    if (strlen(tag) < 8) {  // an empty word is in everything, and what has it gets killed
        fprintf(stderr, "footprint: the tag \"%s\" is too short to be anybody's own\n", tag);
        return 2;
    }
    if (argc == 4 && strcmp(argv[2], "--kill-after") == 0) {
        return watch((unsigned)atoi(argv[3]));
    }
    char **dirs = argv + 2;
    int count = argc - 2 - (compare ? 2 : 0);
    struct lines now = {0}, before = {0};
    collect(&now, dirs, count);
    if (!compare) {
        for (size_t i = 0; i < now.count; i++) {
            puts(now.at[i]);
        }
        return 0;
    }
    load(&before, argv[argc - 1]);
    // A kill or an unmount is over a little after the command that asked for it.
    for (int tries = 0; tries < 1500; tries++) {
        if (differences(&before, &now, 0) == 0) {
            return 0;
        }
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
        collect(&now, dirs, count);
    }
    differences(&before, &now, 1);
    return 1;
}
