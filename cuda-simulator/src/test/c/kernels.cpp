#include "cudasim_kernel.h"

extern "C" __global__ void scale(float *values, float by, int n) {
  int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i < n) {
    values[i] *= by;
  }
}
CUDASIM_KERNEL(scale)

extern "C" __global__ void count_threads(unsigned *count) { atomicAdd(count, 1u); }
CUDASIM_KERNEL(count_threads)
