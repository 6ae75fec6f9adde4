#include "sim.h"

#include <stdlib.h>
#include <string.h>

/* A rectangle of bytes; a plain copy has one row. */
typedef struct {
  CUdeviceptr to, from;
  CUcontext to_context, from_context;
  size_t width, height, to_pitch, from_pitch;
  bool with_host; /* one of the sides is the host's, managed memory included if it is said so */
  unsigned char staged[]; /* what from is, where the host's bytes were taken at the call */
} copy;

typedef struct {
  CUdeviceptr to;
  CUcontext context;
  size_t pitch, width, height; /* the width in elements */
  size_t element;
  unsigned value;
} fill;

static bool is_pageable(CUdeviceptr address) {
  return sim_is_host_pointer(address) && sim_find_region(address) == NULL;
}

static size_t span_of(size_t width, size_t height, size_t pitch) {
  return height == 0 ? 0 : (height - 1) * pitch + width;
}

/* Where source bytes were freed, poison arrives; where the destination was, nothing. */
static CUresult run_copy(void *work) {
  copy *c = work;
  char *to = sim_open(c->to_context, c->to, span_of(c->width, c->height, c->to_pitch), WRITES);
  const char *from =
      sim_open(c->from_context, c->from, span_of(c->width, c->height, c->from_pitch), READS);
  for (size_t row = 0; to != NULL && row < c->height; row++) {
    if (from == NULL) {
      memset(to + row * c->to_pitch, CUDASIM_POISON, c->width);
    } else {
      memmove(to + row * c->to_pitch, from + row * c->from_pitch, c->width);
    }
  }
  return CUDA_SUCCESS;
}

static bool is_known(CUcontext context, CUdeviceptr address, size_t bytes, bool write) {
  return sim_is_host_pointer(address) || sim_is_covered(address, bytes, context->device, write);
}

/* Takes the source's bytes now if it is pageable: the driver stages those before it returns. */
static copy *new_copy(const copy *description) {
  size_t bytes = span_of(description->width, description->height, description->from_pitch);
  bool staged = is_pageable(description->from);
  copy *work = malloc(sizeof(*work) + (staged ? bytes : 0));
  if (work != NULL) {
    *work = *description;
    if (staged) {
      memcpy(work->staged, (const void *)(uintptr_t)work->from, bytes);
      work->from = (uintptr_t)work->staged;
    }
  }
  return work;
}

static CUresult submit_copy(const copy *description, CUstream stream, sim_operation **operation) {
  copy *work = new_copy(description);
  return work == NULL ? CUDA_ERROR_OUT_OF_MEMORY
                      : sim_submit(stream, run_copy, work, NULL, operation);
}

/*
 * The driver's rules about what the host waits for. To pageable memory: for the copy. From pinned or to
 * pinned memory: for the copy if the call is a synchronous one. From pageable memory: for what is before
 * it in the stream if synchronous, for nothing else; the bytes are staged. Between devices: never.
 */
static CUresult copy_in(copy *c, CUstream handle, CUstream null_stream, bool synchronous) {
  CUstream stream;
  CUresult result = sim_resolve(handle, null_stream, &stream);
  if (result != CUDA_SUCCESS || c->width == 0 || c->height == 0) {
    return result;
  }
  if (!is_known(c->to_context, c->to, span_of(c->width, c->height, c->to_pitch), true) ||
      !is_known(c->from_context, c->from, span_of(c->width, c->height, c->from_pitch), false)) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  bool blocks = stream->capture == NULL &&
                (is_pageable(c->to) || (synchronous && c->with_host && !is_pageable(c->from)));
  if (synchronous && c->with_host) {
    result = sim_refuse_captured(stream);
    sim_operation *before = NULL;
    result = result ?: sim_submit(stream, NULL, NULL, NULL, &before);
    sim_force(before);
    sim_drop_operation(&before);
  }
  sim_operation *operation = NULL;
  result = result ?: submit_copy(c, stream, &operation);
  if (result == CUDA_SUCCESS && blocks) {
    sim_force(operation);
    result = stream->context->sticky;
  }
  sim_drop_operation(&operation);
  return result;
}

static CUresult plain(CUdeviceptr to, CUdeviceptr from, size_t bytes, bool with_host,
                      CUstream stream, CUstream null_stream, bool synchronous) {
  CUcontext context = sim_current();
  copy c = {.to = to, .from = from, .to_context = context, .from_context = context,
            .width = bytes, .height = 1, .with_host = with_host};
  return copy_in(&c, stream, null_stream, synchronous);
}

