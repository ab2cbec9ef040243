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

/*
 * The block of a userdata, whose user values are a table of the keys in order, and the table that they are of. The walk
 * that went on last is at hand in the host; its address can be trusted because the registry holds it and its table.
 */
struct plua_walk {
    lua_Integer place, count; /* the key that was handed out last, and the number of keys */
};

enum { KEYS = 1, TABLE };

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

void plua_open_walks(lua_State *L) {
    plua_host *host = plua_host_of(L);
    for (int i = 0; i < 2; i++) {
        lua_pushboolean(L, 0);
        host->walk_slots[i] = luaL_ref(L, LUA_REGISTRYINDEX);
    }
}

void plua_forget_walks(plua_host *host) {
    lua_State *L = host->L;
    if (!host->has_walks) return;
    host->has_walks = 0;
    host->walked = host->begun = NULL;
    /* The slots exist already, so this allocates nothing and raises nothing. */
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &walks);
    for (int i = 0; i < 2; i++) {
        lua_pushboolean(L, 0);
        lua_rawseti(L, LUA_REGISTRYINDEX, host->walk_slots[i]);
    }
}

void plua_begin_pairs(lua_State *L, int table) {
    plua_host_of(L)->begun = lua_topointer(L, table);
}

/* Pushes what is kept for a table; nil when nothing is. */
static int push_kept(lua_State *L, int table) {
    if (!plua_host_of(L)->has_walks) {
        lua_pushnil(L);
        return LUA_TNIL;
    }
    lua_rawgetp(L, LUA_REGISTRYINDEX, &walks);
    lua_pushvalue(L, table);
    int type = lua_rawget(L, -2);
    lua_remove(L, -2);
    return type;
}

/* Keeps the value on top of the stack for a table, and takes it off. */
static void keep(lua_State *L, int table) {
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

/* Has the walk on top of the stack at hand, and takes it off. */
static struct plua_walk *have_at_hand(lua_State *L, int table) {
    plua_host *host = plua_host_of(L);
    host->walked = lua_topointer(L, table);
    host->walk = lua_touserdata(L, -1);
    lua_getiuservalue(L, -1, KEYS);
    lua_rawseti(L, LUA_REGISTRYINDEX, host->walk_slots[0]);
    lua_rawseti(L, LUA_REGISTRYINDEX, host->walk_slots[1]);
    return host->walk;
}

static void push_keys_at_hand(lua_State *L) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, plua_host_of(L)->walk_slots[0]);
}

/* The walk of a table, at hand; NULL when there is none. */
static struct plua_walk *find_walk(lua_State *L, int table) {
    plua_host *host = plua_host_of(L);
    if (host->walked == lua_topointer(L, table)) return host->walk;
    if (push_kept(L, table) == LUA_TUSERDATA) return have_at_hand(L, table);
    lua_pop(L, 1);
    return NULL;
}

/* Begins a walk over the keys that come after the one at `key`, over all if it is 0; NULL when there are none. */
static struct plua_walk *begin_walk(lua_State *L, int table, int key) {
    int top = lua_gettop(L);
    plua_keys keys;
    plua_keys_open(L, &keys);
    lua_pushvalue(L, table);
    size_t count = plua_keys_enter(L, &keys, key);
    if (count == 0) {
        lua_settop(L, top);
        return NULL;
    }
    struct plua_walk *walk = lua_newuserdatauv(L, sizeof *walk, 2);
    walk->place = 0;
    walk->count = (lua_Integer)count;
    lua_createtable(L, count < INT32_MAX ? (int)count : 0, 0);
    for (size_t i = 0; i < count; i++) {
        plua_keys_push(L, &keys, count, i);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setiuservalue(L, -2, KEYS);
    lua_pushvalue(L, table);
    lua_setiuservalue(L, -2, TABLE);
    lua_pushvalue(L, -1);
    keep(L, table);
    have_at_hand(L, table);
    lua_settop(L, top);
    return walk;
}

/* A loop begins: what an earlier one saw of the table may be out of date. */
static void drop_walk(lua_State *L, int table) {
    if (find_walk(L, table) == NULL) return;
    plua_host_of(L)->walked = NULL;
    lua_pushboolean(L, 0);
    keep(L, table);
}

/*
 * Whether the walk at hand, whose keys are on top of the stack, gets to the key at `key`, on from where it is; moves
 * its place there.
 */
static int advance(lua_State *L, struct plua_walk *walk, int key) {
    for (lua_Integer place = walk->place; place <= walk->count; place++) {
        if (place > walk->place && (place - walk->place) % 8 == 0) plua_charge(L, 1);
        lua_rawgeti(L, -1, place);
        int is_there = lua_rawequal(L, -1, key);
        lua_pop(L, 1);
        if (is_there) {
            walk->place = place;
            return 1;
        }
    }
    return 0;
}

/* 5.1 refuses a key that is not in the table, but for one that was cleared during a loop. */
static void check_key(lua_State *L, int table, int key) {
    int is_known = push_kept(L, table) != LUA_TNIL;
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

/* Goes on to the next key of the walk at hand, whose keys are on top of the stack, that is still in the table. */
static int go_on(lua_State *L, struct plua_walk *walk, int table, int key) {
    while (walk->place < walk->count) {
        lua_rawgeti(L, -1, ++walk->place);
        lua_pushvalue(L, -1);
        if (lua_rawget(L, table) != LUA_TNIL) return answer(L, key);
        lua_pop(L, 2);
        if (walk->place % 8 == 0) plua_charge(L, 1);
    }
    lua_settop(L, key - 1);
    return 0;
}

/* The first key of a table that is no array. Whoever asks without pairs may want no more than that. */
static int begin(lua_State *L, int table, int key) {
    plua_host *host = plua_host_of(L);
    drop_walk(L, table);
    if (host->begun == lua_topointer(L, table)) {
        host->begun = NULL;
        struct plua_walk *walk = begin_walk(L, table, 0);
        if (walk != NULL) {
            push_keys_at_hand(L);
            return go_on(L, walk, table, key);
        }
    } else {
        lua_pushvalue(L, table);
        plua_keys_first(L);
        if (!lua_isnil(L, -1)) {
            lua_pushboolean(L, 0); /* from now on the table is known */
            keep(L, table);
            lua_pushvalue(L, -1);
            lua_rawget(L, table);
            return answer(L, key);
        }
    }
    lua_settop(L, key - 1);
    return 0;
}

int plua_next(lua_State *L, int table) {
    luaL_checkstack(L, 12, NULL);
    int key = lua_gettop(L);
    double element = element_index(L, key);
    if (element >= 0 && lua_rawgeti(L, table, (lua_Integer)element + 1) != LUA_TNIL) {
        if (element == 0) drop_walk(L, table);
        lua_pushnumber(L, element + 1);
        lua_replace(L, key);
        return 1;
    }
    lua_settop(L, key);
    if (element == 0) return begin(L, table, key);
    struct plua_walk *walk = find_walk(L, table);
    push_keys_at_hand(L);
    if (walk == NULL || !advance(L, walk, key)) {
        lua_settop(L, key);
        if (element < 0) check_key(L, table, key);
        walk = begin_walk(L, table, key);
        if (walk == NULL) {
            lua_settop(L, key - 1);
            return 0;
        }
        push_keys_at_hand(L);
    }
    return go_on(L, walk, table, key);
}
