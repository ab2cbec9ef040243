/* The parts of Linux' C library that Swift's Glibc module leaves out. Empty on other systems. */
#ifdef __linux__
#include <sys/epoll.h>
#include <sys/eventfd.h>
/* accept4(2), which the C library declares for those who define _GNU_SOURCE. By another name and without the types of
   sys/socket.h: those are Glibc's, and would be known twice. */
int perilune_accept4(int descriptor, void *address, void *length, int flags) __asm__("accept4");
#endif
