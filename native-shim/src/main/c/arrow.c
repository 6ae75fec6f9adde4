/*
 * Release callbacks of the Arrow structs that Java exports. A consumer may have moved a struct, and
 * children out of it, so that only its fields are looked at and never its address.
 *
 * An array and a stream have a DLPack tensor as private_data, which holds what they are made of: its
 * deleter marks it, and Java frees the rest. A schema has its own memory, and Java has no part in it.
 */
#include "shim.h"

#include <stddef.h>
#include <stdlib.h>

static void delete(DLManagedTensorVersioned *keeper) { keeper->deleter(keeper); }

void dlpack4j_release_array(ArrowArray *self) {
  if (self == NULL || self->release == NULL) {
    return;
  }
  for (int64_t i = 0; i < self->n_children; i++) {
    ArrowArray *child = self->children[i];
    if (child->release != NULL) {
      child->release(child);
    }
  }
  if (self->dictionary != NULL && self->dictionary->release != NULL) {
    self->dictionary->release(self->dictionary);
  }
  /* Last: the children's structs lie in memory that the keeper holds. */
  DLManagedTensorVersioned *keeper = self->private_data;
  self->release = NULL;
  delete(keeper);
}

void dlpack4j_release_schema(ArrowSchema *self) {
  if (self == NULL || self->release == NULL) {
    return;
  }
  for (int64_t i = 0; i < self->n_children; i++) {
    ArrowSchema *child = self->children[i];
    if (child->release != NULL) {
      child->release(child);
    }
  }
  if (self->dictionary != NULL && self->dictionary->release != NULL) {
    self->dictionary->release(self->dictionary);
  }
  void *memory = self->private_data;
  self->release = NULL;
  free(memory);
}

void dlpack4j_release_stream(ArrowArrayStream *self) {
  if (self == NULL || self->release == NULL) {
    return;
  }
  DLManagedTensorVersioned *keeper = self->private_data;
  self->release = NULL;
  delete(keeper);
}

void dlpack4j_release_device_stream(ArrowDeviceArrayStream *self) {
  if (self == NULL || self->release == NULL) {
    return;
  }
  DLManagedTensorVersioned *keeper = self->private_data;
  self->release = NULL;
  delete(keeper);
}
