/* Memory that grows while a library function works, and the ordered keys of tables. */
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

typedef struct {
    const char *text; /* of a string, only while keys are sorted */
    size_t length;
    double number;
    int kind;
    lua_Integer place; /* index in the table of keys */
} plua_key;

/*
 * The keys of the tables that are being walked, those of the innermost last. A Lua table holds them: the garbage
 * collector may run during the walk, and a weak table is no hold.
 */
typedef struct {
    plua_scratch entries;
    plua_key first[16];
    int slot; /* the stack index of the table */
} plua_keys;

/* Takes the next two slots of the stack. */
void plua_keys_open(lua_State *L, plua_keys *keys);

/*
 * Adds the keys of the table on top of the stack in the order in which they are written, and answers their number:
 * numbers ascending, strings by their bytes, false, true, then all others in the table's own order.
 */
size_t plua_keys_enter(lua_State *L, plua_keys *keys);

/* Pushes a key of the innermost table, counted from 0, where `count` is the number of its keys. */
void plua_keys_push(lua_State *L, const plua_keys *keys, size_t count, size_t index);

/* Forgets the keys of the innermost table. */
void plua_keys_leave(plua_keys *keys, size_t count);

#endif
