/*
 * The structs of Arrow's C Data, C Device Data and C Stream Interface, declared here so that the shim
 * needs no foreign header. Java compares every size and offset with its own.
 */
#ifndef DLPACK4J_ARROW_ABI_H
#define DLPACK4J_ARROW_ABI_H

#include <stdint.h>

typedef struct ArrowSchema {
  const char *format;
  const char *name;
  const char *metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema **children;
  struct ArrowSchema *dictionary;
  void (*release)(struct ArrowSchema *self);
  void *private_data;
} ArrowSchema;

typedef struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void **buffers;
  struct ArrowArray **children;
  struct ArrowArray *dictionary;
  void (*release)(struct ArrowArray *self);
  void *private_data;
} ArrowArray;

typedef struct ArrowDeviceArray {
  ArrowArray array;
  int64_t device_id;
  int32_t device_type;
  void *sync_event;
  int64_t reserved[3];
} ArrowDeviceArray;

typedef struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream *self, ArrowSchema *out);
  int (*get_next)(struct ArrowArrayStream *self, ArrowArray *out);
  const char *(*get_last_error)(struct ArrowArrayStream *self);
  void (*release)(struct ArrowArrayStream *self);
  void *private_data;
} ArrowArrayStream;

typedef struct ArrowDeviceArrayStream {
  int32_t device_type;
  int (*get_schema)(struct ArrowDeviceArrayStream *self, ArrowSchema *out);
  int (*get_next)(struct ArrowDeviceArrayStream *self, ArrowDeviceArray *out);
  const char *(*get_last_error)(struct ArrowDeviceArrayStream *self);
  void (*release)(struct ArrowDeviceArrayStream *self);
  void *private_data;
} ArrowDeviceArrayStream;

#endif
