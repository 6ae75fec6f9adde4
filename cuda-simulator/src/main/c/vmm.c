#include "sim.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const size_t GRANULARITY = 2 << 20;
static const uint64_t MAGIC = UINT64_C(0x6d6d762d6d697364);

/* A file of its own, so that its descriptor can go to another process; a page at its end says what it is. */
typedef struct {
  CUmemAllocationProp properties;
  size_t bytes;
  int file;
  size_t references; /* handles given out, and mappings */
} allocation;

typedef struct {
  uint64_t magic;
  int32_t physical;
  int32_t handle_types;
} trailer;

/* Reserved addresses; what is mapped in them are regions. */
typedef struct reservation {
  CUdeviceptr start;
  size_t bytes;
  struct reservation *next;
} reservation;

static reservation *reservations;

static allocation *find(CUmemGenericAllocationHandle handle) {
  void *pointer = (void *)(uintptr_t)handle;
  return sim_is_handle(pointer, ALLOCATION) ? pointer : NULL;
}

CUmemAllocationHandleType sim_allocation_handle_types(const void *of) {
  return ((const allocation *)of)->properties.requestedHandleTypes;
}

static void drop(allocation *dropped) {
  if (--dropped->references == 0) {
    close(dropped->file);
    sim_find_device(dropped->properties.location.id)->memory_used -= dropped->bytes;
    sim_counters[CUDASIM_LIVE_HANDLES]--;
    sim_free_handle(dropped);
  }
}

static CUresult check(const CUmemAllocationProp *properties) {
  if (properties == NULL || properties->type != CU_MEM_ALLOCATION_TYPE_PINNED ||
      properties->location.type != CU_MEM_LOCATION_TYPE_DEVICE) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  if ((unsigned)properties->requestedHandleTypes > CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR) {
    return CUDA_ERROR_NOT_SUPPORTED;
  }
  return sim_find_device(properties->location.id) == NULL ? CUDA_ERROR_INVALID_DEVICE
                                                           : CUDA_SUCCESS;
}

/* Takes the file over if it succeeds. */
static CUresult new_allocation(CUmemGenericAllocationHandle *handle, size_t bytes, int file,
                               const CUmemAllocationProp *properties) {
  allocation *made = sim_new_handle(ALLOCATION, sizeof(*made));
  if (made == NULL) {
    return CUDA_ERROR_OUT_OF_MEMORY;
  }
  made->properties = *properties;
  made->bytes = bytes;
  made->file = file;
  made->references = 1;
  sim_find_device(properties->location.id)->memory_used += bytes;
  sim_counters[CUDASIM_LIVE_HANDLES]++;
  *handle = (uintptr_t)made;
  return CUDA_SUCCESS;
}

static CUresult create(CUmemGenericAllocationHandle *handle, size_t bytes,
                       const CUmemAllocationProp *properties, unsigned long long flags) {
  CUresult result = check(properties);
  if (result != CUDA_SUCCESS || handle == NULL || bytes == 0 || bytes % GRANULARITY != 0 ||
      flags != 0) {
    return result ?: CUDA_ERROR_INVALID_VALUE;
  }
  sim_device *device = sim_find_device(properties->location.id);
  if (bytes > sim_device_memory() - device->memory_used) {
    return CUDA_ERROR_OUT_OF_MEMORY;
  }
  trailer end = {MAGIC, device->physical, properties->requestedHandleTypes};
  int file = memfd_create("cudasim-vmm", MFD_CLOEXEC);
  if (file < 0) {
    return CUDA_ERROR_OUT_OF_MEMORY;
  }
  result = ftruncate(file, (off_t)(bytes + PAGE)) == 0 &&
                   pwrite(file, &end, sizeof(end), (off_t)bytes) == sizeof(end)
               ? new_allocation(handle, bytes, file, properties)
               : CUDA_ERROR_OUT_OF_MEMORY;
  if (result != CUDA_SUCCESS) {
    close(file);
  }
  return result;
}

CUresult cuMemCreate(CUmemGenericAllocationHandle *handle, size_t size,
                     const CUmemAllocationProp *prop, unsigned long long flags) {
  return CALL(NEEDS_INIT, create(handle, size, prop, flags));
}

static CUresult release(CUmemGenericAllocationHandle handle) {
  allocation *released = find(handle);
  if (released == NULL) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  drop(released);
  return CUDA_SUCCESS;
}

CUresult cuMemRelease(CUmemGenericAllocationHandle handle) { return CALL(NEEDS_INIT, release(handle)); }

static CUresult granularity(size_t *bytes, const CUmemAllocationProp *properties) {
  CUresult result = check(properties);
  if (result == CUDA_SUCCESS && bytes != NULL) {
    *bytes = GRANULARITY;
  }
  return bytes == NULL ? CUDA_ERROR_INVALID_VALUE : result;
}

CUresult cuMemGetAllocationGranularity(size_t *granularity_out, const CUmemAllocationProp *prop,
                                       int option) {
  (void)option;
  return CALL(NEEDS_INIT, granularity(granularity_out, prop));
}

