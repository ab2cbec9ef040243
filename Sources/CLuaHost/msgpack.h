/* The library cmsgpack: see msgpack_encode.c and msgpack_decode.c. */
#ifndef PLUA_MSGPACK_H
#define PLUA_MSGPACK_H

#include "host.h"

/* First bytes of MessagePack's formats; those that are ranges hold a small number or length in their low bits. */
enum {
    MP_FIXMAP = 0x80, MP_FIXARRAY = 0x90, MP_FIXSTR = 0xA0, MP_NIL = 0xC0, MP_FALSE = 0xC2, MP_TRUE = 0xC3,
    MP_FLOAT = 0xCA, MP_DOUBLE = 0xCB,
    MP_UINT8 = 0xCC, MP_UINT16 = 0xCD, MP_UINT32 = 0xCE, MP_UINT64 = 0xCF,
    MP_INT8 = 0xD0, MP_INT16 = 0xD1, MP_INT32 = 0xD2, MP_INT64 = 0xD3,
    MP_STR8 = 0xD9, MP_STR16 = 0xDA, MP_STR32 = 0xDB, MP_ARRAY16 = 0xDC, MP_ARRAY32 = 0xDD, MP_MAP16 = 0xDE,
    MP_MAP32 = 0xDF, MP_NEGATIVE = 0xE0
};

int plua_msgpack_pack(lua_State *L);
int plua_msgpack_unpack(lua_State *L);
int plua_msgpack_unpack_one(lua_State *L);
int plua_msgpack_unpack_limit(lua_State *L);

#endif
