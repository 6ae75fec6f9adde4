/* What a consumer does with a tensor's elements. */
#include "managed.h"
#include "rude_consumer.h"

typedef void visitor(double *element, void *context);

static int64_t stride_of(const DLTensor *tensor, int axis) {
  if (tensor->strides != NULL) {
    return tensor->strides[axis];
  }
  int64_t stride = 1;
  for (int inner = axis + 1; inner < tensor->ndim; inner++) {
    stride *= tensor->shape[inner];
  }
  return stride;
}

static void visit_from(const DLTensor *tensor, int axis, double *first, visitor *visit,
                       void *context) {
  if (axis == tensor->ndim) {
    visit(first, context);
    return;
  }
  int64_t stride = stride_of(tensor, axis);
  for (int64_t i = 0; i < tensor->shape[axis]; i++) {
    visit_from(tensor, axis + 1, first + i * stride, visit, context);
  }
}

static int is_empty(const DLTensor *tensor) {
  for (int axis = 0; axis < tensor->ndim; axis++) {
    if (tensor->shape[axis] == 0) {
      return 1;
    }
  }
  return 0;
}

/* An empty tensor's data may be NULL, and no pointer may be derived from that. */
static void visit_all(const DLTensor *tensor, visitor *visit, void *context) {
  if (!is_empty(tensor)) {
    double *first = (double *)((char *)tensor->data + tensor->byte_offset);
    visit_from(tensor, 0, first, visit, context);
  }
}

static void add_to(double *element, void *sum) { *(double *)sum += *element; }

static void set_to(double *element, void *value) { *element = *(double *)value; }

double rude_sum_float64(const void *managed, int versioned) {
  double sum = 0;
  visit_all(tensor_of((managed_struct){(void *)managed, versioned}), add_to, &sum);
  return sum;
}

void rude_fill_float64(void *managed, int versioned, double value) {
  visit_all(tensor_of((managed_struct){managed, versioned}), set_to, &value);
}

int64_t rude_consume(void *managed) {
  DLManagedTensorVersioned *self = managed;
  const DLTensor *tensor = &self->dl_tensor;
  int64_t length = tensor->ndim > 0 && tensor->data != NULL ? tensor->shape[0] : 0;
  self->deleter(self);
  return length;
}
