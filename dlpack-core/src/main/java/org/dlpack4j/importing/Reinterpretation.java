package org.dlpack4j.importing;

import org.dlpack4j.DataType;
import org.dlpack4j.DataType.Code;
import org.dlpack4j.table.Field;
import org.dlpack4j.table.LogicalType;

/**
 * That data of one type is taken for another one of the same size. Never done unless asked for by
 * name: {@link TableImporter#reinterpreting}.
 */
public enum Reinterpretation {
  /** Signed integers for unsigned ones, and the other way round. */
  SIGNEDNESS {
    @Override
    boolean allows(DataType found, DataType wanted, Field field) {
      return isInteger(found) && isInteger(wanted);
    }
  },

  /** Any 32 or 64 bit integers for a symbol's ids. */
  SYMBOL_IDS {
    @Override
    boolean allows(DataType found, DataType wanted, Field field) {
      return field.type() instanceof LogicalType.Symbol && isInteger(found);
    }
  },

  /** Bytes for truth values, and the other way round. Java takes every byte but 0 for true. */
  BYTES_AS_BOOL {
    @Override
    boolean allows(DataType found, DataType wanted, Field field) {
      return (found.equals(DataType.UINT8) && wanted.equals(DataType.BOOL))
          || (found.equals(DataType.BOOL) && wanted.equals(DataType.UINT8));
    }
  },

  /** Whatever has as many bits: for formats that DLPack has no type for. */
  BITS {
    @Override
    boolean allows(DataType found, DataType wanted, Field field) {
      return true;
    }
  };

  /** Whether data found may be what a field wants; both have elements of as many bits. */
  abstract boolean allows(DataType found, DataType wanted, Field field);

  private static boolean isInteger(DataType type) {
    return (type.code() == Code.INT || type.code() == Code.UINT) && type.lanes() == 1;
  }
}
