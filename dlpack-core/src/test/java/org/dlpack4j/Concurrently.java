package org.dlpack4j;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Several threads that start together. */
public final class Concurrently {

  /** What each thread does. */
  public interface Task {
    /** Anything thrown fails the test. */
    void run(int thread) throws Exception;
  }

  private Concurrently() {}

  /** Returns when all are done. */
  public static void run(int threads, Task task) throws InterruptedException {
    CyclicBarrier start = new CyclicBarrier(threads);
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      List<Future<Boolean>> tasks = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        int thread = i;
        tasks.add(
            executor.submit(
                () -> {
                  start.await();
                  task.run(thread);
                  return true;
                }));
      }
      for (Future<Boolean> running : tasks) {
        running.get();
      }
    } catch (ExecutionException e) {
      throw new AssertionError("a thread failed", e.getCause());
    }
  }
}
