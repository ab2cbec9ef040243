/*
 * JSON as values, with the liberties that cjson takes: a NUL ends the text, strings are not checked to be UTF-8, and
 * numbers may be whatever strtod reads.
 *
 * A loop with a stack of its own, so that nesting costs no C stack. On the Lua stack are the tables being filled,
 * outermost first, an object's followed by the key whose value is next. Lua ends strings with a NUL, where every scan
 * below stops.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "json.h"
#include "scratch.h"

typedef enum {
    OBJECT_BEGIN, OBJECT_END, ARRAY_BEGIN, ARRAY_END, STRING, NUMBER, BOOLEAN, NOTHING, COLON, COMMA, END, WRONG
} token_type;

static const char *const token_names[] = {
    "T_OBJ_BEGIN", "T_OBJ_END", "T_ARR_BEGIN", "T_ARR_END", "T_STRING", "T_NUMBER",
    "T_BOOLEAN", "T_NULL", "T_COLON", "T_COMMA", "T_END"};

/* What is being filled: the index of an array's latest element, or this. */
#define OBJECT (-1)

typedef struct {
    lua_State *L;
    const plua_json_settings *settings;
    const char *text, *cursor;
    plua_scratch levels, unescaped;
    int depth;

    /* The token read last. */
    token_type type;
    const char *begin; /* where it was found; of something wrong, the place */
    const char *wrong; /* what is wrong */
    double number;
    int boolean;
    const char *string; /* valid until the next token */
    size_t length;
} decoder;

static void found_wrong(decoder *d, const char *what) {
    d->type = WRONG;
    d->begin = d->cursor;
    d->wrong = what;
}

static int expected(decoder *d, const char *what) {
    const char *found = d->type == WRONG ? d->wrong : token_names[d->type];
    return luaL_error(
        d->L, "Expected %s but found %s at character %I", what, found, (lua_Integer)(d->begin - d->text + 1));
}

/* The value of four hexadecimal digits, or -1. */
static int read_hex(const char *digits) {
    int value = 0;
    for (int i = 0; i < 4; i++) {
        int digit = (unsigned char)digits[i];
        if (!isxdigit(digit)) return -1; /* a NUL, too, so that nothing behind the text is read */
        value = value << 4 | (digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
    }
    return value;
}

/* Adds the character that an escape with four hexadecimal digits, or two of them for one beyond 16 bits, stands for.
   Answers 0 if it is none. */
static int read_unicode(decoder *d) {
    int point = read_hex(d->cursor + 2);
    if (point < 0 || (point & 0xFC00) == 0xDC00) return 0;
    size_t size = 6;
    if ((point & 0xFC00) == 0xD800) {
        if (d->cursor[6] != '\\' || d->cursor[7] != 'u') return 0;
        int low = read_hex(d->cursor + 8);
        if (low < 0 || (low & 0xFC00) != 0xDC00) return 0;
        point = 0x10000 + ((point & 0x3FF) << 10 | (low & 0x3FF));
        size = 12;
    }
    char bytes[4];
    size_t count = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = count - 1; i > 0; i--, point >>= 6) bytes[i] = (char)(0x80 | (point & 0x3F));
    bytes[0] = (char)(leads[count] | point);
    plua_scratch_put(d->L, &d->unescaped, bytes, count);
    d->cursor += size;
    return 1;
}

static char unescaped(char letter) {
    switch (letter) {
    case '"': case '\\': case '/': return letter;
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return 0;
    }
}

static void read_string(decoder *d) {
    const char *start = ++d->cursor;
    d->unescaped.used = 0;
    for (;;) {
        const char *run = d->cursor;
        while (*d->cursor != '"' && *d->cursor != '\\' && *d->cursor != '\0') d->cursor++;
        if (*d->cursor == '"' && run == start) { /* without escapes: no copy needed */
            d->string = start;
            d->length = (size_t)(d->cursor - start);
            break;
        }
        plua_scratch_put(d->L, &d->unescaped, run, (size_t)(d->cursor - run));
        if (*d->cursor == '"') {
            d->string = d->unescaped.start;
            d->length = d->unescaped.used;
            break;
        }
        if (*d->cursor == '\0') {
            found_wrong(d, "unexpected end of string");
            return;
        }
        if (d->cursor[1] == 'u') {
            if (read_unicode(d)) continue;
            found_wrong(d, "invalid unicode escape code");
            return;
        }
        char byte = unescaped(d->cursor[1]);
        if (byte == 0) {
            found_wrong(d, "invalid escape code");
            return;
        }
        plua_scratch_put_byte(d->L, &d->unescaped, byte);
        d->cursor += 2;
    }
    d->cursor++;
    d->type = STRING;
}

/* Whether this begins one of the numbers that JSON does not have but strtod reads. */
static int is_foreign_number(const char *text) {
    if (*text == '+') return 1;
    if (*text == '-') text++;
    if (*text == '0') return text[1] == 'x' || text[1] == 'X' || (text[1] >= '0' && text[1] <= '9');
    if (*text <= '9') return 0;
    return strncasecmp(text, "inf", 3) == 0 || strncasecmp(text, "nan", 3) == 0;
}

static void read_number(decoder *d) {
    char *end;
    d->number = strtod(d->cursor, &end);
    if (end == d->cursor) {
        found_wrong(d, "invalid number");
        return;
    }
    d->cursor = end;
    d->type = NUMBER;
}

static int is_word(decoder *d, const char *word, token_type type) {
    size_t length = strlen(word);
    if (strncmp(d->cursor, word, length) != 0) return 0;
    d->cursor += length;
    d->type = type;
    return 1;
}

