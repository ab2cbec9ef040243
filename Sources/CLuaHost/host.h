/* What the files of the host share. */
#ifndef PLUA_HOST_H
#define PLUA_HOST_H

#if __has_include(<lua5.4/lua.h>)
#include <lua5.4/lauxlib.h>
#include <lua5.4/lua.h>
#include <lua5.4/lualib.h>
#else
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#endif

#include "CLuaHost.h"

/* What a script can set of cjson; see json_library.c. */
typedef struct {
    int sparse_as_object, sparse_ratio, sparse_safe, encode_depth, decode_depth, precision, keep_buffer;
    int invalid_written, invalid_read;
} plua_json_settings;

struct plua_host {
    lua_State *L;
    plua_services services;
    void *context;
    size_t memory_limit;
    size_t memory_used;

    /* State of the call under way. See steps.c. */
    uint64_t steps_at_hand, steps_left;
    int64_t time_limit, time_end; /* nanoseconds of CPU time; the end is 0 until the first look */
    const char *stopped;          /* what was used up, or `killed`: no pcall may swallow that; NULL while all is well */
    int64_t reply_elements;

    /* What the allocator knows of the stack that grew last. */
    size_t newest_size, stack_slots;
    int resp;        /* protocol version chosen by redis.setresp */
    int client_resp; /* that of whoever gets the script's result */
    const char *digest;
    int reference; /* of the script that runs */
    char error_source[64];
    int error_line;
    int error_is_counted; /* whether the script answers the error of a command that it has called */

    /* See walk.c. */
    int has_walks, walk_slots[2];
    const void *walked, *begun; /* the tables of the walk at hand and of the latest pairs */
    struct plua_walk *walk;

    plua_measure *measured; /* NULL while nothing is measured; see measure.c */

    double keys_met; /* how many keys without an order were met; see keys.c */
    uint64_t random; /* state of math.random */
    plua_json_settings json; /* of the global library, during the call under way */

    /* Replies that are not a single number or string are built here. */
    char *out;
    size_t out_length;
    size_t out_capacity;
};

static inline plua_host *plua_host_of(lua_State *L) {
    return *(plua_host **)lua_getextraspace(L);
}

/* host.c */
#define PLUA_SCRIPT_CHUNK "@user_script"
void plua_out_append(lua_State *L, const char *data, size_t length);
int plua_push_chunk(lua_State *L, plua_slice text, const char *chunk, const char *helpers);

/* numbers.c */
#define PLUA_NUMBER_SIZE 40
size_t plua_format_number(double value, char buffer[PLUA_NUMBER_SIZE], int digits);
int plua_parse_number(const char *text, double *value);
int plua_operand(lua_State *L, int index, double *value);
int64_t plua_integer_of(double value);
int plua_int_of(double value);
ptrdiff_t plua_position(double position, size_t length);
double plua_check_number(lua_State *L, int index);
double plua_opt_number(lua_State *L, int index, double otherwise);
const char *plua_check_text(lua_State *L, int index, size_t *length);

/* steps.c */
void plua_start_steps(plua_host *host, uint64_t step_limit, int64_t time_limit);
void plua_charge(lua_State *L, uint64_t steps);
void plua_charge_quietly(plua_host *host, uint64_t steps);
void plua_push_stopped(lua_State *L);
int plua_raise_stopped(lua_State *L);
int plua_outgrows_stack(plua_host *host, const void *block, size_t old_size, size_t new_size);
void plua_note_freed(plua_host *host, size_t old_size);

/* The most values that C pushes at once, as in redis-server's interpreter. */
#define PLUA_MOST_VALUES 8000

/*
 * walk.c. plua_next is lua_next in a fixed order: takes the last key off the stack, and pushes the next key and its
 * value and answers 1, or answers 0 at the end. The index of the table must be absolute.
 */
int plua_next(lua_State *L, int table);
void plua_open_walks(lua_State *L);
void plua_forget_walks(plua_host *host);
void plua_begin_pairs(lua_State *L, int table); /* plua_next with nil is about to begin a loop over all keys */
void plua_new_weak(lua_State *L, const void *registry_key);

/* readonly.c */
void plua_new_readonly(lua_State *L);
int plua_real_table(lua_State *L, int index);
int plua_readonly_error(lua_State *L);

/* errors.c */
int plua_on_error(lua_State *L);
void plua_normalize_error(lua_State *L, int index);
int plua_is_counted(lua_State *L, int index);
void plua_finish_error(plua_host *host, lua_State *L, int index);

/* operands.c */
void plua_set_operand_names(lua_State *L, int reference, plua_slice names);
void plua_forget_operand_names(lua_State *L, int reference);
int plua_operand_error(lua_State *L, const char *action, char operator, int culprit, int operands);

/* reply.c */
void plua_push_reply(lua_State *L, const plua_reply *reply);

/* result.c */
void plua_take_result(lua_State *L, plua_reply *reply);

/* json_library.c */
void plua_json_reset(plua_json_settings *settings);

/* The libraries: each leaves its functions in the table on top of the stack. */
void plua_base_library(lua_State *L);
void plua_string_library(lua_State *L);
void plua_search_library(lua_State *L);
void plua_table_library(lua_State *L);
void plua_math_library(lua_State *L);
void plua_struct_library(lua_State *L);
void plua_bit_library(lua_State *L);
void plua_json_library(lua_State *L);
void plua_msgpack_library(lua_State *L);
void plua_redis_library(lua_State *L);

/* dialect.c */
void plua_push_helper(lua_State *L, char helper);

#endif
