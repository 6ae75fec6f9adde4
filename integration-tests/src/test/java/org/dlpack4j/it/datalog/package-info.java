/**
 * A small Datalog engine, as somebody else would write it on dlpack4j: facts are foreign tables,
 * read where they lie, and results are exported tables.
 *
 * <p>{@link org.dlpack4j.it.datalog.Program} is the way in. A program is a list of {@link
 * org.dlpack4j.it.datalog.Rule}s, put in order by {@link org.dlpack4j.it.datalog.Strata}, made into
 * joins by {@link org.dlpack4j.it.datalog.Plan} and run to a fixpoint by {@link
 * org.dlpack4j.it.datalog.Evaluation}; {@link org.dlpack4j.it.datalog.Database} has the results.
 */
@NullMarked
package org.dlpack4j.it.datalog;

import org.jspecify.annotations.NullMarked;
