#include "sim.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* A handle names a file of the exporting process: the importer opens it by /proc. */
static const uint64_t MEMORY_MAGIC = UINT64_C(0x6d656d2d6d697364);
static const uint64_t EVENT_MAGIC = UINT64_C(0x6e76652d6d697364);

typedef struct {
  uint64_t magic;
  int32_t process, file, physical;
  uint32_t flags;
  uint64_t offset, bytes, id;
} shared_handle;

_Static_assert(sizeof(shared_handle) <= sizeof(CUipcMemHandle), "it fits into the driver's handle");

static int open_file_of(const shared_handle *shared) {
  char path[64];
  snprintf(path, sizeof(path), "/proc/%d/fd/%d", shared->process, shared->file);
  return open(path, O_RDWR | O_CLOEXEC);
}

/* --- Memory. --- */

static CUresult get_memory_handle(CUipcMemHandle *handle, CUdeviceptr pointer) {
  sim_region *region = sim_find_region(pointer);
  if (handle == NULL || region == NULL || region->kind != DEVICE) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  region->exported = true;
  shared_handle shared = {.magic = MEMORY_MAGIC, .process = getpid(), .file = sim_space_fd(),
                          .physical = sim_find_device(region->device)->physical,
                          .offset = sim_space_offset(region->start), .bytes = region->bytes,
                          .id = region->id};
  memset(handle, 0, sizeof(*handle));
  memcpy(handle, &shared, sizeof(shared));
  return CUDA_SUCCESS;
}

CUresult cuIpcGetMemHandle(CUipcMemHandle *pHandle, CUdeviceptr dptr) {
  return CALL(NEEDS_CONTEXT, get_memory_handle(pHandle, dptr));
}

static sim_region *find_imported(const CUipcMemHandle *handle) {
  for (size_t i = 0; i < sim_region_count(); i++) {
    sim_region *region = sim_region_at(i);
    if (region->kind == IMPORTED && memcmp(region->handle, handle, sizeof(*handle)) == 0) {
      return region;
    }
  }
  return NULL;
}

static CUresult map_imported(const shared_handle *shared, sim_region *region) {
  int file = open_file_of(shared);
  if (file < 0) {
    return CUDA_ERROR_MAP_FAILED;
  }
  CUresult result = CUDA_ERROR_OUT_OF_MEMORY;
  region->start = sim_take_space(shared->bytes, PAGE);
  if (region->start != 0) {
    result = sim_map(region->start, shared->bytes, file, shared->offset, false);
    if (result == CUDA_SUCCESS && sim_add_region(region) == NULL) {
      result = CUDA_ERROR_OUT_OF_MEMORY;
    }
    if (result != CUDA_SUCCESS) {
      sim_give_space(region->start);
    }
  }
  close(file);
  return result;
}

static CUresult open_memory(CUdeviceptr *pointer, const CUipcMemHandle *handle, unsigned flags) {
  shared_handle shared;
  memcpy(&shared, handle, sizeof(shared));
  if (pointer == NULL || flags != CU_IPC_MEM_LAZY_ENABLE_PEER_ACCESS) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  if (shared.magic != MEMORY_MAGIC) {
    return CUDA_ERROR_INVALID_HANDLE;
  }
  /* The driver refuses a handle of the same process with just this error. */
  if (shared.process == getpid()) {
    return CUDA_ERROR_INVALID_CONTEXT;
  }
  sim_region *known = find_imported(handle);
  if (known != NULL) {
    known->references++;
    *pointer = known->start;
    return CUDA_SUCCESS;
  }
  int device = sim_ordinal_of(shared.physical);
  if (device < 0) {
    return CUDA_ERROR_INVALID_DEVICE;
  }
  sim_region region = {.bytes = shared.bytes, .kind = IMPORTED, .context = sim_current(),
                       .device = device, .allocated = true, .references = 1};
  memcpy(region.handle, handle, sizeof(region.handle));
  CUresult result = map_imported(&shared, &region);
  if (result == CUDA_SUCCESS) {
    sim_counters[CUDASIM_LIVE_IPC_MAPPINGS]++;
    *pointer = region.start;
  }
  return result;
}

