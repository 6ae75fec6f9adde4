/* Memory with an edge, and with fewer rights than it seems. */
#include "hostile_memory.h"

#include "hostile_producer.h"
#include "managed.h"

#include <sys/mman.h>
#include <unistd.h>

int64_t hostile_page_size(void) { return sysconf(_SC_PAGESIZE); }

static int64_t whole_pages(int64_t bytes) {
  int64_t page = hostile_page_size();
  return (bytes + page - 1) / page * page;
}

void *hostile_map(int64_t bytes) {
  int64_t used = whole_pages(bytes);
  int64_t page = hostile_page_size();
  char *start = mmap(NULL, (size_t)(used + page), PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  require(start != MAP_FAILED, "pages for a mapping");
  require(mprotect(start + used, (size_t)page, PROT_NONE) == 0, "the guard page to be closed");
  return start + used - bytes;
}

void hostile_protect(void *memory, int64_t bytes, int readable) {
  int64_t used = whole_pages(bytes);
  char *start = (char *)memory + bytes - used;
  int rights = readable ? PROT_READ : PROT_NONE;
  require(mprotect(start, (size_t)used, rights) == 0, "the pages of a mapping to be protected");
  if (!readable) {
    /* The addresses stay taken, the frames go back. */
    require(madvise(start, (size_t)used, MADV_DONTNEED) == 0, "the pages to be dropped");
  }
}

void hostile_use(const void *memory, void (*callback)(void)) {
  (void)memory;
  callback();
}
