/* hiredis' reply reader, and nothing else of it: the sockets are ours. */
#include <hiredis/read.h>
