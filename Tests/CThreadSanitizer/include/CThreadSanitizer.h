/*
 * What Thread Sanitizer does not see by itself on Linux, told to it. Whoever links this is checked more exactly; there is
 * nothing to call, and without the sanitizer there is nothing at all.
 */
#ifndef CTHREADSANITIZER_H
#define CTHREADSANITIZER_H

#if defined(__linux__) && defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CTHREADSANITIZER_IS_ON 1
#endif
#endif

#endif
