/* Replies of commands as Lua values, and results of scripts as replies. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

static void push_field(lua_State *L, const char *name, const char *data, size_t length) {
    lua_createtable(L, 0, 1);
    lua_pushlstring(L, data, length);
    lua_setfield(L, -2, name);
}

static void push_null(lua_State *L) {
    if (plua_host_of(L)->resp == 3) {
        lua_pushnil(L);
    } else {
        lua_pushboolean(L, 0);
    }
}

/* The number and the end of a RESP header line such as ":42\r\n". The engine wrote it, so it is well formed. */
static const char *read_line_number(const char *cursor, long long *number) {
    char *end;
    *number = strtoll(cursor + 1, &end, 10);
    return end + 2;
}

static const char *push_resp(lua_State *L, const char *cursor);

/* Pushes an array of so many replies. */
static const char *push_array(lua_State *L, const char *cursor, long long number) {
    lua_createtable(L, number < INT32_MAX ? (int)number : 0, 0);
    for (long long i = 1; i <= number; i++) {
        cursor = push_resp(L, cursor);
        lua_rawseti(L, -2, i);
    }
    return cursor;
}

/* Pushes an array of so many arrays of two replies. */
static const char *push_pairs(lua_State *L, const char *cursor, long long number) {
    lua_createtable(L, number < INT32_MAX ? (int)number : 0, 0);
    for (long long i = 1; i <= number; i++) {
        cursor = push_array(L, cursor, 2);
        lua_rawseti(L, -2, i);
    }
    return cursor;
}

/* Pushes what has a type of its own in RESP3 only: a table with that type's field. */
static const char *push_resp3(lua_State *L, const char *cursor, char type, long long number) {
    if (type == PLUA_PAIRS) return push_pairs(L, cursor, number);
    lua_createtable(L, 0, 1);
    lua_createtable(L, 0, number < INT32_MAX ? (int)number : 0);
    for (long long i = 0; i < number; i++) {
        cursor = push_resp(L, cursor);
        if (type == PLUA_SET) {
            lua_pushboolean(L, 1);
        } else {
            cursor = push_resp(L, cursor);
        }
        lua_rawset(L, -3);
    }
    lua_setfield(L, -2, type == PLUA_SET ? "set" : "map");
    return cursor;
}

/* Pushes the reply at `cursor` and answers where it ends. It is RESP2 but for the types of plua_typed. */
static const char *push_resp(lua_State *L, const char *cursor) {
    luaL_checkstack(L, 6, "reply nested too deep");
    int is_resp3 = plua_host_of(L)->resp == 3;
    char type = *cursor;
    long long number;
    const char *end;
    switch (*cursor) {
    case ':':
        cursor = read_line_number(cursor, &number);
        lua_pushnumber(L, (lua_Number)number);
        return cursor;
    case '$':
        cursor = read_line_number(cursor, &number);
        if (number < 0) {
            push_null(L);
            return cursor;
        }
        lua_pushlstring(L, cursor, (size_t)number);
        return cursor + number + 2;
    case '*':
        cursor = read_line_number(cursor, &number);
        if (number < 0) {
            push_null(L);
            return cursor;
        }
        return push_array(L, cursor, number);
    case PLUA_MAP:
    case PLUA_TABLE:
    case PLUA_SET:
    case PLUA_PAIRS:
        cursor = read_line_number(cursor, &number);
        if (is_resp3) return push_resp3(L, cursor, type, number);
        if (type == PLUA_TABLE) return push_pairs(L, cursor, number);
        return push_array(L, cursor, type == PLUA_SET ? number : number * 2);
    case PLUA_DOUBLE:
        end = strstr(cursor, "\r\n");
        if (is_resp3) {
            lua_createtable(L, 0, 1);
            lua_pushnumber(L, strtod(cursor + 1, NULL));
            lua_setfield(L, -2, "double");
        } else {
            lua_pushlstring(L, cursor + 1, (size_t)(end - cursor - 1));
        }
        return end + 2;
    default: /* '+' and '-' */
        end = strstr(cursor, "\r\n");
        push_field(L, *cursor == '+' ? "ok" : "err", cursor + 1, (size_t)(end - cursor - 1));
        return end + 2;
    }
}

void plua_push_reply(lua_State *L, const plua_reply *reply) {
    switch (reply->kind) {
    case PLUA_NIL: push_null(L); break;
    case PLUA_INTEGER: lua_pushnumber(L, (lua_Number)reply->integer); break;
    case PLUA_BULK: lua_pushlstring(L, reply->bytes.data, reply->bytes.length); break;
    case PLUA_STATUS: push_field(L, "ok", reply->bytes.data, reply->bytes.length); break;
    case PLUA_ERROR: push_field(L, "err", reply->bytes.data, reply->bytes.length); break;
    case PLUA_RESP: push_resp(L, reply->bytes.data); break;
    }
}

static void append_header(lua_State *L, char type, long long number) {
    char line[32];
    int length = snprintf(line, sizeof line, "%c%lld\r\n", type, number);
    plua_out_append(L, line, (size_t)length);
}

static void append_bulk(lua_State *L, const char *data, size_t length) {
    append_header(L, '$', (long long)length);
    plua_out_append(L, data, length);
    plua_out_append(L, "\r\n", 2);
}

