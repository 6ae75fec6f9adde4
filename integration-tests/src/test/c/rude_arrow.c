/* What a consumer of Arrow's structs does beside releasing them. */
#include "managed.h"
#include "rude_consumer.h"

#include <stdlib.h>

void rude_move_child(void *array, int64_t index, void *child) {
  ArrowArray *source = ((ArrowArray *)array)->children[index];
  *(ArrowArray *)child = *source;
  source->release = NULL;
}

int rude_next(void *stream, void *array) {
  ArrowArrayStream *self = stream;
  return self->get_next(self, array);
}

static void *read_at_exit;

static void read_next(void) {
  ArrowArray array;
  rude_next(read_at_exit, &array);
}

void rude_next_at_exit(void *stream) {
  read_at_exit = stream;
  require(atexit(read_next) == 0, "room for an atexit handler");
}
