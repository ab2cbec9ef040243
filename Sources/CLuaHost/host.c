/* The interpreter's life: opening, compiling, calling. */
#include <stdlib.h>
#include <string.h>

#include "host.h"

/* lua_Alloc with a limit. Shrinking and freeing always succeed, as Lua demands. */
static void *allocate(void *context, void *block, size_t kind_or_size, size_t new_size) {
    plua_host *host = context;
    size_t old_size = block == NULL ? 0 : kind_or_size;
    if (new_size == 0) {
        free(block);
        plua_note_freed(host, old_size);
        host->memory_used -= old_size;
        return NULL;
    }
    if (new_size > old_size && new_size - old_size > host->memory_limit - host->memory_used) return NULL;
    plua_charge_quietly(host, new_size / 64);
    if (plua_outgrows_stack(host, block, kind_or_size, new_size)) {
        host->stopped = "stack";
        return NULL;
    }
    void *moved = realloc(block, new_size);
    if (moved == NULL) return new_size <= old_size ? block : NULL;
    host->memory_used = host->memory_used - old_size + new_size;
    return moved;
}

/* Only an error outside every lua_pcall gets here, and there is none; without a handler Lua would abort the same way. */
static int on_panic(lua_State *L) {
    (void)L;
    abort();
}

static int nonexistent_global(lua_State *L) {
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : luaL_typename(L, 2);
    return luaL_error(L, "Script attempted to access nonexistent global variable '%s'", name);
}

/* 5.1 has no object for the main thread. */
static int running_coroutine(lua_State *L) {
    return lua_pushthread(L) ? 0 : 1;
}

/* A script that was stopped is not to go on in another coroutine. */
static int resume_coroutine(lua_State *L) {
    int results = lua_tocfunction(L, lua_upvalueindex(1))(L);
    if (plua_host_of(L)->stopped != NULL) return plua_raise_stopped(L);
    return results;
}

/* create and wrap; 5.1 takes no functions in C. */
static int new_coroutine(lua_State *L) {
    luaL_argcheck(L, lua_isfunction(L, 1) && !lua_iscfunction(L, 1), 1, "Lua function expected");
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

/* Registry keys. */
static const char globals_key = 0;      /* the real table of globals */
static const char environment_key = 0;  /* its read-only face, _ENV of every script */

static void add_library(lua_State *L, const char *name, void (*library)(lua_State *)) {
    lua_newtable(L);
    library(L);
    plua_new_readonly(L);
    lua_setfield(L, -2, name);
}

/* Builds the environment; runs inside lua_pcall. */
static int set_up(lua_State *L) {
    /* Stock libraries first: ours take over what 5.4 still does as 5.1 did. They are reachable from nowhere else. */
    luaL_requiref(L, LUA_GNAME, luaopen_base, 1);
    luaL_requiref(L, LUA_STRLIBNAME, luaopen_string, 1);
    luaL_requiref(L, LUA_TABLIBNAME, luaopen_table, 1);
    luaL_requiref(L, LUA_COLIBNAME, luaopen_coroutine, 1);
    lua_settop(L, 0);

    lua_newtable(L);
    plua_base_library(L);
    add_library(L, "string", plua_string_library);
    add_library(L, "table", plua_table_library);
    add_library(L, "math", plua_math_library);
    add_library(L, "struct", plua_struct_library);
    add_library(L, "bit", plua_bit_library);
    add_library(L, "cjson", plua_json_library);
    add_library(L, "cmsgpack", plua_msgpack_library);
    add_library(L, "redis", plua_redis_library);

    lua_newtable(L);
    lua_getglobal(L, LUA_COLIBNAME);
    static const struct {
        const char *name;
        lua_CFunction wrapper; /* has the stock function in its upvalue */
    } coroutine_functions[] = {
        {"create", new_coroutine}, {"resume", resume_coroutine}, {"status", NULL}, {"wrap", new_coroutine},
        {"yield", NULL}};
    for (size_t i = 0; i < sizeof coroutine_functions / sizeof *coroutine_functions; i++) {
        lua_getfield(L, -1, coroutine_functions[i].name);
        if (coroutine_functions[i].wrapper != NULL) lua_pushcclosure(L, coroutine_functions[i].wrapper, 1);
        lua_setfield(L, -3, coroutine_functions[i].name);
    }
    lua_pop(L, 1);
    lua_pushcfunction(L, running_coroutine);
    lua_setfield(L, -2, "running");
    plua_new_readonly(L);
    lua_setfield(L, -2, "coroutine");

    lua_createtable(L, 0, 1); /* reading what is not there is an error */
    lua_pushcfunction(L, nonexistent_global);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &globals_key);
    plua_new_readonly(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &environment_key);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &globals_key);
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, "_G");
    plua_open_walks(L);
    return 0;
}

