/*
 * A continuation's result is written by the thread that resumes it and read by the task, on another one. The Swift
 * runtime tells the sanitizer of the resumption (a release of the task), and an acquire when a suspended task is started
 * again. It tells nothing when the result was there before the task came to wait for it: then the task goes straight on,
 * and its reading of the result, and the next use of that memory, look like races.
 *
 * So the waiting is caught here, where the linker finds it before the runtime's own: the task goes on by way of
 * acquire_and_go_on, unless it is suspended, when the runtime starts it again where swift_continuation_init said.
 */
#include "CThreadSanitizer.h"

#ifdef CTHREADSANITIZER_IS_ON
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sanitizer/tsan_interface.h>
#include <stdint.h>

#define UNINSTRUMENTED __attribute__((disable_sanitizer_instrumentation))

typedef struct continuation continuation;
typedef __attribute__((swiftasynccall)) void resumption(__attribute__((swift_async_context)) continuation *);
typedef __attribute__((swiftasynccall)) void waiting(continuation *);

/* The head of the runtime's ContinuationAsyncContext. */
struct continuation {
    void *parent;
    resumption *go_on;
    uintptr_t flags;
};

/* In the flags: the task has to change its executor before it goes on, and so may go on in another thread. */
enum { CHANGES_EXECUTOR = 2 };

extern __attribute__((swiftcall)) void *swift_task_getCurrent(void);
waiting swift_continuation_await;

static waiting *wait_in_runtime;

/* Where the task of this thread goes on that does not have to wait. */
static _Thread_local resumption *go_on;

__attribute__((constructor)) UNINSTRUMENTED static void find_runtime(void) {
    wait_in_runtime = (waiting *)dlsym(RTLD_NEXT, "swift_continuation_await");
}

UNINSTRUMENTED static __attribute__((swiftasynccall)) void acquire_and_go_on(
    __attribute__((swift_async_context)) continuation *continuation) {
    __tsan_acquire(swift_task_getCurrent());
    __attribute__((musttail)) return go_on(continuation);
}

UNINSTRUMENTED __attribute__((swiftasynccall)) void swift_continuation_await(continuation *continuation) {
    if ((continuation->flags & CHANGES_EXECUTOR) == 0) {
        go_on = continuation->go_on;
        continuation->go_on = acquire_and_go_on;
    }
    __attribute__((musttail)) return wait_in_runtime(continuation);
}
#endif