CUresult cuIpcOpenMemHandle_v2(CUdeviceptr *pdptr, CUipcMemHandle handle, unsigned int Flags) {
  return CALL(NEEDS_CONTEXT, open_memory(pdptr, &handle, Flags));
}

static CUresult close_memory(CUdeviceptr pointer) {
  sim_region *region = sim_find_region(pointer);
  if (region == NULL || region->kind != IMPORTED || region->start != pointer) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  if (--region->references == 0) {
    sim_counters[CUDASIM_LIVE_IPC_MAPPINGS]--;
    sim_unmap(region->start, region->bytes);
    sim_give_space(region->start);
    sim_remove_region(region);
  }
  return CUDA_SUCCESS;
}

CUresult cuIpcCloseMemHandle(CUdeviceptr dptr) { return CALL(NEEDS_CONTEXT, close_memory(dptr)); }

/*
 * --- Events. Each record of any process gets the next point. The others see only how far it has come,
 * and ask for more: work is lazy there too, and a thread of the recording process lets it run. ---
 */

typedef struct {
  _Atomic uint64_t recorded, done, demanded;
  _Atomic uint32_t demands, arrivals; /* futexes */
} shared_event;

struct sim_remote {
  shared_event *shared;
  int file;
  size_t references; /* the event, its watcher, work that is pending */
  uint64_t point; /* of the last record of this process */
  sim_operation *operation;
};

static void futex(_Atomic uint32_t *word, int operation, uint32_t value) {
  struct timespec while_waiting = {0, 10000000};
  syscall(SYS_futex, word, operation, value, &while_waiting, NULL, 0);
}

static void raise_to(_Atomic uint64_t *word, uint64_t value) {
  uint64_t found = atomic_load(word);
  while (found < value && !atomic_compare_exchange_weak(word, &found, value)) {
  }
}

sim_remote *sim_retain_remote(sim_remote *remote) {
  remote->references++;
  return remote;
}

void sim_drop_remote(sim_remote *remote) {
  if (remote != NULL && --remote->references == 0) {
    sim_drop_operation(&remote->operation);
    munmap(remote->shared, PAGE);
    close(remote->file);
    free(remote);
  }
}

uint64_t sim_remote_begin(sim_remote *remote) {
  return atomic_fetch_add(&remote->shared->recorded, 1) + 1;
}

void sim_remote_submitted(sim_remote *remote, uint64_t point, sim_operation *operation) {
  sim_drop_operation(&remote->operation);
  remote->operation = sim_retain_operation(operation);
  remote->point = point;
}

void sim_remote_done(sim_remote *remote, uint64_t point) {
  raise_to(&remote->shared->done, point);
  atomic_fetch_add(&remote->shared->arrivals, 1);
  futex(&remote->shared->arrivals, FUTEX_WAKE, INT_MAX);
}

uint64_t sim_remote_latest(sim_remote *remote) { return atomic_load(&remote->shared->recorded); }

bool sim_remote_is_done(sim_remote *remote, uint64_t point) {
  return atomic_load(&remote->shared->done) >= point;
}

void sim_remote_demand(sim_remote *remote, uint64_t point) {
  shared_event *shared = sim_retain_remote(remote)->shared;
  uint32_t seen = atomic_load(&shared->arrivals);
  raise_to(&shared->demanded, point);
  atomic_fetch_add(&shared->demands, 1);
  futex(&shared->demands, FUTEX_WAKE, INT_MAX);
  if (!sim_remote_is_done(remote, point)) {
    sim_unlock();
    futex(&shared->arrivals, FUTEX_WAIT, seen);
    sim_lock();
  }
  sim_drop_remote(remote);
}

/* Lets run what another process waits for; ends when nothing else holds the event. */
static void *watch(void *argument) {
  sim_remote *remote = argument;
  sim_lock();
  while (remote->references > 1) {
    uint32_t seen = atomic_load(&remote->shared->demands);
    if (remote->operation != NULL && atomic_load(&remote->shared->demanded) >= remote->point) {
      sim_force(remote->operation);
    }
    sim_unlock();
    futex(&remote->shared->demands, FUTEX_WAIT, seen);
    sim_lock();
  }
  sim_drop_remote(remote);
  sim_unlock();
  return NULL;
}

