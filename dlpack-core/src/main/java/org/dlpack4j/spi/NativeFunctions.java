package org.dlpack4j.spi;

import java.util.Map;

/**
 * Deleters and an exchange table in C, which never enter the JVM. Provided by the module {@code
 * native-shim}, found by {@link java.util.ServiceLoader}; without it the core uses upcall stubs.
 *
 * <p>An implementation's constructor throws {@link UnsatisfiedLinkError}, with the reason and what
 * to do, if its library cannot be used on this machine.
 */
public interface NativeFunctions {

  /**
   * Marks a {@code DLManagedTensor} as deleted.
   *
   * @return the function's address, callable until the process ends
   */
  long markLegacy();

  /**
   * Marks a {@code DLManagedTensorVersioned} as deleted.
   *
   * @return the function's address, callable until the process ends
   */
  long markVersioned();

  /**
   * Releases the native owner of a {@code DLManagedTensor}.
   *
   * @return the function's address, callable until the process ends
   */
  long releaseLegacy();

  /**
   * Releases the native owner of a {@code DLManagedTensorVersioned}.
   *
   * @return the function's address, callable until the process ends
   */
  long releaseVersioned();

  /**
   * The {@code DLPackExchangeAPI} of this library.
   *
   * @return its address, valid until the process ends
   */
  long exchangeTable();

  /**
   * Writes how many tensors of the exchange table's allocator are live, and how many bytes they
   * have, as two numbers of 64 bits.
   *
   * @return the address of a {@code void (*)(int64_t *)}
   */
  long exchangeLive();

  /**
   * Releases an {@code ArrowArray}: what is left of its children and dictionary, then the {@code
   * DLManagedTensorVersioned} that its {@code private_data} is.
   *
   * @return the function's address, callable until the process ends
   */
  long releaseArray();

  /**
   * Releases an {@code ArrowSchema}: what is left of its children and dictionary, then its {@code
   * private_data}, which is of malloc.
   *
   * @return the function's address, callable until the process ends
   */
  long releaseSchema();

  /**
   * Releases an {@code ArrowArrayStream}: the {@code DLManagedTensorVersioned} that its {@code
   * private_data} is.
   *
   * @return the function's address, callable until the process ends
   */
  long releaseStream();

  /**
   * The release callback of our {@code ArrowDeviceArrayStream} structs.
   *
   * @return the address of a {@code void (*)(struct ArrowDeviceArrayStream *)}
   */
  long releaseDeviceStream();

  /**
   * Every size and offset that the library was compiled with; the core compares them with its own.
   *
   * @return name to value
   */
  Map<String, Long> abi();

  /**
   * Where the library came from.
   *
   * @return one line for people
   */
  String description();

  /**
   * The implementation that this JVM has; one for everybody, as each would load the library again.
   *
   * @return the same every time
   * @throws UnsatisfiedLinkError if there is none or it cannot be used, with what to do
   */
  static NativeFunctions provided() {
    return Provided.get();
  }
}
