/*
 * The names of operands in error texts: "attempt to concatenate local 'x' (a nil value)".
 *
 * Lua 5.4 names the variable in errors of its own operators. Concatenation and modulo are helpers here, and arithmetic
 * with strings is done by metamethods; they do not see where their operands come from. What operands are called is
 * known from the script's text, by line and operator. Where a line has several such operations, those are ruled out
 * whose variable does not have the value at fault; if more than one name is left, none is given.
 */
#include <stdlib.h>
#include <string.h>

#include "host.h"

/* Registry key of a table that has the names of each script by its reference, in the form of LuaOperandNames. */
static const char operand_names = 0;

void plua_set_operand_names(lua_State *L, int reference, plua_slice names) {
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &operand_names) != LUA_TTABLE) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &operand_names);
    }
    lua_pushlstring(L, names.length > 0 ? names.data : "", names.length);
    lua_rawseti(L, -2, reference);
    lua_pop(L, 1);
}

void plua_forget_operand_names(lua_State *L, int reference) {
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &operand_names) == LUA_TTABLE) {
        lua_pushnil(L);
        lua_rawseti(L, -2, reference);
    }
    lua_pop(L, 1);
}

/* Whether "kind 'name'" is of that kind; if so, *name and *length are its name. */
static int is_kind(plua_slice text, const char *kind, plua_slice *name) {
    size_t length = strlen(kind);
    if (text.length < length + 3 || memcmp(text.data, kind, length) != 0 || text.data[length] != ' ') return 0;
    name->data = text.data + length + 2;
    name->length = text.length - length - 3;
    return 1;
}

static int is_name(const char *found, plua_slice name) {
    return strlen(found) == name.length && memcmp(found, name.data, name.length) == 0;
}

/* Whether the variable of that name has another value than the culprit, or is not there; or nothing is at fault. */
static int is_refuted(lua_State *L, lua_Debug *where, plua_slice text, int culprit) {
    plua_slice name;
    const char *found;
    int is_equal = 0;
    if (text.length == 1 && *text.data == '-') return 1;
    if (is_kind(text, "local", &name)) { /* the last of that name is the one in sight */
        for (int i = 1; (found = lua_getlocal(L, where, i)) != NULL; i++) {
            if (is_name(found, name)) is_equal = lua_rawequal(L, -1, culprit);
            lua_pop(L, 1);
        }
        return !is_equal;
    }
    if (is_kind(text, "upvalue", &name)) {
        lua_getinfo(L, "f", where);
        for (int i = 1; (found = lua_getupvalue(L, -1, i)) != NULL; i++) {
            if (is_name(found, name)) is_equal = lua_rawequal(L, -1, culprit);
            lua_pop(L, 1);
        }
        lua_pop(L, 1);
        return !is_equal;
    }
    return 0;
}

/* The operand of that number, counted from 1, if the entry has so many. */
static int find_operand(plua_slice entry, int operand, int operands, plua_slice *name) {
    int count = 1;
    const char *start = entry.data, *end = entry.data + entry.length;
    for (const char *cursor = start;; cursor++) {
        if (cursor < end && *cursor != '\t') continue;
        if (count == operand) {
            name->data = start;
            name->length = (size_t)(cursor - start);
        }
        if (cursor == end) return count == operands;
        count++;
        start = cursor + 1;
    }
}

/* Finds the name of the operand at the stack index `culprit` in the names of a script. */
static plua_slice find_name(
    lua_State *L, lua_Debug *where, plua_slice names, char operator, int culprit, int operands) {
    plua_slice found = {NULL, 0};
    const char *end = names.data + names.length;
    for (const char *line = names.data; line < end;) {
        const char *line_end = memchr(line, '\n', (size_t)(end - line));
        char *cursor;
        long number = strtol(line, &cursor, 10);
        plua_slice entry = {cursor + 1, (size_t)(line_end - cursor - 1)}, name;
        line = line_end + 1;
        if (number != where->currentline || *cursor != operator) continue;
        if (!find_operand(entry, culprit, operands, &name) || is_refuted(L, where, name, culprit)) continue;
        if (found.data != NULL && (found.length != name.length || memcmp(found.data, name.data, name.length) != 0)) {
            return (plua_slice){NULL, 0};
        }
        found = name;
    }
    return found;
}

/*
 * Raises "attempt to <action> <variable> (a <type> value)" for the operand at the stack index `culprit` of a C function
 * whose first arguments are all the operands.
 */
int plua_operand_error(lua_State *L, const char *action, char operator, int culprit, int operands) {
    lua_Debug where;
    plua_slice name = {NULL, 0}, names;
    luaL_checkstack(L, 8, NULL);
    if (lua_getstack(L, 1, &where) && lua_getinfo(L, "Sl", &where) && strcmp(where.source, "@user_script") == 0
        && lua_rawgetp(L, LUA_REGISTRYINDEX, &operand_names) == LUA_TTABLE
        && lua_rawgeti(L, -1, plua_host_of(L)->reference) == LUA_TSTRING) {
        names.data = lua_tolstring(L, -1, &names.length);
        plua_charge(L, names.length / 256);
        name = find_name(L, &where, names, operator, culprit, operands);
    }
    if (name.length == 0) return luaL_error(L, "attempt to %s a %s value", action, luaL_typename(L, culprit));
    lua_pushlstring(L, name.data, name.length);
    return luaL_error(L, "attempt to %s %s (a %s value)", action, lua_tostring(L, -1), luaL_typename(L, culprit));
}
