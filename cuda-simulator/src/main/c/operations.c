#include "sim.h"

#include <stdlib.h>
#include <time.h>

/* Work that nobody has forced yet, in the order of submission, which is an order that satisfies all. */
static sim_operation *first, *last;
static uint64_t sequence;

double sim_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

sim_operation *sim_retain_operation(sim_operation *operation) {
  if (operation != NULL) {
    operation->references++;
  }
  return operation;
}

void sim_drop_operation(sim_operation **operation) {
  sim_operation *dropped = *operation;
  *operation = NULL;
  /* What is pending is held by the list of pending ones, so here nothing before it is left. */
  if (dropped != NULL && --dropped->references == 0) {
    free(dropped);
  }
}

void sim_operation_after(sim_operation *operation, sim_operation *earlier) {
  if (earlier == NULL || earlier->done || earlier == operation) {
    return;
  }
  sim_operation **grown =
      realloc(operation->after, (operation->after_count + 1) * sizeof(*operation->after));
  if (grown == NULL) {
    abort(); /* an order that is not kept would be a lie */
  }
  operation->after = grown;
  operation->after[operation->after_count++] = sim_retain_operation(earlier);
}

/* Drops a reference on an earlier operation that is done. */
static void forget(sim_operation *operation) {
  for (size_t i = 0; i < operation->after_count; i++) {
    sim_drop_operation(&operation->after[i]);
  }
  free(operation->after);
  operation->after = NULL;
  operation->after_count = 0;
}

static void append(sim_operation *operation) {
  operation->previous = last;
  *(last == NULL ? &first : &last->next) = operation;
  last = operation;
  sim_counters[CUDASIM_OPERATIONS_SUBMITTED]++;
  sim_counters[CUDASIM_OPERATIONS_PENDING]++;
}

static void unlink_operation(sim_operation *operation) {
  *(operation->previous == NULL ? &first : &operation->previous->next) = operation->next;
  *(operation->next == NULL ? &last : &operation->next->previous) = operation->previous;
  operation->next = operation->previous = NULL;
  sim_counters[CUDASIM_OPERATIONS_PENDING]--;
}

static void drop_work(void *work, void (*drop)(void *)) {
  if (drop == NULL) {
    free(work);
  } else {
    drop(work);
  }
}

static void run(sim_operation *operation) {
  CUcontext context = operation->context;
  unlink_operation(operation);
  /* A context that has failed runs nothing any more, yet nobody waits for ever. */
  if (context->sticky == CUDA_SUCCESS) {
    CUresult result = sim_fault("operation");
    if (result != CUDA_SUCCESS) {
      sim_counters[CUDASIM_FAULTS]++;
    } else if (operation->run != NULL) {
      result = operation->run(operation->work);
    }
    context->sticky = result;
  }
  drop_work(operation->work, operation->drop);
  operation->work = NULL;
  operation->done = true;
  operation->ran_at = sim_now();
  sim_counters[CUDASIM_OPERATIONS_RUN]++;
  forget(operation);
  sim_drop_remote(operation->remote);
  operation->remote = NULL;
  sim_drop_operation(&operation);
}

/*
 * The order of the default streams: what goes to the legacy stream comes after all that is in blocking
 * streams, and before all that comes to them later. The per-thread streams are blocking ones.
 */
static void order(sim_operation *operation, CUstream stream) {
  CUcontext context = stream->context;
  sim_operation_after(operation, stream->last);
  if (stream == context->legacy) {
    for (CUstream other = context->streams; other != NULL; other = other->next) {
      if (sim_is_blocking(other)) {
        sim_operation_after(operation, other->last);
      }
    }
  } else if (sim_is_blocking(stream)) {
    sim_operation_after(operation, context->legacy->last);
  }
}

CUresult sim_submit(CUstream stream, CUresult (*run_work)(void *), void *work,
                    void (*drop)(void *), sim_operation **out) {
  if (out != NULL) {
    *out = NULL;
  }
  CUresult result = sim_capture_check(stream);
  if (result != CUDA_SUCCESS || stream->capture != NULL) {
    drop_work(work, drop);
    if (result == CUDA_SUCCESS) {
      stream->capture->operations++;
    }
    return result;
  }
  sim_operation *operation = calloc(1, sizeof(*operation));
  if (operation == NULL) {
    drop_work(work, drop);
    return CUDA_ERROR_OUT_OF_MEMORY;
  }
  operation->sequence = ++sequence;
  operation->references = 1; /* the list's */
  operation->context = stream->context;
  operation->run = run_work;
  operation->work = work;
  operation->drop = drop;
  order(operation, stream);
  append(operation);
  sim_drop_operation(&stream->last);
  stream->last = sim_retain_operation(operation);
  if (out != NULL) {
    *out = sim_retain_operation(operation);
  }
  if (sim_eager) {
    sim_force(operation);
  }
  return CUDA_SUCCESS;
}

/* Backwards through the order, so that one pass reaches all: what is needed was submitted earlier. */
static void want_what_is_before(sim_operation *from) {
  for (sim_operation *operation = from; operation != NULL; operation = operation->previous) {
    if (operation->wanted) {
      for (size_t i = 0; i < operation->after_count; i++) {
        operation->after[i]->wanted = true;
      }
    }
  }
}

/* Another process must come first: asks for it, lets others in meanwhile, and says that it did. */
static bool waited_for_another_process(void) {
  for (sim_operation *operation = first; operation != NULL; operation = operation->next) {
    if (operation->wanted && operation->remote != NULL &&
        !sim_remote_is_done(operation->remote, operation->remote_point)) {
      sim_remote_demand(operation->remote, operation->remote_point);
      return true;
    }
  }
  return false;
}

static void run_wanted(void) {
  do {
    want_what_is_before(last);
  } while (waited_for_another_process());
  for (sim_operation *operation = first, *next; operation != NULL; operation = next) {
    next = operation->next;
    if (operation->wanted) {
      run(operation);
    }
  }
}

void sim_force(sim_operation *operation) {
  if (operation != NULL && !operation->done) {
    operation->wanted = true;
    run_wanted();
  }
}

CUresult sim_query(sim_operation *operation) {
  if (operation == NULL || operation->done) {
    return CUDA_SUCCESS;
  }
  if (operation->queries < sim_patience || sim_patience == SIZE_MAX) {
    operation->queries++;
    return CUDA_ERROR_NOT_READY;
  }
  sim_force(operation);
  return CUDA_SUCCESS;
}

void sim_force_context(CUcontext context) {
  for (sim_operation *operation = first; operation != NULL; operation = operation->next) {
    operation->wanted = operation->wanted || operation->context == context;
  }
  run_wanted();
}

void sim_force_all(void) {
  for (sim_operation *operation = first; operation != NULL; operation = operation->next) {
    operation->wanted = true;
  }
  run_wanted();
}
