package org.dlpack4j.py4j.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Objects;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.LogicalType;
import org.dlpack4j.table.RowRange;
import org.dlpack4j.table.Table;
import org.dlpack4j.table.Validity;
import org.junit.jupiter.api.Test;

/** What this JVM writes of an object, read as it reads what peers write. */
class ObjectRoundTripTest {

  private static final long SEGMENT = 5;

  private static TensorView view(long address, DataType type, long... shape) {
    return new TensorView(address, type, Device.CPU, TensorLayout.contiguous(shape), false, false);
  }

  private static ObjectWriter.Place place(TensorView view) {
    return new ObjectWriter.Place(SEGMENT, view.dataAddress() - 4096, view.dataAddress() > 8000);
  }

  private static WireObject read(byte[] object) throws ViolationException {
    return new ObjectReader(new WireReader(object)).read();
  }

  @Test
  void aStridedTensorKeepsItsLayout() throws ViolationException {
    TensorLayout layout = TensorLayout.contiguous(4, 6).transpose().slice(0, 5, 0, -1);
    TensorView view = new TensorView(4160, DataType.FLOAT64, Device.CPU, layout, false, false);
    WireObject.Tensor tensor =
        (WireObject.Tensor) read(ObjectWriter.write(view, ObjectRoundTripTest::place, false));
    assertThat(tensor.segment()).isEqualTo(SEGMENT);
    assertThat(tensor.offset()).isEqualTo(view.dataAddress() - 4096);
    assertThat(tensor.layout().shape()).containsExactly(layout.shape());
    assertThat(tensor.layout().strides()).containsExactly(layout.strides());
    assertThat(tensor.dataType()).isEqualTo(DataType.FLOAT64);
    assertThat(tensor.flags()).isZero();
  }

  @Test
  void flagsAreThoseOfTheViewThePlaceAndTheRequest() throws ViolationException {
    TensorView padded =
        new TensorView(8192, DataType.INT4, Device.CPU, TensorLayout.contiguous(3), false, true);
    assertThat(flags(padded, false))
        .isEqualTo(WireObject.Tensor.IS_COPIED | WireObject.Tensor.IS_SUBBYTE_TYPE_PADDED);
    assertThat(flags(view(4096, DataType.INT8, 3), true)).isEqualTo(WireObject.Tensor.READ_ONLY);
    TensorView repeated =
        view(4096, DataType.INT8, 1).withLayout(TensorLayout.contiguous(1).broadcast(9));
    assertThat(flags(repeated, false)).isEqualTo(WireObject.Tensor.READ_ONLY);
  }

  private static int flags(TensorView view, boolean readOnly) throws ViolationException {
    byte[] object = ObjectWriter.write(view, ObjectRoundTripTest::place, readOnly);
    return ((WireObject.Tensor) read(object)).flags();
  }

  @Test
  void aNestedColumnKeepsItsParts() throws ViolationException {
    Column words =
        Column.ofBytes(
                "words",
                new LogicalType.Text(),
                view(4096, DataType.INT32, 3),
                view(4200, DataType.UINT8, 9))
            .withValidity(new Validity(view(4300, DataType.UINT8, 1), 3));
    Column lists = Column.ofLists("lists", view(4400, DataType.INT64, 2), words);
    Column indices =
        Column.ofIndices(
            "d", new LogicalType.Dictionary(true), view(4500, DataType.INT8, 1), words);
    Column bits = Column.ofBits("bits", new RowRange(5, 1), view(4600, DataType.UINT8, 1));
    Table table = Table.of(lists, indices, bits);
    WireObject.Table read =
        (WireObject.Table) read(ObjectWriter.write(table, ObjectRoundTripTest::place, true));

    assertThat(read.rows()).isEqualTo(1);
    assertThat(read.columns())
        .extracting(WireObject.Column::name)
        .containsExactly("lists", "d", "bits");
    WireObject.Column child = read.columns().getFirst().children().getFirst();
    assertThat(child.name()).isEqualTo("words");
    assertThat(child.format()).isEqualTo("u");
    assertThat(child.nullable()).isTrue();
    assertThat(child.skip()).isEqualTo(3);
    assertThat(child.rows()).isEqualTo(2);
    assertThat(Objects.requireNonNull(child.offsets()).offset()).isZero();
    assertThat(read.columns().get(1).format()).isEqualTo("dict-ordered:c");
    assertThat(read.columns().get(1).children())
        .extracting(WireObject.Column::name)
        .isEqualTo(List.of(""));
    assertThat(read.columns().get(2).first()).hasValue(5);
  }

  @Test
  void aColumnAloneIsAColumn() throws ViolationException {
    Column column = Column.of("n", view(4096, DataType.INT64, 2));
    WireObject read = read(ObjectWriter.write(column, ObjectRoundTripTest::place, true));
    assertThat(read).isInstanceOf(WireObject.Column.class);
  }

  @Test
  void refusesNamesThatAreTooLong() {
    Column column = Column.of("n".repeat(70_000), view(4096, DataType.INT64, 2));
    assertThatThrownBy(() -> ObjectWriter.write(column, ObjectRoundTripTest::place, true))
        .hasMessageContaining("at most 65535 bytes of UTF-8");
  }
}
