#include "sim.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_FUNCTIONS = 512 };

uint64_t sim_counters[CUDASIM_COUNTERS];
size_t sim_patience = 1;
bool sim_eager;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool initialized, forked, deinitialized;
static __thread bool in_callback;
static __thread bool entered;
static struct {
  const char *name;
  uint64_t calls;
} functions[MAX_FUNCTIONS];

/* The call that is to wait at its start, and whether one does. */
static struct {
  char function[64];
  uint64_t remaining; /* calls until it; 0: none is to wait */
  bool held;
} hold;
static pthread_cond_t hold_changed = PTHREAD_COND_INITIALIZER;

void sim_lock(void) { pthread_mutex_lock(&lock); }
void sim_unlock(void) { pthread_mutex_unlock(&lock); }
void sim_set_in_callback(bool inside) { in_callback = inside; }

/* By address: each function has its own __func__. */
static void count_call(const char *function) {
  sim_counters[CUDASIM_CALLS]++;
  size_t at = ((uintptr_t)function >> 3) % MAX_FUNCTIONS;
  for (size_t probed = 0; probed < MAX_FUNCTIONS; probed++, at = (at + 1) % MAX_FUNCTIONS) {
    if (functions[at].name == NULL || functions[at].name == function) {
      functions[at].name = function;
      functions[at].calls++;
      return;
    }
  }
}

static CUresult needs_met(sim_needs needs) {
  if (needs == NEEDS_NOTHING) {
    return CUDA_SUCCESS;
  }
  /* As with the driver, a forked child has lost its devices. */
  if (!initialized || forked) {
    return CUDA_ERROR_NOT_INITIALIZED;
  }
  if (deinitialized) {
    return CUDA_ERROR_DEINITIALIZED;
  }
  if (needs == NEEDS_INIT) {
    return CUDA_SUCCESS;
  }
  CUcontext context = sim_current();
  CUresult valid = sim_check_context(context);
  if (valid != CUDA_SUCCESS) {
    return valid;
  }
  if (context->sticky != CUDA_SUCCESS) {
    return context->sticky;
  }
  return needs == NEEDS_NO_CAPTURE ? sim_unsafe_call() : CUDA_SUCCESS;
}

static CUresult fail_on_purpose(const char *function) {
  CUresult fault = sim_fault(function);
  if (fault != CUDA_SUCCESS) {
    sim_counters[CUDASIM_FAULTS]++;
    CUcontext context = sim_current();
    if (sim_is_sticky(fault) && sim_check_context(context) == CUDA_SUCCESS) {
      context->sticky = fault;
    }
  }
  return fault;
}

/* Lets the others in meanwhile. */
static void wait_if_held(const char *function) {
  if (hold.remaining == 0 || strcmp(hold.function, function) != 0 || --hold.remaining > 0) {
    return;
  }
  hold.held = true;
  pthread_cond_broadcast(&hold_changed);
  while (hold.held) {
    pthread_cond_wait(&hold_changed, &lock);
  }
}

void cudasim_hold(const char *function, uint64_t n) {
  sim_lock();
  snprintf(hold.function, sizeof(hold.function), "%s", function);
  hold.remaining = n;
  sim_unlock();
}

CUresult cudasim_await_held(uint64_t milliseconds) {
  struct timespec end;
  clock_gettime(CLOCK_REALTIME, &end);
  end.tv_sec += (time_t)(milliseconds / 1000);
  end.tv_nsec += (long)(milliseconds % 1000) * 1000000;
  end.tv_sec += end.tv_nsec / 1000000000;
  end.tv_nsec %= 1000000000;
  sim_lock();
  int error = 0;
  while (!hold.held && error == 0) {
    error = pthread_cond_timedwait(&hold_changed, &lock, &end);
  }
  CUresult result = hold.held ? CUDA_SUCCESS : CUDA_ERROR_NOT_READY;
  sim_unlock();
  return result;
}

void cudasim_let_go(void) {
  sim_lock();
  hold.remaining = 0;
  hold.held = false;
  pthread_cond_broadcast(&hold_changed);
  sim_unlock();
}

void cudasim_deinitialize(void) {
  sim_lock();
  deinitialized = true;
  sim_unlock();
}

CUresult sim_enter(const char *function, sim_needs needs) {
  /* The lock is held by this very thread, which runs a host function. */
  if (in_callback) {
    return CUDA_ERROR_NOT_PERMITTED;
  }
  sim_lock();
  entered = true;
  count_call(function);
  wait_if_held(function);
  return fail_on_purpose(function) ?: needs_met(needs);
}

CUresult sim_leave(CUresult result) {
  if (entered && !in_callback) {
    entered = false;
    sim_unlock();
  }
  return result;
}

static void before_fork(void) { sim_lock(); }
static void after_fork_parent(void) { sim_unlock(); }
static void after_fork_child(void) {
  forked = initialized;
  sim_unlock();
}

static CUresult initialize(unsigned flags) {
  if (flags != 0) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  if (forked) {
    return CUDA_ERROR_NOT_INITIALIZED;
  }
  if (initialized) {
    return CUDA_SUCCESS;
  }
  CUresult result = sim_space_init() ?: sim_devices_init();
  if (result == CUDA_SUCCESS) {
    const char *eager = getenv("CUDASIM_EAGER");
    sim_eager = eager != NULL && strcmp(eager, "1") == 0;
    sim_faults_from_environment();
    pthread_atfork(before_fork, after_fork_parent, after_fork_child);
    initialized = true;
  }
  return result;
}

CUresult cuInit(unsigned int flags) { return CALL(NEEDS_NOTHING, initialize(flags)); }

static CUresult write_version(int *version) {
  if (version == NULL) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  *version = 13000;
  return CUDA_SUCCESS;
}

CUresult cuDriverGetVersion(int *version) { return CALL(NEEDS_NOTHING, write_version(version)); }

uint64_t cudasim_calls(const char *function) {
  uint64_t calls = 0;
  sim_lock();
  for (size_t at = 0; at < MAX_FUNCTIONS; at++) {
    if (functions[at].name != NULL && strcmp(functions[at].name, function) == 0) {
      calls += functions[at].calls;
    }
  }
  sim_unlock();
  return calls;
}
