/*
 * A Lua 5.4 interpreter that looks to scripts like the Lua 5.1 inside a Redis server.
 *
 * Lua reports errors by longjmp. A longjmp across a Swift frame is undefined behaviour, so this boundary has one rule:
 * Swift never calls the Lua API, and the Lua API never calls Swift while it holds something to unwind. Swift calls the
 * functions below, which run every Lua operation that can fail inside lua_pcall. The callbacks of plua_services are
 * called from C between two Lua operations, answer in plain memory, and have returned before anything can be raised.
 *
 * A host is used by one thread at a time. Slices that come back stay valid until the next call on the same host.
 */
#ifndef CLUAHOST_H
#define CLUAHOST_H

#include <stddef.h>
#include <stdint.h>

/* Bytes that somebody else owns. */
typedef struct {
    const char *data;
    size_t length;
} plua_slice;

typedef enum {
    PLUA_NIL,     /* $-1 */
    PLUA_INTEGER, /* integer */
    PLUA_BULK,    /* data, length */
    PLUA_STATUS,  /* data, length: the line without '+' */
    PLUA_ERROR,   /* data, length: the line without '-' */
    PLUA_RESP     /* data, length: a whole reply; from commands in RESP2 with the types of plua_typed */
} plua_kind;

/*
 * What a command's reply may have besides RESP2, by the letter in front of the number. A script sees it as it would
 * from a server, after redis.setresp(3) in another form than before.
 */
typedef enum {
    PLUA_MAP = '%',   /* of so many keys and values: {map=...} or all of them in an array */
    PLUA_TABLE = '&', /* the same: {map=...} or an array of arrays */
    PLUA_SET = '~',   /* of so many members: {set=...} or an array */
    PLUA_PAIRS = 'p', /* so many pairs: an array of arrays, or all of them in one */
    PLUA_DOUBLE = ',', /* the text of a number: {double=...} or a string */
    PLUA_BIG_NUMBER = '(', /* the text of a number: {big_number=...} or a string */
    PLUA_VERBATIM = '=', /* a string with its format in front: {verbatim_string=...} or a string */
    PLUA_BOOLEAN = '#' /* 't' or 'f': a boolean or a number */
} plua_typed;

typedef struct {
    plua_kind kind;
    int64_t integer;
    plua_slice bytes;
    int is_counted; /* of a script's error: whether it is that of a command it has called */
} plua_reply;

/* What a host asks of its owner. `context` is the pointer given to plua_open. No callback may call the host. */
typedef struct {
    /* Runs a command for redis.call and redis.pcall. The reply's bytes must live until the next callback. */
    void (*command)(void *context, const plua_slice *arguments, size_t count, plua_reply *reply);
    /* Whether a command of that name exists, for redis.acl_check_cmd. */
    int (*knows)(void *context, plua_slice name);
    /* Writes the 40 hexadecimal digits of the SHA-1 of some bytes. */
    void (*sha1hex)(void *context, plua_slice bytes, char digits[40]);
    /* Called every few thousand steps of a running script; answers whether the script is to be killed. */
    int (*look)(void *context);
    /* Translates 5.1 source text for load and loadstring: PLUA_BULK with text for plua_load, or PLUA_ERROR. */
    void (*translate)(void *context, plua_slice source, const char *chunk, plua_reply *reply);
} plua_services;

typedef struct plua_host plua_host;

/* Opens a host that allocates at most `memory_limit` bytes; NULL when there is not even enough to begin. */
plua_host *plua_open(const plua_services *services, void *context, size_t memory_limit);

void plua_close(plua_host *host);

/*
 * Compiles a translated script: a chunk that takes the dialect's helper functions and returns the script as a
 * function. `helpers` names the helpers the chunk takes, in order, by the letters of plua_helper. `operand_names` is for
 * error texts; see operands.c. Answers a reference above 0, or 0 with the error's line in *error.
 */
typedef enum {
    PLUA_HELPER_CONCAT = 'c', /* a .. b with 5.1's number format */
    PLUA_HELPER_MODULO = 'm', /* a % b as 5.1 computes it */
    PLUA_HELPER_TICK = 't',   /* counts a round of a loop or a call */
    PLUA_HELPER_STEP = 's',   /* the step of a numeric for */
    PLUA_HELPER_ITERATE = 'i', /* the three values of a generic for */
    PLUA_HELPER_ARG = 'a',    /* the implicit table `arg` of a vararg function */
    PLUA_HELPER_METHOD = 'o', /* a method call by a name that 5.4 reserves */
    PLUA_HELPER_LENGTH = 'l', /* #a without metamethods */
    PLUA_HELPER_EQUAL = 'e',  /* a == b by 5.1's rule for metamethods */
    PLUA_HELPER_UNEQUAL = 'u' /* a ~= b */
} plua_helper;

