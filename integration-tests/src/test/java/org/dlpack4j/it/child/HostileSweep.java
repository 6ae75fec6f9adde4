package org.dlpack4j.it.child;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.dlpack4j.TensorView;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.elements.TensorElements;
import org.dlpack4j.importing.ImportPolicy;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.Inspection;
import org.dlpack4j.importing.RefusedTensorException;
import org.dlpack4j.importing.ReusableTensor;
import org.dlpack4j.importing.TensorImporter;
import org.dlpack4j.it.HostileFields;
import org.dlpack4j.it.HostileProducer;
import org.dlpack4j.it.HostileTensor;
import org.dlpack4j.it.ImportWay;

/**
 * Imports tensors with random fields, most of them sane or nearly so. Each must be adopted or
 * refused as the oracle says, and nothing may be read that the fields do not lead to: arrays, data
 * and some structs end where a page begins that faults.
 */
public final class HostileSweep {

  private static final MemorySegment DATA = HostileProducer.map(2 * 4096);
  private static final MemorySegment CLOSED = HostileProducer.map(4096);
  private static final MemorySegment SHAPE = HostileProducer.map(4096);
  private static final MemorySegment STRIDES = HostileProducer.map(4096);
  private static final long DATA_END = DATA.address() + DATA.byteSize();

  /** From here on, and below the kernel's half, no address can be. */
  private static final long BEYOND_USERS = 1L << 47;

  private static final long[] NDIMS = {0, 1, 1, 1, 2, 2, 3, 8, 9, 64};
  private static final long[] WRONG_NDIMS = {-1, Integer.MIN_VALUE, 65, 128, Integer.MAX_VALUE};
  private static final long[] SIZES = {0, 1, 1, 2, 2, 3, 5, 8, 64};
  private static final long[] WRONG_SIZES = {
    -1, Long.MIN_VALUE, 1L << 31, 1L << 32, 1L << 59, 1L << 62, Long.MAX_VALUE
  };
  private static final long[] STEPS = {0, 1, 1, 2, 3, 8, -1, -2, -8, 64};
  private static final long[] WRONG_STEPS = {
    Long.MIN_VALUE, Long.MAX_VALUE, 1L << 32, -(1L << 32), 1L << 58, -(1L << 58), 1L << 62
  };

  /** Codes and bits. */
  private static final long[][] TYPES = {
    {0, 1}, {0, 4}, {0, 64}, {1, 2}, {1, 16}, {2, 16}, {2, 32}, {2, 64}, {4, 16}, {5, 32}, {5, 128},
    {6, 8}, {9, 8}, {14, 8}, {15, 6}, {16, 6}, {17, 4}
  };

  private static final long[] ODD_POINTERS = {
    0, 1, 8, 4088, -1, -8, -4096, Long.MIN_VALUE, Long.MAX_VALUE - 7
  };
  private static final List<ImportWay> WAYS = List.of(ImportWay.values());

  private final Random random;
  private final TensorImporter importer;
  private final HostileFields fields;
  private final Flavour flavour;
  private final boolean probing;

  private long[] shape = {};
  private long[] strides = {};
  private int adopted;
  private int refused;
  private long read;

  private HostileSweep(Flavour flavour, boolean probing, long seed) {
    this.random = new Random(seed);
    this.flavour = flavour;
    this.probing = probing;
    this.fields = HostileFields.of(flavour);
    TensorImporter plain =
        flavour == Flavour.VERSIONED ? TensorImporter.versioned() : TensorImporter.legacy();
    this.importer = probing ? plain.with(ImportPolicy.PROBED) : plain;
  }

  /** Arguments: how many, and the seed. */
  public static void main(String[] args) {
    int count = Integer.parseInt(args[0]);
    HostileProducer.forbidAccess(CLOSED);
    for (Flavour flavour : Flavour.values()) {
      for (boolean probing : new boolean[] {false, true}) {
        HostileSweep sweep = new HostileSweep(flavour, probing, Long.parseLong(args[1]));
        sweep.run(count);
        System.out.printf(
            "%s%s: adopted %d, refused %d, read %d elements%n",
            flavour, probing ? " probed" : "", sweep.adopted, sweep.refused, sweep.read);
      }
    }
    BitFlips.all();
    System.out.println("survived");
  }

