/*
 * Tables that scripts can read but not change.
 *
 * Redis patches its interpreter for that; stock Lua has no such flag. A read-only table here is an empty table whose
 * metatable leads reads to the real table and refuses writes. The functions that look past metatables (next, rawget,
 * rawset, ...) are replaced by ones that know the trick.
 */
#include "host.h"

/* Registry key under which the real table of every read-only one is found. */
static const char real_tables = 0;
/* Registry key of the table that stands for the metatable of all read-only ones. */
static const char shown_metatable = 0;

/* Raises Redis' error for a write. In front stands the position of the writer when that is Lua code. */
int plua_readonly_error(lua_State *L) {
    luaL_where(L, 1);
    lua_pushliteral(L, "Attempt to modify a readonly table");
    lua_concat(L, 2);
    return lua_error(L);
}

/* Notes that the table on top of the stack is the face of the one below it. */
static void register_face(lua_State *L) {
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &real_tables) != LUA_TTABLE) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &real_tables);
    }
    lua_pushvalue(L, -2); /* real, face, registry, face */
    lua_pushvalue(L, -4);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

/* What getmetatable shows for every read-only table: one that is empty and read-only, too. */
static void push_shown_metatable(lua_State *L) {
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &shown_metatable) == LUA_TTABLE) return;
    lua_pop(L, 1);
    lua_newtable(L);          /* real */
    lua_newtable(L);          /* real, face */
    lua_createtable(L, 0, 2); /* real, face, metatable */
    lua_pushcfunction(L, plua_readonly_error);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    register_face(L);
    lua_remove(L, -2);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &shown_metatable);
}

/* Replaces the table on top of the stack by its read-only face. */
void plua_new_readonly(lua_State *L) {
    luaL_checkstack(L, 8, NULL);
    lua_newtable(L);           /* real, face */
    lua_createtable(L, 0, 3);  /* real, face, metatable */
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, plua_readonly_error);
    lua_setfield(L, -2, "__newindex");
    lua_setmetatable(L, -2); /* real, face */
    register_face(L);
    push_shown_metatable(L);
    lua_getmetatable(L, -2);
    lua_insert(L, -2);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
    lua_remove(L, -2); /* face */
}

/* If the table at `index` is a read-only face, pushes its real table and answers 1; otherwise pushes nothing. */
int plua_real_table(lua_State *L, int index) {
    index = lua_absindex(L, index);
    if (!lua_getmetatable(L, index)) return 0; /* every face has one */
    lua_pop(L, 1);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &real_tables) != LUA_TTABLE) {
        lua_pop(L, 1);
        return 0;
    }
    lua_pushvalue(L, index);
    if (lua_rawget(L, -2) == LUA_TTABLE) {
        lua_remove(L, -2);
        return 1;
    }
    lua_pop(L, 2);
    return 0;
}
