/* The basic functions as Lua 5.1 and Redis define them. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

static int base_assert(lua_State *L) {
    luaL_checkany(L, 1);
    if (lua_toboolean(L, 1)) return lua_gettop(L);
    size_t length;
    return luaL_error(L, "%s", lua_isnoneornil(L, 2) ? "assertion failed!" : plua_check_text(L, 2, &length));
}

static int base_error(lua_State *L) {
    int level = plua_int_of(plua_opt_number(L, 2, 1));
    lua_settop(L, 1);
    if (lua_isstring(L, 1) && level > 0) {
        luaL_where(L, level);
        if (lua_type(L, 1) == LUA_TNUMBER) {
            char number[PLUA_NUMBER_SIZE];
            lua_pushlstring(L, number, plua_format_number(lua_tonumber(L, 1), number, 14));
        } else {
            lua_pushvalue(L, 1);
        }
        lua_concat(L, 2);
    }
    return lua_error(L);
}

static int base_collectgarbage(lua_State *L) {
    static const char *const options[] = {"stop", "restart", "collect", "count", "step", "setpause", "setstepmul", NULL};
    switch (luaL_checkoption(L, 1, "collect", options)) {
    case 2:
        plua_charge(L, plua_host_of(L)->memory_used / 64);
        lua_gc(L, LUA_GCCOLLECT);
        break;
    case 3: lua_pushnumber(L, (lua_Number)plua_host_of(L)->memory_used / 1024); return 1;
    case 4:
        plua_charge(L, plua_host_of(L)->memory_used / 64);
        lua_pushboolean(L, lua_gc(L, LUA_GCSTEP, 0));
        return 1;
    default: break; /* the collector's pace is not the script's to set */
    }
    lua_pushnumber(L, 0);
    return 1;
}

static int base_gcinfo(lua_State *L) {
    lua_pushnumber(L, (lua_Number)(plua_host_of(L)->memory_used / 1024));
    return 1;
}

static int base_getmetatable(lua_State *L) {
    luaL_checkany(L, 1);
    if (!lua_getmetatable(L, 1)) return 0;
    if (luaL_getmetafield(L, 1, "__metatable") == LUA_TNIL) return 1;
    return 1;
}

static int base_setmetatable(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    int type = lua_type(L, 2);
    luaL_argcheck(L, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table expected");
    if (plua_real_table(L, 1)) {
        lua_pushliteral(L, "Attempt to modify a readonly table");
        return lua_error(L);
    }
    if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) return luaL_error(L, "cannot change a protected metatable");
    lua_settop(L, 2);
    if (type == LUA_TNIL) {
        lua_setmetatable(L, 1);
        return 1;
    }
    /*
     * 5.1 has no finalizers of tables. 5.4 looks for one when the metatable is set, and only then, so it is hidden for
     * that moment: script code run by the collector could call commands between any two steps of this host.
     */
    lua_pushliteral(L, "__gc");
    if (lua_rawget(L, 2) == LUA_TNIL) {
        lua_pop(L, 1);
        lua_setmetatable(L, 1);
        return 1;
    }
    lua_pushliteral(L, "__gc"); /* table, metatable, finalizer, name */
    lua_pushnil(L);
    lua_rawset(L, 2);
    lua_pushvalue(L, 2);
    lua_setmetatable(L, 1);
    lua_pushliteral(L, "__gc");
    lua_insert(L, 3);
    lua_rawset(L, 2);
    lua_settop(L, 1);
    return 1;
}

/* Lets the functions below see through read-only tables. */
static void look_through(lua_State *L, int index) {
    if (plua_real_table(L, index)) lua_replace(L, index);
}

static int base_next(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 2);
    look_through(L, 1);
    if (plua_next(L, 1)) return 2;
    lua_pushnil(L);
    return 1;
}

static int base_pairs(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    plua_begin_pairs(L, 1);
    lua_pushcfunction(L, base_next);
    lua_insert(L, 1);
    lua_pushnil(L);
    return 3;
}

static int ipairs_step(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_Number index = plua_check_number(L, 2) + 1;
    lua_settop(L, 1);
    look_through(L, 1);
    lua_pushnumber(L, index);
    return lua_rawgeti(L, 1, plua_integer_of(index)) == LUA_TNIL ? 0 : 2;
}

static int base_ipairs(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_pushcfunction(L, ipairs_step);
    lua_insert(L, 1);
    lua_pushnumber(L, 0);
    return 3;
}

static int base_rawequal(lua_State *L) {
    luaL_checkany(L, 1);
    luaL_checkany(L, 2);
    lua_pushboolean(L, lua_rawequal(L, 1, 2));
    return 1;
}