  private void run(int count) {
    for (int i = 0; i < count; i++) {
      chooseFields();
      ImportOracle oracle = new ImportOracle(fields, shape, strides);
      try {
        importOne(oracle, i % 16 == 0 ? fields.makeGuarded() : fields.make());
      } catch (RuntimeException e) {
        throw new IllegalStateException(
            "case "
                + i
                + ": "
                + fields
                + ", shape "
                + Arrays.toString(shape)
                + ", strides "
                + Arrays.toString(strides),
            e);
      }
    }
    // Both must happen often, or the sweep says nothing.
    Expect.that("expected many adopted: " + adopted, adopted > count / 10);
    Expect.that("expected many refused: " + refused, refused > count / 10);
    Expect.that("expected many read: " + read, read > count / 10);
  }

  private void chooseFields() {
    choose("major", 1, 0, 2, 3, 1L << 31, 0xFFFFFFFFL);
    choose("minor", 3, 0, 1, 2, 4, 1L << 31, 0xFFFFFFFFL);
    choose("flags", 0, 1, 2, 4, 5, 7, 8, 1L << 32, Long.MIN_VALUE, -1);
    choose("device_type", 1, 0, 2, 3, 4, 10, 11, 13, 14, 18, 19, 77, -1);
    choose("device_id", 0, 1, -1, Integer.MAX_VALUE);
    long[] type = TYPES[random.nextInt(TYPES.length)];
    choose("code", type[0], 0, 1, 3, 4, 5, 6, 7, 10, 14, 15, 16, 17, 18, 99, 255);
    choose("bits", type[1], 0, 1, 2, 4, 6, 7, 8, 16, 24, 32, 128, 255);
    choose("lanes", 1, 0, 2, 4, 65535);
    choose("byte_offset", 0, 1, 8, 64, 4096, 1L << 62, Long.MAX_VALUE, Long.MIN_VALUE, -8);
    int ndim = (int) pick(NDIMS);
    shape = numbers(ndim, SIZES, WRONG_SIZES);
    strides = numbers(ndim, STEPS, WRONG_STEPS);
    put("ndim", rarely(24) ? pick(WRONG_NDIMS) : ndim);
    put("shape", rarely(24) ? oddPointer() : exactly(shape, SHAPE));
    put("data", rarely(24) ? oddPointer() : DATA.address() + 8L * random.nextInt(513));
    boolean odd = rarely(24);
    put("strides", rarely(6) ? 0 : odd ? oddPointer() : exactly(strides, STRIDES));
    if (fields.get("strides") == 0) {
      strides = rowMajor();
    }
  }

  private void choose(String field, long sane, long... others) {
    put(field, rarely(16) ? pick(others) : sane);
  }

  private void put(String field, long value) {
    fields.set(field, value);
  }

  private boolean rarely(int oneIn) {
    return random.nextInt(oneIn) == 0;
  }

  private long pick(long[] from) {
    return from[random.nextInt(from.length)];
  }

  private long[] numbers(int count, long[] sane, long[] wrong) {
    long[] numbers = new long[count];
    for (int i = 0; i < count; i++) {
      // With many dimensions nearly all must be 1 for the product to mean anything.
      long usual = count > 3 && !rarely(count / 2) ? 1 : pick(sane);
      numbers[i] = rarely(12 * count) ? pick(wrong) : usual;
    }
    return numbers;
  }

  private long[] rowMajor() {
    long[] steps = new long[shape.length];
    long step = 1;
    for (int axis = shape.length - 1; axis >= 0; axis--) {
      steps[axis] = step;
      step *= Math.max(shape[axis], 1);
    }
    return steps;
  }

  private static long exactly(long[] numbers, MemorySegment page) {
    long bytes = (long) numbers.length * Long.BYTES;
    long start = page.byteSize() - bytes;
    MemorySegment.copy(numbers, 0, page, JAVA_LONG, start, numbers.length);
    return page.address() + start;
  }

  private long oddPointer() {
    if (probing && rarely(2)) {
      return rarely(2) ? CLOSED.address() : BEYOND_USERS << random.nextInt(15);
    }
    return rarely(3) ? DATA.address() + 4 : pick(ODD_POINTERS);
  }

