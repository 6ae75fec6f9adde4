#include "sim.h"

#include <string.h>

enum { FRESH_BYTES = 1 << 20, POISONED_BYTES = 64 << 20 };

static bool is_counted(const sim_region *region) {
  return region->kind == DEVICE || region->kind == MANAGED || region->kind == HOST ||
         region->kind == STREAM_ORDERED;
}

static bool is_device_memory(const sim_region *region) {
  return region->kind == DEVICE || region->kind == STREAM_ORDERED;
}

CUresult sim_allocate(sim_region *region, size_t alignment, bool host, CUdeviceptr *pointer) {
  sim_device *device = sim_find_device(region->device);
  if (region->bytes == 0 || pointer == NULL) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  if (is_device_memory(region) && region->bytes > sim_device_memory() - device->memory_used) {
    return CUDA_ERROR_OUT_OF_MEMORY;
  }
  region->start = sim_take_space(region->bytes, alignment);
  if (region->start == 0) {
    return CUDA_ERROR_OUT_OF_MEMORY;
  }
  CUresult result = sim_map(region->start, region->bytes, -1, 0, host);
  if (result != CUDA_SUCCESS || sim_add_region(region) == NULL) {
    sim_give_space(region->start);
    return CUDA_ERROR_OUT_OF_MEMORY;
  }
  memset(sim_view(region->start), CUDASIM_FRESH,
         region->bytes < FRESH_BYTES ? region->bytes : FRESH_BYTES);
  if (is_device_memory(region)) {
    device->memory_used += region->bytes;
  }
  sim_counters[CUDASIM_LIVE_ALLOCATIONS]++;
  sim_counters[CUDASIM_LIVE_BYTES] += region->bytes;
  *pointer = region->start;
  return CUDA_SUCCESS;
}

/* Nobody sees the old bytes again: this process loses the mapping, others see the poison. */
void sim_release_region(sim_region *region) {
  CUdeviceptr start = region->start;
  size_t bytes = region->bytes;
  if (is_counted(region)) {
    sim_counters[CUDASIM_LIVE_ALLOCATIONS]--;
    sim_counters[CUDASIM_LIVE_BYTES] -= bytes;
    if (is_device_memory(region)) {
      sim_find_device(region->device)->memory_used -= bytes;
    }
    if (region->exported) {
      memset(sim_view(start), CUDASIM_POISON, bytes < POISONED_BYTES ? bytes : POISONED_BYTES);
    } else {
      sim_discard(start, bytes);
    }
    sim_unmap(start, bytes);
    sim_give_space(start);
  }
  if (region->pool != NULL) {
    sim_pool_took(region->pool, bytes);
  }
  sim_remove_region(region);
}

void sim_release_context_memory(CUcontext context) {
  for (size_t i = sim_region_count(); i-- > 0;) {
    sim_region *region = sim_region_at(i);
    if (region->context == context && region->kind != MAPPED && region->kind != IMPORTED) {
      sim_release_region(region);
    }
  }
}

static CUresult wrong_free(CUdeviceptr pointer) {
  bool again = sim_was_freed(pointer);
  sim_counters[again ? CUDASIM_DOUBLE_FREES : CUDASIM_INVALID_FREES]++;
  return CUDA_ERROR_INVALID_VALUE;
}

/* Waits for nothing: work that is still to come and uses the memory finds it gone. */
static CUresult free_kinds(CUdeviceptr pointer, unsigned kinds) {
  if (pointer == 0) {
    return CUDA_SUCCESS;
  }
  sim_region *region = sim_find_region(pointer);
  if (region == NULL || region->start != pointer || !(kinds >> region->kind & 1)) {
    return wrong_free(pointer);
  }
  if (region->freeing) {
    sim_counters[CUDASIM_DOUBLE_FREES]++;
    return CUDA_ERROR_INVALID_VALUE;
  }
  sim_release_region(region);
  return CUDA_SUCCESS;
}

CUresult sim_free_now(CUdeviceptr pointer) {
  return free_kinds(pointer, 1 << DEVICE | 1 << MANAGED | 1 << STREAM_ORDERED);
}

static CUresult allocate(sim_region_kind kind, size_t bytes, unsigned flags, CUdeviceptr *pointer) {
  CUcontext context = sim_current();
  sim_region region = {.bytes = bytes, .kind = kind, .context = context, .flags = flags,
                       .device = context->device, .allocated = true};
  return sim_allocate(&region, PAGE, kind != DEVICE, pointer);
}

CUresult cuMemAlloc_v2(CUdeviceptr *dptr, size_t bytesize) {
  return CALL(NEEDS_NO_CAPTURE, allocate(DEVICE, bytesize, 0, dptr));
}

static CUresult allocate_pitched(CUdeviceptr *pointer, size_t *pitch, size_t width, size_t height) {
  if (pitch == NULL) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  *pitch = sim_round_up(width, 512);
  return allocate(DEVICE, *pitch * height, 0, pointer);
}