static CUresult properties_of(CUmemAllocationProp *properties, CUmemGenericAllocationHandle handle) {
  allocation *asked = find(handle);
  if (asked == NULL || properties == NULL) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  *properties = asked->properties;
  return CUDA_SUCCESS;
}

CUresult cuMemGetAllocationPropertiesFromHandle(CUmemAllocationProp *prop,
                                                CUmemGenericAllocationHandle handle) {
  return CALL(NEEDS_INIT, properties_of(prop, handle));
}

static CUresult export_handle(void *out, CUmemGenericAllocationHandle handle,
                              CUmemAllocationHandleType type, unsigned long long flags) {
  allocation *exported = find(handle);
  if (exported == NULL || out == NULL || flags != 0 ||
      type != CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR ||
      exported->properties.requestedHandleTypes != type) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  int file = fcntl(exported->file, F_DUPFD_CLOEXEC, 0);
  if (file < 0) {
    return CUDA_ERROR_OPERATING_SYSTEM;
  }
  *(int *)out = file; /* the caller's to close */
  return CUDA_SUCCESS;
}

CUresult cuMemExportToShareableHandle(void *shareableHandle, CUmemGenericAllocationHandle handle,
                                      CUmemAllocationHandleType handleType,
                                      unsigned long long flags) {
  return CALL(NEEDS_INIT, export_handle(shareableHandle, handle, handleType, flags));
}

/* The descriptor stays the caller's. */
static CUresult import_file(CUmemGenericAllocationHandle *handle, int descriptor) {
  struct stat status;
  trailer end = {0};
  if (fstat(descriptor, &status) != 0 || status.st_size <= PAGE ||
      pread(descriptor, &end, sizeof(end), status.st_size - PAGE) != sizeof(end) ||
      end.magic != MAGIC) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  int ordinal = sim_ordinal_of(end.physical);
  if (ordinal < 0) {
    return CUDA_ERROR_INVALID_DEVICE;
  }
  int file = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  if (file < 0) {
    return CUDA_ERROR_OPERATING_SYSTEM;
  }
  CUmemAllocationProp properties = {
      .type = CU_MEM_ALLOCATION_TYPE_PINNED,
      .requestedHandleTypes = (CUmemAllocationHandleType)end.handle_types,
      .location = {CU_MEM_LOCATION_TYPE_DEVICE, ordinal}};
  CUresult result = new_allocation(handle, (size_t)status.st_size - PAGE, file, &properties);
  if (result != CUDA_SUCCESS) {
    close(file);
  }
  return result;
}

CUresult cuMemImportFromShareableHandle(CUmemGenericAllocationHandle *handle, void *osHandle,
                                        CUmemAllocationHandleType shHandleType) {
  return CALL(NEEDS_INIT, handle == NULL || shHandleType != CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR
                              ? CUDA_ERROR_INVALID_VALUE
                              : import_file(handle, (int)(intptr_t)osHandle));
}

/* --- Addresses. --- */

static CUresult reserve(CUdeviceptr *pointer, size_t bytes, size_t alignment) {
  reservation *made = malloc(sizeof(*made));
  if (pointer == NULL || bytes == 0 || bytes % GRANULARITY != 0 ||
      (alignment & (alignment - 1)) != 0 || made == NULL) {
    free(made);
    return CUDA_ERROR_INVALID_VALUE;
  }
  CUdeviceptr start = sim_take_space(bytes, alignment < GRANULARITY ? GRANULARITY : alignment);
  if (start == 0) {
    free(made);
    return CUDA_ERROR_OUT_OF_MEMORY;
  }
  *made = (reservation){start, bytes, reservations};
  reservations = made;
  *pointer = start;
  return CUDA_SUCCESS;
}

CUresult cuMemAddressReserve(CUdeviceptr *ptr, size_t size, size_t alignment, CUdeviceptr addr,
                             unsigned long long flags) {
  (void)addr; /* a wish only */
  return CALL(NEEDS_INIT,
              flags != 0 ? CUDA_ERROR_INVALID_VALUE : reserve(ptr, size, alignment));
}

/* The mapping that begins first in the range, or NULL. */
static sim_region *first_mapping(CUdeviceptr start, size_t bytes) {
  for (size_t i = 0; i < sim_region_count(); i++) {
    sim_region *region = sim_region_at(i);
    if (region->kind == MAPPED && region->start < start + bytes &&
        start < region->start + region->bytes) {
      return region;
    }
  }
  return NULL;
}

static CUresult unreserve(CUdeviceptr start, size_t bytes) {
  reservation **link = &reservations;
  while (*link != NULL && (*link)->start != start) {
    link = &(*link)->next;
  }
  reservation *found = *link;
  if (found == NULL || found->bytes != bytes || first_mapping(start, bytes) != NULL) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  *link = found->next;
  free(found);
  sim_give_space(start);
  return CUDA_SUCCESS;
}

