#include "sim.h"

#include <pthread.h>

enum { MAX_DEPTH = 64 };

static __thread CUcontext stack[MAX_DEPTH];
static __thread size_t depth;

CUcontext sim_current(void) { return depth == 0 ? NULL : stack[depth - 1]; }

CUresult sim_check_context(CUcontext context) {
  if (context == NULL) {
    return CUDA_ERROR_INVALID_CONTEXT;
  }
  return sim_is_handle(context, CONTEXT) ? CUDA_SUCCESS : CUDA_ERROR_CONTEXT_IS_DESTROYED;
}

static CUresult create(CUdevice device, unsigned flags, bool primary, CUcontext *out) {
  static uint64_t ids;
  if (out == NULL) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  if (sim_find_device(device) == NULL) {
    return CUDA_ERROR_INVALID_DEVICE;
  }
  CUcontext context = sim_new_handle(CONTEXT, sizeof(*context));
  if (context == NULL) {
    return CUDA_ERROR_OUT_OF_MEMORY;
  }
  context->device = device;
  context->id = ++ids;
  context->primary = primary;
  context->flags = flags;
  CUresult result = sim_new_stream(context, CU_STREAM_DEFAULT, 0, &context->legacy);
  if (result != CUDA_SUCCESS) {
    sim_free_handle(context);
    return result;
  }
  /* It is not one of those that it waits for. */
  context->streams = context->legacy->next;
  *out = context;
  return CUDA_SUCCESS;
}

static void destroy(CUcontext context) {
  sim_force_context(context);
  sim_release_context_memory(context);
  sim_destroy_streams(context);
  sim_free_handle(context);
}

static CUresult push(CUcontext context) {
  CUresult result = context == NULL ? CUDA_ERROR_INVALID_CONTEXT : sim_check_context(context);
  if (result == CUDA_SUCCESS && depth == MAX_DEPTH) {
    result = CUDA_ERROR_OUT_OF_MEMORY;
  }
  if (result == CUDA_SUCCESS) {
    stack[depth++] = context;
  }
  return result;
}

static CUresult pop(CUcontext *context) {
  if (depth == 0) {
    return CUDA_ERROR_INVALID_CONTEXT;
  }
  depth--;
  if (context != NULL) {
    *context = stack[depth];
  }
  return CUDA_SUCCESS;
}

/* Replaces the top; NULL takes it away. */
static CUresult set(CUcontext context) {
  if (context != NULL && !sim_is_handle(context, CONTEXT)) {
    return CUDA_ERROR_INVALID_CONTEXT;
  }
  depth -= depth > 0;
  return context == NULL ? CUDA_SUCCESS : push(context);
}

CUresult cuCtxPushCurrent_v2(CUcontext ctx) { return CALL(NEEDS_INIT, push(ctx)); }
CUresult cuCtxPopCurrent_v2(CUcontext *pctx) { return CALL(NEEDS_INIT, pop(pctx)); }
CUresult cuCtxSetCurrent(CUcontext ctx) { return CALL(NEEDS_INIT, set(ctx)); }

static CUresult get_current(CUcontext *context) {
  if (context == NULL) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  *context = sim_current();
  return CUDA_SUCCESS;
}

CUresult cuCtxGetCurrent(CUcontext *pctx) { return CALL(NEEDS_INIT, get_current(pctx)); }

