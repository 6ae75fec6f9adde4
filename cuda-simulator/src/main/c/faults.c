#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FAULTS = 64 };

static struct {
  char function[64];
  uint64_t remaining; /* calls until it fails; 0: an unused place */
  CUresult error;
} faults[MAX_FAULTS];

bool sim_is_sticky(CUresult error) {
  switch (error) {
  case CUDA_ERROR_ECC_UNCORRECTABLE:
  case CUDA_ERROR_ILLEGAL_ADDRESS:
  case CUDA_ERROR_LAUNCH_TIMEOUT:
  case CUDA_ERROR_ASSERT:
  case CUDA_ERROR_HARDWARE_STACK_ERROR:
  case CUDA_ERROR_ILLEGAL_INSTRUCTION:
  case CUDA_ERROR_MISALIGNED_ADDRESS:
  case CUDA_ERROR_INVALID_ADDRESS_SPACE:
  case CUDA_ERROR_INVALID_PC:
  case CUDA_ERROR_LAUNCH_FAILED:
    return true;
  default:
    return false;
  }
}

/* All that wait for this function come one call nearer; of several that are due the first wins. */
CUresult sim_fault(const char *function) {
  CUresult due = CUDA_SUCCESS;
  for (size_t i = 0; i < MAX_FAULTS; i++) {
    if (faults[i].remaining == 0 || strcmp(faults[i].function, function) != 0) {
      continue;
    }
    if (--faults[i].remaining == 0 && due == CUDA_SUCCESS) {
      due = faults[i].error;
    }
  }
  return due;
}

static void add(const char *function, uint64_t n, int error) {
  for (size_t i = 0; i < MAX_FAULTS; i++) {
    if (faults[i].remaining == 0) {
      snprintf(faults[i].function, sizeof(faults[i].function), "%s", function);
      faults[i].remaining = n;
      faults[i].error = (CUresult)error;
      return;
    }
  }
  fprintf(stderr, "cudasim: expected at most %d faults but found one more, for %s\n", MAX_FAULTS,
          function);
}

void sim_faults_from_environment(void) {
  const char *list = getenv("CUDASIM_FAIL");
  while (list != NULL && *list != '\0') {
    char function[64];
    unsigned long long n;
    int error;
    if (sscanf(list, "%63[^:]:%llu:%d", function, &n, &error) == 3) {
      add(function, n, error);
    } else {
      fprintf(stderr, "cudasim: CUDASIM_FAIL: expected FUNCTION:N:ERROR but found %s\n", list);
    }
    list = strchr(list, ',');
    list = list == NULL ? NULL : list + 1;
  }
}

void cudasim_fail(const char *function, uint64_t n, int error) {
  sim_lock();
  add(function, n, error);
  sim_unlock();
}

void cudasim_clear_faults(void) {
  sim_lock();
  memset(faults, 0, sizeof(faults));
  sim_unlock();
}
