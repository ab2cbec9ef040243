/*
 * MessagePack as values, and the library's table. Binary data and extensions are no formats that `cmsgpack` 0.4.0
 * knows.
 *
 * A loop with a stack of its own, so that nesting costs no C stack. On the Lua stack are the tables being filled,
 * outermost first, a map's perhaps followed by a key. Nothing is made for elements that a header claims before they
 * are there.
 */
#include <string.h>

#include "msgpack.h"
#include "scratch.h"

/* A table that is being filled. */
typedef struct {
    uint64_t left;     /* values to come; a map's entry is two */
    lua_Integer index; /* of an array's latest element; -1 for a map */
} level;

typedef struct {
    lua_State *L;
    const unsigned char *cursor;
    size_t left;
    plua_scratch levels;
    int slots; /* of the Lua stack, as the server would have used it */
} unpacker;

static void missing(unpacker *u) {
    luaL_error(u->L, "Missing bytes in input.");
}

/* Takes an integer of so many bytes, the highest first, from the input. */
static uint64_t take_big_endian(unpacker *u, size_t size) {
    if (u->left < size) missing(u);
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++) value = value << 8 | *u->cursor++;
    u->left -= size;
    return value;
}

static void push_string(unpacker *u, uint64_t length) {
    if (u->left < length) missing(u);
    plua_charge(u->L, length / 64);
    lua_pushlstring(u->L, (const char *)u->cursor, (size_t)length);
    u->cursor += length;
    u->left -= (size_t)length;
}

/* The server's stack may hold so many more values. */
static void check_slots(unpacker *u, int more, const char *message) {
    if (u->slots + more > PLUA_MOST_VALUES) luaL_error(u->L, "stack overflow (%s)", message);
}

static void push_array(unpacker *u, uint64_t count) {
    level entered = {count, 0};
    lua_newtable(u->L);
    check_slots(u, 2, "in function mp_decode_to_lua_array");
    plua_scratch_put(u->L, &u->levels, &entered, sizeof entered);
    u->slots += 2; /* the table, and the index that the server pushes for each element */
}

static void push_map(unpacker *u, uint64_t count) {
    level entered = {count * 2, -1};
    lua_newtable(u->L);
    plua_scratch_put(u->L, &u->levels, &entered, sizeof entered);
    u->slots++;
}

static void push_float(unpacker *u) {
    uint32_t bits = (uint32_t)take_big_endian(u, 4);
    float number;
    memcpy(&number, &bits, sizeof number);
    lua_pushnumber(u->L, (lua_Number)number);
}

static void push_double(unpacker *u) {
    uint64_t bits = take_big_endian(u, 8);
    double number;
    memcpy(&number, &bits, sizeof number);
    lua_pushnumber(u->L, number);
}

/* A signed integer of so many bytes; also what is unsigned in 64 bits, which the server takes for signed. */
static void push_signed(unpacker *u, size_t size) {
    uint64_t bits = take_big_endian(u, size);
    uint64_t sign = (uint64_t)1 << (size * 8 - 1);
    lua_pushnumber(u->L, (lua_Number)(int64_t)((bits ^ sign) - sign));
}

/* Pushes the value that begins here; of an array or a map, the empty table. */
static void push_value(unpacker *u) {
    lua_State *L = u->L;
    plua_charge(L, 1);
    check_slots(u, 1, "too many return values at once; use unpack_one or unpack_limit instead.");
    luaL_checkstack(L, 4, NULL);
    unsigned first = (unsigned)take_big_endian(u, 1);
    switch (first) {
    case MP_NIL: lua_pushnil(L); return;
    case MP_FALSE: lua_pushboolean(L, 0); return;
    case MP_TRUE: lua_pushboolean(L, 1); return;
    case MP_FLOAT: push_float(u); return;
    case MP_DOUBLE: push_double(u); return;
    case MP_UINT8: case MP_UINT16: case MP_UINT32:
        lua_pushnumber(L, (lua_Number)take_big_endian(u, (size_t)1 << (first - MP_UINT8)));
        return;
    case MP_UINT64: push_signed(u, 8); return;
    case MP_INT8: case MP_INT16: case MP_INT32: case MP_INT64:
        push_signed(u, (size_t)1 << (first - MP_INT8));
        return;
    case MP_STR8: case MP_STR16: case MP_STR32:
        push_string(u, take_big_endian(u, (size_t)1 << (first - MP_STR8)));
        return;
    case MP_ARRAY16: push_array(u, take_big_endian(u, 2)); return;
    case MP_ARRAY32: push_array(u, take_big_endian(u, 4)); return;
    case MP_MAP16: push_map(u, take_big_endian(u, 2)); return;
    case MP_MAP32: push_map(u, take_big_endian(u, 4)); return;
    default: break;
    }
    if (first < MP_FIXMAP) {
        lua_pushnumber(L, first);
    } else if (first >= MP_NEGATIVE) {
        lua_pushnumber(L, (lua_Number)first - 256);
    } else if (first < MP_FIXARRAY) {
        push_map(u, first & 15);
    } else if (first < MP_FIXSTR) {
        push_array(u, first & 15);
    } else if (first < MP_NIL) {
        push_string(u, first & 31);
    } else {
        luaL_error(L, "Bad data format in input.");
    }
}

