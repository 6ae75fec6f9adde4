/* Tests are functions named as sentences; RUN prints the name, a failed EXPECT ends the process. */
#ifndef CUDASIM_EXPECT_H
#define CUDASIM_EXPECT_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define RUN(test) (puts(#test), fflush(stdout), test())

#define EXPECT(condition) \
  ((condition) ? (void)0 : fail(__FILE__, __LINE__, "expected " #condition))

#define EXPECT_EQUAL(expected, found) \
  expect_equal(__FILE__, __LINE__, #found, (uint64_t)(expected), (uint64_t)(found))

/* _Exit, for a test may fail on any thread and in the middle of exit. */
static inline void fail(const char *file, int line, const char *message) {
  fprintf(stderr, "%s:%d: %s\n", file, line, message);
  _Exit(1);
}

static inline void expect_equal(const char *file, int line, const char *what, uint64_t expected,
                                uint64_t found) {
  if (expected != found) {
    fprintf(stderr, "%s:%d: %s: expected 0x%" PRIx64 " but found 0x%" PRIx64 "\n", file, line,
            what, expected, found);
    _Exit(1);
  }
}

#endif
