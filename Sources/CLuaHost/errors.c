/* Error texts as a Redis server gives them. */
#include <stdio.h>
#include <string.h>

#include "host.h"

/* "bad 'for' limit (number expected, got string)" is "'for' limit must be a number" in 5.1. */
static void normalize_for(lua_State *L, int index, const char *text) {
    static const char *const parts[][2] = {
        {"bad 'for' limit (", "'for' limit must be a number"},
        {"bad 'for' step (", "'for' step must be a number"},
        {"bad 'for' initial value (", "'for' initial value must be a number"}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const char *found = strstr(text, parts[i][0]);
        if (found == NULL) continue;
        lua_pushlstring(L, text, (size_t)(found - text));
        lua_pushstring(L, parts[i][1]);
        lua_concat(L, 2);
        lua_replace(L, index);
        return;
    }
}

/* 5.1 does not tell light userdata, of which cjson.null is the only one, from others. */
static void normalize_userdata(lua_State *L, int index, const char *text) {
    const char *found = strstr(text, "got light userdata)");
    if (found == NULL) return;
    lua_pushlstring(L, text, (size_t)(found - text));
    lua_pushliteral(L, "got userdata)");
    lua_concat(L, 2);
    lua_replace(L, index);
}

/*
 * Lua 5.4 says "attempt to index a nil value (local 't')" where 5.1 says "attempt to index local 't' (a nil value)".
 * Turns the text at `index` into the older form in place, if it is one.
 */
void plua_normalize_error(lua_State *L, int index) {
    if (lua_type(L, index) != LUA_TSTRING) return;
    index = lua_absindex(L, index);
    size_t length;
    const char *text = lua_tolstring(L, index, &length);
    const char *attempt = strstr(text, "attempt to ");
    if (length == 0 || text[length - 1] != ')') return;
    if (attempt == NULL) {
        normalize_for(L, index, text);
        normalize_userdata(L, index, lua_tostring(L, index));
        return;
    }
    const char *type = NULL;
    for (const char *next = strstr(attempt, " a "); next != NULL; next = strstr(next + 1, " a ")) type = next;
    const char *open = type == NULL ? NULL : strstr(type, " value (");
    if (open == NULL) return;
    const char *kind = open + strlen(" value (");
    size_t kind_length = (size_t)(text + length - 1 - kind);
    if (strncmp(kind, "field 'integer index'", kind_length) == 0) { /* 5.1 names only fields that are strings */
        kind = "field '?'";
        kind_length = strlen(kind);
    }
    lua_pushlstring(L, text, (size_t)(type - text));
    if (strncmp(kind, "constant ", 9) == 0) { /* 5.1 does not name constants */
        lua_pushlstring(L, type, (size_t)(open - type) + strlen(" value"));
        lua_concat(L, 2);
    } else {
        lua_pushliteral(L, " ");
        lua_pushlstring(L, kind, kind_length);
        lua_pushliteral(L, " (");
        lua_pushlstring(L, type + 1, (size_t)(open - type - 1));
        lua_pushliteral(L, " value)");
        lua_concat(L, 6);
    }
    lua_replace(L, index);
}

/* The message handler of a script's own call: notes where the error arose, and gives texts their Redis form. */
int plua_on_error(lua_State *L) {
    plua_host *host = plua_host_of(L);
    lua_Debug where;
    host->error_line = -1;
    host->error_source[0] = '\0';
    for (int level = 1; level <= 2 && lua_getstack(L, level, &where); level++) {
        lua_getinfo(L, "Sl", &where);
        host->error_line = where.currentline;
        snprintf(host->error_source, sizeof host->error_source, "%s", where.source);
        if (strcmp(where.what, "C") != 0) break;
    }
    plua_normalize_error(L, 1);
    return 1;
}

/* Whether an error table is what a command has answered. */
int plua_is_counted(lua_State *L, int index) {
    index = lua_absindex(L, index);
    lua_pushliteral(L, "ignore_error_stats_update");
    lua_rawget(L, index);
    int is_counted = lua_type(L, -1) == LUA_TBOOLEAN && lua_toboolean(L, -1);
    lua_pop(L, 1);
    return is_counted;
}

/*
 * Leaves the whole error line in the host's buffer, made of the error value at `index`: "<code and text> script:
 * <sha>, on @user_script:<line>.", on one line.
 */
void plua_finish_error(plua_host *host, lua_State *L, int index) {
    index = lua_absindex(L, index);
    host->out_length = 0;
    size_t length;
    const char *text;
    if (lua_type(L, index) == LUA_TTABLE) {
        host->error_is_counted = plua_is_counted(L, index);
        lua_pushliteral(L, "err");
        lua_rawget(L, index);
        if (lua_isstring(L, -1)) {
            text = plua_check_text(L, lua_gettop(L), &length);
            plua_out_append(L, text, strlen(text)); /* up to a NUL, as on the server */
        } else {
            /* redis-server 7.0.15 crashes here. */
            plua_out_append(L, "ERR unknown error", strlen("ERR unknown error"));
        }
        lua_pop(L, 1);
    } else {
        plua_out_append(L, "ERR ", 4);
        if (lua_type(L, index) == LUA_TNUMBER) {
            char number[PLUA_NUMBER_SIZE];
            length = plua_format_number(lua_tonumber(L, index), number, 14);
            plua_out_append(L, number, length);
        } else if (lua_type(L, index) == LUA_TBOOLEAN) {
            text = lua_toboolean(L, index) ? "true" : "false";
            plua_out_append(L, text, strlen(text));
        } else if (lua_type(L, index) == LUA_TSTRING) {
            text = lua_tostring(L, index);
            plua_out_append(L, text, strlen(text));
        } else {
            text = lua_islightuserdata(L, index) ? "userdata: (nil)" : luaL_typename(L, index);
            plua_out_append(L, text, strlen(text));
        }
    }
    if (host->error_line >= 0) {
        char suffix[160];
        int written = snprintf(
            suffix, sizeof suffix, " script: %s, on %s:%d.", host->digest, host->error_source, host->error_line);
        if (written > 0) plua_out_append(L, suffix, (size_t)written);
    }
    for (size_t i = 0; i < host->out_length; i++) {
        if (host->out[i] == '\r' || host->out[i] == '\n') host->out[i] = ' ';
    }
}
