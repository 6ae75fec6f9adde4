/**
 * DLPack's exchange API, the table of C functions by which libraries exchange tensors without a
 * call of Python's: {@link org.dlpack4j.exchange.ExchangeTable} is ours, for others to call; {@link
 * org.dlpack4j.exchange.ExchangeApi} calls another library's.
 */
@NullMarked
package org.dlpack4j.exchange;

import org.jspecify.annotations.NullMarked;
