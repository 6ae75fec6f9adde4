package org.dlpack4j.it;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Actions that start at the same time, each on a thread of its own, again and again. */
final class Contest implements AutoCloseable {

  private final ExecutorService threads = Executors.newCachedThreadPool();

  /** The actions' results, in their order. */
  @SafeVarargs
  final <T> List<T> of(Callable<T>... actions) throws Exception {
    CyclicBarrier start = new CyclicBarrier(actions.length);
    List<Future<T>> running = new ArrayList<>();
    for (Callable<T> action : actions) {
      running.add(
          threads.submit(
              () -> {
                start.await();
                return action.call();
              }));
    }
    List<T> results = new ArrayList<>();
    for (Future<T> result : running) {
      results.add(result.get());
    }
    return results;
  }

  @Override
  public void close() {
    threads.close();
  }
}
