/* The functions of the string library that search: find, match, gmatch, gsub, as in Lua 5.1. */
#define _GNU_SOURCE /* memmem */
#include <ctype.h>
#include <string.h>

#include "patterns.h"

static plua_match start_match(lua_State *L, const char *text, size_t length) {
    plua_match m = {.L = L, .text = text, .end = text + length};
    return m;
}

static int find_or_match(lua_State *L, int find) {
    size_t length, pattern_length;
    const char *text = plua_check_text(L, 1, &length);
    const char *pattern = plua_check_text(L, 2, &pattern_length);
    ptrdiff_t start = plua_position(plua_opt_number(L, 3, 1), length) - 1;
    if (start < 0) start = 0;
    if (start > (ptrdiff_t)length) start = (ptrdiff_t)length;
    if (find && (lua_toboolean(L, 4) || strpbrk(pattern, "^$*+?.([%-") == NULL)) {
        plua_charge(L, (length - (size_t)start) / 64);
        const char *found = pattern_length == 0
            ? text + start : memmem(text + start, length - (size_t)start, pattern, pattern_length);
        if (found != NULL) {
            lua_pushnumber(L, (lua_Number)(found - text + 1));
            lua_pushnumber(L, (lua_Number)(found - text) + (lua_Number)pattern_length);
            return 2;
        }
    } else {
        int anchored = *pattern == '^';
        if (anchored) pattern++;
        plua_match m = start_match(L, text, length);
        for (const char *s = text + start; s <= m.end; s++) {
            const char *end = plua_match_at(&m, s, pattern);
            if (end != NULL) {
                if (!find) return plua_push_captures(&m, s, end);
                lua_pushnumber(L, (lua_Number)(s - text + 1));
                lua_pushnumber(L, (lua_Number)(end - text));
                return plua_push_captures(&m, NULL, NULL) + 2;
            }
            if (anchored) break;
        }
    }
    lua_pushnil(L);
    return 1;
}

static int string_find(lua_State *L) {
    return find_or_match(L, 1);
}

static int string_match(lua_State *L) {
    return find_or_match(L, 0);
}

/* The iterator of gmatch. Upvalues: subject, pattern, where to go on. */
static int next_match(lua_State *L) {
    size_t length;
    const char *text = lua_tolstring(L, lua_upvalueindex(1), &length);
    const char *pattern = lua_tostring(L, lua_upvalueindex(2));
    plua_match m = start_match(L, text, length);
    for (const char *s = text + lua_tointeger(L, lua_upvalueindex(3)); s <= m.end; s++) {
        const char *end = plua_match_at(&m, s, pattern);
        if (end == NULL) continue;
        lua_pushinteger(L, end - text + (end == s)); /* behind an empty match the next character */
        lua_replace(L, lua_upvalueindex(3));
        return plua_push_captures(&m, s, end);
    }
    return 0;
}

static int string_gmatch(lua_State *L) {
    size_t length;
    plua_check_text(L, 1, &length);
    plua_check_text(L, 2, &length);
    lua_settop(L, 2);
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, next_match, 3);
    return 1;
}

/* Adds the value on top of the stack, a number as 5.1 writes it. */
static void add_value(lua_State *L, luaL_Buffer *buffer) {
    if (lua_type(L, -1) == LUA_TNUMBER) {
        size_t length;
        plua_check_text(L, lua_gettop(L), &length);
    }
    luaL_addvalue(buffer);
}

/* The replacement text in argument 3, with %0 to %9 filled in. */
static void add_text(plua_match *m, luaL_Buffer *buffer, const char *s, const char *end) {
    size_t length;
    const char *text = lua_tolstring(m->L, 3, &length);
    for (size_t i = 0; i < length; i++) {
        if (text[i] != '%') {
            luaL_addchar(buffer, text[i]);
            continue;
        }
        i++; /* at the end that is the NUL behind the text, which 5.1 adds, too */
        if (!isdigit((unsigned char)text[i])) {
            luaL_addchar(buffer, text[i]);
        } else if (text[i] == '0') {
            luaL_addlstring(buffer, s, (size_t)(end - s));
        } else {
            plua_push_capture(m, text[i] - '1', s, end);
            add_value(m->L, buffer);
        }
    }
}

static void add_replacement(plua_match *m, luaL_Buffer *buffer, const char *s, const char *end) {
    lua_State *L = m->L;
    switch (lua_type(L, 3)) {
    case LUA_TFUNCTION:
        lua_pushvalue(L, 3);
        lua_call(L, plua_push_captures(m, s, end), 1);
        break;
    case LUA_TTABLE:
        plua_push_capture(m, 0, s, end);
        lua_gettable(L, 3);
        break;
    default: add_text(m, buffer, s, end); return;
    }
    if (!lua_toboolean(L, -1)) { /* keeps what was there */
        lua_pop(L, 1);
        luaL_addlstring(buffer, s, (size_t)(end - s));
    } else if (!lua_isstring(L, -1)) {
        luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    } else {
        add_value(L, buffer);
    }
}

static int string_gsub(lua_State *L) {
    size_t length, unused;
    const char *text = plua_check_text(L, 1, &length);
    const char *pattern = plua_check_text(L, 2, &unused);
    int type = lua_type(L, 3);
    if (type == LUA_TNUMBER) plua_check_text(L, 3, &unused);
    luaL_argcheck(
        L, type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION || type == LUA_TTABLE, 3,
        "string/function/table expected");
    int64_t most = plua_integer_of(plua_opt_number(L, 4, (lua_Number)length + 1));
    int anchored = *pattern == '^';
    if (anchored) pattern++;
    plua_match m = start_match(L, text, length);
    int64_t count = 0;
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    const char *s = text;
    while (count < most) {
        const char *end = plua_match_at(&m, s, pattern);
        if (end != NULL) {
            count++;
            add_replacement(&m, &buffer, s, end);
        }
        if (end != NULL && end > s) {
            s = end;
        } else if (s < m.end) {
            luaL_addchar(&buffer, *s++);
        } else {
            break;
        }
        if (anchored) break;
    }
    luaL_addlstring(&buffer, s, (size_t)(m.end - s));
    luaL_pushresult(&buffer);
    lua_pushnumber(L, (lua_Number)count);
    return 2;
}

void plua_search_library(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"find", string_find}, {"gfind", string_gmatch}, {"gmatch", string_gmatch}, {"gsub", string_gsub},
        {"match", string_match}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
