/* What Java does with a slab, in C and with the same atomic steps. */
#ifndef DLPACK4J_JAVA_SIDE_H
#define DLPACK4J_JAVA_SIDE_H

#include "slab.h"

enum {
  FIRST_SLOT = 1,
  LAST_SLOT = 31,
  SLOTS = LAST_SLOT - FIRST_SLOT + 1,
};

/* Every slot but the header's: free. */
#define ALL_FREE UINT64_C(0xFFFFFFFEFFFFFFFE)

dlpack4j_slab *slab_create(_Atomic uint32_t *doorbell);
void slab_initialise(dlpack4j_slab *slab, _Atomic uint32_t *doorbell);

uint64_t idle_bit(int slot);
uint64_t free_bit(int slot);
int slot_of(const dlpack4j_slab *slab, const void *block);

/* A free block, claimed for the caller; NULL if there is none. */
dlpack4j_block *slab_claim(dlpack4j_slab *slab);
dlpack4j_block *slab_claim_slot(dlpack4j_slab *slab, int slot);

/* The idle bits of the blocks that were deleted and not freed yet. */
uint64_t slab_dead(dlpack4j_slab *slab);
void slab_free(dlpack4j_slab *slab, uint64_t idle);

/* One thread that releases the owners of dead blocks and sleeps on the doorbell when none is left. */
typedef struct {
  _Atomic uint32_t doorbell;
  dlpack4j_slab **slabs;
  int slab_count;
  void (*release_owner)(dlpack4j_block *block);
  uint64_t released;
  uint64_t sleeps;
} reaper;

/* Returns when it has released so many owners; fails if it is left to sleep for long. */
void reaper_run(reaper *self, uint64_t expected);

#endif
