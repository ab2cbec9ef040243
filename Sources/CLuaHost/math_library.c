/* The mathematical functions of Lua 5.1: floats in, floats out, and the random numbers of Redis. */
#include <math.h>

#include "host.h"

#define UNARY(name, expression)                          \
    static int math_##name(lua_State *L) {               \
        lua_Number x = plua_check_number(L, 1);           \
        lua_pushnumber(L, expression);                   \
        return 1;                                        \
    }
#define BINARY(name, expression)                         \
    static int math_##name(lua_State *L) {               \
        lua_Number x = plua_check_number(L, 1);           \
        lua_Number y = plua_check_number(L, 2);           \
        lua_pushnumber(L, expression);                   \
        return 1;                                        \
    }

static const double pi = 3.141592653589793238462643383279502884;

UNARY(abs, fabs(x))
UNARY(acos, acos(x))
UNARY(asin, asin(x))
UNARY(atan, atan(x))
UNARY(ceil, ceil(x))
UNARY(cos, cos(x))
UNARY(cosh, cosh(x))
UNARY(deg, x / (pi / 180.0))
UNARY(exp, exp(x))
UNARY(floor, floor(x))
UNARY(log, log(x))
UNARY(log10, log10(x))
UNARY(rad, x * (pi / 180.0))
UNARY(sin, sin(x))
UNARY(sinh, sinh(x))
UNARY(sqrt, sqrt(x))
UNARY(tan, tan(x))
UNARY(tanh, tanh(x))
BINARY(atan2, atan2(x, y))
BINARY(fmod, fmod(x, y))
BINARY(ldexp, ldexp(x, plua_int_of(y)))
BINARY(pow, pow(x, y))

static int math_frexp(lua_State *L) {
    int exponent;
    lua_pushnumber(L, frexp(plua_check_number(L, 1), &exponent));
    lua_pushnumber(L, exponent);
    return 2;
}

static int math_modf(lua_State *L) {
    double whole;
    double fraction = modf(plua_check_number(L, 1), &whole);
    lua_pushnumber(L, whole);
    lua_pushnumber(L, fraction);
    return 2;
}

static int extreme(lua_State *L, int sign) {
    lua_Number best = plua_check_number(L, 1);
    int count = lua_gettop(L);
    for (int i = 2; i <= count; i++) {
        lua_Number next = plua_check_number(L, i);
        if (sign * next > sign * best) best = next;
    }
    lua_pushnumber(L, best);
    return 1;
}

static int math_max(lua_State *L) {
    return extreme(L, 1);
}

static int math_min(lua_State *L) {
    return extreme(L, -1);
}

/* The 48-bit linear congruential generator of POSIX' lrand48, the same on every machine, as Redis has it. */
static void seed(plua_host *host, uint32_t value) {
    host->random = (uint64_t)value << 16 | 0x330E;
}

static int math_random(lua_State *L) {
    plua_host *host = plua_host_of(L);
    host->random = (host->random * 0x5DEECE66D + 0xB) & 0xFFFFFFFFFFFF;
    double unit = (double)((host->random >> 17) % 0x7FFFFFFF) / (double)0x7FFFFFFF;
    int low = 1, high;
    switch (lua_gettop(L)) {
    case 0: lua_pushnumber(L, unit); return 1;
    case 1:
        high = plua_int_of(plua_check_number(L, 1));
        luaL_argcheck(L, 1 <= high, 1, "interval is empty");
        break;
    case 2:
        low = plua_int_of(plua_check_number(L, 1));
        high = plua_int_of(plua_check_number(L, 2));
        luaL_argcheck(L, low <= high, 2, "interval is empty");
        break;
    default: return luaL_error(L, "wrong number of arguments");
    }
    lua_pushnumber(L, floor(unit * ((double)high - low + 1)) + low);
    return 1;
}

static int math_randomseed(lua_State *L) {
    seed(plua_host_of(L), (uint32_t)plua_integer_of(plua_check_number(L, 1)));
    return 0;
}

void plua_math_library(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"abs", math_abs}, {"acos", math_acos}, {"asin", math_asin}, {"atan", math_atan}, {"atan2", math_atan2},
        {"ceil", math_ceil}, {"cos", math_cos}, {"cosh", math_cosh}, {"deg", math_deg}, {"exp", math_exp},
        {"floor", math_floor}, {"fmod", math_fmod}, {"frexp", math_frexp}, {"ldexp", math_ldexp}, {"log", math_log},
        {"log10", math_log10}, {"max", math_max}, {"min", math_min}, {"mod", math_fmod}, {"modf", math_modf},
        {"pow", math_pow}, {"rad", math_rad}, {"random", math_random}, {"randomseed", math_randomseed},
        {"sin", math_sin}, {"sinh", math_sinh}, {"sqrt", math_sqrt}, {"tan", math_tan}, {"tanh", math_tanh},
        {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
    lua_pushnumber(L, pi);
    lua_setfield(L, -2, "pi");
    lua_pushnumber(L, HUGE_VAL);
    lua_setfield(L, -2, "huge");
    plua_host_of(L)->random = 0x1234ABCD330E; /* where redis-server begins */
}
