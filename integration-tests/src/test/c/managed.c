#include "managed.h"

#include <stdio.h>
#include <stdlib.h>

const DLTensor *tensor_of(managed_tensor managed) {
  return managed.versioned ? &((DLManagedTensorVersioned *)managed.pointer)->dl_tensor
                           : &((DLManagedTensor *)managed.pointer)->dl_tensor;
}

static void delete_versioned(DLManagedTensorVersioned *managed) {
  if (managed->deleter != NULL) {
    managed->deleter(managed);
  }
}

static void delete_legacy(DLManagedTensor *managed) {
  if (managed->deleter != NULL) {
    managed->deleter(managed);
  }
}

void call_deleter(managed_tensor managed) {
  if (managed.versioned) {
    delete_versioned(managed.pointer);
  } else {
    delete_legacy(managed.pointer);
  }
}

void require(int condition, const char *message) {
  if (!condition) {
    fprintf(stderr, "rude-consumer: expected %s\n", message);
    abort();
  }
}
