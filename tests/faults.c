/* Makes the n-th change to a file below one folder fail; loaded with LD_PRELOAD, on Linux.

   A program arms it from within (Python: ctypes.CDLL(None).faults_arm(...)); calls that change
   files below `folder` are counted from then on, by whomever they are made, SQLite included.
   What the n-th does depends on the way:

       'e'  nothing is done, and the call fails with `number`
       'p'  it is done, and the call fails all the same ("failed but persisted")
       's'  a write writes the first half and says so, which is no error
       'f'  nothing is done; and from here on nothing more can be written or made (a full disk)

   With n = 0 nothing fails: a dry run, which counts. What each call was is told by faults_kind
   (w write, y sync, t truncate, r rename, u unlink, c create) and faults_path.

   Nothing is really synced: it is calls that fail here, no machine. What SQLite maps into memory
   (the index of a WAL) is not covered. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST 4096
#define REAL(name) ((__typeof__(next_##name))next_of((void **)&next_##name, #name))
#define NEXT(type, name, ...) static type (*next_##name)(__VA_ARGS__)

static void *next_of(void **kept, const char *name) {
    if (!*kept) *kept = dlsym(RTLD_NEXT, name);
    return *kept;
}

enum verdict { DO, FAIL, DO_AND_FAIL, HALF };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char folder[PATH_MAX];
static size_t folder_length;
static long target, counted;
static int way, number;
static char kinds[MOST], paths[MOST][256];

void faults_arm(const char *below, long n, int how, int error) {
    snprintf(folder, sizeof folder, "%s", below);
    folder_length = strlen(folder);
    target = n, way = how, number = error, counted = 0;
}

void faults_disarm(void) { folder_length = 0; }

long faults_count(void) { return counted; }

int faults_kind(long n) { return n >= 1 && n <= counted && n <= MOST ? kinds[n - 1] : 0; }

const char *faults_path(long n) { return n >= 1 && n <= counted && n <= MOST ? paths[n - 1] : ""; }

static int below(const char *path) {
    return !strncmp(path, folder, folder_length) && (path[folder_length] == '/' || !path[folder_length]);
}

/* Counts a change to a path below the folder, and says what is to become of it. */
static enum verdict judge(char kind, const char *path) {
    enum verdict verdict = DO;
    if (!below(path)) return DO;
    pthread_mutex_lock(&lock);
    counted++;
    if (counted <= MOST) {
        kinds[counted - 1] = kind;
        snprintf(paths[counted - 1], sizeof paths[0], "%s", path + folder_length);
    }
    if (target && way == 'f' && counted > target && strchr("wc", kind))
        verdict = FAIL;
    else if (target && counted == target)
        verdict = way == 'p' ? DO_AND_FAIL : way == 's' ? HALF : FAIL;
    pthread_mutex_unlock(&lock);
    return verdict;
}

static enum verdict judge_file(char kind, int file) {
    char link[64], path[PATH_MAX];
    ssize_t length;
    int kept = errno;
    if (!folder_length) return DO;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    length = readlink(link, path, sizeof path - 1);
    errno = kept;
    if (length < 0) return DO;
    path[length] = 0;
    return judge(kind, path);
}

static enum verdict judge_name(char kind, int at, const char *name) {
    char link[64], path[2 * PATH_MAX];
    ssize_t length = 0;
    int kept = errno;
    if (!folder_length) return DO;
    if (name[0] == '/') return judge(kind, name);
    if (at == AT_FDCWD)
        length = getcwd(path, PATH_MAX) ? (ssize_t)strlen(path) : -1;
    else {
        snprintf(link, sizeof link, "/proc/self/fd/%d", at);
        length = readlink(link, path, PATH_MAX);
    }
    errno = kept;
    if (length < 0) return DO;
    snprintf(path + length, sizeof path - length, "/%s", name);
    return judge(kind, path);
}

/* What makes a file or a folder counts where there is none. */
static enum verdict judge_new(int at, const char *name) {
    int kept = errno;
    enum verdict is = DO;
    if (folder_length && faccessat(at, name, F_OK, AT_SYMLINK_NOFOLLOW))
        is = judge_name('c', at, name);
    errno = kept;
    return is;
}

