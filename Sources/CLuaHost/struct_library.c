/*
 * Packing of numbers and strings into bytes, with the formats of the `struct` library that Redis carries:
 *   > < = !n  byte order and alignment      b B h H l L i[n] I[n] T  integers      f d  floats
 *   x  padding     c[n]  n bytes (c0: as long as the number before says)     s  bytes up to a NUL     space: nothing
 */
#include <ctype.h>
#include <string.h>

#include "host.h"

#define LARGEST_INTEGER 32

typedef struct {
    int little;
    size_t alignment;
} layout;

static int native_little(void) {
    const uint16_t probe = 1;
    return *(const uint8_t *)&probe == 1;
}

static size_t read_size(lua_State *L, const char **format, size_t standard) {
    if (!isdigit((unsigned char)**format)) return standard;
    size_t size = 0;
    while (isdigit((unsigned char)**format)) {
        if (size > (size_t)INT32_MAX / 10) luaL_error(L, "integral size overflow");
        size = size * 10 + (size_t)(*(*format)++ - '0');
    }
    return size;
}

/* How many bytes an option stands for; advances past its size. */
static size_t option_size(lua_State *L, char option, const char **format) {
    switch (option) {
    case 'b': case 'B': case 'x': return 1;
    case 'h': case 'H': return sizeof(short);
    case 'l': case 'L': return sizeof(long);
    case 'T': return sizeof(size_t);
    case 'f': return sizeof(float);
    case 'd': return sizeof(double);
    case 'c': return read_size(L, format, 1);
    case 'i': case 'I': {
        size_t size = read_size(L, format, sizeof(int));
        if (size > LARGEST_INTEGER) luaL_error(L, "integral size %d is larger than limit of %d", (int)size, LARGEST_INTEGER);
        return size;
    }
    default: return 0;
    }
}

static size_t padding(size_t position, layout format, char option, size_t size) {
    if (size == 0 || option == 'c') return 0;
    if (size > format.alignment) size = format.alignment;
    return size > 1 ? (size - (position & (size - 1))) & (size - 1) : 0;
}

/* Options that change the layout or mean nothing; anything unknown is an error. */
static void control_option(lua_State *L, char option, const char **format, layout *current) {
    switch (option) {
    case ' ': return;
    case '>': current->little = 0; return;
    case '<': current->little = 1; return;
    case '=': current->little = native_little(); return;
    case '!': {
        size_t alignment = read_size(L, format, sizeof(double));
        if (alignment == 0 || (alignment & (alignment - 1)) != 0) luaL_error(L, "alignment is not a power of 2");
        current->alignment = alignment;
        return;
    }
    default: luaL_argerror(L, 1, lua_pushfstring(L, "invalid format option '%c'", option));
    }
}

static int is_integer_option(char option) {
    return strchr("bBhHlLiIT", option) != NULL;
}

static void put_bytes(luaL_Buffer *buffer, const void *value, size_t size, int little) {
    const char *bytes = value;
    for (size_t i = 0; i < size; i++) luaL_addchar(buffer, bytes[little == native_little() ? i : size - 1 - i]);
}

static int struct_pack(lua_State *L) {
    const char *format = luaL_checkstring(L, 1);
    layout current = {native_little(), 1};
    int argument = 2;
    size_t total = 0;
    lua_pushnil(L); /* keeps the buffer's place above the arguments from being mistaken for one */
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    while (*format != '\0') {
        char option = *format++;
        size_t size = option_size(L, option, &format);
        size_t pad = padding(total, current, option, size);
        for (size_t i = 0; i < pad; i++) luaL_addchar(&buffer, '\0');
        total += pad;
        if (is_integer_option(option)) {
            lua_Number number = plua_check_number(L, argument++);
            uint64_t value = number < 0 ? (uint64_t)plua_integer_of(number)
                : number < 9223372036854775808.0 ? (uint64_t)number : (uint64_t)INT64_MIN;
            char bytes[LARGEST_INTEGER];
            for (size_t i = 0; i < size; i++) {
                bytes[current.little ? i : size - 1 - i] = (char)(value & 0xFF);
                value >>= 8;
            }
            luaL_addlstring(&buffer, bytes, size);
        } else if (option == 'x') {
            luaL_addchar(&buffer, '\0');
        } else if (option == 'f') {
            float value = (float)plua_check_number(L, argument++);
            put_bytes(&buffer, &value, sizeof value, current.little);
        } else if (option == 'd') {
            double value = plua_check_number(L, argument++);
            put_bytes(&buffer, &value, sizeof value, current.little);
        } else if (option == 'c' || option == 's') {
            size_t length;
            const char *text = plua_check_text(L, argument++, &length);
            if (option == 's' || size == 0) size = length;
            luaL_argcheck(L, length >= size, argument, "string too short");
            luaL_addlstring(&buffer, text, size);
            if (option == 's') {
                luaL_addchar(&buffer, '\0');
                size++;
            }
        } else {
            control_option(L, option, &format, &current);
        }
        total += size;
    }
    luaL_pushresult(&buffer);
    return 1;
}

