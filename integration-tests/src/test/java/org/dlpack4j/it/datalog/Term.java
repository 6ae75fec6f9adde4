package org.dlpack4j.it.datalog;

/** An argument of an atom. */
sealed interface Term extends HeadTerm {

  /** Stands for one value throughout a rule. */
  record Variable(String name) implements Term {
    @Override
    public String toString() {
      return name;
    }
  }

  /** A number, or the id of a symbol. */
  record Constant(long value) implements Term {
    @Override
    public String toString() {
      return Long.toString(value);
    }
  }

  /** Whatever there is: no two of them need be the same. */
  record Anything() implements Term {
    @Override
    public String toString() {
      return "_";
    }
  }
}
