/* The helper functions that translated scripts call where Lua 5.4's own syntax means something else than 5.1's. */
#include <math.h>
#include <string.h>

#include "host.h"

static int is_text(lua_State *L, int index) {
    int type = lua_type(L, index);
    return type == LUA_TSTRING || type == LUA_TNUMBER;
}

static void add_text(lua_State *L, luaL_Buffer *buffer, int index) {
    if (lua_type(L, index) == LUA_TNUMBER) {
        char number[PLUA_NUMBER_SIZE];
        size_t length = plua_format_number(lua_tonumber(L, index), number, 14);
        luaL_addlstring(buffer, number, length);
    } else {
        size_t length;
        const char *text = lua_tolstring(L, index, &length);
        luaL_addlstring(buffer, text, length);
    }
}

/* Joins the operands `first` to `last`, all text, and pushes the result. */
static void join(lua_State *L, int first, int last) {
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    for (int i = first; i <= last; i++) add_text(L, &buffer, i);
    luaL_pushresult(&buffer);
}

/*
 * a .. b .. c, from the right. A plain function, so that numbers look as in 5.1; 5.4's operator would not ask anybody
 * about them.
 */
static int helper_concat(lua_State *L) {
    int count = lua_gettop(L), operands = count;
    int all_text = 1;
    for (int i = 1; i <= count && all_text; i++) all_text = is_text(L, i);
    if (all_text) {
        join(L, 1, count);
        return 1;
    }
    while (count > 1) { /* stack: operands 1 ... count, the last one being the result so far */
        int left = count - 1;
        if (is_text(L, left) && is_text(L, count)) {
            join(L, left, count);
        } else if (luaL_getmetafield(L, left, "__concat") != LUA_TNIL
                   || luaL_getmetafield(L, count, "__concat") != LUA_TNIL) {
            lua_pushvalue(L, left);
            lua_pushvalue(L, count);
            lua_call(L, 2, 1);
        } else {
            return plua_operand_error(L, "concatenate", '.', is_text(L, left) ? count : left, operands);
        }
        lua_replace(L, left);
        lua_settop(L, left);
        count = left;
    }
    return 1;
}

/* a % b as 5.1 computes it; 5.4's operator gives another remainder for fractions and infinities. */
static int helper_modulo(lua_State *L) {
    lua_Number a, b;
    int is_first = plua_operand(L, 1, &a), is_second = plua_operand(L, 2, &b);
    if (is_first && is_second) {
        lua_pushnumber(L, a - floor(a / b) * b);
        return 1;
    }
    for (int i = 1; i <= 2; i++) {
        if (lua_type(L, i) == LUA_TSTRING || luaL_getmetafield(L, i, "__mod") == LUA_TNIL) continue;
        lua_insert(L, 1);
        lua_call(L, 2, 1);
        return 1;
    }
    return plua_operand_error(L, "perform arithmetic on", '%', is_first ? 2 : 1, 2);
}

/* #a. 5.1 does not ask tables for their length. */
static int helper_length(lua_State *L) {
    int type = lua_type(L, 1);
    if (type != LUA_TTABLE && type != LUA_TSTRING) {
        return plua_operand_error(L, "get length of", '#', 1, 1);
    }
    if (type == LUA_TTABLE && plua_real_table(L, 1)) lua_replace(L, 1);
    lua_pushnumber(L, (lua_Number)lua_rawlen(L, 1));
    return 1;
}

/* Whether two tables have the same __eq, and it says that they are equal. */
static int are_equal(lua_State *L) {
    if (lua_rawequal(L, 1, 2)) return 1;
    if (lua_type(L, 1) != LUA_TTABLE || lua_type(L, 2) != LUA_TTABLE) return 0;
    if (luaL_getmetafield(L, 1, "__eq") == LUA_TNIL || luaL_getmetafield(L, 2, "__eq") == LUA_TNIL) return 0;
    if (!lua_rawequal(L, -1, -2)) return 0;
    lua_insert(L, 1);
    lua_settop(L, 3);
    lua_call(L, 2, 1);
    return lua_toboolean(L, -1);
}

static int helper_equal(lua_State *L) {
    lua_pushboolean(L, are_equal(L));
    return 1;
}

static int helper_unequal(lua_State *L) {
    lua_pushboolean(L, !are_equal(L));
    return 1;
}

/* object:name(...) for the one method name that 5.4 reserves. */
static int helper_method(lua_State *L) {
    lua_pushvalue(L, 2);
    lua_gettable(L, 1);
    lua_replace(L, 2);
    lua_pushvalue(L, 1);
    lua_pushvalue(L, 2);
    lua_replace(L, 1);
    lua_replace(L, 2); /* function, object, arguments */
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
}

/* Called at the beginning of every loop round and every function. */
static int helper_tick(lua_State *L) {
    plua_charge(L, 1);
    return 0;
}

/* The table `arg` of 5.1's vararg functions: the arguments and their number `n`. */
static int helper_arg(lua_State *L) {
    int count = lua_gettop(L);
    lua_createtable(L, count, 1);
    for (int i = 1; i <= count; i++) {
        lua_pushvalue(L, i);
        lua_rawseti(L, -2, i);
    }
    lua_pushnumber(L, count);
    lua_setfield(L, -2, "n");
    return 1;
}

/*
 * The step of a numeric for. 5.1 takes a step of 0 for an endless or an empty loop, 5.4 for an error; the smallest
 * step there is behaves as 5.1 does up to the step limit.
 */
static int helper_step(lua_State *L) {
    double step;
    if (lua_type(L, 1) == LUA_TNUMBER) {
        step = lua_tonumber(L, 1);
    } else if (lua_type(L, 1) != LUA_TSTRING || !plua_parse_number(lua_tostring(L, 1), &step)) {
        return luaL_error(L, "'for' step must be a number");
    }
    lua_pushnumber(L, step == 0 ? -5e-324 : step);
    return 1;
}

/*
 * The values of a generic for: three of them. A fourth would be one to be closed, which 5.1 does not know. What cannot
 * be called is found here, where 5.4 would name it.
 */
static int helper_iterate(lua_State *L) {
    lua_settop(L, 3);
    if (lua_type(L, 1) != LUA_TFUNCTION && luaL_getmetafield(L, 1, "__call") == LUA_TNIL) {
        return luaL_error(L, "attempt to call a %s value", luaL_typename(L, 1));
    }
    lua_settop(L, 3);
    return 3;
}

void plua_push_helper(lua_State *L, char helper) {
    switch (helper) {
    case PLUA_HELPER_CONCAT: lua_pushcfunction(L, helper_concat); break;
    case PLUA_HELPER_MODULO: lua_pushcfunction(L, helper_modulo); break;
    case PLUA_HELPER_METHOD: lua_pushcfunction(L, helper_method); break;
    case PLUA_HELPER_TICK: lua_pushcfunction(L, helper_tick); break;
    case PLUA_HELPER_ARG: lua_pushcfunction(L, helper_arg); break;
    case PLUA_HELPER_STEP: lua_pushcfunction(L, helper_step); break;
    case PLUA_HELPER_LENGTH: lua_pushcfunction(L, helper_length); break;
    case PLUA_HELPER_EQUAL: lua_pushcfunction(L, helper_equal); break;
    case PLUA_HELPER_UNEQUAL: lua_pushcfunction(L, helper_unequal); break;
    case PLUA_HELPER_ITERATE: lua_pushcfunction(L, helper_iterate); break;
    default: luaL_error(L, "no such helper: %d", helper);
    }
}
