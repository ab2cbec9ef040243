/*
 * Values as JSON.
 *
 * A walk with a stack of its own, so that its depth costs no C stack. On the Lua stack are the tables being written,
 * outermost first, and on top of them the value that is next. No code of the script runs meanwhile.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "keys.h"

/* A table that is being written. */
typedef struct {
    lua_Integer count, next;
    int is_object;
} level;

typedef struct {
    lua_State *L;
    const plua_json_settings *settings;
    plua_scratch out, levels;
    plua_keys keys;
    int depth;
    int slots; /* of the Lua stack, as the server would have used it */
} encoder;

static void refuse(encoder *e, int type, const char *reason) {
    luaL_error(e->L, "Cannot serialise %s: %s", lua_typename(e->L, type), reason);
}

static void put_number(encoder *e, double number) {
    char text[PLUA_NUMBER_SIZE];
    size_t length;
    if (!isfinite(number) && e->settings->invalid_written != PLUA_JSON_WRITE) {
        if (e->settings->invalid_written == PLUA_JSON_REFUSE) refuse(e, LUA_TNUMBER, "must not be NaN or Inf");
        plua_scratch_put(e->L, &e->out, "null", 4);
        return;
    }
    if (isnan(number)) { /* without the sign that printf shows */
        plua_scratch_put(e->L, &e->out, "nan", 3);
        return;
    }
    if (e->settings->precision == 14) {
        length = plua_format_number(number, text, 14);
    } else {
        length = (size_t)snprintf(text, sizeof text, "%.*g", e->settings->precision, number);
    }
    plua_scratch_put(e->L, &e->out, text, length);
}

static int is_plain(unsigned char byte) {
    return byte >= ' ' && byte != '"' && byte != '\\' && byte != '/' && byte != 127;
}

static void put_escaped(encoder *e, unsigned char byte) {
    static const char named[] = "\"\"\\\\//\bb\tt\nn\ff\rr"; /* pairs of a byte and its letter */
    char text[8] = {'\\'};
    for (size_t i = 0; i < sizeof named - 1; i += 2) {
        if (byte != (unsigned char)named[i]) continue;
        text[1] = named[i + 1];
        plua_scratch_put(e->L, &e->out, text, 2);
        return;
    }
    snprintf(text, sizeof text, "\\u%04x", byte);
    plua_scratch_put(e->L, &e->out, text, 6);
}

/* Bytes that are not UTF-8 are written as they are. */
static void put_string(encoder *e, const char *text, size_t length) {
    plua_charge(e->L, length / 32);
    plua_scratch_put_byte(e->L, &e->out, '"');
    for (size_t i = 0; i < length;) {
        size_t start = i;
        while (i < length && is_plain((unsigned char)text[i])) i++;
        plua_scratch_put(e->L, &e->out, text + start, i - start);
        if (i < length) put_escaped(e, (unsigned char)text[i++]);
    }
    plua_scratch_put_byte(e->L, &e->out, '"');
}

/* Writes the value on top of the stack, which is no table, and takes it off. */
static void put_scalar(encoder *e) {
    lua_State *L = e->L;
    size_t length;
    const char *text;
    int type = lua_type(L, -1);
    switch (type) {
    case LUA_TSTRING:
        text = lua_tolstring(L, -1, &length);
        put_string(e, text, length);
        break;
    case LUA_TNUMBER: put_number(e, lua_tonumber(L, -1)); break;
    case LUA_TBOOLEAN:
        text = lua_toboolean(L, -1) ? "true" : "false";
        plua_scratch_put(L, &e->out, text, strlen(text));
        break;
    case LUA_TNIL: plua_scratch_put(L, &e->out, "null", 4); break;
    case LUA_TLIGHTUSERDATA: /* cjson.null: there is no other */
        plua_scratch_put(L, &e->out, "null", 4);
        break;
    default: refuse(e, type, "type not supported");
    }
    lua_pop(L, 1);
}

