/*
 * Lets a .cu file be compiled as C++ for the simulated driver:
 *
 *     extern "C" __global__ void scale(float *x, float by, int n) {
 *       int i = blockIdx.x * blockDim.x + threadIdx.x;
 *       if (i < n) x[i] *= by;
 *     }
 *     CUDASIM_KERNEL(scale)
 *
 *     g++ -x c++ -include cudasim_kernel.h -shared -fPIC -o libkernels.so kernels.cu
 *
 * With CUDASIM_KERNELS=libkernels.so every module finds its kernels there by name, whatever PTX or cubin
 * it was loaded from; PTX must name the kernel as .entry. For nvcc define CUDASIM_KERNEL(name) as nothing.
 *
 * The threads of a launch run one after another, so that __syncthreads, warps and shared memory are
 * not there. A parameter that is a pointer to device memory reaches the kernel as the address under
 * which the simulator itself sees it; pointers inside of structures do not.
 */
#ifndef CUDASIM_KERNEL_H
#define CUDASIM_KERNEL_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  unsigned grid[3], block[3];
} cudasim_launch;

typedef struct {
  size_t parameters;
  const size_t *sizes;
  const unsigned char *are_pointers;
  void (*run)(void *const *arguments, const cudasim_launch *launch);
} cudasim_kernel;

#ifdef __cplusplus
}

#include <type_traits>
#include <utility>

struct dim3 {
  unsigned x, y, z;
};

static thread_local dim3 threadIdx, blockIdx, blockDim, gridDim;

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline

template <typename T>
T atomicAdd(T *address, T value) {
  T before = *address;
  *address += value;
  return before;
}

namespace cudasim {

template <typename F>
void for_each(const unsigned (&size)[3], dim3 &at, F &&body) {
  for (at.z = 0; at.z < size[2]; at.z++) {
    for (at.y = 0; at.y < size[1]; at.y++) {
      for (at.x = 0; at.x < size[0]; at.x++) {
        body();
      }
    }
  }
}

template <auto Kernel>
struct describe;

template <typename... P, void (*Kernel)(P...)>
struct describe<Kernel> {
  /* One more, since an array has at least one element. */
  static constexpr size_t sizes[] = {sizeof(P)..., 0};
  static constexpr unsigned char are_pointers[] = {std::is_pointer_v<P>..., 0};

  template <size_t... I>
  static void call(void *const *arguments, std::index_sequence<I...>) {
    (void)arguments;
    Kernel(*static_cast<std::remove_const_t<P> *>(arguments[I])...);
  }

  static void run(void *const *arguments, const cudasim_launch *launch) {
    gridDim = {launch->grid[0], launch->grid[1], launch->grid[2]};
    blockDim = {launch->block[0], launch->block[1], launch->block[2]};
    for_each(launch->grid, blockIdx, [&] {
      for_each(launch->block, threadIdx,
               [&] { call(arguments, std::index_sequence_for<P...>{}); });
    });
  }
};

} // namespace cudasim

#define CUDASIM_KERNEL(name)                                                                       \
  extern "C" __attribute__((visibility("default"))) const cudasim_kernel cudasim_kernel_##name = { \
      sizeof(cudasim::describe<&name>::sizes) / sizeof(size_t) - 1,                                \
      cudasim::describe<&name>::sizes, cudasim::describe<&name>::are_pointers,                     \
      cudasim::describe<&name>::run};

#endif
#endif
