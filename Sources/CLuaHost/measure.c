/*
 * What scripts take, for whoever tests them: instructions, and the lines they come by.
 *
 * Lua calls a hook for that, which is set only while something is measured. Coroutines have the hook of whoever makes
 * them.
 */
#include <string.h>

#include "host.h"

static void count(lua_State *L, lua_Debug *activation) {
    plua_measure *measured = plua_host_of(L)->measured;
    if (measured == NULL) return;
    if (activation->event == LUA_HOOKCOUNT) {
        measured->instructions++;
        return;
    }
    int line = activation->currentline;
    if (line < 1 || (size_t)line > measured->line_count) return;
    lua_getinfo(L, "S", activation);
    /* Not what the script has loaded itself. */
    if (strcmp(activation->source, PLUA_SCRIPT_CHUNK) == 0) measured->lines[line - 1]++;
}

void plua_set_measure(plua_host *host, plua_measure *measure) {
    host->measured = measure;
    if (measure == NULL) {
        lua_sethook(host->L, NULL, 0, 0);
    } else {
        lua_sethook(host->L, count, LUA_MASKLINE | LUA_MASKCOUNT, 1);
    }
}

typedef struct {
    plua_slice text;
    const char *helpers;
    int is_inner;
    unsigned char *lines;
    size_t line_count;
} lines_request;

static int lines_protected(lua_State *L) {
    lines_request *request = lua_touserdata(L, 1);
    plua_push_chunk(L, request->text, PLUA_SCRIPT_CHUNK, request->helpers);
    if (request->is_inner) lua_call(L, 0, 1);
    if (!lua_isfunction(L, -1)) return luaL_error(L, "no function");
    lua_Debug function;
    lua_getinfo(L, ">L", &function);
    if (!lua_istable(L, -1)) return luaL_error(L, "no function in Lua");
    lua_pushnil(L);
    while (lua_next(L, -2) != 0) {
        lua_Integer line = lua_tointeger(L, -2);
        if (line >= 1 && (size_t)line <= request->line_count) request->lines[line - 1] = 1;
        lua_pop(L, 1);
    }
    return 0;
}

int plua_active_lines(
    plua_host *host, plua_slice text, const char *helpers, int is_inner, unsigned char *lines, size_t line_count,
    plua_reply *error) {
    lua_State *L = host->L;
    lines_request request = {text, helpers, is_inner, lines, line_count};
    lua_settop(L, 0);
    lua_pushcfunction(L, lines_protected);
    lua_pushlightuserdata(L, &request);
    if (lua_pcall(L, 1, 0, 0) == LUA_OK) return 1;
    error->kind = PLUA_ERROR;
    error->bytes.data = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &error->bytes.length) : "";
    return 0;
}
