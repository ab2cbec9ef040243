/*
 * The library `cjson` 2.1.0 as Redis carries it: its functions and their settings.
 *
 * On the server, settings outlast the script that makes them, and change what all scripts get from then on. Here every
 * run of a script begins with the standard ones; those of a table that cjson.new made go with it in both places.
 */
#include "json.h"

#include <string.h>

void plua_json_reset(plua_json_settings *settings) {
    *settings = (plua_json_settings){
        .sparse_as_object = 0, .sparse_ratio = 2, .sparse_safe = 10, .encode_depth = 1000, .decode_depth = 1000,
        .precision = 14, .keep_buffer = 1, .invalid_written = PLUA_JSON_REFUSE, .invalid_read = 1};
}

/* The settings, when there are no more arguments than wanted; missing ones are nil from here on. */
static plua_json_settings *begin(lua_State *L, int most) {
    luaL_argcheck(L, lua_gettop(L) <= most, most + 1, "found too many arguments");
    lua_settop(L, most);
    return plua_json_settings_of(L);
}

/* Sets an integer unless the argument is nil, and pushes what it is then. */
static void integer_option(lua_State *L, int index, int *setting, int lowest, int highest) {
    if (!lua_isnil(L, index)) {
        int value = (int)(int32_t)(uint32_t)(uint64_t)plua_integer_of(plua_check_number(L, index));
        if (value < lowest || value > highest) {
            /* The server, too, blames the first argument, whichever it was. */
            luaL_argerror(L, 1, lua_pushfstring(L, "expected integer between %d and %d", lowest, highest));
        }
        *setting = value;
    }
    lua_pushnumber(L, *setting);
}

/* Sets one of "off", "on" and perhaps "null", or a boolean, unless the argument is nil; pushes what it is then. */
static void choice_option(lua_State *L, int index, int *setting, int choices) {
    static const char *const names[] = {"off", "on", "null"};
    if (lua_isboolean(L, index)) {
        *setting = lua_toboolean(L, index);
    } else if (!lua_isnil(L, index)) {
        size_t length;
        const char *name = plua_check_text(L, index, &length);
        int choice = 0;
        while (choice < choices && strcmp(names[choice], name) != 0) choice++;
        if (choice == choices) luaL_argerror(L, index, lua_pushfstring(L, "invalid option '%s'", name));
        *setting = choice;
    }
    if (*setting < 2) {
        lua_pushboolean(L, *setting);
    } else {
        lua_pushstring(L, names[*setting]);
    }
}

static int json_encode_sparse_array(lua_State *L) {
    plua_json_settings *settings = begin(L, 3);
    choice_option(L, 1, &settings->sparse_as_object, 2);
    integer_option(L, 2, &settings->sparse_ratio, 0, INT32_MAX);
    integer_option(L, 3, &settings->sparse_safe, 0, INT32_MAX);
    return 3;
}

static int json_encode_max_depth(lua_State *L) {
    integer_option(L, 1, &begin(L, 1)->encode_depth, 1, INT32_MAX);
    return 1;
}

static int json_decode_max_depth(lua_State *L) {
    integer_option(L, 1, &begin(L, 1)->decode_depth, 1, INT32_MAX);
    return 1;
}

static int json_encode_number_precision(lua_State *L) {
    integer_option(L, 1, &begin(L, 1)->precision, 1, 14);
    return 1;
}

/* Changes nothing but what it answers: there is no buffer to keep. */
static int json_encode_keep_buffer(lua_State *L) {
    choice_option(L, 1, &begin(L, 1)->keep_buffer, 2);
    return 1;
}

static int json_encode_invalid_numbers(lua_State *L) {
    choice_option(L, 1, &begin(L, 1)->invalid_written, 3);
    return 1;
}

static int json_decode_invalid_numbers(lua_State *L) {
    choice_option(L, 1, &begin(L, 1)->invalid_read, 2);
    return 1;
}

static int json_new(lua_State *L);

/* Fills the table below the settings, which are on top of the stack and taken off. */
static void fill(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"decode", plua_json_decode}, {"decode_invalid_numbers", json_decode_invalid_numbers},
        {"decode_max_depth", json_decode_max_depth}, {"encode", plua_json_encode},
        {"encode_invalid_numbers", json_encode_invalid_numbers}, {"encode_keep_buffer", json_encode_keep_buffer},
        {"encode_max_depth", json_encode_max_depth}, {"encode_number_precision", json_encode_number_precision},
        {"encode_sparse_array", json_encode_sparse_array}, {"new", json_new}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 1);
    lua_pushlightuserdata(L, NULL);
    lua_setfield(L, -2, "null");
    lua_pushliteral(L, "cjson");
    lua_setfield(L, -2, "_NAME");
    lua_pushliteral(L, "2.1.0");
    lua_setfield(L, -2, "_VERSION");
}

/* A library of the script's own, with settings of its own. */
static int json_new(lua_State *L) {
    lua_newtable(L);
    plua_json_reset(lua_newuserdatauv(L, sizeof(plua_json_settings), 0));
    fill(L);
    return 1;
}

void plua_json_library(lua_State *L) {
    lua_pushlightuserdata(L, &plua_host_of(L)->json);
    fill(L);
}
