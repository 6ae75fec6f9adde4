// A driver with two GPUs, or one that does what the variable FAKE_CUDA says.

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SUCCESS = 0, NO_DEVICE = 100, INVALID_DEVICE = 101 };

static int asked_to(const char *what) {
  const char *asked = getenv("FAKE_CUDA");
  return asked != NULL && strcmp(asked, what) == 0;
}

int cuInit(unsigned flags) {
  (void)flags;
  if (asked_to("crash")) {
    abort();
  }
  while (asked_to("hang")) {
    pause();
  }
  return asked_to("refuse") ? NO_DEVICE : SUCCESS;
}

int cuDriverGetVersion(int *version) {
  *version = 13010;
  return SUCCESS;
}

int cuGetErrorName(int error, const char **name) {
  *name = error == NO_DEVICE ? "CUDA_ERROR_NO_DEVICE" : "CUDA_ERROR_INVALID_DEVICE";
  return SUCCESS;
}

int cuDeviceGetCount(int *count) {
  *count = 2;
  return SUCCESS;
}

// Handles are not ordinals: a caller that confuses them is found out.
int cuDeviceGet(int *device, int ordinal) {
  *device = 70 + ordinal;
  return SUCCESS;
}

int cuDeviceGetName(char *name, int length, int device) {
  if (device < 70 || length < 16) {
    return INVALID_DEVICE;
  }
  strcpy(name, device == 70 ? "First Fake" : "Second Fake");
  return SUCCESS;
}

int cuDeviceGetUuid(unsigned char *uuid, int device) {
  if (device < 70) {
    return INVALID_DEVICE;
  }
  for (int i = 0; i < 16; i++) {
    uuid[i] = (unsigned char)(16 * (device - 70) + i);
  }
  return SUCCESS;
}
