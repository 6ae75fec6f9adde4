#include "sim.h"

#include "cudasim_kernel.h"

#include <ctype.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PARAMETERS = 64 };

struct CUfunc_st {
  CUmodule module;
  const cudasim_kernel *kernel;
  CUfunction next;
};

struct CUmod_st {
  CUcontext context;
  char *ptx; /* NULL: a binary image, which names nothing that we can read */
  CUfunction functions;
};

/* Images that the driver takes: PTX is text, a cubin is ELF, a fat binary has a magic of its own. */
static bool is_binary(const void *image) {
  return memcmp(image, "\177ELF", 4) == 0 || memcmp(image, "\x50\xed\x55\xba", 4) == 0;
}

static CUresult load(CUmodule *out, const char *image) {
  if (out == NULL || image == NULL) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  bool binary = is_binary(image);
  if (!binary && strstr(image, ".version") == NULL) {
    return CUDA_ERROR_INVALID_IMAGE;
  }
  CUmodule module = sim_new_handle(MODULE, sizeof(*module));
  if (module == NULL) {
    return CUDA_ERROR_OUT_OF_MEMORY;
  }
  module->context = sim_current();
  module->ptx = binary ? NULL : strdup(image);
  *out = module;
  return CUDA_SUCCESS;
}

CUresult cuModuleLoadData(CUmodule *module, const void *image) {
  return CALL(NEEDS_NO_CAPTURE, load(module, image));
}

CUresult cuModuleLoadDataEx(CUmodule *module, const void *image, unsigned int numOptions,
                            int *options, void **optionValues) {
  (void)numOptions, (void)options, (void)optionValues;
  return CALL(NEEDS_NO_CAPTURE, load(module, image));
}

CUresult cuModuleLoadFatBinary(CUmodule *module, const void *fatCubin) {
  return CALL(NEEDS_NO_CAPTURE, load(module, fatCubin));
}

static CUresult load_file(CUmodule *module, const char *name) {
  FILE *file = name == NULL ? NULL : fopen(name, "rbe");
  if (file == NULL) {
    return name == NULL ? CUDA_ERROR_INVALID_VALUE : CUDA_ERROR_FILE_NOT_FOUND;
  }
  fseek(file, 0, SEEK_END);
  long bytes = ftell(file);
  rewind(file);
  char *image = bytes < 0 ? NULL : calloc(1, (size_t)bytes + 4);
  bool complete = image != NULL && fread(image, 1, (size_t)bytes, file) == (size_t)bytes;
  fclose(file);
  CUresult result = complete ? load(module, image) : CUDA_ERROR_INVALID_IMAGE;
  free(image);
  return result;
}

CUresult cuModuleLoad(CUmodule *module, const char *fname) {
  return CALL(NEEDS_NO_CAPTURE, load_file(module, fname));
}

static CUresult unload(CUmodule module) {
  if (!sim_is_handle(module, MODULE)) {
    return CUDA_ERROR_INVALID_HANDLE;
  }
  while (module->functions != NULL) {
    CUfunction function = module->functions;
    module->functions = function->next;
    sim_free_handle(function);
  }
  free(module->ptx);
  sim_free_handle(module);
  return CUDA_SUCCESS;
}

CUresult cuModuleUnload(CUmodule hmod) { return CALL(NEEDS_CONTEXT, unload(hmod)); }

static bool names_entry(const char *ptx, const char *name) {
  size_t length = strlen(name);
  while ((ptx = strstr(ptx, ".entry")) != NULL) {
    ptx += strlen(".entry");
    ptx += strspn(ptx, " \t\r\n");
    if (strncmp(ptx, name, length) == 0 && !isalnum((unsigned char)ptx[length]) &&
        ptx[length] != '_' && ptx[length] != '$') {
      return true;
    }
  }
  return false;
}

/* In the process itself first, then in the shared objects of CUDASIM_KERNELS. */
static const cudasim_kernel *find_kernel(const char *name) {
  char symbol[256], path[4096];
  snprintf(symbol, sizeof(symbol), "cudasim_kernel_%s", name);
  const cudasim_kernel *kernel = dlsym(RTLD_DEFAULT, symbol);
  const char *list = getenv("CUDASIM_KERNELS");
  while (kernel == NULL && list != NULL && *list != '\0') {
    int length = (int)strcspn(list, ":");
    snprintf(path, sizeof(path), "%.*s", length, list);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
      fprintf(stderr, "cudasim: CUDASIM_KERNELS: %s\n", dlerror());
    } else {
      kernel = dlsym(library, symbol);
    }
    list += length;
    list += *list == ':';
  }
  return kernel;
}