static int base_rawget(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checkany(L, 2);
    lua_settop(L, 2);
    look_through(L, 1);
    lua_rawget(L, 1);
    return 1;
}

static int base_rawset(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checkany(L, 2);
    luaL_checkany(L, 3);
    lua_settop(L, 3);
    if (plua_real_table(L, 1)) {
        lua_pushliteral(L, "Attempt to modify a readonly table");
        return lua_error(L);
    }
    lua_rawset(L, 1);
    return 1;
}

static int base_select(lua_State *L) {
    int count = lua_gettop(L);
    if (lua_type(L, 1) == LUA_TSTRING && *lua_tostring(L, 1) == '#') {
        lua_pushnumber(L, count - 1);
        return 1;
    }
    lua_Number wanted = plua_check_number(L, 1);
    int index = wanted > count ? count : wanted < -count ? -count - 1 : plua_int_of(wanted);
    if (index < 0) index = count + index;
    luaL_argcheck(L, 1 <= index, 1, "index out of range");
    return count - index;
}

static int base_tonumber(lua_State *L) {
    int base = plua_int_of(plua_opt_number(L, 2, 10));
    double value;
    if (base == 10) {
        luaL_checkany(L, 1);
        if (lua_type(L, 1) == LUA_TNUMBER) {
            lua_pushnumber(L, lua_tonumber(L, 1));
            return 1;
        }
        if (lua_type(L, 1) == LUA_TSTRING && plua_parse_number(lua_tostring(L, 1), &value)) {
            lua_pushnumber(L, value);
            return 1;
        }
    } else {
        size_t length;
        const char *text = plua_check_text(L, 1, &length);
        luaL_argcheck(L, 2 <= base && base <= 36, 2, "base out of range");
        char *end;
        unsigned long whole = strtoul(text, &end, base);
        if (end != text) {
            while (isspace((unsigned char)*end)) end++;
            if (*end == '\0') {
                lua_pushnumber(L, (lua_Number)whole);
                return 1;
            }
        }
    }
    lua_pushnil(L);
    return 1;
}

static int base_tostring(lua_State *L) {
    luaL_checkany(L, 1);
    if (luaL_getmetafield(L, 1, "__tostring") != LUA_TNIL) {
        lua_pushvalue(L, 1);
        lua_call(L, 1, 1);
        return 1;
    }
    char number[PLUA_NUMBER_SIZE];
    switch (lua_type(L, 1)) {
    case LUA_TNUMBER: lua_pushlstring(L, number, plua_format_number(lua_tonumber(L, 1), number, 14)); break;
    case LUA_TSTRING: lua_pushvalue(L, 1); break;
    case LUA_TBOOLEAN: lua_pushstring(L, lua_toboolean(L, 1) ? "true" : "false"); break;
    case LUA_TNIL: lua_pushliteral(L, "nil"); break;
    case LUA_TLIGHTUSERDATA: lua_pushliteral(L, "userdata: (nil)"); break; /* cjson.null, however printf shows NULL */
    default: lua_pushfstring(L, "%s: %p", luaL_typename(L, 1), lua_topointer(L, 1));
    }
    return 1;
}

static int base_type(lua_State *L) {
    luaL_checkany(L, 1);
    lua_pushstring(L, luaL_typename(L, 1));
    return 1;
}

static int base_unpack(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    look_through(L, 1);
    lua_Number first = plua_opt_number(L, 2, 1);
    lua_Number last = lua_isnoneornil(L, 3) ? (lua_Number)lua_rawlen(L, 1) : plua_check_number(L, 3);
    if (!(first <= last)) return 0;
    lua_Number count = last - first + 1;
    if (count >= PLUA_MOST_VALUES || first <= INT32_MIN || last >= INT32_MAX || !lua_checkstack(L, (int)count)) return luaL_error(L, "too many results to unpack");
    for (lua_Integer i = 0; i < (lua_Integer)count; i++) lua_rawgeti(L, 1, (lua_Integer)first + i);
    return (int)count;
}

/* What pcall answers for the error on top of the stack: Redis shows the text of its own error tables. */
static void unwrap_error(lua_State *L) {
    plua_host *host = plua_host_of(L);
    if (host->stopped != NULL) lua_error(L);
    plua_normalize_error(L, -1);
    if (lua_type(L, -1) == LUA_TTABLE) {
        lua_pushliteral(L, "err");
        if (lua_rawget(L, -2) == LUA_TSTRING) {
            lua_remove(L, -2);
        } else {
            lua_pop(L, 1);
        }
    }
}

