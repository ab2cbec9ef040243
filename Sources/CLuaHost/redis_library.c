/* The table `redis`: commands, replies, logging. Error texts are those of redis-server 7.0. */
#include <string.h>

#include "host.h"

/* Raises an error table, as the server does; the message handler of the script's call adds where. */
static int raise(lua_State *L, const char *text) {
    lua_createtable(L, 0, 1);
    lua_pushstring(L, text);
    lua_setfield(L, -2, "err");
    return lua_error(L);
}

static int fail(lua_State *L, int raises, const char *text) {
    if (raises) return raise(L, text);
    lua_createtable(L, 0, 1);
    lua_pushstring(L, text);
    lua_setfield(L, -2, "err");
    return 1;
}

#define ON_STACK 24 /* arguments that need no allocation */

static int run_command(lua_State *L, int raises) {
    int count = lua_gettop(L);
    if (count == 0) return fail(L, raises, "ERR Please specify at least one argument for this redis lib call");
    plua_slice fixed[ON_STACK];
    char fixed_numbers[ON_STACK][PLUA_NUMBER_SIZE];
    plua_slice *arguments = fixed;
    char(*numbers)[PLUA_NUMBER_SIZE] = fixed_numbers;
    if (count > ON_STACK) {
        arguments = lua_newuserdatauv(L, (size_t)count * sizeof *arguments, 0);
        numbers = lua_newuserdatauv(L, (size_t)count * sizeof *numbers, 0);
    }
    for (int i = 0; i < count; i++) {
        switch (lua_type(L, i + 1)) {
        case LUA_TSTRING: arguments[i].data = lua_tolstring(L, i + 1, &arguments[i].length); break;
        case LUA_TNUMBER:
            arguments[i].length = plua_format_number(lua_tonumber(L, i + 1), numbers[i], 17);
            arguments[i].data = numbers[i];
            break;
        default: return fail(L, raises, "ERR Lua redis lib command arguments must be strings or integers");
        }
    }
    size_t bytes = 0;
    for (int i = 0; i < count; i++) bytes += arguments[i].length;
    plua_charge(L, 1 + (size_t)count / 4 + bytes / 64);
    plua_host *host = plua_host_of(L);
    plua_reply reply = {PLUA_NIL, 0, {"", 0}, 0};
    host->services.command(host->context, arguments, (size_t)count, &reply);
    plua_push_reply(L, &reply);
    if (reply.kind == PLUA_ERROR && raises) return lua_error(L);
    return 1;
}

static int redis_call(lua_State *L) {
    return run_command(L, 1);
}

static int redis_pcall(lua_State *L) {
    return run_command(L, 0);
}

static int push_reply_table(lua_State *L, const char *field) {
    if (lua_gettop(L) != 1 || lua_type(L, 1) != LUA_TSTRING) {
        lua_createtable(L, 0, 1);
        lua_pushliteral(L, "ERR wrong number or type of arguments");
        lua_setfield(L, -2, "err");
        return 1;
    }
    lua_createtable(L, 0, 1);
    lua_pushvalue(L, 1);
    lua_setfield(L, -2, field);
    return 1;
}

/* An error needs a code in front; the server adds ERR to a text of one word, and drops a leading '-'. */
static int redis_error_reply(lua_State *L) {
    if (lua_gettop(L) == 1 && lua_type(L, 1) == LUA_TSTRING) {
        const char *text = lua_tostring(L, 1); /* up to a NUL, as on the server */
        if (*text == '-') text++;
        const char *space = strchr(text, ' ');
        const char *message = space == NULL ? text : space + 1;
        message += strspn(message, "\r\n");
        size_t length = strlen(message);
        while (length > 0 && (message[length - 1] == '\r' || message[length - 1] == '\n')) length--;
        if (space == NULL) lua_pushliteral(L, "ERR"); else lua_pushlstring(L, text, (size_t)(space - text));
        lua_pushliteral(L, " ");
        lua_pushlstring(L, message, length);
        lua_concat(L, 3);
        lua_replace(L, 1);
    }
    return push_reply_table(L, "err");
}

static int redis_status_reply(lua_State *L) {
    return push_reply_table(L, "ok");
}