static enum verdict judge_open(int at, const char *name, int flags) {
    return flags & O_CREAT ? judge_new(at, name) : DO;
}

/* Runs a call as it was judged: `done` does it, `half` does the first half of it. */
#define CALL(judged, done, half)                 \
    do {                                         \
        enum verdict is = judged;                \
        if (is == HALF) return half;             \
        if (is != FAIL) {                        \
            ssize_t made = done;                 \
            if (is == DO || made < 0) return made; \
        }                                        \
        errno = number;                          \
        return -1;                               \
    } while (0)

NEXT(ssize_t, write, int, const void *, size_t);
ssize_t write(int file, const void *bytes, size_t size) {
    CALL(judge_file('w', file), REAL(write)(file, bytes, size), REAL(write)(file, bytes, size / 2));
}

NEXT(ssize_t, pwrite, int, const void *, size_t, off_t);
ssize_t pwrite(int file, const void *bytes, size_t size, off_t at) {
    CALL(judge_file('w', file), REAL(pwrite)(file, bytes, size, at),
         REAL(pwrite)(file, bytes, size / 2, at));
}

NEXT(ssize_t, pwrite64, int, const void *, size_t, off64_t);
ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t at) {
    CALL(judge_file('w', file), REAL(pwrite64)(file, bytes, size, at),
         REAL(pwrite64)(file, bytes, size / 2, at));
}

/* Half of a vector is half of its first part. */
static struct iovec half_of(const struct iovec *parts) {
    return (struct iovec){parts[0].iov_base, parts[0].iov_len / 2};
}

NEXT(ssize_t, writev, int, const struct iovec *, int);
ssize_t writev(int file, const struct iovec *parts, int count) {
    struct iovec half = count > 0 ? half_of(parts) : (struct iovec){0, 0};
    CALL(judge_file('w', file), REAL(writev)(file, parts, count), REAL(writev)(file, &half, 1));
}

#define VECTOR(name, offset)                                                          \
    NEXT(ssize_t, name, int, const struct iovec *, int, offset);                      \
    ssize_t name(int file, const struct iovec *parts, int count, offset at) {         \
        struct iovec half = count > 0 ? half_of(parts) : (struct iovec){0, 0};        \
        CALL(judge_file('w', file), REAL(name)(file, parts, count, at),               \
             REAL(name)(file, &half, 1, at));                                         \
    }
VECTOR(pwritev, off_t)
VECTOR(pwritev64, off64_t)

#define VECTOR_WITH_FLAGS(name, offset)                                               \
    NEXT(ssize_t, name, int, const struct iovec *, int, offset, int);                 \
    ssize_t name(int file, const struct iovec *parts, int count, offset at, int flags) { \
        struct iovec half = count > 0 ? half_of(parts) : (struct iovec){0, 0};        \
        CALL(judge_file('w', file), REAL(name)(file, parts, count, at, flags),        \
             REAL(name)(file, &half, 1, at, flags));                                  \
    }
VECTOR_WITH_FLAGS(pwritev2, off_t)
VECTOR_WITH_FLAGS(pwritev64v2, off64_t)

#define SENDFILE(name, offset)                                                        \
    NEXT(ssize_t, name, int, int, offset *, size_t);                                  \
    ssize_t name(int file, int from, offset *at, size_t size) {                       \
        CALL(judge_file('w', file), REAL(name)(file, from, at, size),                 \
             REAL(name)(file, from, at, size / 2));                                   \
    }
SENDFILE(sendfile, off_t)
SENDFILE(sendfile64, off64_t)

NEXT(ssize_t, copy_file_range, int, off64_t *, int, off64_t *, size_t, unsigned);
ssize_t copy_file_range(int from, off64_t *at, int file, off64_t *to, size_t size, unsigned flags) {
    CALL(judge_file('w', file), REAL(copy_file_range)(from, at, file, to, size, flags),
         REAL(copy_file_range)(from, at, file, to, size / 2, flags));
}

