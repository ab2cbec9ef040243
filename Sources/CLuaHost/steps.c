/*
 * What bounds the work of a script: steps, time and stack.
 *
 * A step is a round of a loop or a call of a function; work done in C is charged as the steps that would take as long.
 * Steps end an endless script at the same place every time. The time, that of the thread's CPU, is for what steps do
 * not see, such as calls with very many arguments.
 */
#include <string.h>
#include <time.h>

#include "host.h"

/* Between two looks at the clock. Most scripts end before the first. */
#define STEPS_PER_LOOK 4096

static int64_t cpu_nanoseconds(void) {
    struct timespec now;
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) != 0) return 0;
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void plua_start_steps(plua_host *host, uint64_t step_limit, int64_t time_limit) {
    host->stopped = NULL;
    host->steps_at_hand = step_limit < STEPS_PER_LOOK ? step_limit : STEPS_PER_LOOK;
    host->steps_left = step_limit - host->steps_at_hand;
    host->time_limit = time_limit;
    host->time_end = 0;
}

/* Stands for a script that was stopped because its owner asked for it, and not because it used something up. */
static const char killed[] = "SCRIPT KILL";

int plua_ran_too_long(const plua_host *host) {
    return host->stopped != NULL && (strcmp(host->stopped, "steps") == 0 || strcmp(host->stopped, "time") == 0);
}

/* Pushes why a script was stopped. */
void plua_push_stopped(lua_State *L) {
    plua_host *host = plua_host_of(L);
    if (host->stopped == killed) {
        lua_pushliteral(L, "Script killed by user with SCRIPT KILL...");
    } else {
        lua_pushfstring(L, "script stopped: it took more %s than the limit allows", host->stopped);
    }
}

int plua_raise_stopped(lua_State *L) {
    if (plua_host_of(L)->stopped == killed) {
        plua_push_stopped(L);
    } else {
        luaL_where(L, 1);
        plua_push_stopped(L);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

static void stop(lua_State *L, const char *reason) {
    plua_host_of(L)->stopped = reason;
    plua_raise_stopped(L);
}

static void look_at_clock(lua_State *L) {
    plua_host *host = plua_host_of(L);
    int64_t now = cpu_nanoseconds();
    if (host->time_end == 0) {
        host->time_end = now + host->time_limit;
    } else if (now > host->time_end) {
        stop(L, "time");
    }
    if (host->services.look(host->context)) stop(L, killed);
}

void plua_charge(lua_State *L, uint64_t steps) {
    plua_host *host = plua_host_of(L);
    if (host->stopped != NULL) plua_raise_stopped(L);
    if (steps <= host->steps_at_hand) {
        host->steps_at_hand -= steps;
        return;
    }
    if (steps > host->steps_at_hand + host->steps_left) stop(L, "steps");
    host->steps_left -= steps - host->steps_at_hand;
    host->steps_at_hand = host->steps_left < STEPS_PER_LOOK ? host->steps_left : STEPS_PER_LOOK;
    host->steps_left -= host->steps_at_hand;
    look_at_clock(L);
}

void plua_charge_quietly(plua_host *host, uint64_t steps) {
    if (steps > host->steps_at_hand) {
        steps -= host->steps_at_hand;
        host->steps_at_hand = 0;
        host->steps_left -= steps < host->steps_left ? steps : host->steps_left;
    } else {
        host->steps_at_hand -= steps;
    }
}

/*
 * Slots of a thread's stack: room for over ten thousand nested calls. 5.4 would allow a million; then a chain of __call
 * metamethods, each link of which moves the whole stack, takes minutes in which nothing can interrupt it.
 */
#define LARGEST_STACK 81920

/* Bytes of a stack of so many slots: 16 for each, and five slots in reserve. */
static size_t stack_bytes(size_t slots) {
    return (slots + 5) * 16;
}

/*
 * The allocator cannot see what a block is for, but a stack that grows shows by its sizes: a new block for twice as
 * many slots, and right after it the old one is freed.
 */
int plua_outgrows_stack(plua_host *host, const void *block, size_t old_size, size_t new_size) {
    host->newest_size = block == NULL ? new_size : 0;
    return host->stack_slots >= LARGEST_STACK && block == NULL && old_size == 0
        && new_size == stack_bytes(2 * host->stack_slots);
}

void plua_note_freed(plua_host *host, size_t old_size) {
    if (host->newest_size >= stack_bytes(2 * LUA_MINSTACK) && host->newest_size + stack_bytes(0) == 2 * old_size) {
        host->stack_slots = host->newest_size / 16 - 5;
    }
    host->newest_size = 0;
}
