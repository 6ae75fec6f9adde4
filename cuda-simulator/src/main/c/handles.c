#include "sim.h"

#include <stdlib.h>
#include <string.h>

/* An open-addressed set of live handles, so that a stale or invented one is refused, not followed. */
static struct {
  void *handle;
  sim_kind kind;
} *table;
static size_t capacity, used; /* used counts removed places too */

static void *const REMOVED = (void *)1;

static size_t place_of(const void *handle) {
  size_t at = (((uintptr_t)handle >> 4) * UINT64_C(0x9E3779B97F4A7C15)) & (capacity - 1);
  while (table[at].handle != NULL && table[at].handle != handle) {
    at = (at + 1) & (capacity - 1);
  }
  return at;
}

static bool grow(void) {
  size_t old_capacity = capacity;
  __typeof__(table) old = table;
  size_t live = 0;
  for (size_t i = 0; i < old_capacity; i++) {
    live += old[i].handle != NULL && old[i].handle != REMOVED;
  }
  size_t wanted = 64;
  while (wanted < 4 * (live + 1)) {
    wanted *= 2;
  }
  __typeof__(table) bigger = calloc(wanted, sizeof(*table));
  if (bigger == NULL) {
    return false;
  }
  table = bigger;
  capacity = wanted;
  used = live;
  for (size_t i = 0; i < old_capacity; i++) {
    if (old[i].handle != NULL && old[i].handle != REMOVED) {
      table[place_of(old[i].handle)] = old[i];
    }
  }
  free(old);
  return true;
}

void *sim_new_handle(sim_kind kind, size_t bytes) {
  if (2 * (used + 1) > capacity && !grow()) {
    return NULL;
  }
  void *handle = calloc(1, bytes);
  if (handle != NULL) {
    size_t at = place_of(handle);
    table[at].handle = handle;
    table[at].kind = kind;
    used++;
  }
  return handle;
}

bool sim_is_handle(const void *handle, sim_kind kind) {
  if (capacity == 0 || handle == NULL || handle == REMOVED) {
    return false;
  }
  size_t at = place_of(handle);
  return table[at].handle == handle && table[at].kind == kind;
}

void sim_free_handle(void *handle) {
  table[place_of(handle)].handle = REMOVED;
  free(handle);
}
