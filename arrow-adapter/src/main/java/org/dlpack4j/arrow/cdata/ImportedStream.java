package org.dlpack4j.arrow.cdata;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.dlpack4j.internal.Memory.ALL;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.dlpack4j.Device;
import org.dlpack4j.arrow.cdata.CDataAbi.Array;
import org.dlpack4j.arrow.cdata.CDataAbi.DeviceStream;
import org.dlpack4j.arrow.cdata.CDataAbi.StreamForm;
import org.dlpack4j.internal.CStrings;
import org.dlpack4j.internal.Memory;
import org.dlpack4j.internal.StreamCalls;

/** A foreign stream as a reader. Its struct is moved here; each batch is adopted as any array. */
final class ImportedStream extends ArrowReader {

  private final SchemaNode schemaNode;
  private final Schema schema;
  private final Targets targets;
  private final List<FieldVector> columns;
  private final VectorSchemaRoot root;
  private final StreamForm form;
  private final long struct;
  private long bytesRead;
  private boolean closed;
  private boolean released;

  private ImportedStream(
      BufferAllocator allocator,
      SchemaNode schemaNode,
      Targets targets,
      StreamForm form,
      long struct) {
    super(allocator);
    this.form = form;
    this.schemaNode = schemaNode;
    this.targets = targets;
    this.struct = struct;
    Field top = schemaNode.field();
    this.schema = new Schema(top.getChildren(), top.getMetadata());
    this.columns = new ArrayList<>(targets.vectors());
    this.root = new VectorSchemaRoot(schema, columns, 0);
  }

  static ImportedStream open(BufferAllocator allocator, long source, StreamForm form) {
    Findings findings = new Findings();
    if (findings.checkPointer(source, "stream", "stream", "an ArrowArrayStream")) {
      check(findings, source, form);
    }
    findings.throwIfAny("stream at " + Findings.hex(source));
    SchemaNode schema = readSchemaOf(source, form);
    Targets targets = Targets.of(allocator, schema.children());
    try {
      long bytes = form.bytes();
      long moved = Memory.allocate(bytes);
      ImportedStream stream = new ImportedStream(allocator, schema, targets, form, moved);
      MemorySegment.copy(ALL, source, ALL, moved, bytes);
      ALL.set(JAVA_LONG, source + form.release(), 0);
      return stream;
    } catch (Throwable e) {
      targets.close();
      throw e;
    }
  }

  private static void check(Findings findings, long source, StreamForm form) {
    if (ALL.get(JAVA_LONG, source + form.release()) == 0) {
      String expected = "one not yet released";
      findings.add(CDataViolation.Code.RELEASED, "stream", "release", "NULL", expected);
      return;
    }
    if (form.hasDevice()) {
      int type = ALL.get(JAVA_INT, source + DeviceStream.DEVICE_TYPE);
      if (type != Device.CPU.type()) {
        CDataImporter.addDevice(
            findings, "stream", "type %d, as %s".formatted(type, new Device(type, 0)));
        return;
      }
    }
    Map<String, Long> functions =
        Map.of(
            "get_schema", form.getSchema(),
            "get_next", form.getNext(),
            "get_last_error", form.getLastError());
    functions.forEach(
        (name, offset) -> {
          long function = ALL.get(JAVA_LONG, source + offset);
          if (!StructAddress.isPossible(function)) {
            CDataViolation.Code code =
                function == 0
                    ? CDataViolation.Code.NULL_POINTER
                    : CDataViolation.Code.IMPOSSIBLE_POINTER;
            findings.add(code, "stream", name, Findings.hex(function), "a function's address");
          }
        });
  }

  private static SchemaNode readSchemaOf(long stream, StreamForm form) {
    long out = Memory.allocate(CDataAbi.Schema.BYTES);
    try {
      Memory.zero(out, CDataAbi.Schema.BYTES);
      call(stream, form, form.getSchema(), out, "get_schema");
      return CDataImporter.readBatchSchema(new Findings(), out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      ReleaseFunctions.releaseIfHeld(out, CDataAbi.Schema.RELEASE);
      Memory.free(out);
    }
  }

  private static void call(long stream, StreamForm form, long function, long out, String name)
      throws IOException {
    int result = StreamCalls.get(ALL.get(JAVA_LONG, stream + function), stream, out);
    if (result != 0) {
      long lastError = ALL.get(JAVA_LONG, stream + form.getLastError());
      String message = CStrings.read(StreamCalls.lastError(lastError, stream));
      throw new IOException(
          "stream: expected %s to succeed but found error %d: %s"
              .formatted(name, result, message.isEmpty() ? "no message" : message));
    }
  }

  @Override
  public boolean loadNextBatch() throws IOException {
    if (closed) {
      throw new IOException("stream: expected it to be open but found it closed");
    }
    long bytes = form.arrayBytes();
    long out = Memory.allocate(bytes);
    try {
      Memory.zero(out, bytes);
      call(struct, form, form.getNext(), out, "get_next");
      if (ALL.get(JAVA_LONG, out + Array.RELEASE) == 0) {
        root.clear();
        return false;
      }
      if (form.hasDevice()) {
        CDataImporter.requireMainMemory(out, "batch");
      }
      load(out);
      return true;
    } finally {
      // Refused: it is ours, as nobody else has it.
      ReleaseFunctions.releaseIfHeld(out, Array.RELEASE);
      Memory.free(out);
    }
  }

  private void load(long array) {
    ArrayPlan plan = CDataImporter.planBatch(new Findings(), schemaNode, array);
    long bytes = plan.foreignBytes();
    root.clear();
    long copied = Import.load(allocator, targets, plan.children(), bytes, array);
    bytesRead += bytes + copied;
    setRowCount(plan.length());
  }

  /**
   * The vectors have their counts by now. The root would set them again, and with them those of
   * children, which is to cut some, and to copy others into longer memory.
   */
  private void setRowCount(int rows) {
    columns.clear();
    root.setRowCount(rows);
    columns.addAll(targets.vectors());
  }

  @Override
  public VectorSchemaRoot getVectorSchemaRoot() {
    return root;
  }

  @Override
  public Map<Long, Dictionary> getDictionaryVectors() {
    Map<Long, Dictionary> dictionaries = new HashMap<>();
    getDictionaryIds().forEach(id -> dictionaries.put(id, lookup(id)));
    return dictionaries;
  }

  @Override
  public Dictionary lookup(long id) {
    return targets.dictionaries().lookup(id);
  }

  @Override
  public Set<Long> getDictionaryIds() {
    return targets.dictionaries().getDictionaryIds();
  }

  @Override
  public long bytesRead() {
    return bytesRead;
  }

  @Override
  public void close(boolean closeReadSource) {
    if (!closed) {
      closed = true;
      targets.close();
    }
    if (closeReadSource) {
      closeReadSource();
    }
  }

  @Override
  protected void closeReadSource() {
    if (!released) {
      released = true;
      ReleaseFunctions.releaseIfHeld(struct, form.release());
      Memory.free(struct);
    }
  }

  @Override
  protected Schema readSchema() {
    return schema;
  }
}
