package org.dlpack4j.it.datalog;

import java.util.Locale;

/**
 * A head's argument that is computed from many bindings: one for each set of values that the
 * variables of the body take together, {@code _} left out, grouped by the head's other arguments.
 * Where there is no binding, there is no group.
 *
 * @param function what to compute
 * @param variable of what
 */
record Aggregate(Function function, Term.Variable variable) implements HeadTerm {

  /** How values become one. */
  enum Function {
    COUNT {
      @Override
      long first(long value) {
        return 1;
      }

      @Override
      long fold(long result, long value) {
        return result + 1;
      }
    },
    SUM {
      @Override
      long fold(long result, long value) {
        return Math.addExact(result, value);
      }
    },
    MIN {
      @Override
      long fold(long result, long value) {
        return Math.min(result, value);
      }
    },
    MAX {
      @Override
      long fold(long result, long value) {
        return Math.max(result, value);
      }
    };

    /** The result for one value. */
    long first(long value) {
      return value;
    }

    /** The result for one value more. */
    abstract long fold(long result, long value);

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Override
  public String toString() {
    return function + "(" + variable + ")";
  }
}