plua_host *plua_open(const plua_services *services, void *context, size_t memory_limit) {
    plua_host *host = calloc(1, sizeof *host);
    if (host == NULL) return NULL;
    host->services = *services;
    host->context = context;
    host->memory_limit = memory_limit;
    host->resp = 2;
    host->L = lua_newstate(allocate, host);
    if (host->L == NULL) {
        free(host);
        return NULL;
    }
    *(plua_host **)lua_getextraspace(host->L) = host;
    lua_atpanic(host->L, on_panic);
    lua_pushcfunction(host->L, set_up);
    if (lua_pcall(host->L, 0, 0, 0) != LUA_OK) {
        plua_close(host);
        return NULL;
    }
    return host;
}

void plua_close(plua_host *host) {
    if (host == NULL) return;
    lua_close(host->L);
    free(host->out);
    free(host);
}

size_t plua_memory(const plua_host *host) {
    return host->memory_used;
}

/* What is kept of the memory that replies were built in. */
#define KEPT_OUTPUT (1 << 20)

void plua_out_append(lua_State *L, const char *data, size_t length) {
    plua_host *host = plua_host_of(L);
    if (length > host->out_capacity - host->out_length) {
        size_t wanted = host->out_length + length;
        if (length > host->memory_limit || wanted > host->memory_limit) luaL_error(L, "reply too large");
        size_t capacity = host->out_capacity * 2 > wanted ? host->out_capacity * 2 : wanted + 256;
        char *moved = realloc(host->out, capacity);
        if (moved == NULL) luaL_error(L, "not enough memory");
        host->out = moved;
        host->out_capacity = capacity;
    }
    if (length > 0) memcpy(host->out + host->out_length, data, length);
    host->out_length += length;
}

/*
 * Compiles translated text and pushes the function it returns; raises the compiler's error. The chunk's _ENV is the
 * read-only face of the globals.
 */
int plua_push_chunk(lua_State *L, plua_slice text, const char *chunk, const char *helpers) {
    if (luaL_loadbufferx(L, text.data, text.length, chunk, "t") != LUA_OK) return lua_error(L);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &environment_key);
    lua_setupvalue(L, -2, 1);
    int count = 0;
    for (; helpers[count] != '\0'; count++) plua_push_helper(L, helpers[count]);
    lua_call(L, count, 1);
    return 1;
}

typedef struct {
    plua_slice text;
    const char *helpers;
    plua_slice operand_names;
    int reference;
} load_request;

static int load_protected(lua_State *L) {
    load_request *request = lua_touserdata(L, 1);
    plua_push_chunk(L, request->text, PLUA_SCRIPT_CHUNK, request->helpers);
    request->reference = luaL_ref(L, LUA_REGISTRYINDEX);
    plua_set_operand_names(L, request->reference, request->operand_names);
    return 0;
}

int plua_load(plua_host *host, plua_slice text, const char *helpers, plua_slice operand_names, plua_reply *error) {
    lua_State *L = host->L;
    load_request request = {text, helpers, operand_names, 0};
    lua_settop(L, 0);
    lua_pushcfunction(L, load_protected);
    lua_pushlightuserdata(L, &request);
    if (lua_pcall(L, 1, 0, 0) == LUA_OK) return request.reference;
    if (request.reference > 0) luaL_unref(L, LUA_REGISTRYINDEX, request.reference);
    error->kind = PLUA_ERROR;
    error->bytes.data = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &error->bytes.length) : "";
    return 0;
}

