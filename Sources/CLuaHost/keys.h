/* The keys of tables in order. */
#ifndef PLUA_KEYS_H
#define PLUA_KEYS_H

#include "scratch.h"

typedef struct {
    const char *text; /* of a string, only while keys are sorted */
    size_t length;
    uint64_t beginning; /* the first eight bytes of the text, in the order of numbers */
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
 * Adds the keys of the table on top of the stack in order, and answers their number: whole numbers from 1 up, other
 * numbers ascending, strings by their bytes, false, true, then all others as they are first met. If `after` is not 0,
 * only the keys that come after the one at that index are added, whether it is in the table or not.
 */
size_t plua_keys_enter(lua_State *L, plua_keys *keys, int after);

/* Pushes a key of the innermost table, counted from 0, where `count` is the number of its keys. */
void plua_keys_push(lua_State *L, const plua_keys *keys, size_t count, size_t index);

/* Forgets the keys of the innermost table. */
void plua_keys_leave(plua_keys *keys, size_t count);

/*
 * Whether all keys of the table on top of the stack are whole numbers from 1 to the largest int: the highest of them, 0
 * when there are none, and how many there are.
 */
int plua_all_indices(lua_State *L, double *highest, double *elements);

/* Pushes the first key, in that order, of the table on top of the stack; nil when there is none. */
void plua_keys_first(lua_State *L);

#endif
