/*
 * A wall clock that a test sets, for programs that know nothing of it: preloaded into a redis-server, so that a real
 * server's TTLs and TIME follow the test as the embedded engine's do.
 *
 * STEERED_CLOCK names a file of 8 bytes: microseconds since 1970 in this machine's byte order. The file is mapped, so
 * setting the clock is one store, and reading it one load. The monotonic clocks stay real: servers run on them.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile const int64_t *steered;

__attribute__((constructor)) static void map_clock(void) {
    const char *path = getenv("STEERED_CLOCK");
    int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) abort();
    void *map = mmap(NULL, sizeof *steered, PROT_READ, MAP_SHARED, file, 0);
    if (map == MAP_FAILED) abort();
    close(file);
    steered = map;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    if ((clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) && steered != NULL) {
        int64_t now = __atomic_load_n(steered, __ATOMIC_ACQUIRE);
        time->tv_sec = now / 1000000;
        time->tv_nsec = now % 1000000 * 1000;
        return 0;
    }
    return (int)syscall(SYS_clock_gettime, clock, time);
}

int gettimeofday(struct timeval *time, void *zone) {
    (void)zone;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *result) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result != NULL) *result = now.tv_sec;
    return now.tv_sec;
}
