#include "sim.h"

#include <stdlib.h>
#include <string.h>

struct CUmemPoolHandle_st {
  CUdevice device;
  CUmemAllocationHandleType handles;
  bool is_default, destroyed;
  size_t allocations;
  uint64_t attributes[CU_MEMPOOL_ATTR_USED_MEM_HIGH + 1];
};

CUresult sim_new_pool(CUdevice device, CUmemAllocationHandleType handles, CUmemoryPool *out) {
  CUmemoryPool pool = sim_new_handle(POOL, sizeof(*pool));
  if (pool == NULL) {
    return CUDA_ERROR_OUT_OF_MEMORY;
  }
  pool->device = device;
  pool->handles = handles;
  for (int i = CU_MEMPOOL_ATTR_REUSE_FOLLOW_EVENT_DEPENDENCIES;
       i <= CU_MEMPOOL_ATTR_REUSE_ALLOW_INTERNAL_DEPENDENCIES; i++) {
    pool->attributes[i] = 1;
  }
  *out = pool;
  return CUDA_SUCCESS;
}

static void count(CUmemoryPool pool, CUmemPool_attribute current, uint64_t change) {
  pool->attributes[current] += change;
  if (pool->attributes[current] > pool->attributes[current + 1]) {
    pool->attributes[current + 1] = pool->attributes[current];
  }
}

void sim_pool_gave(CUmemoryPool pool, size_t bytes) {
  pool->allocations++;
  count(pool, CU_MEMPOOL_ATTR_USED_MEM_CURRENT, bytes);
  count(pool, CU_MEMPOOL_ATTR_RESERVED_MEM_CURRENT, bytes);
}

void sim_pool_took(CUmemoryPool pool, size_t bytes) {
  count(pool, CU_MEMPOOL_ATTR_USED_MEM_CURRENT, -(uint64_t)bytes);
  count(pool, CU_MEMPOOL_ATTR_RESERVED_MEM_CURRENT, -(uint64_t)bytes);
  /* Destroyed while memory of it was in use: it goes with the last of that. */
  if (--pool->allocations == 0 && pool->destroyed) {
    sim_free_handle(pool);
  }
}

/* By id: until the operation runs, an address may have been freed and given away again. */
typedef struct {
  CUdeviceptr start;
  uint64_t id;
} ordered;

static sim_region *find_ordered(const ordered *work) {
  sim_region *region = sim_find_region(work->start);
  return region != NULL && region->id == work->id ? region : NULL;
}

static CUresult run_allocation(void *work) {
  sim_region *region = find_ordered(work);
  if (region != NULL) {
    region->allocated = true;
  }
  return CUDA_SUCCESS;
}

static CUresult run_free(void *work) {
  sim_region *region = find_ordered(work);
  if (region != NULL) {
    sim_release_region(region);
  }
  return CUDA_SUCCESS;
}

static CUresult submit(CUstream stream, CUresult (*run)(void *), const sim_region *region) {
  ordered *work = malloc(sizeof(*work));
  if (work == NULL) {
    return CUDA_ERROR_OUT_OF_MEMORY;
  }
  *work = (ordered){region->start, region->id};
  return sim_submit(stream, run, work, NULL, NULL);
}

static CUresult allocate_from(CUdeviceptr *pointer, size_t bytes, CUmemoryPool pool,
                              CUstream handle, CUstream null_stream) {
  CUstream stream;
  CUresult result = sim_resolve(handle, null_stream, &stream);
  if (result != CUDA_SUCCESS) {
    return result;
  }
  pool = pool == NULL ? sim_find_device(stream->context->device)->current_pool : pool;
  if (!sim_is_handle(pool, POOL) || pool->destroyed) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  if (stream->capture != NULL) {
    return CUDA_ERROR_NOT_SUPPORTED; /* a graph's memory is not modelled */
  }
  sim_region region = {.bytes = bytes, .kind = STREAM_ORDERED, .context = stream->context,
                       .device = pool->device, .pool = pool};
  result = sim_allocate(&region, PAGE, false, pointer);
  if (result == CUDA_SUCCESS) {
    sim_pool_gave(pool, bytes);
    result = submit(stream, run_allocation, sim_find_region(*pointer));
  }
  return result;
}

