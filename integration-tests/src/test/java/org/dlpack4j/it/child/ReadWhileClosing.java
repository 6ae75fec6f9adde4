package org.dlpack4j.it.child;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.dlpack4j.DataType;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.elements.TensorElements;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.TensorImporter;
import org.dlpack4j.it.HostileFields;
import org.dlpack4j.it.HostileProducer;
import org.dlpack4j.it.HostileTensor;

/**
 * One thread reads tensor after tensor in every way there is, another ends each while it is read.
 * Once its deleter has run, its memory faults: a read gets the data or is refused, or this process
 * dies.
 */
public final class ReadWhileClosing {

  private static final int NUMBERS = 512; // a whole page
  private static final double VALUE = 1.5;

  private final Random random = new Random(12);
  private final AtomicLong reads = new AtomicLong();
  private final int mostReads;
  private final double[] copy = new double[NUMBERS];

  private ReadWhileClosing(int mostReads) {
    this.mostReads = mostReads;
  }

  /** Arguments: how many tensors, and how often each is read at most before it is closed. */
  public static void main(String[] args) throws Exception {
    int tensors = Integer.parseInt(args[0]);
    ReadWhileClosing test = new ReadWhileClosing(Integer.parseInt(args[1]));
    try (ExecutorService reader = Executors.newSingleThreadExecutor()) {
      for (int i = 0; i < tensors; i++) {
        test.readOneWhileClosing(reader, i);
      }
    }
    Expect.that("expected reads of every tensor", test.reads.get() >= tensors);
    System.out.println("survived");
  }

  private void readOneWhileClosing(ExecutorService reader, int number) throws Exception {
    MemorySegment data = HostileProducer.map(NUMBERS * JAVA_DOUBLE.byteSize());
    for (int i = 0; i < NUMBERS; i++) {
      data.setAtIndex(JAVA_DOUBLE, i, VALUE);
    }
    HostileTensor tensor =
        HostileFields.of(Flavour.VERSIONED, data, DataType.FLOAT64, NUMBERS).make().owning(data);
    Arena arena = Arena.ofShared();
    boolean inArena = number % 5 == 0;
    TensorImporter importer = TensorImporter.versioned();
    ImportedTensor imported =
        inArena
            ? importer.adopt(tensor.managed(), arena)
            : importer.shared().adopt(tensor.managed());

    long before = reads.get();
    Future<?> refused = reader.submit(() -> readUntilRefused(imported, number));
    long enough = before + 1 + random.nextInt(mostReads);
    while (reads.get() < enough && !refused.isDone()) {
      Thread.onSpinWait();
    }
    Expect.that("expected reads until the close", !refused.isDone());
    if (inArena) {
      arena.close();
    } else {
      imported.close();
    }
    Expect.equal("deletes", 1, tensor.deletes());
    refused.get();
    if (!inArena) {
      arena.close();
    }
  }

  private void readUntilRefused(ImportedTensor tensor, int number) {
    try {
      MemorySegment segment = tensor.segment();
      TensorElements elements = tensor.elements();
      ByteBuffer buffer = segment.asByteBuffer().order(ByteOrder.nativeOrder());
      for (; ; ) {
        double sum =
            switch (number % 6) {
              case 0 -> sumOfSegment(segment);
              case 1 -> sumOfElements(elements);
              case 2 -> sum(elements.toDoubleArray());
              case 3 -> sumOfBuffer(buffer);
              case 4 -> sumOfCopy(segment);
              default -> sum(tensor.segment().toArray(JAVA_DOUBLE));
            };
        Expect.that("expected the data but found a sum of " + sum, sum == NUMBERS * VALUE);
        reads.incrementAndGet();
      }
    } catch (IllegalStateException e) {
      boolean expected =
          "Already closed".equals(e.getMessage())
              || "imported tensor: expected it to be held but found it closed"
                  .equals(e.getMessage());
      if (!expected) {
        throw e;
      }
    }
  }

  private static double sumOfSegment(MemorySegment segment) {
    double sum = 0;
    for (int i = 0; i < NUMBERS; i++) {
      sum += segment.getAtIndex(JAVA_DOUBLE, i);
    }
    return sum;
  }

  private static double sumOfElements(TensorElements elements) {
    double sum = 0;
    for (int i = 0; i < NUMBERS; i++) {
      sum += elements.getDouble(i);
    }
    return sum;
  }

  private static double sumOfBuffer(ByteBuffer buffer) {
    double sum = 0;
    for (int i = 0; i < NUMBERS; i++) {
      sum += buffer.getDouble(i * Double.BYTES);
    }
    return sum;
  }

  private double sumOfCopy(MemorySegment segment) {
    MemorySegment.copy(segment, JAVA_DOUBLE, 0, copy, 0, NUMBERS);
    return sum(copy);
  }

  private static double sum(double[] numbers) {
    double sum = 0;
    for (double number : numbers) {
      sum += number;
    }
    return sum;
  }
}
