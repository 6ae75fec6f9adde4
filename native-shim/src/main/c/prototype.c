#include "prototype.h"

#include <stddef.h>

enum { CPU = 1 };

/* What malloc can be asked for at all, with room for struct, shape and alignment. */
static const int64_t MOST_BYTES = INT64_C(1) << 62;

/* Appends to what refuse() began. Written here, as printf would be one more function to need. */
static void add(dlpack4j_refusal *refusal, const char *text) {
  size_t at = 0;
  while (refusal->message[at] != 0) {
    at++;
  }
  while (*text != 0 && at + 1 < sizeof refusal->message) {
    refusal->message[at++] = *text++;
  }
  refusal->message[at] = 0;
}

static void add_digits(dlpack4j_refusal *refusal, uint64_t value, unsigned base) {
  char digits[24];
  size_t at = sizeof digits;
  digits[--at] = 0;
  do {
    digits[--at] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value != 0);
  add(refusal, digits + at);
}

static void add_number(dlpack4j_refusal *refusal, int64_t value) {
  if (value < 0) {
    add(refusal, "-");
  }
  add_digits(refusal, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10);
}

/* Each piece is a text, then a number; a text of NULL ends. */
typedef struct {
  const char *text;
  int64_t number;
} piece;

static int refuse(dlpack4j_refusal *refusal, const char *kind, const piece *pieces,
                  const char *what_to_do) {
  refusal->kind = kind;
  refusal->message[0] = 0;
  for (; pieces->text != NULL; pieces++) {
    add(refusal, pieces->text);
    add_number(refusal, pieces->number);
  }
  add(refusal, what_to_do);
  return 0;
}

#define REFUSE(refusal, kind, what_to_do, ...) \
  refuse(refusal, kind, (const piece[]){__VA_ARGS__, {NULL, 0}}, what_to_do)

static int is_address(const void *pointer) {
  return pointer != NULL && (uintptr_t)pointer % sizeof(int64_t) == 0;
}

static int refuse_address(dlpack4j_refusal *refusal, const char *expected, const void *found,
                          const char *what_to_do) {
  refusal->kind = "ValueError";
  refusal->message[0] = 0;
  add(refusal, expected);
  add(refusal, " but found 0x");
  add_digits(refusal, (uintptr_t)found, 16);
  add(refusal, what_to_do);
  return 0;
}

static int check_scalars(const DLTensor *prototype, const dlpack4j_request *request,
                         dlpack4j_refusal *refusal) {
  DLDevice device = prototype->device;
  if (device.device_type != CPU || device.device_id != 0) {
    return REFUSE(refusal, "BufferError", "; ask the library of that device",
                  {"device: expected main memory, type 1 and id 0, but found type ",
                   device.device_type},
                  {" and id ", device.device_id});
  }
  if (request->ndim < 0 || request->ndim > DLPACK4J_MOST_DIMENSIONS) {
    return REFUSE(refusal, "ValueError", "; pass the number of sizes",
                  {"ndim: expected 0 to 128 but found ", request->ndim});
  }
  if (request->dtype.bits == 0 || request->dtype.lanes == 0) {
    return REFUSE(refusal, "ValueError", " lanes; fill in the type of an element",
                  {"dtype: expected 1 or more bits and lanes but found ", request->dtype.bits},
                  {" bits and ", request->dtype.lanes});
  }
  return 1;
}

static int read_shape(const int64_t *shape, dlpack4j_request *request, dlpack4j_refusal *refusal) {
  int64_t product = 1;
  int empty = 0;
  for (int32_t axis = 0; axis < request->ndim; axis++) {
    int64_t size = shape[axis];
    request->shape[axis] = size;
    if (size < 0) {
      return REFUSE(refusal, "ValueError", "; pass the sizes of the tensor",
                    {"shape dimension ", axis}, {": expected 0 or more but found ", size});
    }
    empty |= size == 0;
    /* A zero elsewhere does not excuse a product that wraps: consumers multiply in any order. */
    if (__builtin_mul_overflow(product, size == 0 ? 1 : size, &product)) {
      return REFUSE(refusal, "ValueError", "; ask for less", {"shape dimension ", axis},
                    {": expected at most 2^63 - 1 elements in all but found size ", size});
    }
  }
  if (empty) {
    request->bytes = 0;
    return 1;
  }
  /* Rounded once, over all elements; the eighths are split off so that nothing overflows early. */
  int64_t bits = (int64_t)request->dtype.bits * request->dtype.lanes;
  int64_t whole;
  if (__builtin_mul_overflow(product / 8, bits, &whole) || whole > MOST_BYTES) {
    return REFUSE(refusal, "ValueError", " bits; ask for less",
                  {"shape: expected at most 2^62 bytes but found ", product},
                  {" elements of ", bits});
  }
  request->bytes = whole + (product % 8 * bits + 7) / 8;
  return 1;
}

int dlpack4j_read_prototype(const DLTensor *prototype, const void *out, dlpack4j_request *request,
                            dlpack4j_refusal *refusal) {
  if (!is_address(prototype)) {
    return refuse_address(refusal, "prototype: expected the 8-aligned address of a DLTensor",
                          prototype, "; fill one in");
  }
  if (!is_address(out)) {
    return refuse_address(refusal, "out: expected the 8-aligned address of a pointer", out,
                          "; say where the tensor goes");
  }
  request->dtype = prototype->dtype;
  request->ndim = prototype->ndim;
  if (!check_scalars(prototype, request, refusal)) {
    return 0;
  }
  const int64_t *shape = prototype->shape;
  if (request->ndim != 0 && !is_address(shape)) {
    return refuse_address(refusal, "shape: expected the 8-aligned address of the sizes", shape,
                          "; fill them in");
  }
  return read_shape(shape, request, refusal);
}

void dlpack4j_refuse_memory(int64_t bytes, dlpack4j_refusal *refusal) {
  REFUSE(refusal, "MemoryError", " bytes but found no memory; free some or ask for less",
         {"data: expected ", bytes});
}
