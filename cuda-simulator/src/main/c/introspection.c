#include "sim.h"

#include <string.h>

uint64_t cudasim_count(int counter) {
  sim_lock();
  uint64_t count = counter >= 0 && counter < CUDASIM_COUNTERS ? sim_counters[counter] : ~UINT64_C(0);
  sim_unlock();
  return count;
}

void cudasim_reset_counters(void) {
  static const int EVENTS[] = {CUDASIM_OPERATIONS_SUBMITTED, CUDASIM_OPERATIONS_RUN,
                               CUDASIM_DOUBLE_FREES,         CUDASIM_INVALID_FREES,
                               CUDASIM_USES_AFTER_FREE,      CUDASIM_USES_BEFORE_ALLOCATION,
                               CUDASIM_CALLS,                CUDASIM_FAULTS};
  sim_lock();
  for (size_t i = 0; i < sizeof(EVENTS) / sizeof(*EVENTS); i++) {
    sim_counters[EVENTS[i]] = 0;
  }
  sim_unlock();
}

/* Whatever device it belongs to. */
static bool is_live(CUdeviceptr address, size_t bytes) {
  while (bytes > 0) {
    sim_region *region = sim_find_region(address);
    if (region == NULL) {
      return false;
    }
    size_t part = region->start + region->bytes - address;
    part = part < bytes ? part : bytes;
    address += part;
    bytes -= part;
  }
  return true;
}

static void *seen(CUdeviceptr device) {
  return sim_in_space(device) ? sim_view(device) : (void *)(uintptr_t)device;
}

CUresult cudasim_peek(void *host, CUdeviceptr device, size_t bytes) {
  sim_lock();
  bool live = is_live(device, bytes);
  if (live) {
    memcpy(host, seen(device), bytes);
  }
  sim_unlock();
  return live ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cudasim_poke(CUdeviceptr device, const void *host, size_t bytes) {
  sim_lock();
  bool live = is_live(device, bytes);
  if (live) {
    memcpy(seen(device), host, bytes);
  }
  sim_unlock();
  return live ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cudasim_run_all(void) {
  sim_lock();
  sim_force_all();
  sim_unlock();
  return CUDA_SUCCESS;
}

void cudasim_set_patience(size_t queries) {
  sim_lock();
  sim_patience = queries;
  sim_unlock();
}