STREAM_CALL(cuMemAllocAsync, _ptsz, (CUdeviceptr *dptr, size_t bytesize, CUstream hStream),
            allocate_from(dptr, bytesize, NULL, hStream, null_stream))
STREAM_CALL(cuMemAllocFromPoolAsync, _ptsz,
            (CUdeviceptr *dptr, size_t bytesize, CUmemoryPool pool, CUstream hStream),
            allocate_from(dptr, bytesize, pool, hStream, null_stream))

static CUresult free_ordered(CUdeviceptr pointer, CUstream handle, CUstream null_stream) {
  CUstream stream;
  CUresult result = sim_resolve(handle, null_stream, &stream);
  if (result != CUDA_SUCCESS || pointer == 0) {
    return result;
  }
  sim_region *region = sim_find_region(pointer);
  if (region == NULL || region->start != pointer || region->freeing ||
      (region->kind != STREAM_ORDERED && region->kind != DEVICE)) {
    bool again = region == NULL ? sim_was_freed(pointer) : region->freeing;
    sim_counters[again ? CUDASIM_DOUBLE_FREES : CUDASIM_INVALID_FREES]++;
    return CUDA_ERROR_INVALID_VALUE;
  }
  result = stream->capture != NULL ? CUDA_ERROR_NOT_SUPPORTED : sim_capture_check(stream);
  if (result == CUDA_SUCCESS) {
    region->freeing = true;
    result = submit(stream, run_free, region);
  }
  return result;
}

STREAM_CALL(cuMemFreeAsync, _ptsz, (CUdeviceptr dptr, CUstream hStream),
            free_ordered(dptr, hStream, null_stream))

