/* Values as MessagePack, in the formats that the library `cmsgpack` 0.4.0 of Redis chooses. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "keys.h"
#include "msgpack.h"

/* Tables nested deeper are written as nil, which also ends those that contain themselves. */
#define DEEPEST 16

typedef struct {
    lua_State *L;
    plua_scratch out;
    plua_keys keys;
} packer;

/* Writes a first byte and an integer of so many bytes, the highest first. */
static void put_big_endian(packer *p, int first, uint64_t value, int size) {
    unsigned char bytes[9];
    bytes[0] = (unsigned char)first;
    for (int i = size; i > 0; i--, value >>= 8) bytes[i] = (unsigned char)value;
    plua_scratch_put(p->L, &p->out, bytes, (size_t)size + 1);
}

static void put_integer(packer *p, int64_t value) {
    uint64_t bits = (uint64_t)value;
    if (value >= -32 && value <= 127) {
        put_big_endian(p, (int)(bits & 0xFF), 0, 0);
    } else if (value >= 0) {
        int wide = value > 0xFF ? value > 0xFFFF ? value > 0xFFFFFFFF ? 3 : 2 : 1 : 0;
        put_big_endian(p, MP_UINT8 + wide, bits, 1 << wide);
    } else {
        int wide = value < INT8_MIN ? value < INT16_MIN ? value < INT32_MIN ? 3 : 2 : 1 : 0;
        put_big_endian(p, MP_INT8 + wide, bits, 1 << wide);
    }
}

/* Whole numbers as integers; others in the shortest of the two floats that keeps them. */
static void put_number(packer *p, double number) {
    if (number >= -9223372036854775808.0 && number < 9223372036854775808.0 && number == (double)(int64_t)number) {
        put_integer(p, (int64_t)number);
        return;
    }
    if (isinf(number) || (fabs(number) <= (double)FLT_MAX && (double)(float)number == number)) {
        float narrow = (float)number;
        uint32_t bits;
        memcpy(&bits, &narrow, sizeof bits);
        put_big_endian(p, MP_FLOAT, bits, 4);
    } else {
        uint64_t bits;
        memcpy(&bits, &number, sizeof bits);
        put_big_endian(p, MP_DOUBLE, bits, 8);
    }
}

static void put_string(packer *p, const char *text, size_t length) {
    plua_charge(p->L, length / 64);
    if (length < 32) {
        put_big_endian(p, MP_FIXSTR | (int)length, 0, 0);
    } else {
        int wide = length > 0xFF ? length > 0xFFFF ? 2 : 1 : 0;
        put_big_endian(p, MP_STR8 + wide, length, 1 << wide);
    }
    plua_scratch_put(p->L, &p->out, text, length);
}

/* The beginning of an array or a map: a fixed format for up to 15 elements, then one with 16 and one with 32 bits. */
static void put_header(packer *p, int fixed, int format16, size_t count) {
    if (count <= 15) {
        put_big_endian(p, fixed | (int)count, 0, 0);
    } else if (count <= 0xFFFF) {
        put_big_endian(p, format16, count, 2);
    } else {
        put_big_endian(p, format16 + 1, count, 4);
    }
}

/* Whether the keys of the table on top of the stack are 1 to n, and nothing else. An empty table is an array. */
static int is_array(lua_State *L, lua_Integer *length) {
    double highest, elements;
    if (!plua_all_indices(L, &highest, &elements)) return 0;
    *length = (lua_Integer)highest;
    return highest == elements;
}

static void put_value(packer *p, int depth);

/* The table on top of the stack, which stays there. Recursion ends at DEEPEST. */
static void put_table(packer *p, int depth) {
    lua_State *L = p->L;
    lua_Integer length;
    if (is_array(L, &length)) {
        put_header(p, MP_FIXARRAY, MP_ARRAY16, (size_t)length);
        for (lua_Integer i = 1; i <= length; i++) {
            lua_rawgeti(L, -1, i);
            put_value(p, depth + 1);
        }
        return;
    }
    size_t count = plua_keys_enter(L, &p->keys, 0);
    put_header(p, MP_FIXMAP, MP_MAP16, count);
    for (size_t i = 0; i < count; i++) {
        plua_keys_push(L, &p->keys, count, i);
        lua_pushvalue(L, -1);
        put_value(p, depth + 1);
        lua_rawget(L, -2);
        put_value(p, depth + 1);
    }
    plua_keys_leave(&p->keys, count);
}

/* Writes the value on top of the stack and takes it off. What MessagePack does not have becomes nil. */
static void put_value(packer *p, int depth) {
    lua_State *L = p->L;
    size_t length;
    const char *text;
    plua_charge(L, 1);
    luaL_checkstack(L, 4, NULL);
    int type = lua_type(L, -1);
    if (type == LUA_TSTRING) {
        text = lua_tolstring(L, -1, &length);
        put_string(p, text, length);
    } else if (type == LUA_TNUMBER) {
        put_number(p, lua_tonumber(L, -1));
    } else if (type == LUA_TBOOLEAN) {
        put_big_endian(p, lua_toboolean(L, -1) ? MP_TRUE : MP_FALSE, 0, 0);
    } else if (type == LUA_TTABLE && depth < DEEPEST) {
        if (plua_real_table(L, -1)) lua_replace(L, -2);
        put_table(p, depth);
    } else {
        put_big_endian(p, MP_NIL, 0, 0);
    }
    lua_pop(L, 1);
}

int plua_msgpack_pack(lua_State *L) {
    int count = lua_gettop(L);
    if (count == 0) return luaL_argerror(L, 0, "MessagePack pack needs input.");
    /* The server copies its arguments, for which its stack must have room. */
    if (count > PLUA_MOST_VALUES / 2) return luaL_argerror(L, 0, "Too many arguments for MessagePack pack.");
    luaL_checkstack(L, 8, NULL);
    packer p = {.L = L};
    char first_out[512];
    plua_scratch_open(L, &p.out, first_out, sizeof first_out);
    plua_keys_open(L, &p.keys);
    for (int i = 1; i <= count; i++) {
        lua_pushvalue(L, i);
        put_value(&p, 0);
    }
    lua_pushlstring(L, p.out.start, p.out.used);
    return 1;
}