/* The side that is said to be the device's must be. */
static CUresult typed(CUdeviceptr to, bool to_device, CUdeviceptr from, bool from_device,
                      size_t bytes, CUstream stream, CUstream null_stream, bool synchronous) {
  if (bytes > 0 && ((to_device && sim_find_region(to) == NULL) ||
                    (from_device && sim_find_region(from) == NULL))) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  return plain(to, from, bytes, !to_device || !from_device, stream, null_stream, synchronous);
}

static bool is_host_memory(CUdeviceptr address) {
  sim_region *region = sim_find_region(address);
  return sim_is_host_pointer(address) || (region != NULL && region->kind == HOST);
}

static CUresult inferred(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream,
                         CUstream null_stream, bool synchronous) {
  bool with_host = is_host_memory(to) || is_host_memory(from);
  return plain(to, from, bytes, with_host, stream, null_stream, synchronous);
}

#define HOST_ADDRESS(pointer) ((CUdeviceptr)(uintptr_t)(pointer))

STREAM_CALL(cuMemcpyHtoD_v2, _ptds, (CUdeviceptr dst, const void *src, size_t bytes),
            typed(dst, true, HOST_ADDRESS(src), false, bytes, NULL, null_stream, true))
STREAM_CALL(cuMemcpyDtoH_v2, _ptds, (void *dst, CUdeviceptr src, size_t bytes),
            typed(HOST_ADDRESS(dst), false, src, true, bytes, NULL, null_stream, true))
STREAM_CALL(cuMemcpyDtoD_v2, _ptds, (CUdeviceptr dst, CUdeviceptr src, size_t bytes),
            typed(dst, true, src, true, bytes, NULL, null_stream, true))
STREAM_CALL(cuMemcpy, _ptds, (CUdeviceptr dst, CUdeviceptr src, size_t bytes),
            inferred(dst, src, bytes, NULL, null_stream, true))
STREAM_CALL(cuMemcpyHtoDAsync_v2, _ptsz,
            (CUdeviceptr dst, const void *src, size_t bytes, CUstream hStream),
            typed(dst, true, HOST_ADDRESS(src), false, bytes, hStream, null_stream, false))
STREAM_CALL(cuMemcpyDtoHAsync_v2, _ptsz,
            (void *dst, CUdeviceptr src, size_t bytes, CUstream hStream),
            typed(HOST_ADDRESS(dst), false, src, true, bytes, hStream, null_stream, false))
STREAM_CALL(cuMemcpyDtoDAsync_v2, _ptsz,
            (CUdeviceptr dst, CUdeviceptr src, size_t bytes, CUstream hStream),
            typed(dst, true, src, true, bytes, hStream, null_stream, false))
STREAM_CALL(cuMemcpyAsync, _ptsz,
            (CUdeviceptr dst, CUdeviceptr src, size_t bytes, CUstream hStream),
            inferred(dst, src, bytes, hStream, null_stream, false))

static CUresult peer(CUdeviceptr to, CUcontext to_context, CUdeviceptr from, CUcontext from_context,
                     size_t bytes, CUstream stream, CUstream null_stream) {
  CUresult result = sim_check_context(to_context) ?: sim_check_context(from_context);
  copy c = {.to = to, .from = from, .to_context = to_context, .from_context = from_context,
            .width = bytes, .height = 1};
  return result ?: copy_in(&c, stream, null_stream, false);
}

STREAM_CALL(cuMemcpyPeer, _ptds,
            (CUdeviceptr dst, CUcontext dstContext, CUdeviceptr src, CUcontext srcContext,
             size_t bytes),
            peer(dst, dstContext, src, srcContext, bytes, NULL, null_stream))
STREAM_CALL(cuMemcpyPeerAsync, _ptsz,
            (CUdeviceptr dst, CUcontext dstContext, CUdeviceptr src, CUcontext srcContext,
             size_t bytes, CUstream hStream),
            peer(dst, dstContext, src, srcContext, bytes, hStream, null_stream))

static bool side(CUmemorytype type, const void *host, CUdeviceptr device, size_t x, size_t y,
                 size_t pitch, CUdeviceptr *address) {
  if (type != CU_MEMORYTYPE_HOST && type != CU_MEMORYTYPE_DEVICE && type != CU_MEMORYTYPE_UNIFIED) {
    return false;
  }
  *address = (type == CU_MEMORYTYPE_HOST ? HOST_ADDRESS(host) : device) + y * pitch + x;
  return true;
}

