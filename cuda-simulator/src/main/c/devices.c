#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static sim_device devices[MAX_DEVICES];
static int visible, existing;
static size_t memory_bytes;

int sim_device_count(void) { return visible; }

size_t sim_device_memory(void) { return memory_bytes; }

sim_device *sim_find_device(CUdevice ordinal) {
  return ordinal >= 0 && ordinal < visible ? &devices[ordinal] : NULL;
}

int sim_ordinal_of(int physical) {
  for (int i = 0; i < visible; i++) {
    if (devices[i].physical == physical) {
      return i;
    }
  }
  return -1;
}

static void write_uuid(int physical, CUuuid *uuid) {
  memcpy(uuid->bytes, "\x0c\x0d\xa5\x1ms-device", 12);
  uuid->bytes[12] = uuid->bytes[13] = uuid->bytes[14] = 0;
  uuid->bytes[15] = (char)physical;
}

/* As the driver reads it: ordinals up to the first that does not exist. UUIDs are not understood. */
static void choose_visible(const char *list) {
  visible = 0;
  while (list != NULL && *list != '\0' && visible < MAX_DEVICES) {
    char *end;
    long physical = strtol(list, &end, 10);
    if (end == list || physical < 0 || physical >= existing) {
      return;
    }
    devices[visible++].physical = (int)physical;
    list = *end == ',' ? end + 1 : NULL;
  }
}

CUresult sim_devices_init(void) {
  const char *count = getenv("CUDASIM_DEVICES");
  const char *memory = getenv("CUDASIM_MEMORY");
  const char *chosen = getenv("CUDA_VISIBLE_DEVICES");
  if (existing == 0) {
    existing = count == NULL ? 1 : atoi(count);
  }
  existing = existing > MAX_DEVICES ? MAX_DEVICES : existing;
  memory_bytes = memory == NULL ? UINT64_C(8) << 30 : strtoull(memory, NULL, 10);
  if (chosen != NULL) {
    choose_visible(chosen);
  } else {
    for (visible = 0; visible < existing; visible++) {
      devices[visible].physical = visible;
    }
  }
  for (int i = 0; i < visible; i++) {
    CUresult result = sim_new_pool(i, CU_MEM_HANDLE_TYPE_NONE, &devices[i].default_pool);
    if (result != CUDA_SUCCESS) {
      return result;
    }
    devices[i].current_pool = devices[i].default_pool;
  }
  return visible > 0 ? CUDA_SUCCESS : CUDA_ERROR_NO_DEVICE;
}

CUresult cudasim_set_devices(int count) {
  sim_lock();
  bool possible = visible == 0 && count > 0 && count <= MAX_DEVICES;
  if (possible) {
    existing = count;
  }
  sim_unlock();
  return possible ? CUDA_SUCCESS : CUDA_ERROR_ILLEGAL_STATE;
}

