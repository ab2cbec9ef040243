/*
 * Lua 5.1's patterns. The interpreter's own matcher has the rules of 5.4, and nothing bounds the time it takes; this
 * one counts its work against the script's steps.
 *
 * A pattern ends at its first NUL, as in 5.1; `%z` stands for NUL.
 */
#include <ctype.h>
#include <string.h>

#include "patterns.h"

#define ESCAPE '%'

/* Nesting of the matcher's own calls: one for each capture and each repeated item of a pattern. */
#define DEEPEST_MATCH 500

/* Bytes looked at for one of the script's steps: a step is a round of a loop, which takes as long. */
#define BYTES_PER_STEP 16

static const char *match(plua_match *m, const char *s, const char *p);

static void work(plua_match *m) {
    if (++m->work < BYTES_PER_STEP * 4) return;
    m->work = 0;
    plua_charge(m->L, 4);
}

static int class_matches(int c, int class) {
    int result;
    switch (tolower(class)) {
    case 'a': result = isalpha(c); break;
    case 'c': result = iscntrl(c); break;
    case 'd': result = isdigit(c); break;
    case 'l': result = islower(c); break;
    case 'p': result = ispunct(c); break;
    case 's': result = isspace(c); break;
    case 'u': result = isupper(c); break;
    case 'w': result = isalnum(c); break;
    case 'x': result = isxdigit(c); break;
    case 'z': result = c == 0; break;
    default: return class == c;
    }
    return isupper(class) ? !result : result != 0;
}

/* Where the item that begins at p ends: a character, a class, or a set. */
static const char *item_end(plua_match *m, const char *p) {
    switch (*p++) {
    case ESCAPE:
        if (*p == '\0') luaL_error(m->L, "malformed pattern (ends with '%%')");
        return p + 1;
    case '[':
        if (*p == '^') p++;
        do { /* the first ']' stands for itself */
            if (*p == '\0') luaL_error(m->L, "malformed pattern (missing ']')");
            if (*p++ == ESCAPE && *p != '\0') p++;
        } while (*p != ']');
        return p + 1;
    default: return p;
    }
}

/* Whether a character is in the set from '[' at p to ']' at end. */
static int set_matches(int c, const char *p, const char *end) {
    int found = 1;
    if (p[1] == '^') {
        found = 0;
        p++;
    }
    while (++p < end) {
        if (*p == ESCAPE) {
            p++;
            if (class_matches(c, (unsigned char)*p)) return found;
        } else if (p[1] == '-' && p + 2 < end) {
            p += 2;
            if ((unsigned char)p[-2] <= c && c <= (unsigned char)*p) return found;
        } else if ((unsigned char)*p == c) {
            return found;
        }
    }
    return !found;
}

/* Whether the character at s, if there is one, is matched by the item from p to end. */
static int item_matches(plua_match *m, const char *s, const char *p, const char *end) {
    work(m);
    if (s >= m->end) return 0;
    switch (*p) {
    case '.': return 1;
    case ESCAPE: return class_matches((unsigned char)*s, (unsigned char)p[1]);
    case '[': return set_matches((unsigned char)*s, p, end - 1);
    default: return *p == *s;
    }
}

static const char *match_balanced(plua_match *m, const char *s, const char *p) {
    if (p[0] == '\0' || p[1] == '\0') luaL_error(m->L, "unbalanced pattern");
    if (s >= m->end || *s != p[0]) return NULL;
    int depth = 1;
    while (++s < m->end) {
        work(m);
        if (*s == p[1]) {
            if (--depth == 0) return s + 1;
        } else if (*s == p[0]) {
            depth++;
        }
    }
    return NULL;
}

static const char *match_most(plua_match *m, const char *s, const char *p, const char *end) {
    ptrdiff_t count = 0;
    while (item_matches(m, s + count, p, end)) count++;
    for (; count >= 0; count--) {
        const char *rest = match(m, s + count, end + 1);
        if (rest != NULL) return rest;
    }
    return NULL;
}

static const char *match_fewest(plua_match *m, const char *s, const char *p, const char *end) {
    for (;;) {
        const char *rest = match(m, s, end + 1);
        if (rest != NULL) return rest;
        if (!item_matches(m, s, p, end)) return NULL;
        s++;
    }
}

static const char *open_capture(plua_match *m, const char *s, const char *p, ptrdiff_t kind) {
    if (m->level >= PLUA_CAPTURES) luaL_error(m->L, "too many captures");
    m->captures[m->level].start = s;
    m->captures[m->level].length = kind;
    m->level++;
    const char *rest = match(m, s, p);
    if (rest == NULL) m->level--;
    return rest;
}

