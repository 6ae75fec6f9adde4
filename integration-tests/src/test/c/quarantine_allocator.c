/* Freed memory keeps its addresses and loses its access rights: a use after free faults, always. */
#include "managed.h"
#include "rude_consumer.h"

#include <sys/mman.h>
#include <unistd.h>

static size_t page_size(void) { return (size_t)sysconf(_SC_PAGESIZE); }

/* The page before the memory holds the size of both. */
static size_t *header_of(void *memory) { return (size_t *)((char *)memory - page_size()); }

void *rude_quarantine_allocate(size_t bytes) {
  size_t page = page_size();
  size_t total = page + (bytes + page - 1) / page * page;
  void *header = mmap(NULL, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  require(header != MAP_FAILED, "pages for the quarantine");
  *(size_t *)header = total;
  return (char *)header + page;
}

void rude_quarantine_free(void *memory) {
  size_t *header = header_of(memory);
  size_t total = *header;
  require(mprotect(header, total, PROT_NONE) == 0, "pages to be closed");
  /* The addresses stay taken, the frames go back. */
  require(madvise(header, total, MADV_DONTNEED) == 0, "pages to be dropped");
}
