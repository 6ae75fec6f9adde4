#include "sim.h"

/* What cuPointerGetAttribute says; the table of what lies where is regions.c. */

static bool is_host_memory(const sim_region *region) {
  return region->kind == HOST || region->kind == REGISTERED;
}

static bool is_mapped_into_host(const sim_region *region) {
  return is_host_memory(region) || region->kind == MANAGED;
}

static CUresult describe_region(void *data, CUpointer_attribute attribute, sim_region *region,
                                CUdeviceptr pointer) {
  switch (attribute) {
  case CU_POINTER_ATTRIBUTE_CONTEXT:
    /* Memory of a pool and of VMM belongs to a device, to no context. */
    *(CUcontext *)data =
        region->kind == STREAM_ORDERED || region->kind == MAPPED ? NULL : region->context;
    return CUDA_SUCCESS;
  case CU_POINTER_ATTRIBUTE_MEMORY_TYPE:
    *(unsigned *)data = is_host_memory(region) ? CU_MEMORYTYPE_HOST : CU_MEMORYTYPE_DEVICE;
    return CUDA_SUCCESS;
  case CU_POINTER_ATTRIBUTE_DEVICE_POINTER:
    *(CUdeviceptr *)data = pointer;
    return CUDA_SUCCESS;
  case CU_POINTER_ATTRIBUTE_HOST_POINTER:
    if (!is_mapped_into_host(region)) {
      return CUDA_ERROR_INVALID_VALUE;
    }
    *(void **)data = (void *)(uintptr_t)pointer;
    return CUDA_SUCCESS;
  case CU_POINTER_ATTRIBUTE_BUFFER_ID:
    *(unsigned long long *)data = region->id;
    return CUDA_SUCCESS;
  case CU_POINTER_ATTRIBUTE_IS_MANAGED:
    *(bool *)data = region->kind == MANAGED;
    return CUDA_SUCCESS;
  case CU_POINTER_ATTRIBUTE_SYNC_MEMOPS:
    *(bool *)data = false;
    return CUDA_SUCCESS;
  case CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL:
    *(int *)data = region->device;
    return CUDA_SUCCESS;
  case CU_POINTER_ATTRIBUTE_IS_LEGACY_CUDA_IPC_CAPABLE:
    *(bool *)data = region->kind == DEVICE;
    return CUDA_SUCCESS;
  case CU_POINTER_ATTRIBUTE_RANGE_START_ADDR:
    *(CUdeviceptr *)data = region->start;
    return CUDA_SUCCESS;
  case CU_POINTER_ATTRIBUTE_RANGE_SIZE:
    *(size_t *)data = region->bytes;
    return CUDA_SUCCESS;
  case CU_POINTER_ATTRIBUTE_MAPPED:
    *(bool *)data = true;
    return CUDA_SUCCESS;
  case CU_POINTER_ATTRIBUTE_ALLOWED_HANDLE_TYPES:
    *(unsigned long long *)data =
        region->kind == MAPPED ? sim_allocation_handle_types(region->allocation) : 0;
    return CUDA_SUCCESS;
  case CU_POINTER_ATTRIBUTE_ACCESS_FLAGS:
    *(unsigned *)data = CU_MEM_ACCESS_FLAGS_PROT_READWRITE;
    return CUDA_SUCCESS;
  case CU_POINTER_ATTRIBUTE_MEMPOOL_HANDLE:
    *(CUmemoryPool *)data = region->pool;
    return CUDA_SUCCESS;
  }
  return CUDA_ERROR_INVALID_VALUE;
}

static CUresult get(void *data, CUpointer_attribute attribute, CUdeviceptr pointer) {
  sim_region *region = sim_find_region(pointer);
  if (data == NULL || region == NULL) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  return describe_region(data, attribute, region, pointer);
}

CUresult cuPointerGetAttribute(void *data, CUpointer_attribute attribute, CUdeviceptr ptr) {
  return CALL(NEEDS_INIT, get(data, attribute, ptr));
}

/* For an address that the driver does not know: zeros, and success. */
static void describe_nothing(void *data, CUpointer_attribute attribute) {
  switch (attribute) {
  case CU_POINTER_ATTRIBUTE_IS_MANAGED:
  case CU_POINTER_ATTRIBUTE_SYNC_MEMOPS:
  case CU_POINTER_ATTRIBUTE_IS_LEGACY_CUDA_IPC_CAPABLE:
  case CU_POINTER_ATTRIBUTE_MAPPED:
    *(bool *)data = false;
    break;
  case CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL:
    *(int *)data = -2;
    break;
  case CU_POINTER_ATTRIBUTE_MEMORY_TYPE:
  case CU_POINTER_ATTRIBUTE_ACCESS_FLAGS:
    *(unsigned *)data = 0;
    break;
  default:
    *(unsigned long long *)data = 0;
  }
}

static CUresult get_all(unsigned count, CUpointer_attribute *attributes, void **data,
                        CUdeviceptr pointer) {
  sim_region *region = sim_find_region(pointer);
  if (attributes == NULL || data == NULL) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  for (unsigned i = 0; i < count; i++) {
    if (region == NULL ||
        describe_region(data[i], attributes[i], region, pointer) != CUDA_SUCCESS) {
      describe_nothing(data[i], attributes[i]);
    }
  }
  return CUDA_SUCCESS;
}

CUresult cuPointerGetAttributes(unsigned int numAttributes, CUpointer_attribute *attributes,
                                void **data, CUdeviceptr ptr) {
  return CALL(NEEDS_INIT, get_all(numAttributes, attributes, data, ptr));
}

static CUresult range(CUdeviceptr *base, size_t *size, CUdeviceptr pointer) {
  sim_region *region = sim_find_region(pointer);
  if (region == NULL || region->kind == REGISTERED) {
    return CUDA_ERROR_NOT_FOUND;
  }
  if (base != NULL) {
    *base = region->start;
  }
  if (size != NULL) {
    *size = region->bytes;
  }
  return CUDA_SUCCESS;
}

CUresult cuMemGetAddressRange_v2(CUdeviceptr *pbase, size_t *psize, CUdeviceptr dptr) {
  return CALL(NEEDS_CONTEXT, range(pbase, psize, dptr));
}
