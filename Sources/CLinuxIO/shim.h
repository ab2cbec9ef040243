/* The parts of Linux' C library that Swift's Glibc module leaves out. Empty on other systems. */
#ifdef __linux__
#include <sys/epoll.h>
#include <sys/eventfd.h>
#endif