static int redis_sha1hex(lua_State *L) {
    if (lua_gettop(L) != 1) return raise(L, "ERR wrong number of arguments");
    plua_slice bytes = {"", 0};
    char number[PLUA_NUMBER_SIZE];
    if (lua_type(L, 1) == LUA_TNUMBER) {
        bytes.length = plua_format_number(lua_tonumber(L, 1), number, 14);
        bytes.data = number;
    } else if (lua_type(L, 1) == LUA_TSTRING) {
        bytes.data = lua_tolstring(L, 1, &bytes.length);
    }
    char digits[40];
    plua_host *host = plua_host_of(L);
    host->services.sha1hex(host->context, bytes, digits);
    lua_pushlstring(L, digits, sizeof digits);
    return 1;
}

/* There is no server log here: the arguments are checked, the text goes nowhere. */
static int redis_log(lua_State *L) {
    if (lua_gettop(L) < 2) return raise(L, "ERR redis.log() requires two arguments or more.");
    if (lua_type(L, 1) != LUA_TNUMBER) return raise(L, "ERR First argument must be a number (log level).");
    lua_Number level = lua_tonumber(L, 1);
    if (!(level >= 0 && level <= 3)) return raise(L, "ERR Invalid debug level.");
    return 0;
}

static int redis_setresp(lua_State *L) {
    if (lua_gettop(L) != 1) return raise(L, "ERR redis.setresp() requires one argument.");
    lua_Number version = lua_tonumber(L, 1);
    if (version != 2 && version != 3) return raise(L, "ERR RESP version must be 2 or 3.");
    plua_host_of(L)->resp = (int)version;
    return 0;
}

/* Nothing is replicated, so only the arguments are checked. */
static int redis_set_repl(lua_State *L) {
    if (lua_gettop(L) != 1) return raise(L, "ERR redis.set_repl() requires two arguments.");
    lua_Number flags = lua_tonumber(L, 1);
    if (!(flags >= 0 && flags <= 3)) {
        return raise(L, "ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.");
    }
    return 0;
}

static int redis_replicate_commands(lua_State *L) {
    lua_pushboolean(L, 1);
    return 1;
}

static int redis_breakpoint(lua_State *L) {
    lua_pushboolean(L, 0);
    return 1;
}

static int redis_debug(lua_State *L) {
    (void)L;
    return 0;
}

static int redis_acl_check_cmd(lua_State *L) {
    if (lua_gettop(L) == 0) return raise(L, "ERR Please specify at least one argument for this redis.acl_check_cmd() call");
    plua_slice name;
    name.data = lua_type(L, 1) == LUA_TSTRING ? lua_tolstring(L, 1, &name.length) : NULL;
    plua_host *host = plua_host_of(L);
    if (name.data == NULL || !host->services.knows(host->context, name)) {
        return raise(L, "ERR Invalid command passed to redis.acl_check_cmd()");
    }
    lua_pushboolean(L, 1);
    return 1;
}

void plua_redis_library(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"acl_check_cmd", redis_acl_check_cmd}, {"breakpoint", redis_breakpoint}, {"call", redis_call},
        {"debug", redis_debug}, {"error_reply", redis_error_reply}, {"log", redis_log}, {"pcall", redis_pcall},
        {"replicate_commands", redis_replicate_commands}, {"set_repl", redis_set_repl},
        {"setresp", redis_setresp}, {"sha1hex", redis_sha1hex}, {"status_reply", redis_status_reply},
        {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
    static const struct {
        const char *name;
        int value;
    } constants[] = {
        {"LOG_DEBUG", 0}, {"LOG_VERBOSE", 1}, {"LOG_NOTICE", 2}, {"LOG_WARNING", 3},
        {"REPL_NONE", 0}, {"REPL_AOF", 1}, {"REPL_SLAVE", 2}, {"REPL_REPLICA", 2}, {"REPL_ALL", 3},
        {"REDIS_VERSION_NUM", 0x07000F}};
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++) {
        lua_pushnumber(L, constants[i].value);
        lua_setfield(L, -2, constants[i].name);
    }
    lua_pushliteral(L, "7.0.15");
    lua_setfield(L, -2, "REDIS_VERSION");
}