#define SYNC(name)                                                                    \
    int name(int file) {                                                              \
        CALL(judge_file('y', file), fcntl(file, F_GETFD) < 0 ? -1 : 0, 0);            \
    }
SYNC(fsync)
SYNC(fdatasync)

int sync_file_range(int file, off64_t at, off64_t size, unsigned flags) {
    (void)at, (void)size, (void)flags;
    CALL(judge_file('y', file), fcntl(file, F_GETFD) < 0 ? -1 : 0, 0);
}

NEXT(int, ftruncate, int, off_t);
int ftruncate(int file, off_t size) {
    CALL(judge_file('t', file), REAL(ftruncate)(file, size), REAL(ftruncate)(file, size));
}

NEXT(int, ftruncate64, int, off64_t);
int ftruncate64(int file, off64_t size) {
    CALL(judge_file('t', file), REAL(ftruncate64)(file, size), REAL(ftruncate64)(file, size));
}

NEXT(int, rename, const char *, const char *);
int rename(const char *old, const char *new) {
    CALL(judge_name('r', AT_FDCWD, new), REAL(rename)(old, new), REAL(rename)(old, new));
}

NEXT(int, renameat, int, const char *, int, const char *);
int renameat(int from, const char *old, int at, const char *new) {
    CALL(judge_name('r', at, new), REAL(renameat)(from, old, at, new),
         REAL(renameat)(from, old, at, new));
}

NEXT(int, renameat2, int, const char *, int, const char *, unsigned);
int renameat2(int from, const char *old, int at, const char *new, unsigned flags) {
    CALL(judge_name('r', at, new), REAL(renameat2)(from, old, at, new, flags),
         REAL(renameat2)(from, old, at, new, flags));
}

NEXT(int, unlink, const char *);
int unlink(const char *name) {
    CALL(judge_name('u', AT_FDCWD, name), REAL(unlink)(name), REAL(unlink)(name));
}

NEXT(int, unlinkat, int, const char *, int);
int unlinkat(int at, const char *name, int flags) {
    CALL(judge_name('u', at, name), REAL(unlinkat)(at, name, flags),
         REAL(unlinkat)(at, name, flags));
}

NEXT(int, mkdir, const char *, mode_t);
int mkdir(const char *name, mode_t mode) {
    CALL(judge_new(AT_FDCWD, name), REAL(mkdir)(name, mode), REAL(mkdir)(name, mode));
}

NEXT(int, mkdirat, int, const char *, mode_t);
int mkdirat(int at, const char *name, mode_t mode) {
    CALL(judge_new(at, name), REAL(mkdirat)(at, name, mode), REAL(mkdirat)(at, name, mode));
}

/* An open that fails though it was done is closed. */
static int opened(enum verdict is, int file) {
    if (is != DO_AND_FAIL || file < 0) return file;
    close(file);
    errno = number;
    return -1;
}


#define MODE                              \
    mode_t mode = 0;                      \
    if (flags & (O_CREAT | O_TMPFILE)) {  \
        va_list rest;                     \
        va_start(rest, flags);            \
        mode = va_arg(rest, mode_t);      \
        va_end(rest);                     \
    }

#define OPEN(name)                                                                    \
    NEXT(int, name, const char *, int, ...);                                          \
    int name(const char *path, int flags, ...) {                                      \
        MODE                                                                          \
        enum verdict is = judge_open(AT_FDCWD, path, flags);                          \
        if (is == FAIL) { errno = number; return -1; }                                \
        return opened(is, REAL(name)(path, flags, mode));                             \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                  \
    NEXT(int, name, int, const char *, int, ...);                                     \
    int name(int at, const char *path, int flags, ...) {                              \
        MODE                                                                          \
        enum verdict is = judge_open(at, path, flags);                                \
        if (is == FAIL) { errno = number; return -1; }                                \
        return opened(is, REAL(name)(at, path, flags, mode));        \
    }
OPENAT(openat)
OPENAT(openat64)
