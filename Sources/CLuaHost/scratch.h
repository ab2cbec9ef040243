/* Memory that grows while a library function works. */
#ifndef PLUA_SCRATCH_H
#define PLUA_SCRATCH_H

#include <string.h>

#include "host.h"

/*
 * A stretch of memory that grows. It begins in memory of the caller's frame and goes on in a userdata, so that it
 * counts towards the memory limit and is freed when an error unwinds. A luaL_Buffer would do the same, but only while
 * nothing is put on the stack above it.
 */
typedef struct {
    char *start;
    size_t used, capacity;
    int slot; /* the stack index that holds the userdata */
} plua_scratch;

/* Takes the next slot of the stack. `first` must be aligned for what is stored. */
void plua_scratch_open(lua_State *L, plua_scratch *scratch, void *first, size_t capacity);

/* Room for so many more bytes at the end, valid until the next call. */
void *plua_scratch_add(lua_State *L, plua_scratch *scratch, size_t bytes);

static inline void plua_scratch_put(lua_State *L, plua_scratch *scratch, const void *data, size_t length) {
    char *target = plua_scratch_add(L, scratch, length);
    if (length > 0) memcpy(target, data, length);
}

static inline void plua_scratch_put_byte(lua_State *L, plua_scratch *scratch, char byte) {
    *(char *)plua_scratch_add(L, scratch, 1) = byte;
}

#endif
