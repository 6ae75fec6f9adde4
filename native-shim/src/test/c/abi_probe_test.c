#include "expect.h"
#include "shim.h"

#include <string.h>

static int count_facts(const dlpack4j_abi_fact *facts) {
  int count = 0;
  while (facts[count].name != NULL) {
    count++;
  }
  return count;
}

static void facts_end_with_a_null_name(void) {
  const dlpack4j_abi_fact *facts = dlpack4j_abi_probe();
  int count = count_facts(facts);
  EXPECT(count > 0);
  EXPECT_EQUAL(0, facts[count].value);
}

static void no_fact_is_named_twice(void) {
  const dlpack4j_abi_fact *facts = dlpack4j_abi_probe();
  int count = count_facts(facts);
  for (int i = 0; i < count; i++) {
    for (int j = i + 1; j < count; j++) {
      if (strcmp(facts[i].name, facts[j].name) == 0) {
        fail(__FILE__, __LINE__, facts[i].name);
      }
    }
  }
}

static void every_call_returns_the_same_facts(void) {
  EXPECT(dlpack4j_abi_probe() == dlpack4j_abi_probe());
}

int main(void) {
  RUN(facts_end_with_a_null_name);
  RUN(no_fact_is_named_twice);
  RUN(every_call_returns_the_same_facts);
  return 0;
}
