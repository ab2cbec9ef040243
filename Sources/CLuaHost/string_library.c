/* The string functions of Lua 5.1, but for those that search. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "host.h"

static int string_byte(lua_State *L) {
    size_t length;
    const char *text = plua_check_text(L, 1, &length);
    ptrdiff_t first = plua_position(plua_opt_number(L, 2, 1), length);
    ptrdiff_t last = plua_position(plua_opt_number(L, 3, (lua_Number)first), length);
    if (first <= 0) first = 1;
    if (last > (ptrdiff_t)length) last = (ptrdiff_t)length;
    if (first > last) return 0;
    ptrdiff_t count = last - first + 1;
    if (count >= PLUA_MOST_VALUES || !lua_checkstack(L, (int)count)) {
        return luaL_error(L, "stack overflow (string slice too long)");
    }
    for (ptrdiff_t i = 0; i < count; i++) lua_pushnumber(L, (unsigned char)text[first + i - 1]);
    return (int)count;
}

static int string_char(lua_State *L) {
    int count = lua_gettop(L);
    luaL_Buffer buffer;
    char *bytes = luaL_buffinitsize(L, &buffer, (size_t)count);
    for (int i = 1; i <= count; i++) {
        ptrdiff_t byte = (ptrdiff_t)plua_integer_of(plua_check_number(L, i));
        luaL_argcheck(L, 0 <= byte && byte <= 255, i, "invalid value");
        bytes[i - 1] = (char)byte;
    }
    luaL_pushresultsize(&buffer, (size_t)count);
    return 1;
}

static int string_len(lua_State *L) {
    size_t length;
    plua_check_text(L, 1, &length);
    lua_pushnumber(L, (lua_Number)length);
    return 1;
}

static int map_bytes(lua_State *L, int (*map)(int)) {
    size_t length;
    const char *text = plua_check_text(L, 1, &length);
    luaL_Buffer buffer;
    char *bytes = luaL_buffinitsize(L, &buffer, length);
    for (size_t i = 0; i < length; i++) bytes[i] = (char)map((unsigned char)text[i]);
    luaL_pushresultsize(&buffer, length);
    return 1;
}

static int string_lower(lua_State *L) {
    return map_bytes(L, tolower);
}

static int string_upper(lua_State *L) {
    return map_bytes(L, toupper);
}

static int string_rep(lua_State *L) {
    size_t length;
    const char *text = plua_check_text(L, 1, &length);
    ptrdiff_t count = (ptrdiff_t)plua_integer_of(plua_check_number(L, 2));
    luaL_Buffer buffer;
    if (count <= 0 || length == 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    if (length > (size_t)PTRDIFF_MAX / (size_t)count) return luaL_error(L, "resulting string too large");
    char *bytes = luaL_buffinitsize(L, &buffer, length * (size_t)count);
    for (ptrdiff_t i = 0; i < count; i++) memcpy(bytes + (size_t)i * length, text, length);
    luaL_pushresultsize(&buffer, length * (size_t)count);
    return 1;
}

static int string_reverse(lua_State *L) {
    size_t length;
    const char *text = plua_check_text(L, 1, &length);
    luaL_Buffer buffer;
    char *bytes = luaL_buffinitsize(L, &buffer, length);
    for (size_t i = 0; i < length; i++) bytes[i] = text[length - 1 - i];
    luaL_pushresultsize(&buffer, length);
    return 1;
}

static int string_sub(lua_State *L) {
    size_t length;
    const char *text = plua_check_text(L, 1, &length);
    ptrdiff_t first = plua_position(plua_check_number(L, 2), length);
    ptrdiff_t last = plua_position(plua_opt_number(L, 3, -1), length);
    if (first < 1) first = 1;
    if (last > (ptrdiff_t)length) last = (ptrdiff_t)length;
    if (first > last) {
        lua_pushliteral(L, "");
    } else {
        lua_pushlstring(L, text + first - 1, (size_t)(last - first + 1));
    }
    return 1;
}

/* Functions in binary form are refused by load; so the header, by which it knows them, is enough. */
static int string_dump(lua_State *L) {
    static const char header[] = "\033LuaQ\0\1\4\10\4\10";
    luaL_checktype(L, 1, LUA_TFUNCTION);
    if (lua_iscfunction(L, 1)) return luaL_error(L, "unable to dump given function");
    lua_pushlstring(L, header, sizeof header);
    return 1;
}