static CUresult get_function(CUfunction *out, CUmodule module, const char *name) {
  if (out == NULL || name == NULL) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  if (!sim_is_handle(module, MODULE)) {
    return CUDA_ERROR_INVALID_HANDLE;
  }
  const cudasim_kernel *kernel =
      module->ptx == NULL || names_entry(module->ptx, name) ? find_kernel(name) : NULL;
  if (kernel == NULL || kernel->parameters > MAX_PARAMETERS) {
    return CUDA_ERROR_NOT_FOUND;
  }
  CUfunction function = sim_new_handle(FUNCTION, sizeof(*function));
  if (function == NULL) {
    return CUDA_ERROR_OUT_OF_MEMORY;
  }
  *function = (struct CUfunc_st){module, kernel, module->functions};
  module->functions = function;
  *out = function;
  return CUDA_SUCCESS;
}

CUresult cuModuleGetFunction(CUfunction *hfunc, CUmodule hmod, const char *name) {
  return CALL(NEEDS_CONTEXT, get_function(hfunc, hmod, name));
}

/* Parameters are taken by value at the launch, as the driver does. */
typedef struct {
  CUcontext context;
  const cudasim_kernel *kernel;
  cudasim_launch shape;
  void *arguments[MAX_PARAMETERS];
  _Alignas(16) unsigned char values[];
} launch;

/* As on a device, a pointer to memory that is gone ends everything in this context. */
static CUresult run_launch(void *work) {
  launch *l = work;
  for (size_t i = 0; i < l->kernel->parameters; i++) {
    CUdeviceptr pointer;
    if (!l->kernel->are_pointers[i]) {
      continue;
    }
    memcpy(&pointer, l->arguments[i], sizeof(pointer));
    if (pointer != 0) {
      void *seen = sim_open(l->context, pointer, 1, READS);
      if (seen == NULL) {
        return CUDA_ERROR_ILLEGAL_ADDRESS;
      }
      memcpy(l->arguments[i], &seen, sizeof(seen));
    }
  }
  l->kernel->run(l->arguments, &l->shape);
  return CUDA_SUCCESS;
}

static launch *new_launch(const cudasim_kernel *kernel, void **parameters) {
  size_t bytes = 0;
  for (size_t i = 0; i < kernel->parameters; i++) {
    bytes += sim_round_up(kernel->sizes[i], 16);
  }
  launch *work = calloc(1, sizeof(*work) + bytes);
  unsigned char *value = work == NULL ? NULL : work->values;
  for (size_t i = 0; work != NULL && i < kernel->parameters; i++) {
    work->arguments[i] = memcpy(value, parameters[i], kernel->sizes[i]);
    value += sim_round_up(kernel->sizes[i], 16);
  }
  return work;
}

static bool is_possible(const cudasim_launch *shape) {
  const unsigned *g = shape->grid, *b = shape->block;
  return g[0] > 0 && g[1] > 0 && g[2] > 0 && b[0] > 0 && b[1] > 0 && b[2] > 0 && b[0] <= 1024 &&
         b[1] <= 1024 && b[2] <= 64 && (size_t)b[0] * b[1] * b[2] <= 1024;
}

static CUresult launch_kernel(CUfunction function, cudasim_launch shape, CUstream handle,
                              CUstream null_stream, void **parameters, void **extra) {
  CUstream stream;
  if (!sim_is_handle(function, FUNCTION)) {
    return CUDA_ERROR_INVALID_HANDLE;
  }
  CUresult result = sim_resolve(handle, null_stream, &stream);
  if (result != CUDA_SUCCESS) {
    return result;
  }
  if (extra != NULL) {
    return CUDA_ERROR_NOT_SUPPORTED; /* packed parameters; kernelParams is there */
  }
  if (!is_possible(&shape) || (parameters == NULL && function->kernel->parameters > 0)) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  launch *work = new_launch(function->kernel, parameters);
  if (work == NULL) {
    return CUDA_ERROR_OUT_OF_MEMORY;
  }
  work->context = stream->context;
  work->kernel = function->kernel;
  work->shape = shape;
  return sim_submit(stream, run_launch, work, NULL, NULL);
}

STREAM_CALL(cuLaunchKernel, _ptsz,
            (CUfunction f, unsigned int gridDimX, unsigned int gridDimY, unsigned int gridDimZ,
             unsigned int blockDimX, unsigned int blockDimY, unsigned int blockDimZ,
             unsigned int sharedMemBytes, CUstream hStream, void **kernelParams, void **extra),
            ((void)sharedMemBytes,
             launch_kernel(f,
                           (cudasim_launch){{gridDimX, gridDimY, gridDimZ},
                                            {blockDimX, blockDimY, blockDimZ}},
                           hStream, null_stream, kernelParams, extra)))

static CUresult get_module(CUmodule *module, CUfunction function) {
  if (module == NULL || !sim_is_handle(function, FUNCTION)) {
    return module == NULL ? CUDA_ERROR_INVALID_VALUE : CUDA_ERROR_INVALID_HANDLE;
  }
  *module = function->module;
  return CUDA_SUCCESS;
}

CUresult cuFuncGetModule(CUmodule *hmod, CUfunction hfunc) {
  return CALL(NEEDS_INIT, get_module(hmod, hfunc));
}
