#ifndef DLPACK4J_THREADS_H
#define DLPACK4J_THREADS_H

/* Runs body(0, context) to body(count - 1, context), each on a thread of its own, all let go at the
 * same moment; returns when all are done. */
void run_together(int count, void (*body)(int index, void *context), void *context);

#endif
