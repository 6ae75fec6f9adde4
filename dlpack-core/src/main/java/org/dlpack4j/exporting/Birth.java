package org.dlpack4j.exporting;

import java.time.Duration;
import org.dlpack4j.abi.Flavour;

/**
 * When a block was exported, and as what: all that is written down for those who count, in one
 * number a block, on the Java side, where no consumer can change it.
 */
final class Birth {

  private Birth() {}

  static int of(int ticks, Flavour flavour) {
    return (ticks << 1) | (flavour == Flavour.VERSIONED ? 1 : 0);
  }

  static Flavour flavour(int birth) {
    return (birth & 1) == 0 ? Flavour.LEGACY : Flavour.VERSIONED;
  }

  static Duration age(int birth, int nowTicks) {
    // In 31 bits, signed: who was born while others are counted is not 6 years old.
    int ticks = ((nowTicks << 1) - (birth & ~1)) >> 1;
    return Clock.TICK.multipliedBy(Math.max(ticks, 0));
  }
}