void plua_unload(plua_host *host, int reference) {
    /* All slots that this sets exist already, so it allocates nothing and raises nothing. */
    plua_forget_operand_names(host->L, reference);
    luaL_unref(host->L, LUA_REGISTRYINDEX, reference);
}

static int collect_protected(lua_State *L) {
    lua_gc(L, LUA_GCCOLLECT);
    return 0;
}

void plua_collect(plua_host *host) {
    lua_State *L = host->L;
    plua_forget_walks(host);
    lua_settop(L, 0);
    lua_pushcfunction(L, collect_protected);
    lua_pcall(L, 0, 0, 0);
    lua_settop(L, 0);
}

typedef struct {
    int reference;
    const plua_slice *keys, *arguments;
    size_t key_count, argument_count;
    plua_reply *reply;
} call_request;

static void set_strings(lua_State *L, const char *name, const plua_slice *strings, size_t count) {
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        lua_pushlstring(L, strings[i].data, strings[i].length);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, name);
}

/* Runs inside lua_pcall. Returns the script's value, so that a string in it outlives this frame. */
static int call_protected(lua_State *L) {
    call_request *request = lua_touserdata(L, 1);
    plua_host *host = plua_host_of(L);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &globals_key);
    set_strings(L, "KEYS", request->keys, request->key_count);
    set_strings(L, "ARGV", request->arguments, request->argument_count);
    lua_pushcfunction(L, plua_on_error);
    lua_rawgeti(L, LUA_REGISTRYINDEX, request->reference);
    int status = lua_pcall(L, 0, 1, -2);
    if (host->stopped != NULL && (status == LUA_OK || status == LUA_ERRMEM)) { /* the reason got lost on the way */
        plua_push_stopped(L);
        status = LUA_ERRRUN;
    }
    if (status != LUA_OK) {
        plua_finish_error(host, L, -1);
        request->reply->kind = PLUA_ERROR;
        request->reply->bytes.data = host->out;
        request->reply->bytes.length = host->out_length;
        request->reply->is_counted = host->error_is_counted;
        return 0;
    }
    plua_take_result(L, request->reply);
    request->reply->is_counted = host->error_is_counted;
    return 1;
}

void plua_call(
    plua_host *host, int reference, const char *digest, const plua_slice *keys, size_t key_count,
    const plua_slice *arguments, size_t argument_count, int resp, uint64_t step_limit, int64_t time_limit,
    plua_reply *reply) {
    lua_State *L = host->L;
    plua_start_steps(host, step_limit, time_limit);
    host->resp = 2;
    host->client_resp = resp;
    plua_json_reset(&host->json);
    if (host->out_capacity > KEPT_OUTPUT) { /* one large reply is no reason to keep the memory */
        free(host->out);
        host->out = NULL;
        host->out_capacity = 0;
    }
    host->digest = digest;
    host->reference = reference;
    host->error_line = -1;
    host->error_is_counted = 0;
    call_request request = {reference, keys, arguments, key_count, argument_count, reply};
    lua_settop(L, 0);
    plua_forget_walks(host);
    lua_pushcfunction(L, call_protected);
    lua_pushlightuserdata(L, &request);
    if (lua_pcall(L, 1, 1, 0) != LUA_OK) {
        /* Memory ran out, or a reply nested too deep, outside the script's own call. */
        static const char text[] = "ERR the script's reply could not be built: ";
        size_t length = 0;
        const char *reason = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &length) : "";
        host->out_length = 0;
        size_t wanted = sizeof text - 1 + length;
        if (wanted > host->out_capacity) {
            char *moved = realloc(host->out, wanted);
            if (moved != NULL) {
                host->out = moved;
                host->out_capacity = wanted;
            }
        }
        reply->kind = PLUA_ERROR;
        if (wanted <= host->out_capacity) {
            memcpy(host->out, text, sizeof text - 1);
            memcpy(host->out + sizeof text - 1, reason, length);
            reply->bytes.data = host->out;
            reply->bytes.length = wanted;
        } else {
            reply->bytes.data = text;
            reply->bytes.length = sizeof text - 1;
        }
    }
}
