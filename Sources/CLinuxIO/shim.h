/* The parts of Linux' C library that Swift's Glibc module leaves out. Empty on other systems. */
#ifdef __linux__
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
/* Declared there for those who define _GNU_SOURCE. */
int accept4(int, struct sockaddr *, socklen_t *, int);
#endif
