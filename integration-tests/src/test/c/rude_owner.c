/* What an owner's release may be when it is written in C. */
#include "rude_consumer.h"

#include <stdatomic.h>

void rude_add_one(void *counter) { atomic_fetch_add((_Atomic int64_t *)counter, 1); }
