/*
 * A DLPack producer that puts whatever it is told into a managed tensor, and counts what the
 * consumer does with it.
 *
 * A struct is never given back: deleted, it is poisoned or closed, so that a late look at it gets
 * nonsense or a fault, and a second delete is counted. A call that the system refuses aborts the
 * process.
 */
#ifndef HOSTILE_PRODUCER_H
#define HOSTILE_PRODUCER_H

#include <stddef.h>
#include <stdint.h>

#define HOSTILE_EXPORT __attribute__((visibility("default")))

/* Any value of any field, cut to the field's width; pointers may lead anywhere. */
typedef struct {
  int64_t versioned; /* not 0: a DLManagedTensorVersioned; 0: a DLManagedTensor */
  int64_t major;
  int64_t minor;
  int64_t flags;
  int64_t data;
  int64_t device_type;
  int64_t device_id;
  int64_t ndim;
  int64_t code;
  int64_t bits;
  int64_t lanes;
  int64_t shape;
  int64_t strides;
  int64_t byte_offset;
} hostile_fields;

/* What is known of a tensor, for as long as the process lives. */
typedef struct {
  void *managed;
  /* How often its deleter was called; written by any thread. */
  int64_t deletes;
  /* Set before the tensor is given away, or 0. Memory of hostile_map that the deleter closes. */
  int64_t memory;
  int64_t memory_bytes;
  /* A void (*)(void) that the deleter calls last. */
  int64_t then_call;
  /* The pages of the struct itself where it has some. */
  int64_t own_pages;
} hostile_record;

/* In malloc's memory. The deleter poisons it. */
HOSTILE_EXPORT hostile_record *hostile_make(const hostile_fields *fields);
/* The same with a NULL deleter. */
HOSTILE_EXPORT hostile_record *hostile_make_without_deleter(const hostile_fields *fields);
/* So that its first `bytes` bytes, counted from its address, are all that can be read: the page
 * behind them faults. The deleter closes the page. 0 for the whole struct. */
HOSTILE_EXPORT hostile_record *hostile_make_guarded(const hostile_fields *fields, int64_t bytes);

/* A thread that copies image after image over the target, word by word, until it is stopped. Each is
 * `words` 8-byte words; the images lie one after the other and are copied first. */
HOSTILE_EXPORT void *hostile_mutate(void *target, const void *images, int64_t words, int64_t count);
HOSTILE_EXPORT void hostile_stop(void *mutator);

/* Zeroed memory that ends where a page begins which faults. */
HOSTILE_EXPORT void *hostile_map(int64_t bytes);
/* What is left to whom touches it: nothing where `readable` is 0, else reading. */
HOSTILE_EXPORT void hostile_protect(void *memory, int64_t bytes, int readable);

/* Calls `callback` on the calling thread, while Java has lent it the memory. */
HOSTILE_EXPORT void hostile_use(const void *memory, void (*callback)(void));

#endif
