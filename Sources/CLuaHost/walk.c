/*
 * next, and so pairs, in the order of keys; see keys.c.
 *
 * The elements of an array, from 1 up to the first that is missing, need no more than a look at the next one. The keys
 * after those are sorted once for a whole loop: a walk. Walks are kept by their tables, so that loops may be nested.
 * During a loop fields may be changed and cleared: what is no longer there is passed over. A loop that adds fields may
 * or may not meet them, as in 5.1.
 */
#include <math.h>

#include "keys.h"

/* The block of a userdata, whose user value is a table of the keys in order. */
typedef struct {
    lua_Integer place, count; /* the key that was handed out last, and the number of keys */
} walk;

/*
 * Registry key of a table with weak keys. By each table that was gone over in this call of a script it has the walk,
 * or something else as long as there is none.
 */
static const char walks = 0;

void plua_new_weak(lua_State *L, const void *registry_key) {
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "k");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, registry_key);
}

void plua_forget_walks(plua_host *host) {
    if (!host->has_walks) return;
    host->has_walks = 0;
    /* The slot exists already, so this allocates nothing and raises nothing. */
    lua_pushnil(host->L);
    lua_rawsetp(host->L, LUA_REGISTRYINDEX, &walks);
}

/* Pushes the walk of a table, or what is there instead of it; nil when the table is not known. */
static walk *push_walk(lua_State *L, int table) {
    if (!plua_host_of(L)->has_walks) {
        lua_pushnil(L);
        return NULL;
    }
    lua_rawgetp(L, LUA_REGISTRYINDEX, &walks);
    lua_pushvalue(L, table);
    int type = lua_rawget(L, -2);
    lua_remove(L, -2);
    return type == LUA_TUSERDATA ? lua_touserdata(L, -1) : NULL;
}

/* Sets the walk of a table to the value on top of the stack, and takes that off. */
static void set_walk(lua_State *L, int table) {
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &walks) != LUA_TTABLE) {
        lua_pop(L, 1);
        plua_new_weak(L, &walks);
        plua_host_of(L)->has_walks = 1;
    }
    lua_pushvalue(L, table);
    lua_pushvalue(L, -3);
    lua_rawset(L, -3);
    lua_pop(L, 2);
}

/* A loop begins: what an earlier one saw of the table may be out of date. */
static void drop_walk(lua_State *L, int table) {
    int is_there = push_walk(L, table) != NULL;
    lua_pop(L, 1);
    if (!is_there) return;
    lua_pushboolean(L, 0);
    set_walk(L, table);
}

/* Begins a walk over the keys that come after the one at `key`, and pushes it; its place is before the first. */
static walk *begin_walk(lua_State *L, int table, int key) {
    int top = lua_gettop(L);
    plua_keys keys;
    plua_keys_open(L, &keys);
    lua_pushvalue(L, table);
    size_t count = plua_keys_enter(L, &keys, key);
    if (count == 0) {
        lua_settop(L, top);
        lua_pushnil(L);
        return NULL;
    }
    walk *begun = lua_newuserdatauv(L, sizeof *begun, 1);
    begun->place = 0;
    begun->count = (lua_Integer)count;
    lua_createtable(L, count < INT32_MAX ? (int)count : 0, 0);
    for (size_t i = 0; i < count; i++) {
        plua_keys_push(L, &keys, count, i);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setiuservalue(L, -2, 1);
    lua_pushvalue(L, -1);
    set_walk(L, table);
    lua_replace(L, top + 1);
    lua_settop(L, top + 1);
    return begun;
}

/* Whether the walk on top of the stack gets to the key at `key`, on from where it is; moves its place there. */
static int advance(lua_State *L, walk *walk, int key) {
    lua_Integer place = walk->place;
    lua_getiuservalue(L, -1, 1);
    int is_there = 0;
    for (; place <= walk->count && !is_there; place++) {
        if (place > walk->place && (place - walk->place) % 8 == 0) plua_charge(L, 1);
        lua_rawgeti(L, -1, place);
        is_there = lua_rawequal(L, -1, key);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    if (is_there) walk->place = place - 1;
    return is_there;
}

/* 5.1 refuses a key that is not in the table, but for one that was cleared during a loop. */
static void check_key(lua_State *L, int table, int key) {
    push_walk(L, table);
    int is_known = !lua_isnil(L, -1);
    lua_pushvalue(L, key);
    if (lua_rawget(L, table) == LUA_TNIL && !is_known) {
        lua_pushliteral(L, "invalid key to 'next'");
        lua_error(L);
    }
    lua_pop(L, 2);
}

/* The index of the element at `key`, 0 for nil, and -1 for any other key. */
static double element_index(lua_State *L, int key) {
    if (lua_isnil(L, key)) return 0;
    if (lua_type(L, key) != LUA_TNUMBER) return -1;
    double number = lua_tonumber(L, key);
    return number >= 1 && number < 9007199254740992.0 && number == floor(number) ? number : -1;
}

/* Leaves the key and the value on top of the stack where the last key was. */
static int answer(lua_State *L, int key) {
    if (lua_isinteger(L, -2)) { /* numbers of 5.1 are floats */
        lua_pushnumber(L, lua_tonumber(L, -2));
        lua_replace(L, -3);
    }
    lua_copy(L, -2, key);
    lua_copy(L, -1, key + 1);
    lua_settop(L, key + 1);
    return 1;
}

int plua_next(lua_State *L, int table) {
    luaL_checkstack(L, 12, NULL);
    int key = lua_gettop(L);
    double element = element_index(L, key);
    if (element == 0) drop_walk(L, table);
    if (element >= 0 && lua_rawgeti(L, table, (lua_Integer)element + 1) != LUA_TNIL) {
        lua_pushnumber(L, element + 1);
        lua_replace(L, key);
        return 1;
    }
    if (element == 0) {
        lua_pushvalue(L, table);
        plua_keys_first(L);
        if (lua_isnil(L, -1)) {
            lua_settop(L, key - 1);
            return 0;
        }
        lua_pushboolean(L, 0);
        set_walk(L, table);
        lua_pushvalue(L, -1);
        lua_rawget(L, table);
        return answer(L, key);
    }
    lua_settop(L, key);
    walk *walk = push_walk(L, table);
    if (walk == NULL || !advance(L, walk, key)) {
        if (element < 0) check_key(L, table, key);
        lua_settop(L, key);
        walk = begin_walk(L, table, key);
    }
    if (walk != NULL) {
        lua_getiuservalue(L, -1, 1);
        while (walk->place < walk->count) {
            lua_rawgeti(L, -1, ++walk->place);
            lua_pushvalue(L, -1);
            if (lua_rawget(L, table) != LUA_TNIL) return answer(L, key);
            lua_pop(L, 2);
            if (walk->place % 8 == 0) plua_charge(L, 1);
        }
    }
    lua_settop(L, key - 1);
    return 0;
}
