package org.dlpack4j.gpucheck;

import java.util.List;

/**
 * What became of a part.
 *
 * @param part its name
 * @param cases in the order in which they ended
 * @param tail the last of what it printed beside them, if it failed
 */
record Outcome(String part, List<Message.Case> cases, List<String> tail) {

  long count(Result result) {
    return cases.stream().filter(each -> each.result() == result).count();
  }
}
