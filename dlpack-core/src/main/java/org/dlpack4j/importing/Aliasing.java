package org.dlpack4j.importing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.dlpack4j.importing.TableViolation.Code;
import org.dlpack4j.importing.TableViolation.Part;

/** Whether tensors of a table are the same one, or may be written where another one lies. */
final class Aliasing {

  private final Pointers pointers;
  private final Set<Long> twice = new LinkedHashSet<>();

  /** Whether each tensor begins beyond all before it, as the columns of most tables do. */
  private boolean inOrder = true;

  private long end = Long.MIN_VALUE;

  /** For so many tensors, or more. */
  Aliasing(int usual) {
    pointers = new Pointers(usual);
  }

  void add(ImportedTensor tensor) {
    if (!pointers.add(tensor.managed())) {
      twice.add(tensor.managed());
    }
    inOrder &= tensor.lowAddress() >= end && tensor.hasAddresses();
    end = tensor.lowAddress() + tensor.byteSize();
  }

  /** Names those that were added by where they are in these columns. */
  void find(List<ImportedColumn> columns, List<TableViolation> violations) {
    if (inOrder && twice.isEmpty()) {
      return;
    }
    List<ImportedTensor> tensors = new ArrayList<>();
    columns.forEach(column -> column.addTensorsTo(tensors));
    Report report = new Report(columns, violations);
    twice.forEach(pointer -> addDuplicate(pointer, tensors, report));
    if (!inOrder) {
      Set<ImportedTensor> dictionaries = Collections.newSetFromMap(new IdentityHashMap<>());
      columns.forEach(column -> column.addDictionariesTo(dictionaries));
      findOverlaps(tensors, dictionaries, report);
    }
  }

  private static void addDuplicate(long pointer, List<ImportedTensor> tensors, Report report) {
    List<ImportedTensor> same =
        tensors.stream().filter(tensor -> tensor.managed() == pointer).toList();
    report.add(Code.DUPLICATE, same.get(1), "a tensor of its own", same.get(0));
  }

  private static void findOverlaps(
      List<ImportedTensor> tensors, Set<ImportedTensor> dictionaries, Report report) {
    ImportedTensor[] byAddress = tensors.toArray(ImportedTensor[]::new);
    Arrays.sort(byAddress, Comparator.comparingLong(ImportedTensor::lowAddress));
    List<ImportedTensor> open = new ArrayList<>();
    long beyond = Long.MIN_VALUE;
    for (ImportedTensor tensor : byAddress) {
      if (tensor.byteSize() == 0 || !tensor.hasAddresses()) {
        continue;
      }
      if (tensor.lowAddress() >= beyond) {
        open.clear(); // beyond all before it, as is the rule
      } else {
        findOverlaps(open, tensor, dictionaries, report);
      }
      open.add(tensor);
      beyond = Math.max(beyond, tensor.lowAddress() + tensor.byteSize());
    }
  }

  private static void findOverlaps(
      List<ImportedTensor> open,
      ImportedTensor tensor,
      Set<ImportedTensor> dictionaries,
      Report report) {
    open.removeIf(before -> before.lowAddress() + before.byteSize() <= tensor.lowAddress());
    for (ImportedTensor before : open) {
      if (!(tensor.isReadOnly() && before.isReadOnly())
          && tensor.managed() != before.managed()
          && !(dictionaries.contains(tensor) && dictionaries.contains(before))
          && !areInterleaved(before, tensor)) {
        report.add(Code.ALIASING, tensor, "memory that no writable tensor shares", before);
      }
    }
  }

  /** Whether the elements of each lie in the gaps of the other, as the columns of a matrix do. */
  private static boolean areInterleaved(ImportedTensor low, ImportedTensor high) {
    long step = step(low);
    if (step == 0 || step != step(high)) {
      return false;
    }
    long distance = (high.lowAddress() - low.lowAddress()) % step;
    return distance >= elementBytes(low) && step - distance >= elementBytes(high);
  }

  /** The bytes from one element to the next, upwards; 0 if that is not all that there is to say. */
  private static long step(ImportedTensor tensor) {
    boolean simple = tensor.ndim() == 1 && !tensor.dataType().isSubByte();
    return simple ? Math.abs(tensor.stride(0)) * elementBytes(tensor) : 0;
  }

  private static long elementBytes(ImportedTensor tensor) {
    return tensor.dataType().strideBits(tensor.isPadded()) / Byte.SIZE;
  }

  /** Says of two tensors where in the table they are. */
  private record Report(List<ImportedColumn> columns, List<TableViolation> violations) {

    void add(Code code, ImportedTensor tensor, String expected, ImportedTensor other) {
      Place place = Place.of(tensor, "", columns).orElseThrow();
      String found = Place.of(other, "", columns).orElseThrow() + " in the same place";
      violations.add(new TableViolation(code, place.path, place.part, expected, found));
    }
  }

  /** A set of addresses, none of them 0, without an object for each. */
  private static final class Pointers {

    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private long[] slots;
    private int used;

    Pointers(int usual) {
      slots = new long[2 * Integer.highestOneBit(2 * usual + 1)];
    }

    /** False if it was there. */
    boolean add(long pointer) {
      if (2 * used >= slots.length) {
        grow();
      }
      boolean added = put(pointer);
      used += added ? 1 : 0;
      return added;
    }

    private void grow() {
      long[] before = slots;
      slots = new long[2 * before.length];
      for (long pointer : before) {
        if (pointer != 0) {
          put(pointer);
        }
      }
    }

    private boolean put(long pointer) {
      int slot = (int) ((pointer * GOLDEN) >>> (Long.numberOfLeadingZeros(slots.length) + 1));
      while (slots[slot] != 0) {
        if (slots[slot] == pointer) {
          return false;
        }
        slot = (slot + 1) & (slots.length - 1);
      }
      slots[slot] = pointer;
      return true;
    }
  }

  /** Where in the table a tensor is; only looked for to complain. */
  private record Place(String path, Part part) {

    static Optional<Place> of(ImportedTensor tensor, String prefix, List<ImportedColumn> columns) {
      return columns.stream().flatMap(column -> of(tensor, prefix, column).stream()).findFirst();
    }

    private static Optional<Place> of(ImportedTensor tensor, String prefix, ImportedColumn column) {
      String path = prefix + column.name();
      if (column.hasData() && column.data().equals(tensor)) {
        return Optional.of(new Place(path, Part.DATA));
      }
      if (column.offsets().filter(tensor::equals).isPresent()) {
        return Optional.of(new Place(path, Part.OFFSETS));
      }
      if (column.sizes().filter(tensor::equals).isPresent()) {
        return Optional.of(new Place(path, Part.SIZES));
      }
      if (column.validity().filter(tensor::equals).isPresent()) {
        return Optional.of(new Place(path, Part.VALIDITY));
      }
      return of(tensor, path + ".", column.children());
    }

    @Override
    public String toString() {
      return "the " + part + " of " + path;
    }
  }
}
