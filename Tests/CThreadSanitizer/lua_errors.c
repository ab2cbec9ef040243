/*
 * The sanitizer keeps a stack of its own for each thread, which a longjmp has to shorten. It catches longjmp, but not the
 * checked one that Debian's liblua was built with: each error of Lua would leave frames there, until they overflow it
 * and reports are made of whatever lies behind.
 */
#include "CThreadSanitizer.h"

#ifdef CTHREADSANITIZER_IS_ON
#include <setjmp.h>

_Noreturn void __longjmp_chk(jmp_buf environment, int value);

_Noreturn __attribute__((disable_sanitizer_instrumentation)) void __longjmp_chk(jmp_buf environment, int value) {
    longjmp(environment, value);
}
#endif