/* Stores the entry of a map whose key and value are on top of the stack. */
static void store_entry(unpacker *u) {
    lua_State *L = u->L;
    if (lua_isnil(L, -2) || (lua_type(L, -2) == LUA_TNUMBER && lua_tonumber(L, -2) != lua_tonumber(L, -2))) {
        lua_pushfstring(L, "table index is %s", lua_isnil(L, -2) ? "nil" : "NaN"); /* without a position */
        lua_error(L);
    }
    lua_rawset(L, -3);
}

/* Takes one value from the input and pushes it. */
static void decode(unpacker *u) {
    size_t bottom = u->levels.used;
    push_value(u);
    while (u->levels.used > bottom) {
        level *current = (level *)(u->levels.start + u->levels.used) - 1;
        if (current->left > 0) {
            size_t before = u->levels.used;
            current->left--;
            push_value(u);
            if (u->levels.used > before) continue; /* a table, to be filled first */
        } else {
            u->slots -= current->index < 0 ? 1 : 2;
            u->levels.used -= sizeof(level);
            if (u->levels.used == bottom) return;
            current--;
        }
        /* The value on top is complete, and belongs to the innermost table. */
        if (current->index >= 0) {
            lua_rawseti(u->L, -2, ++current->index);
        } else if (current->left % 2 == 1) { /* a key, to be kept for its value */
            u->slots++;
        } else {
            store_entry(u);
            u->slots--;
        }
    }
}

/*
 * Takes `limit` values from `offset` on, and pushes them after the offset of the next one, which is -1 at the end.
 * Without a limit and an offset, all of them and no offset.
 */
static int unpack(lua_State *L, int64_t limit, int64_t offset) {
    size_t length;
    const char *text = plua_check_text(L, 1, &length);
    if (limit < 0 || offset < 0) { /* the server, too, says "limit" and gives the length */
        return luaL_error(
            L, "Invalid request to unpack with offset of %d and limit of %d.", (int)(uint32_t)(uint64_t)offset,
            (int)length);
    }
    if ((uint64_t)offset > length) {
        return luaL_error(
            L, "Start offset %d greater than input length %d.", (int)(uint32_t)(uint64_t)offset, (int)length);
    }
    int all = limit == 0 && offset == 0;
    if (all) limit = INT32_MAX;
    level first_levels[16];
    unpacker u = {.L = L, .cursor = (const unsigned char *)text + offset, .left = length - (size_t)offset};
    u.slots = lua_gettop(L);
    luaL_checkstack(L, 4, NULL);
    plua_scratch_open(L, &u.levels, first_levels, sizeof first_levels);
    int count = 0;
    for (; u.left > 0 && count < limit; count++) {
        decode(&u);
        u.slots++;
    }
    if (all) return count;
    check_slots(&u, 1, "in function mp_unpack_full");
    luaL_checkstack(L, 1, NULL);
    lua_pushnumber(L, u.left == 0 ? -1 : (lua_Number)(length - u.left));
    lua_insert(L, u.levels.slot + 1);
    return count + 1;
}

int plua_msgpack_unpack(lua_State *L) {
    return unpack(L, 0, 0);
}

static int64_t integer_argument(lua_State *L, int index) {
    return plua_integer_of(plua_check_number(L, index));
}

static int64_t offset_argument(lua_State *L, int index) {
    return lua_isnoneornil(L, index) ? 0 : integer_argument(L, index);
}

int plua_msgpack_unpack_one(lua_State *L) {
    int64_t offset = offset_argument(L, 2);
    if (lua_gettop(L) > 1) lua_settop(L, 1);
    return unpack(L, 1, offset);
}

int plua_msgpack_unpack_limit(lua_State *L) {
    int64_t limit = integer_argument(L, 2);
    int64_t offset = offset_argument(L, 3);
    if (lua_gettop(L) > 1) lua_settop(L, 1);
    return unpack(L, limit, offset);
}

void plua_msgpack_library(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"pack", plua_msgpack_pack}, {"unpack", plua_msgpack_unpack}, {"unpack_limit", plua_msgpack_unpack_limit},
        {"unpack_one", plua_msgpack_unpack_one}, {NULL, NULL}};
    static const char *const constants[][2] = {
        {"_NAME", "cmsgpack"}, {"_VERSION", "lua-cmsgpack 0.4.0"},
        {"_COPYRIGHT", "Copyright (C) 2012, Salvatore Sanfilippo"},
        {"_DESCRIPTION", "MessagePack C implementation for Lua"}};
    luaL_setfuncs(L, functions, 0);
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++) {
        lua_pushstring(L, constants[i][1]);
        lua_setfield(L, -2, constants[i][0]);
    }
}
