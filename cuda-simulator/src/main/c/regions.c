#include "sim.h"

#include <stdlib.h>
#include <string.h>

enum { REMEMBERED = 4096 };

/* By address. */
static sim_region **regions;
static size_t count, capacity;

/* What was freed last: enough to tell a double free from an invented address. */
static struct {
  CUdeviceptr start;
  size_t bytes;
} freed[REMEMBERED];
static size_t freed_count;

/* The index of the first region that starts after the address. */
static size_t index_after(CUdeviceptr address) {
  size_t low = 0, high = count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (regions[middle]->start > address) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

sim_region *sim_add_region(const sim_region *description) {
  static uint64_t ids;
  if (count == capacity) {
    size_t wanted = capacity == 0 ? 64 : 2 * capacity;
    sim_region **grown = realloc(regions, wanted * sizeof(*regions));
    if (grown == NULL) {
      return NULL;
    }
    regions = grown;
    capacity = wanted;
  }
  sim_region *region = malloc(sizeof(*region));
  if (region == NULL) {
    return NULL;
  }
  *region = *description;
  region->id = ++ids;
  size_t at = index_after(region->start);
  memmove(&regions[at + 1], &regions[at], (count - at) * sizeof(*regions));
  regions[at] = region;
  count++;
  return region;
}

void sim_remove_region(sim_region *region) {
  freed[freed_count % REMEMBERED].start = region->start;
  freed[freed_count % REMEMBERED].bytes = region->bytes;
  freed_count++;
  size_t at = index_after(region->start) - 1;
  count--;
  memmove(&regions[at], &regions[at + 1], (count - at) * sizeof(*regions));
  free(region);
}

sim_region *sim_find_region(CUdeviceptr address) {
  size_t at = index_after(address);
  if (at == 0 || address - regions[at - 1]->start >= regions[at - 1]->bytes) {
    return NULL;
  }
  return regions[at - 1];
}

sim_region *sim_region_at(size_t index) { return regions[index]; }

size_t sim_region_count(void) { return count; }

bool sim_was_freed(CUdeviceptr address) {
  size_t known = freed_count < REMEMBERED ? freed_count : REMEMBERED;
  for (size_t i = 0; i < known; i++) {
    if (address - freed[i].start < freed[i].bytes) {
      return true;
    }
  }
  return false;
}

static bool may(const sim_region *region, CUdevice device, bool write) {
  return region->kind != MAPPED || ((write ? region->writable : region->readable) >> device & 1);
}

bool sim_is_covered(CUdeviceptr address, size_t bytes, CUdevice device, bool write) {
  while (bytes > 0) {
    sim_region *region = sim_find_region(address);
    if (region == NULL || !may(region, device, write)) {
      return false;
    }
    size_t part = region->start + region->bytes - address;
    part = part < bytes ? part : bytes;
    address += part;
    bytes -= part;
  }
  return true;
}

bool sim_is_host_pointer(CUdeviceptr address) { return !sim_in_space(address); }

void *sim_open(CUcontext context, CUdeviceptr address, size_t bytes, sim_access access) {
  if (sim_is_host_pointer(address)) {
    return (void *)(uintptr_t)address;
  }
  if (!sim_is_covered(address, bytes, context->device, access == WRITES)) {
    sim_counters[CUDASIM_USES_AFTER_FREE]++;
    return NULL;
  }
  sim_region *region = sim_find_region(address);
  if (region != NULL && !region->allocated) {
    sim_counters[CUDASIM_USES_BEFORE_ALLOCATION]++;
    return NULL;
  }
  return sim_view(address);
}
