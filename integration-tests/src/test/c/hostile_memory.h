/* What the producer's files share beside the functions for Java. */
#ifndef HOSTILE_MEMORY_H
#define HOSTILE_MEMORY_H

#include <stdint.h>

int64_t hostile_page_size(void);

#endif
