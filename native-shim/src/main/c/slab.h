/*
 * What Java and C agree on: the slab, the home of exported tensors. Java allocates and fills it; C
 * only marks it.
 *
 * A slab is 8 KiB, aligned to its size and never unmapped, so that a deleter finds it by masking the
 * pointer it is given, at any moment of the process's life. Slot 0 is the header, slots 1 to 31 are
 * blocks of 256 bytes, one an exported tensor: the managed struct at offset 0, shape and strides
 * from 80, the native owner at 208.
 *
 * The state word has two bits a block:
 *
 *     idle free
 *      1    1    free: Java may claim it
 *      0    0    claimed: the tensor is held, or out with a consumer
 *      1    0    deleted: the consumer is done, the owner is still to be released
 *
 * Slot 0 is 00 for ever, so that nobody claims the header. Java drains and frees the deleted blocks,
 * except in slabs of native owners: there "deleted" means that C is releasing at this moment, and C
 * frees.
 *
 * Being one word, claim and delete are each one atomic step, and a deleter that finds the idle bit
 * set knows for certain that the block was not in use: a double delete is counted, never obeyed.
 */
#ifndef DLPACK4J_SLAB_H
#define DLPACK4J_SLAB_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum {
  DLPACK4J_SLAB_BYTES = 8192,
  DLPACK4J_BLOCK_BYTES = 256,
  DLPACK4J_FREE_SHIFT = 32, /* the free bits are the upper half of the state word */
};

typedef struct {
  _Alignas(64) _Atomic uint64_t state;
  /* 1 while the reaper sleeps on it; the pointer is set once, before the first block is claimed. */
  _Alignas(64) _Atomic uint32_t *doorbell;
  uint32_t lane; /* Java's own: who releases the owners of this slab */
  _Alignas(64) _Atomic uint64_t double_deletes;
} dlpack4j_slab;

typedef struct {
  unsigned char managed_shape_strides[208];
  void (*release)(void *context);
  void *context;
  unsigned char unused[32]; /* Java's own */
} dlpack4j_block;

_Static_assert(sizeof(dlpack4j_block) == DLPACK4J_BLOCK_BYTES, "a block is 256 bytes");
_Static_assert(sizeof(dlpack4j_slab) <= DLPACK4J_BLOCK_BYTES, "the header fits in slot 0");

#endif