static lua_Number get_integer(const char *bytes, size_t size, int little, int is_signed) {
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++) value = value << 8 | (uint8_t)bytes[little ? size - 1 - i : i];
    if (!is_signed) return (lua_Number)value;
    if (size < 8) {
        uint64_t sign = (uint64_t)1 << (size * 8 - 1);
        value = (value ^ sign) - sign;
    }
    return (lua_Number)(int64_t)value;
}

static void get_bytes(void *value, const char *bytes, size_t size, int little) {
    char *target = value;
    for (size_t i = 0; i < size; i++) target[i] = bytes[little == native_little() ? i : size - 1 - i];
}

static int struct_unpack(lua_State *L) {
    const char *format = luaL_checkstring(L, 1);
    size_t length;
    const char *data = plua_check_text(L, 2, &length);
    lua_Number start = plua_opt_number(L, 3, 1);
    luaL_argcheck(L, start >= 1 && start <= 4503599627370496.0, 3, "offset must be 1 or greater");
    size_t position = (size_t)start - 1;
    layout current = {native_little(), 1};
    int results = 0;
    while (*format != '\0') {
        char option = *format++;
        size_t size = option_size(L, option, &format);
        position += padding(position, current, option, size);
        luaL_argcheck(L, size <= length && position <= length - size, 2, "data string too short");
        luaL_checkstack(L, 2, "too many results");
        const char *bytes = data + position;
        if (is_integer_option(option)) {
            lua_pushnumber(L, size == 0 ? 0 : get_integer(bytes, size, current.little, islower((unsigned char)option)));
            results++;
        } else if (option == 'f') {
            float value;
            get_bytes(&value, bytes, sizeof value, current.little);
            lua_pushnumber(L, value);
            results++;
        } else if (option == 'd') {
            double value;
            get_bytes(&value, bytes, sizeof value, current.little);
            lua_pushnumber(L, value);
            results++;
        } else if (option == 'c') {
            if (size == 0) { /* as long as the number before says, which this replaces */
                if (results == 0 || lua_type(L, -1) != LUA_TNUMBER) luaL_error(L, "format 'c0' needs a previous size");
                lua_Number wanted = lua_tonumber(L, -1);
                lua_pop(L, 1);
                results--;
                luaL_argcheck(L, wanted >= 0 && wanted <= (lua_Number)(length - position), 2, "data string too short");
                size = (size_t)wanted;
            }
            lua_pushlstring(L, bytes, size);
            results++;
        } else if (option == 's') {
            const char *end = memchr(bytes, '\0', length - position);
            if (end == NULL) luaL_error(L, "unfinished string in data");
            size = (size_t)(end - bytes) + 1;
            lua_pushlstring(L, bytes, size - 1);
            results++;
        } else if (option != 'x') {
            control_option(L, option, &format, &current);
        }
        position += size;
    }
    lua_pushnumber(L, (lua_Number)(position + 1));
    return results + 1;
}

static int struct_size(lua_State *L) {
    const char *format = luaL_checkstring(L, 1);
    layout current = {native_little(), 1};
    size_t position = 0;
    while (*format != '\0') {
        char option = *format++;
        size_t size = option_size(L, option, &format);
        position += padding(position, current, option, size);
        if (option == 's') luaL_argerror(L, 1, "variable-size format in 'size'");
        if (option == 'c' && size == 0) luaL_argerror(L, 1, "variable-length format in 'size'");
        if (size == 0 && !is_integer_option(option)) control_option(L, option, &format, &current);
        position += size;
    }
    lua_pushnumber(L, (lua_Number)position);
    return 1;
}

void plua_struct_library(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"pack", struct_pack}, {"size", struct_size}, {"unpack", struct_unpack}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
