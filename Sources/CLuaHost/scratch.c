/* Memory that grows. */
#include <string.h>

#include "scratch.h"

void plua_scratch_open(lua_State *L, plua_scratch *scratch, void *first, size_t capacity) {
    lua_pushnil(L);
    scratch->start = first;
    scratch->used = 0;
    scratch->capacity = capacity;
    scratch->slot = lua_gettop(L);
}

void *plua_scratch_add(lua_State *L, plua_scratch *scratch, size_t bytes) {
    if (bytes > scratch->capacity - scratch->used) {
        luaL_checkstack(L, 1, NULL);
        size_t wanted = scratch->used + bytes; /* both are in memory already, so this does not wrap */
        size_t capacity = scratch->capacity * 2 > wanted ? scratch->capacity * 2 : wanted;
        char *moved = lua_newuserdatauv(L, capacity, 0);
        memcpy(moved, scratch->start, scratch->used);
        lua_replace(L, scratch->slot);
        scratch->start = moved;
        scratch->capacity = capacity;
    }
    void *added = scratch->start + scratch->used;
    scratch->used += bytes;
    return added;
}