static CUresult create(CUmemoryPool *pool, const CUmemPoolProps *properties) {
  if (pool == NULL || properties == NULL ||
      properties->allocType != CU_MEM_ALLOCATION_TYPE_PINNED ||
      properties->location.type != CU_MEM_LOCATION_TYPE_DEVICE ||
      (unsigned)properties->handleTypes > CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  if (sim_find_device(properties->location.id) == NULL) {
    return CUDA_ERROR_INVALID_DEVICE;
  }
  return sim_new_pool(properties->location.id, properties->handleTypes, pool);
}

CUresult cuMemPoolCreate(CUmemoryPool *pool, const CUmemPoolProps *poolProps) {
  return CALL(NEEDS_INIT, create(pool, poolProps));
}

static CUresult check(CUmemoryPool pool) {
  return sim_is_handle(pool, POOL) && !pool->destroyed ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

static CUresult destroy(CUmemoryPool pool) {
  sim_device *device = check(pool) == CUDA_SUCCESS ? sim_find_device(pool->device) : NULL;
  if (device == NULL || device->default_pool == pool) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  if (device->current_pool == pool) {
    device->current_pool = device->default_pool;
  }
  pool->destroyed = true;
  if (pool->allocations == 0) {
    sim_free_handle(pool);
  }
  return CUDA_SUCCESS;
}

CUresult cuMemPoolDestroy(CUmemoryPool pool) { return CALL(NEEDS_INIT, destroy(pool)); }

CUresult cuMemPoolTrimTo(CUmemoryPool pool, size_t minBytesToKeep) {
  (void)minBytesToKeep; /* nothing is kept that is not in use */
  return CALL(NEEDS_INIT, check(pool));
}

static bool is_int(CUmemPool_attribute attribute) {
  return attribute <= CU_MEMPOOL_ATTR_REUSE_ALLOW_INTERNAL_DEPENDENCIES;
}

static CUresult attribute_of(CUmemoryPool pool, CUmemPool_attribute attribute, void *value,
                             bool set) {
  if (check(pool) != CUDA_SUCCESS || value == NULL || (int)attribute < 1 ||
      attribute > CU_MEMPOOL_ATTR_USED_MEM_HIGH) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  uint64_t *held = &pool->attributes[attribute];
  if (!set) {
    memcpy(value, held, is_int(attribute) ? sizeof(int) : sizeof(uint64_t));
    return CUDA_SUCCESS;
  }
  uint64_t wanted = is_int(attribute) ? (uint64_t) * (int *)value : *(uint64_t *)value;
  bool high = attribute == CU_MEMPOOL_ATTR_RESERVED_MEM_HIGH ||
              attribute == CU_MEMPOOL_ATTR_USED_MEM_HIGH;
  if ((high && wanted != 0) || attribute == CU_MEMPOOL_ATTR_RESERVED_MEM_CURRENT ||
      attribute == CU_MEMPOOL_ATTR_USED_MEM_CURRENT) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  *held = high ? held[-1] : wanted;
  return CUDA_SUCCESS;
}

CUresult cuMemPoolSetAttribute(CUmemoryPool pool, CUmemPool_attribute attr, void *value) {
  return CALL(NEEDS_INIT, attribute_of(pool, attr, value, true));
}
CUresult cuMemPoolGetAttribute(CUmemoryPool pool, CUmemPool_attribute attr, void *value) {
  return CALL(NEEDS_INIT, attribute_of(pool, attr, value, false));
}

static CUresult device_pool(CUmemoryPool *pool, CUdevice ordinal, bool current) {
  sim_device *device = sim_find_device(ordinal);
  if (device == NULL) {
    return CUDA_ERROR_INVALID_DEVICE;
  }
  if (pool == NULL) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  *pool = current ? device->current_pool : device->default_pool;
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetDefaultMemPool(CUmemoryPool *pool_out, CUdevice dev) {
  return CALL(NEEDS_INIT, device_pool(pool_out, dev, false));
}
CUresult cuDeviceGetMemPool(CUmemoryPool *pool, CUdevice dev) {
  return CALL(NEEDS_INIT, device_pool(pool, dev, true));
}

static CUresult set_device_pool(CUdevice ordinal, CUmemoryPool pool) {
  sim_device *device = sim_find_device(ordinal);
  if (device == NULL) {
    return CUDA_ERROR_INVALID_DEVICE;
  }
  if (check(pool) != CUDA_SUCCESS || pool->device != ordinal) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  device->current_pool = pool;
  return CUDA_SUCCESS;
}

CUresult cuDeviceSetMemPool(CUdevice dev, CUmemoryPool pool) {
  return CALL(NEEDS_INIT, set_device_pool(dev, pool));
}

/* A pool made without handle types, as RMM's, has nothing to give; sharing others is not modelled. */
static CUresult export_pool(CUmemoryPool pool) {
  return check(pool) ?: pool->handles == CU_MEM_HANDLE_TYPE_NONE ? CUDA_ERROR_INVALID_VALUE
                                                                 : CUDA_ERROR_NOT_SUPPORTED;
}

CUresult cuMemPoolExportToShareableHandle(void *handle_out, CUmemoryPool pool,
                                          CUmemAllocationHandleType handleType,
                                          unsigned long long flags) {
  (void)handle_out, (void)handleType, (void)flags;
  return CALL(NEEDS_INIT, export_pool(pool));
}

CUresult cuMemPoolImportFromShareableHandle(CUmemoryPool *pool_out, void *handle,
                                            CUmemAllocationHandleType handleType,
                                            unsigned long long flags) {
  (void)pool_out, (void)handle, (void)handleType, (void)flags;
  return CALL(NEEDS_INIT, CUDA_ERROR_NOT_SUPPORTED);
}

static CUresult export_pointer(CUdeviceptr pointer) {
  sim_region *region = sim_find_region(pointer);
  return region == NULL || region->pool == NULL ? CUDA_ERROR_INVALID_VALUE
                                                : export_pool(region->pool);
}

CUresult cuMemPoolExportPointer(CUmemPoolPtrExportData *shareData_out, CUdeviceptr ptr) {
  (void)shareData_out;
  return CALL(NEEDS_CONTEXT, export_pointer(ptr));
}

CUresult cuMemPoolImportPointer(CUdeviceptr *ptr_out, CUmemoryPool pool,
                                CUmemPoolPtrExportData *shareData) {
  (void)ptr_out, (void)pool, (void)shareData;
  return CALL(NEEDS_CONTEXT, CUDA_ERROR_NOT_SUPPORTED);
}
