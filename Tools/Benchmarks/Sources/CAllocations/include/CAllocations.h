#ifndef CALLOCATIONS_H
#define CALLOCATIONS_H

/// How often this process has asked for memory so far, on all threads.
unsigned long allocations_count(void);

#endif