  private void importOne(ImportOracle oracle, HostileTensor tensor) {
    Inspection inspection = importer.inspect(tensor.managed());
    Expect.that("expected text", !inspection.toString().isEmpty());
    boolean accepted = inspection.violations().isEmpty();
    ImportWay way = WAYS.get(random.nextInt(WAYS.size()));
    try {
      ImportWay.Held held = way.adopt(importer, tensor);
      adopted++;
      Expect.that("expected it to be refused", accepted && mayBeAdopted(oracle));
      Expect.equal("deletes of an adopted tensor", 0, tensor.deletes());
      // What comes from the producer's memory now comes too late.
      SHAPE.fill((byte) -1);
      STRIDES.fill((byte) -1);
      look(held, oracle);
      end(held, way, tensor);
    } catch (RefusedTensorException e) {
      refused++;
      Expect.that("expected it to be adopted: " + e, !accepted && !mustBeAdopted(oracle));
      Expect.equal("deletes of a refused tensor", 0, tensor.deletes());
      if (rarely(2)) {
        importer.discard(tensor.managed());
      } else {
        tensor.delete();
      }
    }
    Expect.equal("deletes at the end", 1, tensor.deletes());
  }

  private boolean mayBeAdopted(ImportOracle oracle) {
    return oracle.accepts() && (!probing || leadSomewhere());
  }

  /** Where elements are behind our own memory, only the kernel knows what a probe finds. */
  private boolean mustBeAdopted(ImportOracle oracle) {
    return mayBeAdopted(oracle) && (!probing || oracle.isReadable(DATA.address(), DATA_END));
  }

  private boolean leadSomewhere() {
    return shape.length == 0
        || (isWithin(fields.get("shape"), SHAPE)
            && (fields.get("strides") == 0 || isWithin(fields.get("strides"), STRIDES)));
  }

  private static boolean isWithin(long address, MemorySegment memory) {
    return address >= memory.address() && address < memory.address() + memory.byteSize();
  }

  private void look(ImportWay.Held held, ImportOracle oracle) {
    boolean readable = oracle.isReadable(DATA.address(), DATA_END);
    if (held.tensor() instanceof ReusableTensor reusable) {
      look(reusable, readable);
    } else {
      look(held.imported(), readable);
    }
  }

  private void look(ImportedTensor tensor, boolean readable) {
    TensorView view = tensor.view();
    Expect.that("expected the shape", Arrays.equals(shape, view.layout().shape()));
    Expect.that("expected the strides", Arrays.equals(strides, view.layout().strides()));
    Expect.equal("bits", fields.get("bits"), view.dataType().bits());
    Expect.equal("device type", fields.get("device_type"), view.device().type());
    Expect.equal("padded", padded() ? 1 : 0, view.padded() ? 1 : 0);
    if (!view.layout().isEmpty()) {
      Expect.equal("data", fields.get("data") + fields.get("byte_offset"), view.dataAddress());
    }
    Expect.that("expected text", !tensor.toString().isEmpty() && !view.toString().isEmpty());
    TensorElements elements = tensor.elements();
    Expect.equal("elements", view.layout().elementCount(), elements.layout().elementCount());
    if (readable) {
      read += Reading.all(elements);
    }
  }

  private boolean padded() {
    return flavour == Flavour.VERSIONED && (fields.get("flags") & 4) != 0;
  }

  private void look(ReusableTensor tensor, boolean readable) {
    Expect.equal("ndim", shape.length, tensor.ndim());
    for (int axis = 0; axis < shape.length; axis++) {
      Expect.equal("shape", shape[axis], tensor.shape(axis));
      Expect.equal("stride", strides[axis], tensor.stride(axis));
    }
    Expect.that("expected text", !tensor.toString().isEmpty());
    if (readable) {
      read += Reading.all(tensor);
    }
  }

  /** By its close, or by whoever gets it; then closing does nothing more. */
  private void end(ImportWay.Held held, ImportWay way, HostileTensor tensor) {
    if (way != ImportWay.ARENA && rarely(2)) {
      if (held.tensor() instanceof ReusableTensor reusable) {
        Expect.equal("address", tensor.address(), reusable.transferOut());
        tensor.delete();
      } else if (rarely(2)) {
        Expect.equal("address", tensor.address(), held.imported().transferOut().address());
        tensor.delete();
      } else {
        held.imported().intoOwner().release();
      }
    }
    held.close();
  }
}
