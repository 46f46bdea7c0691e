// Preloaded before the program under test: counts the calls that reach files, and lets the one with a given number fail.
//
//   FAULT_KIND   open, read, stat, list, map or write
//   FAULT_AT     number of the call that fails, from 1; 0: none, only count
//   FAULT_ERRNO  what it fails with
//   FAULT_COUNT  a file that the number of calls is written to at the end
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static long calls, at = -1;
static int error_number;
static const char *kind;

// Whether this call is the one that fails.
static int fails(const char *of) {
    if (at < 0) {
        kind = getenv("FAULT_KIND");
        const char *number = getenv("FAULT_AT"), *what = getenv("FAULT_ERRNO");
        error_number = what ? atoi(what) : EIO;
        at = number ? atol(number) : 0;
    }
    if (!kind || strcmp(kind, of) != 0) return 0;
    if (__atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST) != at) return 0;
    errno = error_number;
    return 1;
}

__attribute__((destructor)) static void tell(void) {
    const char *path = getenv("FAULT_COUNT");
    if (!path) return;
    char text[32];
    int len = snprintf(text, sizeof text, "%ld", calls);
    int fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd >= 0) {
        syscall(SYS_write, fd, text, len);
        syscall(SYS_close, fd);
    }
}

#define REAL(name) static __typeof__(name) *real; if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)
#define SIMPLE(of, type, failed, name, parameters, arguments) \
    type name parameters { REAL(name); return fails(of) ? failed : real arguments; }
#define WITH_MODE(name, parameters, last, arguments) \
    int name parameters { \
        REAL(name); va_list list; va_start(list, last); mode_t mode = va_arg(list, mode_t); va_end(list); \
        return fails("open") ? -1 : real arguments; }

WITH_MODE(open, (const char *path, int flags, ...), flags, (path, flags, mode))
WITH_MODE(open64, (const char *path, int flags, ...), flags, (path, flags, mode))
WITH_MODE(openat, (int dir, const char *path, int flags, ...), flags, (dir, path, flags, mode))
WITH_MODE(openat64, (int dir, const char *path, int flags, ...), flags, (dir, path, flags, mode))
SIMPLE("open", DIR *, NULL, opendir, (const char *path), (path))
SIMPLE("open", DIR *, NULL, fdopendir, (int fd), (fd))
SIMPLE("read", ssize_t, -1, read, (int fd, void *to, size_t len), (fd, to, len))
SIMPLE("read", ssize_t, -1, readv, (int fd, const struct iovec *to, int count), (fd, to, count))
SIMPLE("read", ssize_t, -1, pread, (int fd, void *to, size_t len, off_t from), (fd, to, len, from))
SIMPLE("read", ssize_t, -1, pread64, (int fd, void *to, size_t len, off64_t from), (fd, to, len, from))
SIMPLE("read", ssize_t, -1, readlink, (const char *path, char *to, size_t len), (path, to, len))
SIMPLE("stat", int, -1, stat, (const char *path, struct stat *to), (path, to))
SIMPLE("stat", int, -1, stat64, (const char *path, struct stat64 *to), (path, to))
SIMPLE("stat", int, -1, lstat, (const char *path, struct stat *to), (path, to))
SIMPLE("stat", int, -1, lstat64, (const char *path, struct stat64 *to), (path, to))
SIMPLE("stat", int, -1, fstat, (int fd, struct stat *to), (fd, to))
SIMPLE("stat", int, -1, fstat64, (int fd, struct stat64 *to), (fd, to))
SIMPLE("stat", int, -1, fstatat, (int dir, const char *path, struct stat *to, int flags), (dir, path, to, flags))
SIMPLE("stat", int, -1, fstatat64, (int dir, const char *path, struct stat64 *to, int flags), (dir, path, to, flags))
SIMPLE("stat", int, -1, statx, (int dir, const char *path, int flags, unsigned mask, struct statx *to), (dir, path, flags, mask, to))
SIMPLE("stat", int, -1, access, (const char *path, int mode), (path, mode))
SIMPLE("stat", char *, NULL, realpath, (const char *path, char *to), (path, to))
SIMPLE("list", struct dirent *, NULL, readdir, (DIR *dir), (dir))
SIMPLE("list", struct dirent64 *, NULL, readdir64, (DIR *dir), (dir))
SIMPLE("write", ssize_t, -1, write, (int fd, const void *from, size_t len), (fd, from, len))
SIMPLE("write", ssize_t, -1, writev, (int fd, const struct iovec *from, int count), (fd, from, count))
SIMPLE("write", int, -1, rename, (const char *from, const char *to), (from, to))
SIMPLE("write", int, -1, fchmod, (int fd, mode_t mode), (fd, mode))

void *mmap(void *where, size_t len, int protection, int flags, int fd, off_t from) {
    REAL(mmap);
    return fd >= 0 && fails("map") ? MAP_FAILED : real(where, len, protection, flags, fd, from);
}

void *mmap64(void *where, size_t len, int protection, int flags, int fd, off64_t from) {
    REAL(mmap64);
    return fd >= 0 && fails("map") ? MAP_FAILED : real(where, len, protection, flags, fd, from);
}