static CUresult retain_primary(CUcontext *context, CUdevice ordinal) {
  sim_device *device = sim_find_device(ordinal);
  if (device == NULL) {
    return CUDA_ERROR_INVALID_DEVICE;
  }
  if (context == NULL) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  if (device->primary == NULL) {
    CUresult result = create(ordinal, device->primary_flags, true, &device->primary);
    if (result != CUDA_SUCCESS) {
      return result;
    }
  }
  device->primary_references++;
  *context = device->primary;
  return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxRetain(CUcontext *pctx, CUdevice dev) {
  return CALL(NEEDS_INIT, retain_primary(pctx, dev));
}

static CUresult reset_primary(CUdevice ordinal) {
  sim_device *device = sim_find_device(ordinal);
  if (device == NULL) {
    return CUDA_ERROR_INVALID_DEVICE;
  }
  if (device->primary != NULL) {
    destroy(device->primary);
    device->primary = NULL;
  }
  device->primary_references = 0;
  return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxReset_v2(CUdevice dev) { return CALL(NEEDS_INIT, reset_primary(dev)); }

static CUresult release_primary(CUdevice ordinal) {
  sim_device *device = sim_find_device(ordinal);
  if (device == NULL) {
    return CUDA_ERROR_INVALID_DEVICE;
  }
  if (device->primary_references == 0) {
    return CUDA_ERROR_INVALID_CONTEXT;
  }
  return --device->primary_references == 0 ? reset_primary(ordinal) : CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxRelease_v2(CUdevice dev) { return CALL(NEEDS_INIT, release_primary(dev)); }

static CUresult primary_state(CUdevice ordinal, unsigned *flags, int *active) {
  sim_device *device = sim_find_device(ordinal);
  if (device == NULL) {
    return CUDA_ERROR_INVALID_DEVICE;
  }
  if (flags == NULL || active == NULL) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  *flags = device->primary_flags;
  *active = device->primary != NULL;
  return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxGetState(CUdevice dev, unsigned int *flags, int *active) {
  return CALL(NEEDS_INIT, primary_state(dev, flags, active));
}

static CUresult primary_flags(CUdevice ordinal, unsigned flags) {
  sim_device *device = sim_find_device(ordinal);
  if (device == NULL) {
    return CUDA_ERROR_INVALID_DEVICE;
  }
  device->primary_flags = flags;
  if (device->primary != NULL) {
    device->primary->flags = flags;
  }
  return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxSetFlags_v2(CUdevice dev, unsigned int flags) {
  return CALL(NEEDS_INIT, primary_flags(dev, flags));
}

static CUresult create_and_push(CUcontext *context, unsigned flags, CUdevice device) {
  return create(device, flags, false, context) ?: push(*context);
}

CUresult cuCtxCreate_v2(CUcontext *pctx, unsigned int flags, CUdevice dev) {
  return CALL(NEEDS_INIT, create_and_push(pctx, flags, dev));
}

static CUresult destroy_created(CUcontext context) {
  if (sim_check_context(context) != CUDA_SUCCESS || context->primary) {
    return CUDA_ERROR_INVALID_CONTEXT;
  }
  destroy(context);
  /* Current elsewhere it stays, as one that is destroyed. */
  depth -= depth > 0 && stack[depth - 1] == context;
  return CUDA_SUCCESS;
}

CUresult cuCtxDestroy_v2(CUcontext ctx) { return CALL(NEEDS_INIT, destroy_created(ctx)); }

static CUresult get_device(CUdevice *device) {
  if (device == NULL) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  *device = sim_current()->device;
  return CUDA_SUCCESS;
}

CUresult cuCtxGetDevice(CUdevice *device) { return CALL(NEEDS_CONTEXT, get_device(device)); }

static CUresult synchronize(void) {
  CUcontext context = sim_current();
  sim_force_context(context);
  return context->sticky;
}

CUresult cuCtxSynchronize(void) { return CALL(NEEDS_NO_CAPTURE, synchronize()); }

static CUresult get_id(CUcontext context, unsigned long long *id) {
  context = context == NULL ? sim_current() : context;
  CUresult result = sim_check_context(context);
  if (result == CUDA_SUCCESS) {
    *id = context->id;
  }
  return result;
}

CUresult cuCtxGetId(CUcontext ctx, unsigned long long *ctxId) {
  return CALL(NEEDS_INIT, ctxId == NULL ? CUDA_ERROR_INVALID_VALUE : get_id(ctx, ctxId));
}

static CUresult get_flags(unsigned *flags) {
  *flags = sim_current()->flags;
  return CUDA_SUCCESS;
}

CUresult cuCtxGetFlags(unsigned int *flags) {
  return CALL(NEEDS_CONTEXT, flags == NULL ? CUDA_ERROR_INVALID_VALUE : get_flags(flags));
}

static CUresult api_version(CUcontext context, unsigned *version) {
  context = context == NULL ? sim_current() : context;
  CUresult result = sim_check_context(context);
  if (result == CUDA_SUCCESS) {
    *version = 3020;
  }
  return result;
}

CUresult cuCtxGetApiVersion(CUcontext ctx, unsigned int *version) {
  return CALL(NEEDS_INIT, version == NULL ? CUDA_ERROR_INVALID_VALUE : api_version(ctx, version));
}

static CUresult priority_range(int *least, int *greatest) {
  if (least != NULL) {
    *least = 0;
  }
  if (greatest != NULL) {
    *greatest = -5;
  }
  return CUDA_SUCCESS;
}

CUresult cuCtxGetStreamPriorityRange(int *leastPriority, int *greatestPriority) {
  return CALL(NEEDS_CONTEXT, priority_range(leastPriority, greatestPriority));
}

static CUresult change_peer(CUcontext peer, bool enable) {
  CUcontext context = sim_current();
  CUresult result = sim_check_context(peer);
  if (result != CUDA_SUCCESS || peer->device == context->device) {
    return CUDA_ERROR_INVALID_CONTEXT;
  }
  uint32_t bit = UINT32_C(1) << peer->device;
  if (((context->peers & bit) != 0) == enable) {
    return enable ? CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED : CUDA_ERROR_PEER_ACCESS_NOT_ENABLED;
  }
  context->peers ^= bit;
  return CUDA_SUCCESS;
}

CUresult cuCtxEnablePeerAccess(CUcontext peerContext, unsigned int Flags) {
  return CALL(NEEDS_CONTEXT,
              Flags != 0 ? CUDA_ERROR_INVALID_VALUE : change_peer(peerContext, true));
}

CUresult cuCtxDisablePeerAccess(CUcontext peerContext) {
  return CALL(NEEDS_CONTEXT, change_peer(peerContext, false));
}
