package org.dlpack4j.importing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.dlpack4j.importing.TableViolation.Code;
import org.dlpack4j.importing.TableViolation.Part;

/** Whether tensors of a table are the same one, or may be written where another one lies. */
final class Aliasing {

  private final List<ImportedColumn> columns;
  private final List<TableViolation> violations;

  private Aliasing(List<ImportedColumn> columns, List<TableViolation> violations) {
    this.columns = columns;
    this.violations = violations;
  }

  static void find(
      List<ImportedTensor> tensors, List<ImportedColumn> columns, List<TableViolation> violations) {
    Aliasing aliasing = new Aliasing(columns, violations);
    aliasing.findDuplicates(tensors);
    aliasing.findOverlaps(tensors);
  }

  private void findDuplicates(List<ImportedTensor> tensors) {
    Pointers pointers = new Pointers(tensors.size());
    Set<Long> twice = new LinkedHashSet<>();
    for (ImportedTensor tensor : tensors) {
      if (!pointers.add(tensor.managed())) {
        twice.add(tensor.managed());
      }
    }
    twice.forEach(pointer -> addDuplicate(tensors, pointer));
  }

  private void addDuplicate(List<ImportedTensor> tensors, long pointer) {
    List<ImportedTensor> same =
        tensors.stream().filter(tensor -> tensor.managed() == pointer).toList();
    add(Code.DUPLICATE, same.get(1), "a tensor of its own", same.get(0));
  }

  private void findOverlaps(List<ImportedTensor> tensors) {
    if (liesInOrder(tensors)) {
      return;
    }
    ImportedTensor[] byAddress = tensors.toArray(ImportedTensor[]::new);
    Arrays.sort(byAddress, Comparator.comparingLong(ImportedTensor::lowAddress));
    List<ImportedTensor> open = new ArrayList<>();
    long end = Long.MIN_VALUE;
    for (ImportedTensor tensor : byAddress) {
      if (tensor.byteSize() == 0 || !tensor.hasAddresses()) {
        continue;
      }
      if (tensor.lowAddress() >= end) {
        open.clear(); // beyond all before it, as is the rule
      } else {
        findOverlaps(open, tensor);
      }
      open.add(tensor);
      end = Math.max(end, tensor.lowAddress() + tensor.byteSize());
    }
  }

  /** Whether each begins beyond all before it, as the columns of most tables do. */
  private static boolean liesInOrder(List<ImportedTensor> tensors) {
    long end = Long.MIN_VALUE;
    for (ImportedTensor tensor : tensors) {
      if (tensor.lowAddress() < end || !tensor.hasAddresses()) {
        return false;
      }
      end = tensor.lowAddress() + tensor.byteSize();
    }
    return true;
  }

  private void findOverlaps(List<ImportedTensor> open, ImportedTensor tensor) {
    open.removeIf(before -> before.lowAddress() + before.byteSize() <= tensor.lowAddress());
    for (ImportedTensor before : open) {
      if (!(tensor.isReadOnly() && before.isReadOnly())
          && tensor.managed() != before.managed()
          && !areInterleaved(before, tensor)) {
        add(Code.ALIASING, tensor, "memory that no writable tensor shares", before);
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

  private void add(Code code, ImportedTensor tensor, String expected, ImportedTensor other) {
    Place place = Place.of(tensor, "", columns).orElseThrow();
    String found = Place.of(other, "", columns).orElseThrow() + " in the same place";
    violations.add(new TableViolation(code, place.path, place.part, expected, found));
  }

  /** A set of addresses, none of them 0, without an object for each. */
  private static final class Pointers {

    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private final long[] slots;
    private final int shift;

    Pointers(int most) {
      int bits = Integer.SIZE - Integer.numberOfLeadingZeros(2 * most + 1);
      slots = new long[1 << bits];
      shift = Long.SIZE - bits;
    }

    boolean add(long pointer) {
      int slot = (int) ((pointer * GOLDEN) >>> shift);
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
