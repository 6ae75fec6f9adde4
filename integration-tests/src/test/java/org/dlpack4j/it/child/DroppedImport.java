package org.dlpack4j.it.child;

import org.dlpack4j.DataType;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.importing.TensorImporter;
import org.dlpack4j.it.HostileFields;
import org.dlpack4j.it.HostileProducer;
import org.dlpack4j.it.HostileTensor;
import org.dlpack4j.it.ImportWay;

/** Loses imported tensors, and waits until the log says so. */
public final class DroppedImport {

  private static final HostileFields FIELDS =
      HostileFields.of(Flavour.VERSIONED, HostileProducer.map(64), DataType.INT8, 64);

  private DroppedImport() {}

  public static void main(String[] args) throws InterruptedException {
    LeakReports reports = LeakReports.printed();
    for (ImportWay way : ImportWay.values()) {
      // An arena ends its tensors; that they are dropped means nothing.
      if (way != ImportWay.ARENA) {
        HostileTensor lost = FIELDS.make();
        dropOne(way, lost);
        endProperly(way);
        reports.expectOneMore();
        Expect.equal("deletes of a lost tensor", 0, lost.deletes());
      }
    }
    System.out.println("reported");
  }

  private static void dropOne(ImportWay way, HostileTensor tensor) {
    String text = way.adopt(TensorImporter.versioned(), tensor).tensor().toString();
    Expect.that("expected a held tensor", text.contains("held") || text.contains("holding the"));
  }

  /** None of these may be reported. */
  private static void endProperly(ImportWay way) {
    TensorImporter importer = TensorImporter.versioned();
    way.adopt(importer, FIELDS.make()).close();
    if (way != ImportWay.REUSABLE) {
      way.adopt(importer, FIELDS.make()).imported().transferOut();
      way.adopt(importer, FIELDS.make()).imported().intoOwner();
    }
  }
}
