/* Replies of commands as Lua values. */
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

/* Pushes a string that has a format of three letters and a colon in front. */
static void push_verbatim(lua_State *L, const char *data, size_t length) {
    if (plua_host_of(L)->resp != 3) {
        lua_pushlstring(L, data + 4, length - 4);
        return;
    }
    lua_createtable(L, 0, 1);
    lua_createtable(L, 0, 2);
    lua_pushlstring(L, data + 4, length - 4);
    lua_setfield(L, -2, "string");
    lua_pushlstring(L, data, 3);
    lua_setfield(L, -2, "format");
    lua_setfield(L, -2, "verbatim_string");
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
    case PLUA_BIG_NUMBER:
        end = strstr(cursor, "\r\n");
        if (is_resp3) {
            push_field(L, "big_number", cursor + 1, (size_t)(end - cursor - 1));
        } else {
            lua_pushlstring(L, cursor + 1, (size_t)(end - cursor - 1));
        }
        return end + 2;
    case PLUA_VERBATIM:
        cursor = read_line_number(cursor, &number);
        push_verbatim(L, cursor, (size_t)number);
        return cursor + number + 2;
    case PLUA_BOOLEAN:
        if (is_resp3) {
            lua_pushboolean(L, cursor[1] == 't');
        } else {
            lua_pushnumber(L, cursor[1] == 't');
        }
        return cursor + 4;
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
    case PLUA_ERROR:
        push_field(L, "err", reply->bytes.data, reply->bytes.length);
        /* The error was counted with the command, and is not again when the script answers it; scripts see the mark. */
        lua_pushboolean(L, 1);
        lua_setfield(L, -2, "ignore_error_stats_update");
        break;
    case PLUA_RESP: push_resp(L, reply->bytes.data); break;
    }
}