int plua_load(plua_host *host, plua_slice text, const char *helpers, plua_slice operand_names, plua_reply *error);

/* Forgets a script that plua_load compiled. */
void plua_unload(plua_host *host, int reference);

/* Frees what no script can reach any more. */
void plua_collect(plua_host *host);

/*
 * Runs a script. `digest` is its 40-digit SHA-1, for error texts; `resp` is the protocol version, 2 or 3, of a reply
 * of the kind PLUA_RESP; `step_limit` bounds loop rounds and function calls and what is counted as such, `time_limit`
 * the thread's CPU time in nanoseconds.
 */
void plua_call(
    plua_host *host, int reference, const char *digest, const plua_slice *keys, size_t key_count,
    const plua_slice *arguments, size_t argument_count, int resp, uint64_t step_limit, int64_t time_limit,
    plua_reply *reply);

/* Whether the last script was stopped because it took more steps or more time than it may. */
int plua_ran_too_long(const plua_host *host);

/* Bytes that the interpreter holds now. */
size_t plua_memory(const plua_host *host);

/* What runs of scripts took, and where they came by. */
typedef struct {
    uint64_t instructions; /* of the interpreter */
    uint64_t *lines;       /* how often each line of a script was come to, the first line first */
    size_t line_count;
} plua_measure;

/*
 * Adds to *measure what scripts take from now on; with NULL, nothing is measured any more. Measuring makes scripts
 * several times slower; while nothing is measured it costs nothing. What is measured must live until then.
 */
void plua_set_measure(plua_host *host, plua_measure *measure);

/*
 * Sets lines[n - 1] to 1 for each line n of a translated script, as plua_load takes it, that has an instruction. Those
 * of inner functions are not among them; with `is_inner` they are those of the function that the script returns, which
 * for that is called. Answers 1, or 0 with the reason in *error.
 */
int plua_active_lines(
    plua_host *host, plua_slice text, const char *helpers, int is_inner, unsigned char *lines, size_t line_count,
    plua_reply *error);

/*
 * Numbers as text and back, for commands. A score is written with 17 digits at most into `buffer`, which has
 * PLUA_DECIMAL_SIZE bytes; the length is answered.
 */
#define PLUA_DECIMAL_SIZE 40
size_t plua_write_double(double value, char *buffer);

/*
 * Writes a number with so many digits after the point, at most 17, without an exponent, into `buffer`, which has
 * PLUA_FIXED_SIZE bytes, and answers the length. `trims` leaves zeros at the end of the fraction out.
 */
#define PLUA_FIXED_SIZE 352
size_t plua_write_fixed(double value, int digits, int trims, char *buffer);

/* Reads a number that the text is as a whole: not NaN, not out of range. Answers whether it is one. */
int plua_read_double(plua_slice text, double *value);

/* Reads the bound of a range, more leniently: white space may stand in front, and nothing is 0. */
int plua_read_bound(plua_slice text, double *value);

/* Reads what SORT sorts by: as a bound, but nothing too large, nor so small that digits are lost. */
int plua_read_weight(plua_slice text, double *value);

/*
 * Reads a time in seconds, all of the text, and rounds it up to milliseconds. What is out of range is INT64_MIN,
 * whatever its sign, as in the server's conversion. Answers whether it is a number.
 */
int plua_read_milliseconds(plua_slice text, int64_t *value);

typedef enum {
    PLUA_SUM_OK,
    PLUA_SUM_OUT_OF_RANGE, /* infinite or not a number */
    PLUA_SUM_FIRST,        /* the first text is no number */
    PLUA_SUM_SECOND        /* the second is none */
} plua_sum;

/* Adds two numbers in C's widest type and writes the sum into `buffer`, which has PLUA_SUM_SIZE bytes. */
#define PLUA_SUM_SIZE (5 * 1024)
plua_sum plua_add(plua_slice first, plua_slice second, char *buffer, size_t *length);

#endif