CUresult cuMemAddressFree(CUdeviceptr ptr, size_t size) {
  return CALL(NEEDS_INIT, unreserve(ptr, size));
}

static bool is_reserved(CUdeviceptr start, size_t bytes) {
  for (reservation *r = reservations; r != NULL; r = r->next) {
    if (r->start <= start && start + bytes <= r->start + r->bytes) {
      return true;
    }
  }
  return false;
}

static CUresult map(CUdeviceptr start, size_t bytes, size_t offset,
                    CUmemGenericAllocationHandle handle, unsigned long long flags) {
  allocation *mapped = find(handle);
  if (mapped == NULL || bytes == 0 || bytes % GRANULARITY != 0 || offset != 0 || flags != 0 ||
      bytes > mapped->bytes || !is_reserved(start, bytes) || first_mapping(start, bytes) != NULL) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  sim_region region = {.start = start, .bytes = bytes, .kind = MAPPED,
                       .device = mapped->properties.location.id, .allocated = true,
                       .allocation = mapped};
  CUresult result = sim_map(start, bytes, mapped->file, 0, false);
  if (result == CUDA_SUCCESS && sim_add_region(&region) == NULL) {
    sim_unmap(start, bytes);
    result = CUDA_ERROR_OUT_OF_MEMORY;
  }
  mapped->references += result == CUDA_SUCCESS;
  return result;
}

CUresult cuMemMap(CUdeviceptr ptr, size_t size, size_t offset, CUmemGenericAllocationHandle handle,
                  unsigned long long flags) {
  return CALL(NEEDS_INIT, map(ptr, size, offset, handle, flags));
}

/* Whole mappings only. */
static CUresult unmap(CUdeviceptr start, size_t bytes) {
  for (CUdeviceptr at = start; at < start + bytes;) {
    sim_region *region = sim_find_region(at);
    if (region == NULL || region->kind != MAPPED || region->start != at ||
        at + region->bytes > start + bytes) {
      return CUDA_ERROR_INVALID_VALUE;
    }
    at += region->bytes;
  }
  for (sim_region *region; (region = first_mapping(start, bytes)) != NULL;) {
    sim_unmap(region->start, region->bytes);
    drop(region->allocation);
    sim_remove_region(region);
  }
  return CUDA_SUCCESS;
}

CUresult cuMemUnmap(CUdeviceptr ptr, size_t size) {
  return CALL(NEEDS_INIT, size == 0 ? CUDA_ERROR_INVALID_VALUE : unmap(ptr, size));
}

static void set_bit(uint32_t *bits, CUdevice device, bool on) {
  *bits = on ? *bits | UINT32_C(1) << device : *bits & ~(UINT32_C(1) << device);
}

static CUresult set_access(CUdeviceptr start, size_t bytes, const CUmemAccessDesc *descriptions,
                           size_t count) {
  sim_region *region = sim_find_region(start);
  if (descriptions == NULL || region == NULL || region->kind != MAPPED) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  for (size_t i = 0; i < count; i++) {
    CUdevice device = descriptions[i].location.id;
    if (sim_find_device(device) == NULL) {
      return CUDA_ERROR_INVALID_DEVICE;
    }
    for (CUdeviceptr at = start; at < start + bytes; at = region->start + region->bytes) {
      region = sim_find_region(at);
      if (region == NULL || region->kind != MAPPED) {
        return CUDA_ERROR_INVALID_VALUE;
      }
      set_bit(&region->readable, device, descriptions[i].flags & 1);
      set_bit(&region->writable, device, descriptions[i].flags == CU_MEM_ACCESS_FLAGS_PROT_READWRITE);
    }
  }
  return CUDA_SUCCESS;
}

CUresult cuMemSetAccess(CUdeviceptr ptr, size_t size, const CUmemAccessDesc *desc, size_t count) {
  return CALL(NEEDS_INIT, set_access(ptr, size, desc, count));
}

static CUresult get_access(unsigned long long *flags, const CUmemLocation *location,
                           CUdeviceptr pointer) {
  sim_region *region = sim_find_region(pointer);
  if (flags == NULL || location == NULL || region == NULL || region->kind != MAPPED) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  *flags = (region->readable >> location->id & 1) | (region->writable >> location->id & 1) << 1;
  return CUDA_SUCCESS;
}

CUresult cuMemGetAccess(unsigned long long *flags, const CUmemLocation *location, CUdeviceptr ptr) {
  return CALL(NEEDS_INIT, get_access(flags, location, ptr));
}

static CUresult retain(CUmemGenericAllocationHandle *handle, void *address) {
  sim_region *region = sim_find_region((uintptr_t)address);
  if (handle == NULL || region == NULL || region->kind != MAPPED) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  ((allocation *)region->allocation)->references++;
  *handle = (uintptr_t)region->allocation;
  return CUDA_SUCCESS;
}

CUresult cuMemRetainAllocationHandle(CUmemGenericAllocationHandle *handle, void *addr) {
  return CALL(NEEDS_INIT, retain(handle, addr));
}