static void read_word_or_number(decoder *d) {
    char c = *d->cursor;
    if (c == '-' || (c >= '0' && c <= '9')) {
        if (d->settings->invalid_read || !is_foreign_number(d->cursor)) {
            read_number(d);
        } else {
            found_wrong(d, "invalid number");
        }
        return;
    }
    d->boolean = c == 't';
    if (is_word(d, "true", BOOLEAN) || is_word(d, "false", BOOLEAN) || is_word(d, "null", NOTHING)) return;
    if (d->settings->invalid_read && strchr("+iInN", c) != NULL && is_foreign_number(d->cursor)) {
        read_number(d);
    } else {
        found_wrong(d, "invalid token");
    }
}

static void read_token(decoder *d) {
    static const char signs[] = "{}[]:,";
    static const token_type types[] = {OBJECT_BEGIN, OBJECT_END, ARRAY_BEGIN, ARRAY_END, COLON, COMMA};
    const char *before = d->cursor;
    while (*d->cursor == ' ' || *d->cursor == '\t' || *d->cursor == '\n' || *d->cursor == '\r') d->cursor++;
    d->begin = d->cursor;
    const char *sign = *d->cursor == '\0' ? NULL : strchr(signs, *d->cursor);
    if (sign != NULL) {
        d->type = types[sign - signs];
        d->cursor++;
    } else if (*d->cursor == '\0') {
        d->type = END;
    } else if (*d->cursor == '"') {
        read_string(d);
    } else {
        read_word_or_number(d);
    }
    plua_charge(d->L, 1 + (uint64_t)(d->cursor - before) / 32);
}

/* Begins a table that takes so many slots of the stack on the server. */
static void enter(decoder *d, lua_Integer kind, int slots) {
    int used = lua_gettop(d->L) - 2; /* what lies below the values is not there on the server, but for the text */
    d->depth++;
    if (d->depth > d->settings->decode_depth || used + slots > PLUA_MOST_VALUES) {
        luaL_error(
            d->L, "Found too many nested data structures (%d) at character %I", d->depth,
            (lua_Integer)(d->cursor - d->text));
    }
    luaL_checkstack(d->L, 4, NULL);
    lua_newtable(d->L);
    plua_scratch_put(d->L, &d->levels, &kind, sizeof kind);
    read_token(d);
}

static void leave(decoder *d) {
    d->depth--;
    d->levels.used -= sizeof(lua_Integer);
}

/* Pushes the key of an object's next value, the token that was read, and reads the value's first token. */
static void read_key(decoder *d) {
    if (d->type != STRING) expected(d, "object key string");
    lua_pushlstring(d->L, d->string, d->length);
    read_token(d);
    if (d->type != COLON) expected(d, "colon");
    read_token(d);
}

/*
 * Pushes the value that the token stands for or begins. Answers 0 when it is a table whose first element is to be read
 * next, its first token being read already.
 */
static int begin_value(decoder *d) {
    switch (d->type) {
    case STRING: lua_pushlstring(d->L, d->string, d->length); return 1;
    case NUMBER: lua_pushnumber(d->L, d->number); return 1;
    case BOOLEAN: lua_pushboolean(d->L, d->boolean); return 1;
    case NOTHING: lua_pushlightuserdata(d->L, NULL); return 1;
    case OBJECT_BEGIN:
        enter(d, OBJECT, 3);
        if (d->type != OBJECT_END) {
            read_key(d);
            return 0;
        }
        leave(d);
        return 1;
    case ARRAY_BEGIN:
        enter(d, 0, 2);
        if (d->type != ARRAY_END) return 0;
        leave(d);
        return 1;
    default: return expected(d, "value");
    }
}

/*
 * Puts the value on top of the stack where it belongs. Answers 1 when that completes the table, which then is the value
 * on top, and 0 when another element follows, its first token being read.
 */
static int store_value(decoder *d) {
    lua_Integer *kind = (lua_Integer *)(d->levels.start + d->levels.used) - 1;
    if (*kind == OBJECT) {
        lua_rawset(d->L, -3);
        read_token(d);
        if (d->type == OBJECT_END) return 1;
        if (d->type != COMMA) expected(d, "comma or object end");
        read_token(d);
        read_key(d);
    } else {
        lua_rawseti(d->L, -2, ++*kind);
        read_token(d);
        if (d->type == ARRAY_END) return 1;
        if (d->type != COMMA) expected(d, "comma or array end");
        read_token(d);
    }
    return 0;
}

int plua_json_decode(lua_State *L) {
    luaL_argcheck(L, lua_gettop(L) == 1, 1, "expected 1 argument");
    size_t length;
    const char *text = plua_check_text(L, 1, &length);
    if (length >= 2 && (text[0] == '\0' || text[1] == '\0')) {
        return luaL_error(L, "JSON parser does not support UTF-16 or UTF-32");
    }
    lua_Integer first_levels[16];
    char first_unescaped[256];
    decoder d = {.L = L, .settings = plua_json_settings_of(L), .text = text, .cursor = text};
    plua_scratch_open(L, &d.levels, first_levels, sizeof first_levels);
    plua_scratch_open(L, &d.unescaped, first_unescaped, sizeof first_unescaped);
    read_token(&d);
    for (;;) {
        if (!begin_value(&d)) continue;
        for (;;) {
            if (d.levels.used == 0) {
                read_token(&d);
                return d.type == END ? 1 : expected(&d, "the end");
            }
            if (!store_value(&d)) break;
            leave(&d);
        }
    }
}
