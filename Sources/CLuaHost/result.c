/* Results of scripts as replies, in the protocol of whoever gets them. */
#include <stdio.h>
#include <string.h>

#include "keys.h"

typedef struct {
    lua_State *L;
    int resp; /* protocol version */
    plua_keys keys;
} writer;

static void append_header(writer *w, char type, long long number) {
    char line[32];
    int length = snprintf(line, sizeof line, "%c%lld\r\n", type, number);
    plua_out_append(w->L, line, (size_t)length);
}

static void append_bulk(writer *w, const char *data, size_t length) {
    append_header(w, '$', (long long)length);
    plua_out_append(w->L, data, length);
    plua_out_append(w->L, "\r\n", 2);
}

static void append_null(writer *w) {
    if (w->resp == 3) {
        plua_out_append(w->L, "_\r\n", 3);
    } else {
        plua_out_append(w->L, "$-1\r\n", 5);
    }
}

static int is_line_break(char byte) {
    return byte == '\r' || byte == '\n';
}

/* A line ends at a line break, so those inside become spaces. */
static void append_line(writer *w, char type, const char *text, size_t length) {
    plua_host *host = plua_host_of(w->L);
    plua_out_append(w->L, &type, 1);
    size_t start = host->out_length;
    plua_out_append(w->L, text, length);
    for (size_t i = start; i < host->out_length; i++) {
        if (is_line_break(host->out[i])) host->out[i] = ' ';
    }
    plua_out_append(w->L, "\r\n", 2);
}

/* An error's text goes up to a NUL, as on the server, and loses the line breaks at its end. */
static void append_error(writer *w, const char *text) {
    size_t length = strlen(text);
    while (length > 0 && is_line_break(text[length - 1])) length--;
    append_line(w, '-', text, length);
}

static void append_double(writer *w, double value) {
    char number[PLUA_NUMBER_SIZE];
    size_t length = plua_format_number(value, number, 17);
    if (w->resp == 3) {
        append_line(w, ',', number, length);
    } else {
        append_bulk(w, number, length);
    }
}

/* In RESP2 a bulk string, in which the server replaces line breaks, too. */
static void append_big_number(writer *w, const char *text, size_t length) {
    if (w->resp == 3) {
        append_line(w, '(', text, length);
        return;
    }
    append_bulk(w, text, length);
    plua_host *host = plua_host_of(w->L);
    for (size_t i = host->out_length - 2 - length; i < host->out_length - 2; i++) {
        if (is_line_break(host->out[i])) host->out[i] = ' ';
    }
}

/* The format has three letters; a shorter one is filled up with spaces. */
static void append_verbatim(writer *w, const char *text, size_t length, const char *format) {
    if (w->resp == 2) {
        append_bulk(w, text, length);
        return;
    }
    char name[5];
    snprintf(name, sizeof name, "%-3.3s:", format);
    append_header(w, '=', (long long)length + 4);
    plua_out_append(w->L, name, 4);
    plua_out_append(w->L, text, length);
    plua_out_append(w->L, "\r\n", 2);
}

/* Pushes a field of the table at `index`, past metatables, and answers its type. */
static int raw_field(writer *w, int index, const char *name) {
    lua_pushstring(w->L, name);
    return lua_rawget(w->L, index);
}

/*
 * How deep a reply may be nested: each level is a C frame here and a frame of whoever reads it. The server ends at
 * some thousand levels, with the same error in the innermost place.
 */
#define DEEPEST_REPLY 1000

/* How many values a reply may have: each takes far more memory where it is read than here. */
#define LARGEST_REPLY (1 << 20)

static void append_value(writer *w, int index, int depth);

/* The pairs of a map or the members of a set, in the order of keys. The table is on top of the stack. */
static void append_members(writer *w, int has_values, int depth) {
    lua_State *L = w->L;
    int table = lua_gettop(L);
    size_t count = plua_keys_enter(L, &w->keys, 0);
    if (w->resp == 3) {
        append_header(w, has_values ? '%' : '~', (long long)count);
    } else {
        append_header(w, '*', (long long)(has_values ? count * 2 : count));
    }
    for (size_t i = 0; i < count; i++) {
        plua_keys_push(L, &w->keys, count, i);
        append_value(w, table + 1, depth);
        if (has_values) {
            lua_rawget(L, table);
            append_value(w, table + 1, depth);
        }
        lua_settop(L, table);
    }
    plua_keys_leave(&w->keys, count);
}

