#include "sim.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* 256 GiB of addresses, of which only those in use cost anything. */
static const size_t WINDOW = UINT64_C(1) << 38;

static char *public_window, *private_window;
static int memory_fd = -1;

typedef struct {
  size_t offset, bytes;
} span;

/* Taken spans by offset. */
static span *spans;
static size_t span_count, span_capacity;
static size_t next_offset; /* the search goes on where the last one ended: freed addresses rest */

size_t sim_round_up(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

CUresult sim_space_init(void) {
  memory_fd = memfd_create("cudasim", MFD_CLOEXEC);
  if (memory_fd < 0 || ftruncate(memory_fd, (off_t)WINDOW) != 0) {
    return CUDA_ERROR_OPERATING_SYSTEM;
  }
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  char *both = mmap(NULL, 2 * WINDOW, PROT_NONE, flags, -1, 0);
  if (both == MAP_FAILED) {
    return CUDA_ERROR_OPERATING_SYSTEM;
  }
  public_window = both;
  private_window = both + WINDOW;
  /* VMM wants multiples of 2 MiB, so offsets and addresses agree on them. */
  next_offset = sim_round_up((uintptr_t)both, 2 << 20) - (uintptr_t)both;
  return CUDA_SUCCESS;
}

size_t sim_space_offset(CUdeviceptr address) { return address - (uintptr_t)public_window; }

bool sim_in_space(CUdeviceptr address) {
  return public_window != NULL && sim_space_offset(address) < WINDOW;
}

void *sim_view(CUdeviceptr address) { return private_window + sim_space_offset(address); }

int sim_space_fd(void) { return memory_fd; }

/* The index of the first span that ends after the offset. */
static size_t find_span(size_t offset) {
  size_t low = 0, high = span_count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (spans[middle].offset + spans[middle].bytes > offset) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

static size_t aligned(size_t offset, size_t alignment) {
  uintptr_t base = (uintptr_t)public_window;
  return sim_round_up(base + offset, alignment) - base;
}

/* The first place for that many bytes from the offset on; WINDOW if there is none. */
static size_t find_place(size_t from, size_t bytes, size_t alignment) {
  size_t offset = aligned(from, alignment);
  for (size_t i = find_span(offset); i < span_count && spans[i].offset < offset + bytes; i++) {
    offset = aligned(spans[i].offset + spans[i].bytes, alignment);
  }
  return offset + bytes <= WINDOW ? offset : WINDOW;
}

CUdeviceptr sim_take_space(size_t bytes, size_t alignment) {
  if (bytes > WINDOW / 2) {
    return 0;
  }
  /* A page more than asked for: what runs over the end faults. */
  size_t taken = sim_round_up(bytes, PAGE) + PAGE;
  size_t offset = find_place(next_offset, taken, alignment);
  if (offset == WINDOW) {
    offset = find_place(PAGE, taken, alignment);
  }
  if (offset == WINDOW) {
    return 0;
  }
  if (span_count == span_capacity) {
    size_t wanted = span_capacity == 0 ? 64 : 2 * span_capacity;
    span *grown = realloc(spans, wanted * sizeof(*spans));
    if (grown == NULL) {
      return 0;
    }
    spans = grown;
    span_capacity = wanted;
  }
  size_t at = find_span(offset);
  memmove(&spans[at + 1], &spans[at], (span_count - at) * sizeof(*spans));
  spans[at] = (span){offset, taken};
  span_count++;
  next_offset = offset + taken;
  return (uintptr_t)public_window + offset;
}

void sim_give_space(CUdeviceptr address) {
  size_t at = find_span(sim_space_offset(address));
  span_count--;
  memmove(&spans[at], &spans[at + 1], (span_count - at) * sizeof(*spans));
}

static bool map_at(void *address, size_t bytes, int fd, size_t offset) {
  return mmap(address, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
              (off_t)offset) != MAP_FAILED;
}

CUresult sim_map(CUdeviceptr address, size_t bytes, int fd, size_t offset, bool host) {
  size_t extent = sim_round_up(bytes, PAGE);
  if (fd < 0) {
    fd = memory_fd;
    offset = sim_space_offset(address);
  }
  if (!map_at(sim_view(address), extent, fd, offset) ||
      (host && !map_at(public_window + sim_space_offset(address), extent, fd, offset))) {
    sim_unmap(address, bytes);
    return CUDA_ERROR_OUT_OF_MEMORY;
  }
  return CUDA_SUCCESS;
}

void sim_unmap(CUdeviceptr address, size_t bytes) {
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
  size_t extent = sim_round_up(bytes, PAGE);
  /* Reserving a reserved range again cannot fail but for the limit on mappings: then abort. */
  if (mmap(sim_view(address), extent, PROT_NONE, flags, -1, 0) == MAP_FAILED ||
      mmap(public_window + sim_space_offset(address), extent, PROT_NONE, flags, -1, 0) ==
          MAP_FAILED) {
    abort();
  }
}

void sim_discard(CUdeviceptr address, size_t bytes) {
  /* Best effort: without it the pages stay until the process ends. */
  (void)!fallocate(memory_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                   (off_t)sim_space_offset(address), (off_t)sim_round_up(bytes, PAGE));
}