/* Status and error lines end at a line break, so those inside become spaces. */
static void append_line(lua_State *L, char type, const char *text) {
    plua_out_append(L, &type, 1);
    size_t start = plua_host_of(L)->out_length;
    plua_out_append(L, text, strlen(text)); /* up to a NUL, as on the server */
    plua_host *host = plua_host_of(L);
    for (size_t i = start; i < host->out_length; i++) {
        if (host->out[i] == '\r' || host->out[i] == '\n') host->out[i] = ' ';
    }
    plua_out_append(L, "\r\n", 2);
}

/* Pushes a field of the table at `index`, past metatables, and answers its type. */
static int raw_field(lua_State *L, int index, const char *name) {
    lua_pushstring(L, name);
    return lua_rawget(L, index);
}

/* How deep a reply may be nested: each level is a C frame here and a frame of whoever reads it. */
#define DEEPEST_REPLY 1000

/* How many values a reply may have: each takes far more memory where it is read than here. */
#define LARGEST_REPLY (1 << 20)

static void append_value(lua_State *L, int index, int depth);

/* The pairs of a map or the members of a set, with their number in front. */
static void append_members(lua_State *L, int table, int with_values, int depth) {
    long long count = 0;
    for (lua_pushnil(L); lua_next(L, table) != 0; lua_pop(L, 1)) count++;
    append_header(L, '*', with_values ? count * 2 : count);
    for (lua_pushnil(L); lua_next(L, table) != 0; lua_pop(L, 1)) {
        append_value(L, lua_absindex(L, -2), depth);
        if (with_values) append_value(L, lua_absindex(L, -1), depth);
    }
}

/* The order of these tests is the server's. */
static void append_table(lua_State *L, int index, int depth) {
    size_t length;
    const char *text;
    int top = lua_gettop(L);
    if (raw_field(L, index, "err") == LUA_TSTRING) {
        append_line(L, '-', lua_tostring(L, -1));
    } else if (raw_field(L, index, "ok") == LUA_TSTRING) {
        append_line(L, '+', lua_tostring(L, -1));
    } else if (raw_field(L, index, "double") == LUA_TNUMBER) {
        char number[PLUA_NUMBER_SIZE];
        length = plua_format_number(lua_tonumber(L, -1), number, 17);
        append_bulk(L, number, length);
    } else if (raw_field(L, index, "big_number") == LUA_TSTRING) {
        text = lua_tolstring(L, -1, &length);
        append_bulk(L, text, length);
    } else if (raw_field(L, index, "verbatim_string") == LUA_TTABLE && raw_field(L, top + 5, "string") == LUA_TSTRING) {
        text = lua_tolstring(L, -1, &length);
        append_bulk(L, text, length);
    } else {
        lua_settop(L, top);
        if (raw_field(L, index, "map") == LUA_TTABLE) {
            append_members(L, top + 1, 1, depth);
        } else if (raw_field(L, index, "set") == LUA_TTABLE) {
            append_members(L, top + 2, 0, depth);
        } else {
            long long count = 0;
            lua_settop(L, top);
            while (lua_rawgeti(L, index, count + 1) != LUA_TNIL) {
                count++;
                lua_settop(L, top);
            }
            append_header(L, '*', count);
            for (long long i = 1; i <= count; i++) {
                lua_settop(L, top);
                lua_rawgeti(L, index, i);
                append_value(L, top + 1, depth);
            }
        }
    }
    lua_settop(L, top);
}

static void append_value(lua_State *L, int index, int depth) {
    if (++plua_host_of(L)->reply_elements > LARGEST_REPLY) luaL_error(L, "reply too large");
    if (depth > DEEPEST_REPLY || !lua_checkstack(L, 16)) luaL_error(L, "reached lua stack limit");
    size_t length;
    const char *text;
    switch (lua_type(L, index)) {
    case LUA_TSTRING:
        text = lua_tolstring(L, index, &length);
        append_bulk(L, text, length);
        break;
    case LUA_TNUMBER: append_header(L, ':', plua_integer_of(lua_tonumber(L, index))); break;
    case LUA_TBOOLEAN:
        if (plua_host_of(L)->resp == 3) {
            append_header(L, ':', lua_toboolean(L, index));
        } else if (lua_toboolean(L, index)) {
            append_header(L, ':', 1);
        } else {
            plua_out_append(L, "$-1\r\n", 5);
        }
        break;
    case LUA_TTABLE: append_table(L, index, depth + 1); break;
    default: plua_out_append(L, "$-1\r\n", 5);
    }
}

/* Turns the value on top of the stack, which must stay there while the reply is read, into a reply. */
void plua_take_result(lua_State *L, plua_reply *reply) {
    plua_host *host = plua_host_of(L);
    int index = lua_gettop(L);
    switch (lua_type(L, index)) {
    case LUA_TNUMBER:
        reply->kind = PLUA_INTEGER;
        reply->integer = plua_integer_of(lua_tonumber(L, index));
        break;
    case LUA_TSTRING:
        reply->kind = PLUA_BULK;
        reply->bytes.data = lua_tolstring(L, index, &reply->bytes.length);
        break;
    case LUA_TBOOLEAN:
    case LUA_TTABLE:
        host->out_length = 0;
        host->reply_elements = 0;
        append_value(L, index, 0);
        reply->kind = PLUA_RESP;
        reply->bytes.data = host->out;
        reply->bytes.length = host->out_length;
        break;
    default: reply->kind = PLUA_NIL;
    }
}