static CUresult rectangle(const CUDA_MEMCPY2D *d, CUstream stream, CUstream null_stream,
                          bool synchronous) {
  if (d == NULL) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  CUcontext context = sim_current();
  copy c = {.to_context = context, .from_context = context,
            .to_pitch = d->dstPitch == 0 ? d->WidthInBytes : d->dstPitch,
            .from_pitch = d->srcPitch == 0 ? d->WidthInBytes : d->srcPitch,
            .width = d->WidthInBytes, .height = d->Height,
            .with_host = d->dstMemoryType == CU_MEMORYTYPE_HOST ||
                         d->srcMemoryType == CU_MEMORYTYPE_HOST};
  if (!side(d->dstMemoryType, d->dstHost, d->dstDevice, d->dstXInBytes, d->dstY, c.to_pitch,
            &c.to) ||
      !side(d->srcMemoryType, d->srcHost, d->srcDevice, d->srcXInBytes, d->srcY, c.from_pitch,
            &c.from) ||
      c.to_pitch < c.width || c.from_pitch < c.width) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  return copy_in(&c, stream, null_stream, synchronous);
}

STREAM_CALL(cuMemcpy2D_v2, _ptds, (const CUDA_MEMCPY2D *pCopy),
            rectangle(pCopy, NULL, null_stream, true))
STREAM_CALL(cuMemcpy2DUnaligned_v2, _ptds, (const CUDA_MEMCPY2D *pCopy),
            rectangle(pCopy, NULL, null_stream, true))
STREAM_CALL(cuMemcpy2DAsync_v2, _ptsz, (const CUDA_MEMCPY2D *pCopy, CUstream hStream),
            rectangle(pCopy, hStream, null_stream, false))

static CUresult run_fill(void *work) {
  fill *f = work;
  size_t bytes = span_of(f->width * f->element, f->height, f->pitch);
  char *to = sim_open(f->context, f->to, bytes, WRITES);
  for (size_t row = 0; to != NULL && row < f->height; row++) {
    for (size_t i = 0; i < f->width; i++) {
      memcpy(to + row * f->pitch + i * f->element, &f->value, f->element);
    }
  }
  return CUDA_SUCCESS;
}

/* Never waits, but for pinned memory; the values are little-endian, as everything here. */
static CUresult set(fill f, CUstream handle, CUstream null_stream) {
  CUstream stream;
  CUresult result = sim_resolve(handle, null_stream, &stream);
  if (result != CUDA_SUCCESS || f.width == 0 || f.height == 0) {
    return result;
  }
  f.context = sim_current();
  f.pitch = f.height == 1 ? f.width * f.element : f.pitch;
  if (f.to % f.element != 0 || f.pitch < f.width * f.element ||
      !sim_is_covered(f.to, span_of(f.width * f.element, f.height, f.pitch), f.context->device,
                      true)) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  fill *work = malloc(sizeof(*work));
  if (work == NULL) {
    return CUDA_ERROR_OUT_OF_MEMORY;
  }
  *work = f;
  return sim_submit(stream, run_fill, work, NULL, NULL);
}

#define MEMSET(bits, type)                                                                         \
  STREAM_CALL(cuMemsetD##bits##_v2, _ptds, (CUdeviceptr dst, type value, size_t n),                \
              set((fill){.to = dst, .width = n, .height = 1, .element = sizeof(type),              \
                         .value = value},                                                          \
                  NULL, null_stream))                                                              \
  STREAM_CALL(cuMemsetD##bits##Async, _ptsz,                                                       \
              (CUdeviceptr dst, type value, size_t n, CUstream hStream),                           \
              set((fill){.to = dst, .width = n, .height = 1, .element = sizeof(type),              \
                         .value = value},                                                          \
                  hStream, null_stream))                                                           \
  STREAM_CALL(cuMemsetD2D##bits##_v2, _ptds,                                                       \
              (CUdeviceptr dst, size_t pitch, type value, size_t width, size_t height),            \
              set((fill){.to = dst, .pitch = pitch, .width = width, .height = height,              \
                         .element = sizeof(type), .value = value},                                 \
                  NULL, null_stream))                                                              \
  STREAM_CALL(cuMemsetD2D##bits##Async, _ptsz,                                                     \
              (CUdeviceptr dst, size_t pitch, type value, size_t width, size_t height,             \
               CUstream hStream),                                                                  \
              set((fill){.to = dst, .pitch = pitch, .width = width, .height = height,              \
                         .element = sizeof(type), .value = value},                                 \
                  hStream, null_stream))

MEMSET(8, unsigned char)
MEMSET(16, unsigned short)
MEMSET(32, unsigned int)