/*
 * The length of the array that the table on top of the stack is, or 0 if it is to be an object: it has no elements, a
 * key that is no positive integer, or too many holes. An index that does not fit an int makes it an object, too; on the
 * server that depends on the order of keys.
 */
static lua_Integer array_length(encoder *e) {
    double highest, elements;
    if (!plua_all_indices(e->L, &highest, &elements)) return 0;
    const plua_json_settings *settings = e->settings;
    if (settings->sparse_ratio > 0 && highest > elements * settings->sparse_ratio && highest > settings->sparse_safe) {
        if (!settings->sparse_as_object) refuse(e, LUA_TTABLE, "excessively sparse array");
        return 0;
    }
    return (lua_Integer)highest;
}

/* Begins the table on top of the stack, which stays there until leave takes it off. */
static void enter(encoder *e) {
    lua_State *L = e->L;
    e->depth++;
    if (e->depth > e->settings->encode_depth || e->slots + 3 > PLUA_MOST_VALUES) {
        luaL_error(L, "Cannot serialise, excessive nesting (%d)", e->depth);
    }
    luaL_checkstack(L, 4, NULL);
    if (plua_real_table(L, -1)) lua_replace(L, -2);
    level entered = {array_length(e), 0, 0};
    if (entered.count == 0) {
        entered.is_object = 1;
        entered.count = (lua_Integer)plua_keys_enter(L, &e->keys, 0);
    }
    plua_scratch_put(L, &e->levels, &entered, sizeof entered);
    plua_scratch_put_byte(L, &e->out, entered.is_object ? '{' : '[');
    e->slots += entered.is_object ? 2 : 1;
}

static void leave(encoder *e, const level *left) {
    plua_scratch_put_byte(e->L, &e->out, left->is_object ? '}' : ']');
    if (left->is_object) plua_keys_leave(&e->keys, (size_t)left->count);
    e->levels.used -= sizeof(level);
    e->slots -= left->is_object ? 2 : 1;
    e->depth--;
    lua_pop(e->L, 1);
}

/* Writes what stands before the next value of the table on top of the stack, and pushes the value. */
static void push_next(encoder *e, level *current) {
    lua_State *L = e->L;
    if (current->next > 0) plua_scratch_put_byte(L, &e->out, ',');
    lua_Integer index = current->next++;
    if (!current->is_object) {
        lua_rawgeti(L, -1, index + 1);
        return;
    }
    plua_keys_push(L, &e->keys, (size_t)current->count, (size_t)index);
    int type = lua_type(L, -1);
    if (type == LUA_TNUMBER) {
        plua_scratch_put_byte(L, &e->out, '"');
        put_number(e, lua_tonumber(L, -1));
        plua_scratch_put_byte(L, &e->out, '"');
    } else if (type == LUA_TSTRING) {
        size_t length;
        const char *text = lua_tolstring(L, -1, &length);
        put_string(e, text, length);
    } else {
        refuse(e, type, "table key must be a number or string");
    }
    plua_scratch_put_byte(L, &e->out, ':');
    lua_rawget(L, -2);
}

int plua_json_encode(lua_State *L) {
    luaL_argcheck(L, lua_gettop(L) == 1, 1, "expected 1 argument");
    char first_out[512];
    level first_levels[8];
    encoder e = {.L = L, .settings = plua_json_settings_of(L), .slots = 1};
    plua_scratch_open(L, &e.out, first_out, sizeof first_out);
    plua_scratch_open(L, &e.levels, first_levels, sizeof first_levels);
    plua_keys_open(L, &e.keys);
    lua_pushvalue(L, 1);
    for (;;) {
        plua_charge(L, 1);
        if (lua_type(L, -1) == LUA_TTABLE) {
            enter(&e);
        } else {
            put_scalar(&e);
        }
        for (;;) {
            if (e.levels.used == 0) {
                lua_pushlstring(L, e.out.start, e.out.used);
                return 1;
            }
            level *current = (level *)(e.levels.start + e.levels.used) - 1;
            if (current->next < current->count) {
                push_next(&e, current);
                break;
            }
            leave(&e, current);
        }
    }
}
