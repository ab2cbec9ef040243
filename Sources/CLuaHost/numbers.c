/* Numbers as text and back, the way Lua 5.1 and Redis do it: every number is a double. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

/*
 * Formats a number like "%.14g" (tostring and ..) or "%.17g" (arguments of commands). Whole numbers short enough for
 * the precision are by far the most common and need no printf.
 */
size_t plua_format_number(double value, char buffer[PLUA_NUMBER_SIZE], int digits) {
    double limit = digits >= 17 ? 1e17 : 1e14;
    if (value > -limit && value < limit && value == (double)(int64_t)value && (value != 0 || !signbit(value))) {
        char reversed[24];
        size_t length = 0, count = 0;
        int64_t whole = (int64_t)value;
        uint64_t rest = whole < 0 ? 0 - (uint64_t)whole : (uint64_t)whole;
        do {
            reversed[count++] = (char)('0' + rest % 10);
            rest /= 10;
        } while (rest != 0);
        if (whole < 0) buffer[length++] = '-';
        while (count > 0) buffer[length++] = reversed[--count];
        buffer[length] = '\0';
        return length;
    }
    int length = snprintf(buffer, PLUA_NUMBER_SIZE, "%.*g", digits, value);
    return length > 0 ? (size_t)length : 0;
}

/*
 * Reads a number as Lua 5.1 does with C's strtod: surrounding white space, hexadecimal, "inf" and "nan" included. Text
 * after a NUL is not looked at.
 */
int plua_parse_number(const char *text, double *value) {
    /* Up to 15 plain digits are exact and spare strtod. */
    uint64_t whole = 0;
    const char *cursor = text;
    while (*cursor >= '0' && *cursor <= '9' && cursor - text < 15) whole = whole * 10 + (uint64_t)(*cursor++ - '0');
    if (*cursor == '\0' && cursor != text) {
        *value = (double)whole;
        return 1;
    }
    char *end;
    *value = strtod(text, &end);
    if (end == text) return 0;
    while (isspace((unsigned char)*end)) end++;
    return *end == '\0';
}

/* The number that an operand of arithmetic is, or 0 if it is none. */
int plua_operand(lua_State *L, int index, double *value) {
    switch (lua_type(L, index)) {
    case LUA_TNUMBER: *value = lua_tonumber(L, index); return 1;
    case LUA_TSTRING: return plua_parse_number(lua_tostring(L, index), value);
    default: return 0;
    }
}

/* C's cast of a double to an int, where what does not fit is the lowest one. */
int plua_int_of(double value) {
    return value > -2147483649.0 && value < 2147483648.0 ? (int)value : INT32_MIN;
}

/* A position in a text, where a negative one counts from the end; 0 when it lies before the text. */
ptrdiff_t plua_position(double position, size_t length) {
    ptrdiff_t result = (ptrdiff_t)plua_integer_of(position);
    if (result < 0) result += (ptrdiff_t)length + 1;
    return result >= 0 ? result : 0;
}

/* A number argument. A text is read as 5.1 reads it: 5.4 knows no "inf", and wraps long hexadecimal numbers. */
double plua_check_number(lua_State *L, int index) {
    double value;
    if (lua_type(L, index) == LUA_TNUMBER) return lua_tonumber(L, index);
    if (lua_type(L, index) == LUA_TSTRING && plua_parse_number(lua_tostring(L, index), &value)) return value;
    return (double)luaL_typeerror(L, index, "number");
}

/* As plua_check_number for an argument that may be left out. */
double plua_opt_number(lua_State *L, int index, double otherwise) {
    return lua_isnoneornil(L, index) ? otherwise : plua_check_number(L, index);
}

/* A text argument. A number is replaced by its text, as 5.1 writes it. */
const char *plua_check_text(lua_State *L, int index, size_t *length) {
    if (lua_type(L, index) == LUA_TNUMBER) {
        char number[PLUA_NUMBER_SIZE];
        lua_pushlstring(L, number, plua_format_number(lua_tonumber(L, index), number, 14));
        lua_replace(L, index);
    }
    return luaL_checklstring(L, index, length);
}

/* C's cast of a double to a 64-bit integer as x86 carries it out; the language leaves what does not fit undefined. */
int64_t plua_integer_of(double value) {
    if (value >= -9223372036854775808.0 && value < 9223372036854775808.0) return (int64_t)value;
    return INT64_MIN;
}
