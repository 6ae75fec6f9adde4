package org.dlpack4j.it;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.ReusableTensor;
import org.dlpack4j.importing.TensorImporter;

/** How a tensor is held once it is adopted. */
public enum ImportWay {
  CONFINED {
    @Override
    Held take(TensorImporter importer, MemorySegment managed, boolean orDiscard) {
      return single(importer, managed, orDiscard);
    }
  },
  SHARED {
    @Override
    Held take(TensorImporter importer, MemorySegment managed, boolean orDiscard) {
      return single(importer.shared(), managed, orDiscard);
    }
  },
  ARENA {
    @Override
    Held take(TensorImporter importer, MemorySegment managed, boolean orDiscard) {
      Arena arena = Arena.ofShared();
      try {
        ImportedTensor tensor =
            orDiscard ? importer.adoptOrDiscard(managed, arena) : importer.adopt(managed, arena);
        return new Held(tensor, arena);
      } catch (RuntimeException e) {
        arena.close(); // must not delete what was not adopted
        throw e;
      }
    }
  },
  REUSABLE {
    @Override
    Held take(TensorImporter importer, MemorySegment managed, boolean orDiscard) {
      ReusableTensor tensor = importer.reusable();
      if (orDiscard) {
        tensor.adoptOrDiscard(managed.address());
      } else {
        tensor.adopt(managed.address());
      }
      return new Held(tensor, tensor);
    }
  };

  abstract Held take(TensorImporter importer, MemorySegment managed, boolean orDiscard);

  /** A tensor that is its own end. */
  static Held single(TensorImporter importer, MemorySegment managed, boolean orDiscard) {
    ImportedTensor tensor = orDiscard ? importer.adoptOrDiscard(managed) : importer.adopt(managed);
    return new Held(tensor, tensor);
  }

  /** Adopts a tensor, or leaves it where it is. */
  public Held adopt(TensorImporter importer, HostileTensor tensor) {
    return take(importer, tensor.managed(), false);
  }

  /** Adopts a tensor, or deletes it. */
  public Held adoptOrDiscard(TensorImporter importer, HostileTensor tensor) {
    return take(importer, tensor.managed(), true);
  }

  /**
   * An adopted tensor.
   *
   * @param tensor an {@link ImportedTensor} or a {@link ReusableTensor}
   * @param end what ends it
   */
  public record Held(Object tensor, AutoCloseable end) implements AutoCloseable {

    /** The tensor, unless it is a reusable one. */
    public ImportedTensor imported() {
      return (ImportedTensor) tensor;
    }

    @Override
    public void close() {
      try {
        end.close();
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new AssertionError("no end of ours throws a checked exception", e);
      }
    }
  }
}
