/*
 * Memory that grows, and the ordered keys of tables.
 *
 * The order of Lua 5.4's tables differs from process to process, so what is written of a table is written in the order
 * of its keys: the same content always gives the same bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "scratch.h"

void plua_scratch_open(lua_State *L, plua_scratch *scratch, void *first, size_t capacity) {
    lua_pushnil(L);
    scratch->start = first;
    scratch->used = 0;
    scratch->capacity = capacity;
    scratch->slot = lua_gettop(L);
}

void *plua_scratch_add(lua_State *L, plua_scratch *scratch, size_t bytes) {
    if (bytes > scratch->capacity - scratch->used) {
        luaL_checkstack(L, 1, NULL);
        size_t wanted = scratch->used + bytes; /* both are in memory already, so this does not wrap */
        size_t capacity = scratch->capacity * 2 > wanted ? scratch->capacity * 2 : wanted;
        char *moved = lua_newuserdatauv(L, capacity, 0);
        memcpy(moved, scratch->start, scratch->used);
        lua_replace(L, scratch->slot);
        scratch->start = moved;
        scratch->capacity = capacity;
    }
    void *added = scratch->start + scratch->used;
    scratch->used += bytes;
    return added;
}

enum { NUMBER, STRING, BOOLEAN, OTHER };

void plua_keys_open(lua_State *L, plua_keys *keys) {
    plua_scratch_open(L, &keys->entries, keys->first, sizeof keys->first);
    lua_pushnil(L); /* most values are no tables with keys, and need none for them */
    keys->slot = lua_gettop(L);
}

static int compare(const void *left, const void *right) {
    const plua_key *a = left, *b = right;
    if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
    if (a->kind == STRING) {
        size_t shorter = a->length < b->length ? a->length : b->length;
        int order = memcmp(a->text, b->text, shorter);
        if (order != 0) return order;
        return a->length < b->length ? -1 : a->length > b->length;
    }
    if (a->number != b->number) return a->number < b->number ? -1 : 1;
    return a->place < b->place ? -1 : a->place > b->place;
}

/* Sorting cannot be interrupted, so its work is charged before: comparisons, and the bytes that they may look at. */
static void charge_sorting(lua_State *L, size_t count, size_t bytes) {
    size_t rounds = 1;
    while (count >> rounds != 0) rounds++;
    plua_charge(L, (count / 8 + bytes / 256) * rounds);
}

size_t plua_keys_enter(lua_State *L, plua_keys *keys) {
    luaL_checkstack(L, 4, NULL);
    if (lua_isnil(L, keys->slot)) {
        lua_newtable(L);
        lua_replace(L, keys->slot);
    }
    size_t before = keys->entries.used / sizeof(plua_key);
    size_t count = 0, bytes = 0;
    for (lua_pushnil(L); lua_next(L, -2) != 0; count++) {
        plua_charge(L, 1);
        lua_pop(L, 1);
        plua_key key = {NULL, 0, 0, OTHER, (lua_Integer)(before + count) + 1};
        switch (lua_type(L, -1)) {
        case LUA_TNUMBER:
            key.kind = NUMBER;
            key.number = lua_tonumber(L, -1);
            break;
        case LUA_TSTRING:
            key.kind = STRING;
            key.text = lua_tolstring(L, -1, &key.length);
            bytes += key.length;
            break;
        case LUA_TBOOLEAN:
            key.kind = BOOLEAN;
            key.number = lua_toboolean(L, -1);
            break;
        default: break;
        }
        plua_scratch_put(L, &keys->entries, &key, sizeof key);
        lua_pushvalue(L, -1);
        lua_rawseti(L, keys->slot, key.place);
    }
    charge_sorting(L, count, bytes);
    /* From here to the end nothing is allocated, and the keys' text does not move. */
    if (count > 1) qsort((plua_key *)keys->entries.start + before, count, sizeof(plua_key), compare);
    return count;
}

void plua_keys_push(lua_State *L, const plua_keys *keys, size_t count, size_t index) {
    const plua_key *end = (const plua_key *)(keys->entries.start + keys->entries.used);
    lua_rawgeti(L, keys->slot, end[(ptrdiff_t)index - (ptrdiff_t)count].place);
}

void plua_keys_leave(plua_keys *keys, size_t count) {
    keys->entries.used -= count * sizeof(plua_key);
}