/* With every signal blocked: they are for the program's own threads. */
static CUresult start_watching(sim_remote *remote) {
  sigset_t all, before;
  pthread_t thread;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool started = pthread_create(&thread, NULL, watch, sim_retain_remote(remote)) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (!started) {
    sim_drop_remote(remote);
    return CUDA_ERROR_OPERATING_SYSTEM;
  }
  pthread_detach(thread);
  return CUDA_SUCCESS;
}

/* Takes the file over, on every outcome. */
static CUresult new_remote(int file, sim_remote **out) {
  void *shared = file < 0 ? MAP_FAILED
                          : mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  sim_remote *remote = calloc(1, sizeof(*remote));
  if (shared == MAP_FAILED || remote == NULL) {
    free(remote);
    close(file);
    return CUDA_ERROR_MAP_FAILED;
  }
  *remote = (sim_remote){.shared = shared, .file = file, .references = 1};
  CUresult result = start_watching(remote);
  if (result != CUDA_SUCCESS) {
    sim_drop_remote(remote);
    return result;
  }
  *out = remote;
  return CUDA_SUCCESS;
}

/* What was recorded before anybody could share it announces no arrival, so it runs now. */
static CUresult share(CUevent event) {
  int file = memfd_create("cudasim-event", MFD_CLOEXEC);
  if (file >= 0 && ftruncate(file, PAGE) != 0) {
    close(file);
    file = -1;
  }
  CUresult result = new_remote(file, &event->remote);
  if (result == CUDA_SUCCESS && event->operation != NULL) {
    event->own_point = sim_remote_begin(event->remote);
    sim_remote_submitted(event->remote, event->own_point, event->operation);
    sim_force(event->operation);
    sim_remote_done(event->remote, event->own_point);
  }
  return result;
}

static CUresult get_event_handle(CUipcEventHandle *handle, CUevent event) {
  if (!sim_is_handle(event, EVENT)) {
    return CUDA_ERROR_INVALID_HANDLE;
  }
  if (handle == NULL || !(event->flags & CU_EVENT_INTERPROCESS)) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  CUresult result = event->remote == NULL ? share(event) : CUDA_SUCCESS;
  if (result == CUDA_SUCCESS) {
    shared_handle shared = {.magic = EVENT_MAGIC, .process = getpid(), .file = event->remote->file,
                            .flags = event->flags,
                            .physical = sim_find_device(event->context->device)->physical};
    memset(handle, 0, sizeof(*handle));
    memcpy(handle, &shared, sizeof(shared));
  }
  return result;
}

CUresult cuIpcGetEventHandle(CUipcEventHandle *pHandle, CUevent event) {
  return CALL(NEEDS_CONTEXT, get_event_handle(pHandle, event));
}

static CUresult open_event(CUevent *event, const CUipcEventHandle *handle) {
  shared_handle shared;
  memcpy(&shared, handle, sizeof(shared));
  if (event == NULL || shared.magic != EVENT_MAGIC) {
    return event == NULL ? CUDA_ERROR_INVALID_VALUE : CUDA_ERROR_INVALID_HANDLE;
  }
  if (shared.process == getpid()) {
    return CUDA_ERROR_INVALID_CONTEXT;
  }
  sim_remote *remote;
  CUresult result = new_remote(open_file_of(&shared), &remote);
  if (result != CUDA_SUCCESS) {
    return result;
  }
  result = sim_new_event(sim_current(), shared.flags, event);
  if (result == CUDA_SUCCESS) {
    (*event)->remote = remote;
  } else {
    sim_drop_remote(remote);
  }
  return result;
}

CUresult cuIpcOpenEventHandle(CUevent *phEvent, CUipcEventHandle handle) {
  return CALL(NEEDS_CONTEXT, open_event(phEvent, &handle));
}