static const char *close_capture(plua_match *m, const char *s, const char *p) {
    int index = m->level - 1;
    while (index >= 0 && m->captures[index].length != PLUA_CAPTURE_OPEN) index--;
    if (index < 0) luaL_error(m->L, "invalid pattern capture");
    m->captures[index].length = s - m->captures[index].start;
    const char *rest = match(m, s, p);
    if (rest == NULL) m->captures[index].length = PLUA_CAPTURE_OPEN;
    return rest;
}

static const char *match_capture_again(plua_match *m, const char *s, int digit) {
    int index = digit - '1';
    if (index < 0 || index >= m->level || m->captures[index].length == PLUA_CAPTURE_OPEN) {
        luaL_error(m->L, "invalid capture index");
    }
    /* A position, being a negative length, is longer than any text. */
    size_t length = (size_t)m->captures[index].length;
    if ((size_t)(m->end - s) < length) return NULL;
    plua_charge(m->L, length / 64);
    return memcmp(m->captures[index].start, s, length) == 0 ? s + length : NULL;
}

static const char *match_frontier(plua_match *m, const char *s, const char **p) {
    if (**p != '[') luaL_error(m->L, "missing '[' after '%%f' in pattern");
    const char *end = item_end(m, *p);
    int previous = s == m->text ? '\0' : (unsigned char)s[-1];
    int next = s < m->end ? (unsigned char)*s : '\0';
    if (set_matches(previous, *p, end - 1) || !set_matches(next, *p, end - 1)) return NULL;
    *p = end;
    return s;
}

static const char *match_items(plua_match *m, const char *s, const char *p) {
    for (;;) {
        work(m);
        switch (*p) {
        case '\0': return s;
        case '(':
            return p[1] == ')' ? open_capture(m, s, p + 2, PLUA_CAPTURE_POSITION)
                               : open_capture(m, s, p + 1, PLUA_CAPTURE_OPEN);
        case ')': return close_capture(m, s, p + 1);
        case '$':
            if (p[1] == '\0') return s == m->end ? s : NULL;
            break;
        case ESCAPE:
            if (p[1] == 'b') {
                s = match_balanced(m, s, p + 2);
                if (s == NULL) return NULL;
                p += 4;
                continue;
            }
            if (p[1] == 'f') {
                p += 2;
                s = match_frontier(m, s, &p);
                if (s == NULL) return NULL;
                continue;
            }
            if (isdigit((unsigned char)p[1])) {
                s = match_capture_again(m, s, (unsigned char)p[1]);
                if (s == NULL) return NULL;
                p += 2;
                continue;
            }
            break;
        }
        const char *end = item_end(m, p);
        switch (*end) {
        case '?':
            if (item_matches(m, s, p, end)) {
                const char *rest = match(m, s + 1, end + 1);
                if (rest != NULL) return rest;
            }
            p = end + 1;
            continue;
        case '*': return match_most(m, s, p, end);
        case '+': return item_matches(m, s, p, end) ? match_most(m, s + 1, p, end) : NULL;
        case '-': return match_fewest(m, s, p, end);
        default:
            if (!item_matches(m, s, p, end)) return NULL;
            s++;
            p = end;
        }
    }
}

static const char *match(plua_match *m, const char *s, const char *p) {
    if (++m->depth > DEEPEST_MATCH) luaL_error(m->L, "pattern too complex");
    const char *rest = match_items(m, s, p);
    m->depth--;
    return rest;
}

const char *plua_match_at(plua_match *m, const char *s, const char *pattern) {
    m->level = 0;
    m->depth = 0;
    return match(m, s, pattern);
}

void plua_push_capture(plua_match *m, int index, const char *s, const char *end) {
    if (index >= m->level) {
        if (index != 0) luaL_error(m->L, "invalid capture index");
        lua_pushlstring(m->L, s, (size_t)(end - s));
        return;
    }
    ptrdiff_t length = m->captures[index].length;
    if (length == PLUA_CAPTURE_OPEN) luaL_error(m->L, "unfinished capture");
    if (length == PLUA_CAPTURE_POSITION) {
        lua_pushnumber(m->L, (lua_Number)(m->captures[index].start - m->text + 1));
    } else {
        lua_pushlstring(m->L, m->captures[index].start, (size_t)length);
    }
}

int plua_push_captures(plua_match *m, const char *s, const char *end) {
    int count = m->level == 0 && s != NULL ? 1 : m->level;
    luaL_checkstack(m->L, count, "too many captures");
    for (int i = 0; i < count; i++) plua_push_capture(m, i, s, end);
    return count;
}