/* Adds a string in a form that the Lua reader reads back. */
static void add_quoted(lua_State *L, luaL_Buffer *buffer, int index) {
    size_t length;
    const char *text = plua_check_text(L, index, &length);
    luaL_addchar(buffer, '"');
    for (size_t i = 0; i < length; i++) {
        switch (text[i]) {
        case '"': case '\\': case '\n':
            luaL_addchar(buffer, '\\');
            luaL_addchar(buffer, text[i]);
            break;
        case '\r': luaL_addstring(buffer, "\\r"); break;
        case '\0': luaL_addstring(buffer, "\\000"); break;
        default: luaL_addchar(buffer, text[i]);
        }
    }
    luaL_addchar(buffer, '"');
}

#define SPECIFICATION_SIZE 16 /* "%-+ #0" with two digits of width and of precision, and the conversion */

/* Copies the flags, width and precision behind a '%' and answers where they end. */
static const char *read_specification(lua_State *L, const char *format, char *specification) {
    const char *cursor = format;
    while (*cursor != '\0' && strchr("-+ #0", *cursor) != NULL) cursor++;
    if (cursor - format > 5) luaL_error(L, "invalid format (repeated flags)");
    for (int i = 0; i < 2 && isdigit((unsigned char)*cursor); i++) cursor++;
    if (*cursor == '.') {
        cursor++;
        for (int i = 0; i < 2 && isdigit((unsigned char)*cursor); i++) cursor++;
    }
    if (isdigit((unsigned char)*cursor)) luaL_error(L, "invalid format (width or precision too long)");
    *specification++ = '%';
    memcpy(specification, format, (size_t)(cursor - format));
    specification[cursor - format] = '\0';
    return cursor;
}

static void add_conversion(char *specification, const char *conversion) {
    strcat(specification, conversion);
}

static int string_format(lua_State *L) {
    int argument = 1;
    size_t format_length;
    const char *format = plua_check_text(L, 1, &format_length);
    const char *end = format + format_length;
    lua_pushnil(L); /* a missing argument is nil, not the buffer's place on the stack */
    int top = lua_gettop(L);
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    while (format < end) {
        if (*format != '%') {
            luaL_addchar(&buffer, *format++);
            continue;
        }
        if (*++format == '%') {
            luaL_addchar(&buffer, *format++);
            continue;
        }
        char specification[SPECIFICATION_SIZE + 4];
        char item[512]; /* the longest is "%99.99f" of the largest double */
        int written = 0;
        if (++argument >= top) luaL_argerror(L, argument, "no value");
        format = read_specification(L, format, specification);
        char conversion = *format++;
        char text[2] = {conversion, '\0'};
        switch (conversion) {
        case 'c':
            add_conversion(specification, text);
            snprintf(item, sizeof item, specification, (int)plua_integer_of(plua_check_number(L, argument)));
            written = (int)strlen(item); /* Lua 5.1 stops at a NUL, which the character itself may be */
            break;
        case 'd': case 'i':
            add_conversion(specification, "ll");
            add_conversion(specification, text);
            written = snprintf(
                item, sizeof item, specification, (long long)plua_integer_of(plua_check_number(L, argument)));
            break;
        case 'o': case 'u': case 'x': case 'X': {
            lua_Number number = plua_check_number(L, argument);
            unsigned long long whole = number < 9223372036854775808.0
                ? (unsigned long long)plua_integer_of(number)
                : number < 18446744073709551616.0 ? (unsigned long long)number : 0;
            add_conversion(specification, "ll");
            add_conversion(specification, text);
            written = snprintf(item, sizeof item, specification, whole);
            break;
        }
        case 'e': case 'E': case 'f': case 'g': case 'G':
            add_conversion(specification, text);
            written = snprintf(item, sizeof item, specification, plua_check_number(L, argument));
            break;
        case 'q': add_quoted(L, &buffer, argument); break;
        case 's': {
            size_t length;
            const char *value = plua_check_text(L, argument, &length);
            if (strchr(specification, '.') == NULL && length >= 100) {
                lua_pushvalue(L, argument); /* too long to be padded: kept whole, NULs included */
                luaL_addvalue(&buffer);
            } else {
                add_conversion(specification, "s");
                written = snprintf(item, sizeof item, specification, value);
            }
            break;
        }
        default: return luaL_error(L, "invalid option '%%%c' to 'format'", conversion);
        }
        if (written > 0) luaL_addlstring(&buffer, item, (size_t)written);
    }
    luaL_pushresult(&buffer);
    return 1;
}