CUresult cuMemAllocPitch_v2(CUdeviceptr *dptr, size_t *pPitch, size_t WidthInBytes, size_t Height,
                            unsigned int ElementSizeBytes) {
  (void)ElementSizeBytes;
  return CALL(NEEDS_NO_CAPTURE, allocate_pitched(dptr, pPitch, WidthInBytes, Height));
}

static CUresult allocate_managed(CUdeviceptr *pointer, size_t bytes, unsigned flags) {
  if (flags != CU_MEM_ATTACH_GLOBAL && flags != CU_MEM_ATTACH_HOST) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  return allocate(MANAGED, bytes, flags, pointer);
}

CUresult cuMemAllocManaged(CUdeviceptr *dptr, size_t bytesize, unsigned int flags) {
  return CALL(NEEDS_NO_CAPTURE, allocate_managed(dptr, bytesize, flags));
}

CUresult cuMemFree_v2(CUdeviceptr dptr) { return CALL(NEEDS_NO_CAPTURE, sim_free_now(dptr)); }

static CUresult allocate_host(void **pointer, size_t bytes, unsigned flags) {
  CUdeviceptr address;
  if (pointer == NULL || flags > 7) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  CUresult result = allocate(HOST, bytes, flags, &address);
  if (result == CUDA_SUCCESS) {
    *pointer = (void *)(uintptr_t)address;
  }
  return result;
}

CUresult cuMemAllocHost_v2(void **pp, size_t bytesize) {
  return CALL(NEEDS_NO_CAPTURE, allocate_host(pp, bytesize, CU_MEMHOSTALLOC_DEVICEMAP));
}

CUresult cuMemHostAlloc(void **pp, size_t bytesize, unsigned int Flags) {
  return CALL(NEEDS_NO_CAPTURE, allocate_host(pp, bytesize, Flags));
}

CUresult cuMemFreeHost(void *p) {
  return CALL(NEEDS_NO_CAPTURE, p == NULL ? CUDA_ERROR_INVALID_VALUE
                                          : free_kinds((uintptr_t)p, 1 << HOST));
}

static CUresult register_host(void *pointer, size_t bytes, unsigned flags) {
  if (pointer == NULL || bytes == 0) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  CUdeviceptr start = (uintptr_t)pointer;
  for (size_t i = 0; i < sim_region_count(); i++) {
    sim_region *region = sim_region_at(i);
    if (region->start < start + bytes && start < region->start + region->bytes) {
      return CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED;
    }
  }
  CUcontext context = sim_current();
  sim_region region = {.start = start, .bytes = bytes, .kind = REGISTERED, .context = context,
                       .device = context->device, .flags = flags, .allocated = true};
  return sim_add_region(&region) == NULL ? CUDA_ERROR_OUT_OF_MEMORY : CUDA_SUCCESS;
}

CUresult cuMemHostRegister_v2(void *p, size_t bytesize, unsigned int Flags) {
  return CALL(NEEDS_NO_CAPTURE, register_host(p, bytesize, Flags));
}

static CUresult unregister_host(void *pointer) {
  sim_region *region = sim_find_region((uintptr_t)pointer);
  if (region == NULL || region->kind != REGISTERED || region->start != (uintptr_t)pointer) {
    return CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED;
  }
  sim_remove_region(region);
  return CUDA_SUCCESS;
}

CUresult cuMemHostUnregister(void *p) { return CALL(NEEDS_NO_CAPTURE, unregister_host(p)); }

static sim_region *find_host(void *pointer) {
  sim_region *region = sim_find_region((uintptr_t)pointer);
  return region != NULL && (region->kind == HOST || region->kind == REGISTERED) ? region : NULL;
}

static CUresult host_device_pointer(CUdeviceptr *pointer, void *host, unsigned flags) {
  if (pointer == NULL || flags != 0 || find_host(host) == NULL) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  *pointer = (uintptr_t)host;
  return CUDA_SUCCESS;
}

CUresult cuMemHostGetDevicePointer_v2(CUdeviceptr *pdptr, void *p, unsigned int Flags) {
  return CALL(NEEDS_CONTEXT, host_device_pointer(pdptr, p, Flags));
}

static CUresult host_flags(unsigned *flags, void *host) {
  sim_region *region = find_host(host);
  if (flags == NULL || region == NULL) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  *flags = region->flags | CU_MEMHOSTALLOC_DEVICEMAP;
  return CUDA_SUCCESS;
}

CUresult cuMemHostGetFlags(unsigned int *pFlags, void *p) {
  return CALL(NEEDS_CONTEXT, host_flags(pFlags, p));
}

static CUresult memory_info(size_t *free_bytes, size_t *total) {
  if (free_bytes == NULL || total == NULL) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  *total = sim_device_memory();
  *free_bytes = *total - sim_find_device(sim_current()->device)->memory_used;
  return CUDA_SUCCESS;
}

CUresult cuMemGetInfo_v2(size_t *free, size_t *total) {
  return CALL(NEEDS_CONTEXT, memory_info(free, total));
}
