package org.dlpack4j.it.datalog;

/** An argument of a rule's head. */
sealed interface HeadTerm permits Term, Aggregate {}
