/*
 * Operations on the bits of numbers, with the functions and results of the `bit` library that Redis carries: operands
 * are taken modulo 2^32, results are signed 32-bit integers.
 */
#include <string.h>

#include "host.h"

/*
 * The 32 bits of a number argument. Adding 2^52 + 2^51 rounds to an integer, halves to even, and leaves its low bits
 * in those of the mantissa. For numbers beyond 2^51 that is no longer the integer modulo 2^32, but it is what the
 * server computes.
 */
static uint32_t bits_of(lua_State *L, int index) {
    double shifted = plua_check_number(L, index) + 6755399441055744.0;
    uint64_t mantissa;
    memcpy(&mantissa, &shifted, sizeof mantissa);
    return (uint32_t)mantissa;
}

static int push_bits(lua_State *L, uint32_t bits) {
    lua_pushnumber(L, bits < 0x80000000 ? (lua_Number)bits : (lua_Number)bits - 4294967296.0);
    return 1;
}

static int bit_tobit(lua_State *L) {
    return push_bits(L, bits_of(L, 1));
}

static int bit_bnot(lua_State *L) {
    return push_bits(L, ~bits_of(L, 1));
}

static int bit_bswap(lua_State *L) {
    uint32_t bits = bits_of(L, 1);
    return push_bits(L, bits >> 24 | (bits >> 8 & 0xFF00) | (bits & 0xFF00) << 8 | bits << 24);
}

/* The first argument is looked at first, the others from the last on, which shows in the errors. */
#define FOLD(name, operator)                                                     \
    static int bit_##name(lua_State *L) {                                        \
        uint32_t bits = bits_of(L, 1);                                           \
        for (int i = lua_gettop(L); i > 1; i--) bits operator bits_of(L, i);     \
        return push_bits(L, bits);                                               \
    }

FOLD(band, &=)
FOLD(bor, |=)
FOLD(bxor, ^=)

static uint32_t rotate_left(uint32_t bits, uint32_t count) {
    return bits << count | bits >> ((32 - count) & 31);
}

/* Only the low five bits of a shift's width count. */
#define SHIFT(name, expression)                                                  \
    static int bit_##name(lua_State *L) {                                        \
        uint32_t bits = bits_of(L, 1);                                           \
        uint32_t count = bits_of(L, 2) & 31;                                     \
        return push_bits(L, expression);                                         \
    }

SHIFT(lshift, bits << count)
SHIFT(rshift, bits >> count)
SHIFT(arshift, bits < 0x80000000 ? bits >> count : ~(~bits >> count))
SHIFT(rol, rotate_left(bits, count))
SHIFT(ror, rotate_left(bits, (32 - count) & 31))

/* The last digits in hexadecimal: eight unless told, in capitals for a negative number of them. */
static int bit_tohex(lua_State *L) {
    uint32_t bits = bits_of(L, 1);
    uint32_t wanted = lua_isnone(L, 2) ? 8 : bits_of(L, 2);
    const char *digits = "0123456789abcdef";
    if (wanted >= 0x80000000) {
        wanted = 0 - wanted;
        digits = "0123456789ABCDEF";
    }
    size_t count = wanted < 8 ? wanted : 8;
    char text[8];
    for (size_t i = count; i > 0; i--, bits >>= 4) text[i - 1] = digits[bits & 15];
    lua_pushlstring(L, text, count);
    return 1;
}

void plua_bit_library(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"arshift", bit_arshift}, {"band", bit_band}, {"bnot", bit_bnot}, {"bor", bit_bor}, {"bswap", bit_bswap},
        {"bxor", bit_bxor}, {"lshift", bit_lshift}, {"rol", bit_rol}, {"ror", bit_ror}, {"rshift", bit_rshift},
        {"tobit", bit_tobit}, {"tohex", bit_tohex}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
