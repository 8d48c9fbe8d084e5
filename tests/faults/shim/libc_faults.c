/* Stands between the server and libc, and makes the disk and the clock misbehave on command.
 *
 * Preloaded (LD_PRELOAD). CHINWAG_FAULTS names a file that is mapped here and by whoever gives the commands
 * (libc_faults.py): commands and counts are fields of it, so that they take effect at once and can be read at any time.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct control {
    _Atomic int64_t syncs_fail;     /* command: 1 while no sync may succeed */
    _Atomic int64_t clock_offset_s; /* command: what is added to the time of day */
    _Atomic int64_t syncs;          /* count: syncs that were asked for */
    _Atomic int64_t syncs_failed;   /* count: those that failed because of us */
    _Atomic int64_t clock_reads;    /* count: how often the time of day was asked for */
};

static struct control unused;
static struct control *control = &unused;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("CHINWAG_FAULTS");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *page = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (page != MAP_FAILED) control = page;
    close(file);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int sync_or_fail(int (*sync)(int), int file) {
    control->syncs++;
    if (!control->syncs_fail) return sync(file);
    control->syncs_failed++;
    errno = EIO;
    return -1;
}

int fsync(int file) { return sync_or_fail(NEXT(fsync), file); }
int fdatasync(int file) { return sync_or_fail(NEXT(fdatasync), file); }

/* Time-outs are measured with the monotonic clock, which nobody can set: that one is left alone. */
int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*next)(clockid_t, struct timespec *);
    if (!next) next = NEXT(clock_gettime);
    int outcome = next(clock, now);
    if (outcome == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        control->clock_reads++;
        now->tv_sec += control->clock_offset_s;
    }
    return outcome;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    (void)zone;
    struct timespec exact;
    if (clock_gettime(CLOCK_REALTIME, &exact) != 0) return -1;
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *out) {
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (out) *out = exact.tv_sec;
    return exact.tv_sec;
}
