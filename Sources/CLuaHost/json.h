/* The library cjson: see json_library.c, json_encode.c and json_decode.c. */
#ifndef PLUA_JSON_H
#define PLUA_JSON_H

#include "host.h"

/* How numbers that are infinite or none at all are written. */
enum { PLUA_JSON_REFUSE, PLUA_JSON_WRITE, PLUA_JSON_AS_NULL };

static inline plua_json_settings *plua_json_settings_of(lua_State *L) {
    return lua_touserdata(L, lua_upvalueindex(1));
}

/*
 * The library's functions that write and read. Nesting is bounded by the settings, and by the stack that a C function
 * has on the server, PLUA_MOST_VALUES: what encoding and decoding would take of it is counted here, too.
 */
int plua_json_encode(lua_State *L);
int plua_json_decode(lua_State *L);

#endif
