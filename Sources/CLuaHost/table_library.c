/* The table functions of Lua 5.1, which work on the table itself, past metatables. */
#include "host.h"

/* The length of the table that must be the first argument; its real one when it is read-only. */
static lua_Integer checked_length(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    if (plua_real_table(L, 1)) lua_replace(L, 1);
    return (lua_Integer)lua_rawlen(L, 1);
}

static void check_writable(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    if (plua_real_table(L, 1)) {
        lua_pushliteral(L, "Attempt to modify a readonly table");
        lua_error(L);
    }
}

static int table_concat(lua_State *L) {
    size_t separator_length = 0;
    const char *separator = lua_isnoneornil(L, 2) ? "" : plua_check_text(L, 2, &separator_length);
    lua_Integer length = checked_length(L);
    lua_Integer first = plua_int_of(plua_opt_number(L, 3, 1));
    lua_Integer last = lua_isnoneornil(L, 4) ? length : plua_int_of(plua_check_number(L, 4));
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    for (lua_Integer i = first; i <= last; i++) {
        plua_charge(L, 1);
        int type = lua_rawgeti(L, 1, i);
        if (type == LUA_TNUMBER) {
            char number[PLUA_NUMBER_SIZE];
            size_t number_length = plua_format_number(lua_tonumber(L, -1), number, 14);
            lua_pop(L, 1);
            luaL_addlstring(&buffer, number, number_length);
        } else if (type == LUA_TSTRING) {
            luaL_addvalue(&buffer);
        } else {
            return luaL_error(
                L, "invalid value (%s) at index %d in table for 'concat'", luaL_typename(L, -1), (int)i);
        }
        if (i < last) luaL_addlstring(&buffer, separator, separator_length);
    }
    luaL_pushresult(&buffer);
    return 1;
}

static int table_foreach(lua_State *L) {
    checked_length(L);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    plua_begin_pairs(L, 1);
    for (lua_pushnil(L); plua_next(L, 1) != 0; lua_pop(L, 2)) {
        plua_charge(L, 1);
        lua_pushvalue(L, 2);
        lua_pushvalue(L, -3);
        lua_pushvalue(L, -3);
        lua_call(L, 2, 1);
        if (!lua_isnil(L, -1)) return 1;
    }
    return 0;
}

static int table_foreachi(lua_State *L) {
    lua_Integer length = checked_length(L);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    for (lua_Integer i = 1; i <= length; i++) {
        plua_charge(L, 1);
        lua_pushvalue(L, 2);
        lua_pushnumber(L, (lua_Number)i);
        lua_rawgeti(L, 1, i);
        lua_call(L, 2, 1);
        if (!lua_isnil(L, -1)) return 1;
        lua_pop(L, 1);
    }
    return 0;
}

static int table_getn(lua_State *L) {
    lua_pushnumber(L, (lua_Number)checked_length(L));
    return 1;
}

static int table_insert(lua_State *L) {
    check_writable(L);
    lua_Integer end = (lua_Integer)lua_rawlen(L, 1) + 1;
    lua_Integer position = end;
    switch (lua_gettop(L)) {
    case 2: break;
    case 3:
        position = plua_int_of(plua_check_number(L, 2));
        if (position > end) end = position; /* grows the array when needed */
        plua_charge(L, (uint64_t)(end - position));
        for (lua_Integer i = end; i > position; i--) {
            lua_rawgeti(L, 1, i - 1);
            lua_rawseti(L, 1, i);
        }
        break;
    default: return luaL_error(L, "wrong number of arguments to 'insert'");
    }
    lua_rawseti(L, 1, position);
    return 0;
}

static int table_maxn(lua_State *L) {
    checked_length(L);
    lua_Number highest = 0;
    for (lua_pushnil(L); lua_next(L, 1) != 0; lua_pop(L, 1)) {
        plua_charge(L, 1);
        if (lua_type(L, -2) == LUA_TNUMBER && lua_tonumber(L, -2) > highest) highest = lua_tonumber(L, -2);
    }
    lua_pushnumber(L, highest);
    return 1;
}

static int table_remove(lua_State *L) {
    check_writable(L);
    lua_Integer length = (lua_Integer)lua_rawlen(L, 1);
    lua_Integer position = lua_isnoneornil(L, 2) ? length : plua_int_of(plua_check_number(L, 2));
    if (!(1 <= position && position <= length)) return 0;
    plua_charge(L, (uint64_t)(length - position));
    lua_rawgeti(L, 1, position);
    for (; position < length; position++) {
        lua_rawgeti(L, 1, position + 1);
        lua_rawseti(L, 1, position);
    }
    lua_pushnil(L);
    lua_rawseti(L, 1, position);
    return 1;
}

/* The sort of 5.4, in the upvalue, is that of 5.1. Comparisons without a function of the script's are charged here. */
static int table_sort(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    plua_charge(L, (uint64_t)lua_rawlen(L, 1));
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

static int table_setn(lua_State *L) {
    return luaL_error(L, "'setn' is obsolete");
}

void plua_table_library(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"concat", table_concat}, {"foreach", table_foreach}, {"foreachi", table_foreachi}, {"getn", table_getn},
        {"insert", table_insert}, {"maxn", table_maxn}, {"remove", table_remove}, {"setn", table_setn},
        {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
    lua_getglobal(L, LUA_TABLIBNAME);
    lua_getfield(L, -1, "sort");
    lua_pushcclosure(L, table_sort, 1);
    lua_setfield(L, -3, "sort");
    lua_pop(L, 1);
}
