/* One attempt to match a pattern; see patterns.c. */
#ifndef PLUA_PATTERNS_H
#define PLUA_PATTERNS_H

#include "host.h"

#define PLUA_CAPTURES 32
#define PLUA_CAPTURE_OPEN (-1)
#define PLUA_CAPTURE_POSITION (-2)

typedef struct {
    lua_State *L;
    const char *text, *end; /* the subject */
    int level;              /* captures begun */
    int depth;              /* nesting of the matcher */
    int work;               /* not yet charged */
    struct {
        const char *start;
        ptrdiff_t length;
    } captures[PLUA_CAPTURES];
} plua_match;

/* Where a match of the pattern that begins at `s` ends; NULL when there is none. Raises for a wrong pattern. */
const char *plua_match_at(plua_match *m, const char *s, const char *pattern);

/* Pushes one capture, or the whole match from s to end where the pattern has none. */
void plua_push_capture(plua_match *m, int index, const char *s, const char *end);

/* Pushes all captures; without any, the whole match unless `s` is NULL. Answers how many were pushed. */
int plua_push_captures(plua_match *m, const char *s, const char *end);

#endif