static CUresult get_count(int *count) {
  if (count == NULL) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  *count = visible;
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetCount(int *count) { return CALL(NEEDS_INIT, get_count(count)); }

static CUresult get(CUdevice *device, int ordinal) {
  if (device == NULL) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  if (sim_find_device(ordinal) == NULL) {
    return CUDA_ERROR_INVALID_DEVICE;
  }
  *device = ordinal;
  return CUDA_SUCCESS;
}

CUresult cuDeviceGet(CUdevice *device, int ordinal) { return CALL(NEEDS_INIT, get(device, ordinal)); }

static CUresult check(CUdevice device, const void *out) {
  if (sim_find_device(device) == NULL) {
    return CUDA_ERROR_INVALID_DEVICE;
  }
  return out == NULL ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}

static CUresult get_name(char *name, int length, CUdevice device) {
  CUresult result = check(device, name);
  if (result == CUDA_SUCCESS) {
    snprintf(name, length < 0 ? 0 : (size_t)length, "Simulated device %d",
             devices[device].physical);
  }
  return result;
}

CUresult cuDeviceGetName(char *name, int len, CUdevice dev) {
  return CALL(NEEDS_INIT, get_name(name, len, dev));
}

static CUresult get_uuid(CUuuid *uuid, CUdevice device) {
  CUresult result = check(device, uuid);
  if (result == CUDA_SUCCESS) {
    write_uuid(devices[device].physical, uuid);
  }
  return result;
}

CUresult cuDeviceGetUuid(CUuuid *uuid, CUdevice dev) { return CALL(NEEDS_INIT, get_uuid(uuid, dev)); }
CUresult cuDeviceGetUuid_v2(CUuuid *uuid, CUdevice dev) {
  return CALL(NEEDS_INIT, get_uuid(uuid, dev));
}

static CUresult get_total(size_t *bytes, CUdevice device) {
  CUresult result = check(device, bytes);
  if (result == CUDA_SUCCESS) {
    *bytes = memory_bytes;
  }
  return result;
}

CUresult cuDeviceTotalMem_v2(size_t *bytes, CUdevice dev) {
  return CALL(NEEDS_INIT, get_total(bytes, dev));
}

static const struct {
  int attribute, value;
} ATTRIBUTES[] = {
    {CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK, 1024},
    {CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X, 1024},
    {CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y, 1024},
    {CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z, 64},
    {CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X, 2147483647},
    {CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y, 65535},
    {CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z, 65535},
    {CU_DEVICE_ATTRIBUTE_WARP_SIZE, 32},
    {CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, 1},
    {CU_DEVICE_ATTRIBUTE_CAN_MAP_HOST_MEMORY, 1},
    {CU_DEVICE_ATTRIBUTE_CONCURRENT_KERNELS, 1},
    {CU_DEVICE_ATTRIBUTE_UNIFIED_ADDRESSING, 1},
    {CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, 9},
    {CU_DEVICE_ATTRIBUTE_STREAM_PRIORITIES_SUPPORTED, 1},
    {CU_DEVICE_ATTRIBUTE_MANAGED_MEMORY, 1},
    {CU_DEVICE_ATTRIBUTE_CONCURRENT_MANAGED_ACCESS, 1},
    {CU_DEVICE_ATTRIBUTE_HOST_REGISTER_SUPPORTED, 1},
    {CU_DEVICE_ATTRIBUTE_VIRTUAL_MEMORY_MANAGEMENT_SUPPORTED, 1},
    {CU_DEVICE_ATTRIBUTE_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR_SUPPORTED, 1},
    {CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED, 1},
    {CU_DEVICE_ATTRIBUTE_IPC_EVENT_SUPPORTED, 1},
};

/* What the simulator does not model is 0: not supported, none. */
static CUresult get_attribute(int *value, int attribute, CUdevice device) {
  CUresult result = check(device, value);
  if (result != CUDA_SUCCESS) {
    return result;
  }
  *value = attribute == CU_DEVICE_ATTRIBUTE_PCI_BUS_ID ? devices[device].physical + 1 : 0;
  for (size_t i = 0; i < sizeof(ATTRIBUTES) / sizeof(*ATTRIBUTES); i++) {
    if (ATTRIBUTES[i].attribute == attribute) {
      *value = ATTRIBUTES[i].value;
    }
  }
  return attribute < 1 ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}

CUresult cuDeviceGetAttribute(int *pi, CUdevice_attribute attrib, CUdevice dev) {
  return CALL(NEEDS_INIT, get_attribute(pi, (int)attrib, dev));
}

static CUresult get_pci_bus_id(char *text, int length, CUdevice device) {
  CUresult result = check(device, text);
  if (result == CUDA_SUCCESS) {
    snprintf(text, length < 0 ? 0 : (size_t)length, "0000:%02X:00.0", devices[device].physical + 1);
  }
  return result;
}

CUresult cuDeviceGetPCIBusId(char *pciBusId, int len, CUdevice dev) {
  return CALL(NEEDS_INIT, get_pci_bus_id(pciBusId, len, dev));
}

static CUresult find_by_pci_bus_id(CUdevice *device, const char *text) {
  unsigned domain = 0, bus;
  if (device == NULL || text == NULL || sscanf(text, "%x:%x:", &domain, &bus) != 2) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  int ordinal = sim_ordinal_of((int)bus - 1);
  if (ordinal < 0) {
    return CUDA_ERROR_INVALID_DEVICE;
  }
  *device = ordinal;
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetByPCIBusId(CUdevice *dev, const char *pciBusId) {
  return CALL(NEEDS_INIT, find_by_pci_bus_id(dev, pciBusId));
}

static CUresult can_access_peer(int *can, CUdevice device, CUdevice peer) {
  CUresult result = check(device, can) ?: check(peer, can);
  if (result == CUDA_SUCCESS) {
    *can = device != peer;
  }
  return result;
}

CUresult cuDeviceCanAccessPeer(int *canAccessPeer, CUdevice dev, CUdevice peerDev) {
  return CALL(NEEDS_INIT, can_access_peer(canAccessPeer, dev, peerDev));
}

static CUresult compute_capability(int *major, int *minor, CUdevice device) {
  CUresult result = check(device, major) ?: check(device, minor);
  if (result == CUDA_SUCCESS) {
    *major = 9;
    *minor = 0;
  }
  return result;
}

CUresult cuDeviceComputeCapability(int *major, int *minor, CUdevice dev) {
  return CALL(NEEDS_INIT, compute_capability(major, minor, dev));
}