/* Arithmetic with a string on at least one side: 5.1 converts by C's strtod, and to floats. */
static int arithmetic(
    lua_State *L, const char *event, char operator, lua_Number (*operation)(lua_Number, lua_Number)) {
    lua_Number a, b;
    if (plua_operand(L, 1, &a) && plua_operand(L, 2, &b)) {
        lua_pushnumber(L, operation(a, b));
        return 1;
    }
    if (lua_type(L, 2) != LUA_TSTRING && luaL_getmetafield(L, 2, event) != LUA_TNIL) {
        lua_insert(L, 1);
        lua_call(L, 2, 1);
        return 1;
    }
    return plua_operand_error(
        L, "perform arithmetic on", operator, plua_operand(L, 1, &a) ? 2 : 1, operator == 'n' ? 1 : 2);
}

static lua_Number add(lua_Number a, lua_Number b) { return a + b; }
static lua_Number subtract(lua_Number a, lua_Number b) { return a - b; }
static lua_Number multiply(lua_Number a, lua_Number b) { return a * b; }
static lua_Number divide(lua_Number a, lua_Number b) { return a / b; }
static lua_Number modulo(lua_Number a, lua_Number b) { return a - floor(a / b) * b; }
static lua_Number power(lua_Number a, lua_Number b) { return pow(a, b); }
static lua_Number negate(lua_Number a, lua_Number b) { (void)b; return -a; }

static int string_add(lua_State *L) { return arithmetic(L, "__add", '+', add); }
static int string_subtract(lua_State *L) { return arithmetic(L, "__sub", '-', subtract); }
static int string_multiply(lua_State *L) { return arithmetic(L, "__mul", '*', multiply); }
static int string_divide(lua_State *L) { return arithmetic(L, "__div", '/', divide); }
static int string_modulo(lua_State *L) { return arithmetic(L, "__mod", '%', modulo); }
static int string_power(lua_State *L) { return arithmetic(L, "__pow", '^', power); }
static int string_negate(lua_State *L) { return arithmetic(L, "__unm", 'n', negate); }

/* Gives strings their metatable: methods from the library on top of the stack, arithmetic, and nothing to change. */
static void set_metatable(lua_State *L) {
    static const luaL_Reg events[] = {
        {"__add", string_add}, {"__div", string_divide}, {"__mod", string_modulo}, {"__mul", string_multiply},
        {"__pow", string_power}, {"__sub", string_subtract}, {"__unm", string_negate}, {NULL, NULL}};
    lua_pushliteral(L, "");
    lua_newtable(L);
    luaL_setfuncs(L, events, 0);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_newtable(L);
    plua_new_readonly(L);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
}

void plua_string_library(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"byte", string_byte}, {"char", string_char}, {"dump", string_dump}, {"format", string_format},
        {"len", string_len}, {"lower", string_lower}, {"rep", string_rep}, {"reverse", string_reverse},
        {"sub", string_sub}, {"upper", string_upper}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
    plua_search_library(L);
    set_metatable(L);
}
