package org.dlpack4j.cuda;

import java.util.ArrayList;
import java.util.List;
import org.dlpack4j.Device;

/**
 * The devices whose work may use something.
 *
 * @param home that of its memory; current when it is released
 * @param everywhere whether all others may use it as well, as with pinned and managed memory
 */
record Users(Context home, boolean everywhere) {

  /** Those of memory that is of a device, or of the first one if it is of none. */
  static Users of(Device device) {
    return device.type() == Device.Type.CUDA
        ? new Users(Context.of(device.id()), false)
        : new Users(Context.of(0), true);
  }

  /** The contexts that have work now, the home first. */
  List<Context> contexts() {
    List<Context> contexts = new ArrayList<>(List.of(home));
    if (everywhere) {
      Context.live().stream().filter(context -> context != home).forEach(contexts::add);
    }
    return contexts;
  }

  /**
   * Whether an error says that a device has been reset, so that nothing there uses it any more. Of
   * the home the memory is gone, too.
   */
  boolean endsWith(Context context, int error) {
    return context != home && Context.isGone(error);
  }
}