/* The elements up to the first nil. */
static void append_array(writer *w, int index, int depth) {
    lua_State *L = w->L;
    int top = lua_gettop(L);
    long long count = 0;
    while (lua_rawgeti(L, index, count + 1) != LUA_TNIL) {
        plua_charge(L, 1);
        count++;
        lua_settop(L, top);
    }
    append_header(w, '*', count);
    for (long long i = 1; i <= count; i++) {
        lua_settop(L, top);
        lua_rawgeti(L, index, i);
        append_value(w, top + 1, depth);
    }
}

/* The order of these tests is the server's. */
static void append_table(writer *w, int index, int depth) {
    lua_State *L = w->L;
    size_t length;
    const char *text;
    int top = lua_gettop(L);
    if (raw_field(w, index, "err") == LUA_TSTRING) {
        plua_host_of(L)->error_is_counted = plua_is_counted(L, index);
        append_error(w, lua_tostring(L, -1));
    } else if (raw_field(w, index, "ok") == LUA_TSTRING) {
        text = lua_tostring(L, -1);
        append_line(w, '+', text, strlen(text));
    } else if (raw_field(w, index, "double") == LUA_TNUMBER) {
        append_double(w, lua_tonumber(L, -1));
    } else if (raw_field(w, index, "big_number") == LUA_TSTRING) {
        text = lua_tolstring(L, -1, &length);
        append_big_number(w, text, length);
    } else if (
        raw_field(w, index, "verbatim_string") == LUA_TTABLE && raw_field(w, top + 5, "format") == LUA_TSTRING
        && raw_field(w, top + 5, "string") == LUA_TSTRING) {
        text = lua_tolstring(L, -1, &length);
        append_verbatim(w, text, length, lua_tostring(L, -2));
    } else {
        lua_settop(L, top);
        if (raw_field(w, index, "map") == LUA_TTABLE) {
            append_members(w, 1, depth);
        } else if (raw_field(w, index, "set") == LUA_TTABLE) {
            append_members(w, 0, depth);
        } else {
            lua_settop(L, top);
            append_array(w, index, depth);
        }
    }
    lua_settop(L, top);
}

static void append_value(writer *w, int index, int depth) {
    lua_State *L = w->L;
    plua_host *host = plua_host_of(L);
    if (++host->reply_elements > LARGEST_REPLY) luaL_error(L, "reply too large");
    if (depth > DEEPEST_REPLY || !lua_checkstack(L, 16)) {
        append_error(w, "ERR reached lua stack limit");
        return;
    }
    size_t length;
    const char *text;
    switch (lua_type(L, index)) {
    case LUA_TSTRING:
        text = lua_tolstring(L, index, &length);
        append_bulk(w, text, length);
        break;
    case LUA_TNUMBER: append_header(w, ':', plua_integer_of(lua_tonumber(L, index))); break;
    case LUA_TBOOLEAN:
        if (host->resp == 3 && w->resp == 3) {
            plua_out_append(L, lua_toboolean(L, index) ? "#t\r\n" : "#f\r\n", 4);
        } else if (host->resp == 3 || lua_toboolean(L, index)) {
            append_header(w, ':', lua_toboolean(L, index));
        } else {
            append_null(w);
        }
        break;
    case LUA_TTABLE: append_table(w, index, depth + 1); break;
    default: append_null(w);
    }
}

/* Turns the value on top of the stack, which must be left on top while the reply is read, into a reply. */
void plua_take_result(lua_State *L, plua_reply *reply) {
    plua_host *host = plua_host_of(L);
    int index = lua_gettop(L);
    switch (lua_type(L, index)) {
    case LUA_TNUMBER:
        reply->kind = PLUA_INTEGER;
        reply->integer = plua_integer_of(lua_tonumber(L, index));
        break;
    case LUA_TSTRING:
        reply->kind = PLUA_BULK;
        reply->bytes.data = lua_tolstring(L, index, &reply->bytes.length);
        break;
    case LUA_TBOOLEAN:
    case LUA_TTABLE: {
        writer w = {.L = L, .resp = host->client_resp};
        plua_keys_open(L, &w.keys);
        host->out_length = 0;
        host->reply_elements = 0;
        append_value(&w, index, 0);
        lua_settop(L, index);
        reply->kind = PLUA_RESP;
        reply->bytes.data = host->out;
        reply->bytes.length = host->out_length;
        break;
    }
    default: reply->kind = PLUA_NIL;
    }
}
