/*
 * The keys of tables in order.
 *
 * The order of Lua 5.4's tables differs from process to process, so what goes over a table goes in the order of its
 * keys: the same content always gives the same result. Whole numbers from 1 up come first, so that the elements of an
 * array are found without a look at anything else; see walk.c.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"

enum { ELEMENT, NUMBER, STRING, BOOLEAN, OTHER };

void plua_keys_open(lua_State *L, plua_keys *keys) {
    plua_scratch_open(L, &keys->entries, keys->first, sizeof keys->first);
    lua_pushnil(L); /* most values are no tables with keys, and need none for them */
    keys->slot = lua_gettop(L);
}

/* Registry key of a table with weak keys: the number of each key that has no order of its own. */
static const char numbers_met = 0;

/* The number of the table, function, ... at `index`: how many such keys were met before. */
static double number_of_other(lua_State *L, int index) {
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &numbers_met) != LUA_TTABLE) {
        lua_pop(L, 1);
        plua_new_weak(L, &numbers_met);
    }
    lua_pushvalue(L, index);
    double number;
    if (lua_rawget(L, -2) == LUA_TNUMBER) {
        number = lua_tonumber(L, -1);
    } else {
        number = plua_host_of(L)->keys_met++;
        lua_pushvalue(L, index);
        lua_pushnumber(L, number);
        lua_rawset(L, -4);
    }
    lua_pop(L, 2);
    return number;
}

/* The key at `index`, which must stay there while its text is looked at. */
static plua_key describe(lua_State *L, int index) {
    plua_key key = {NULL, 0, 0, 0, OTHER, 0};
    index = lua_absindex(L, index);
    switch (lua_type(L, index)) {
    case LUA_TNUMBER:
        key.number = lua_tonumber(L, index);
        key.kind = key.number >= 1 && key.number == floor(key.number) ? ELEMENT : NUMBER;
        break;
    case LUA_TSTRING:
        key.kind = STRING;
        key.text = lua_tolstring(L, index, &key.length);
        for (size_t i = 0; i < 8; i++) {
            key.beginning = key.beginning << 8 | (i < key.length ? (unsigned char)key.text[i] : 0);
        }
        break;
    case LUA_TBOOLEAN:
        key.kind = BOOLEAN;
        key.number = lua_toboolean(L, index);
        break;
    default: key.number = number_of_other(L, index);
    }
    return key;
}

static int compare(const void *left, const void *right) {
    const plua_key *a = left, *b = right;
    if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
    if (a->kind == STRING) {
        if (a->beginning != b->beginning) return a->beginning < b->beginning ? -1 : 1;
        size_t shorter = a->length < b->length ? a->length : b->length;
        int order = memcmp(a->text, b->text, shorter);
        if (order != 0) return order;
        return a->length < b->length ? -1 : a->length > b->length;
    }
    return a->number < b->number ? -1 : a->number > b->number;
}

/* A look at a key takes far less time than a step. */
static void charge_look(lua_State *L, size_t *looks) {
    if (++*looks % 8 == 0) plua_charge(L, 1);
}

/* Sorting cannot be interrupted, so its work is charged before: comparisons, and the bytes that they may look at. */
static void charge_sorting(lua_State *L, size_t count, size_t bytes) {
    size_t rounds = 1;
    while (count >> rounds != 0) rounds++;
    plua_charge(L, (count / 8 + bytes / 256) * rounds);
}

size_t plua_keys_enter(lua_State *L, plua_keys *keys, int after) {
    luaL_checkstack(L, 6, NULL);
    if (lua_isnil(L, keys->slot)) {
        lua_createtable(L, sizeof keys->first / sizeof *keys->first, 0);
        lua_replace(L, keys->slot);
    }
    plua_key bound = {NULL, 0, 0, 0, ELEMENT, 0};
    if (after != 0) bound = describe(L, after);
    size_t before = keys->entries.used / sizeof(plua_key);
    size_t count = 0, bytes = 0, looks = 0;
    for (lua_pushnil(L); lua_next(L, -2) != 0;) {
        charge_look(L, &looks);
        lua_pop(L, 1);
        plua_key key = describe(L, -1);
        if (after != 0 && compare(&key, &bound) <= 0) continue;
        bytes += key.length;
        key.place = (lua_Integer)(before + ++count);
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

void plua_keys_first(lua_State *L) {
    plua_key first = {NULL, 0, 0, 0, OTHER, 0};
    size_t looks = 0;
    luaL_checkstack(L, 8, NULL);
    lua_pushnil(L); /* the first so far */
    for (lua_pushnil(L); lua_next(L, -3) != 0;) {
        charge_look(L, &looks);
        lua_pop(L, 1);
        plua_key key = describe(L, -1);
        if (!lua_isnil(L, -2) && compare(&key, &first) > 0) continue;
        first = key;
        lua_copy(L, -1, -2);
    }
}

int plua_all_indices(lua_State *L, double *highest, double *elements) {
    *highest = *elements = 0;
    for (lua_pushnil(L); lua_next(L, -2) != 0; ++*elements) {
        plua_charge(L, 1);
        lua_pop(L, 1);
        double key = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : 0;
        if (!(key >= 1 && key <= INT32_MAX && key == floor(key))) {
            lua_pop(L, 1);
            return 0;
        }
        if (key > *highest) *highest = key;
    }
    return 1;
}
