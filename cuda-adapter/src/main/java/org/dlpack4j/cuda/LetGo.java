package org.dlpack4j.cuda;

/**
 * Something that its program has let go, and that devices may still work with.
 *
 * @param intake with what it was taken
 * @param users who may still work with it
 * @param policy what has to be done before it is released
 * @param release releases it
 */
record LetGo(ReleaseLedger.Intake intake, Users users, ReleasePolicy policy, Runnable release) {}