static int base_pcall(lua_State *L) {
    if (lua_gettop(L) == 0) lua_pushboolean(L, 1); /* the server calls what happens to lie there */
    int status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
    if (status != LUA_OK) unwrap_error(L);
    lua_pushboolean(L, status == LUA_OK);
    lua_insert(L, 1);
    return lua_gettop(L);
}

/* Calls xpcall's handler (an upvalue of 5.1's interpreter, here of this closure) with an error in its 5.1 form. */
static int call_handler(lua_State *L) {
    if (plua_host_of(L)->stopped != NULL) return 1;
    plua_normalize_error(L, 1);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);
    return 1;
}

static int base_xpcall(lua_State *L) {
    luaL_checkany(L, 2);
    lua_settop(L, 2);
    lua_pushvalue(L, 2);
    lua_pushcclosure(L, call_handler, 1);
    lua_replace(L, 2);
    lua_insert(L, 1); /* handler, function */
    int status = lua_pcall(L, 0, LUA_MULTRET, 1);
    if (status != LUA_OK && plua_host_of(L)->stopped != NULL) return lua_error(L);
    lua_pushboolean(L, status == LUA_OK);
    lua_replace(L, 1);
    return lua_gettop(L);
}

/* Reading a byte of source takes as long as so many steps, at worst. */
#define STEPS_PER_COMPILED_BYTE 8

typedef struct {
    plua_slice text;
    const char *chunk, *helpers;
} compile_request;

static int compile_protected(lua_State *L) {
    compile_request *request = lua_touserdata(L, 1);
    return plua_push_chunk(L, request->text, request->chunk, request->helpers);
}

/* Pushes the function made of 5.1 source text, or nil and the compiler's message. */
static int compile(lua_State *L, plua_slice source, const char *chunk) {
    plua_host *host = plua_host_of(L);
    plua_charge(L, source.length * STEPS_PER_COMPILED_BYTE);
    plua_reply reply = {PLUA_NIL, 0, {"", 0}, 0};
    host->services.translate(host->context, source, chunk, &reply);
    if (reply.kind != PLUA_BULK) {
        lua_pushnil(L);
        lua_pushlstring(L, reply.bytes.data, reply.bytes.length);
        return 2;
    }
    /* The text begins with the letters of the helpers it takes, ended by a NUL. */
    size_t letters = strlen(reply.bytes.data) + 1;
    compile_request request = {
        {reply.bytes.data + letters, reply.bytes.length - letters}, chunk, reply.bytes.data};
    lua_pushcfunction(L, compile_protected);
    lua_pushlightuserdata(L, &request);
    if (lua_pcall(L, 1, 1, 0) == LUA_OK) return 1;
    lua_pushnil(L);
    lua_insert(L, -2);
    return 2;
}

static int base_loadstring(lua_State *L) {
    plua_slice source;
    source.data = plua_check_text(L, 1, &source.length);
    return compile(L, source, luaL_optstring(L, 2, source.data));
}

static int base_load(lua_State *L) {
    const char *chunk = luaL_optstring(L, 2, "=(load)");
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 2);
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    for (;;) {
        plua_charge(L, 1);
        lua_pushvalue(L, 1);
        lua_call(L, 0, 1);
        if (!lua_isnil(L, -1) && !lua_isstring(L, -1)) return luaL_error(L, "reader function must return a string");
        size_t length = 0;
        if (!lua_isnil(L, -1)) plua_check_text(L, lua_gettop(L), &length);
        if (length == 0) {
            lua_pop(L, 1);
            break;
        }
        luaL_addvalue(&buffer);
    }
    luaL_pushresult(&buffer);
    plua_slice source;
    source.data = lua_tolstring(L, -1, &source.length);
    return compile(L, source, chunk);
}

void plua_base_library(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"assert", base_assert}, {"collectgarbage", base_collectgarbage}, {"error", base_error},
        {"gcinfo", base_gcinfo}, {"getmetatable", base_getmetatable}, {"ipairs", base_ipairs},
        {"load", base_load}, {"loadstring", base_loadstring}, {"next", base_next},
        {"pairs", base_pairs}, {"pcall", base_pcall}, {"rawequal", base_rawequal},
        {"rawget", base_rawget}, {"rawset", base_rawset}, {"select", base_select},
        {"setmetatable", base_setmetatable}, {"tonumber", base_tonumber}, {"tostring", base_tostring},
        {"type", base_type}, {"unpack", base_unpack}, {"xpcall", base_xpcall},
        {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
    lua_pushliteral(L, "Lua 5.1");
    lua_setfield(L, -2, "_VERSION");
}
