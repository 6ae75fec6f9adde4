#include "expect.h"
#include "java_side.h"
#include "shim.h"
#include "threads.h"

#include <stdlib.h>
#include <string.h>

enum { CHILDREN = 3, RIVALS = 8, ROUNDS = 200, BUFFER_BYTES = 64 };

static _Atomic uint32_t awake;

/* An array as Java exports it: what it points to is in one piece that its keeper's owner has. */
typedef struct {
  const void *buffers[1];
  ArrowArray *child_pointers[CHILDREN];
  ArrowArray children[CHILDREN];
  ArrowArray dictionary;
} node;

static dlpack4j_block *keep(dlpack4j_slab *slab, node *memory) {
  dlpack4j_block *block = slab_claim(slab);
  EXPECT(block != NULL);
  DLManagedTensorVersioned keeper = {.deleter = dlpack4j_mark_versioned};
  memcpy(block, &keeper, sizeof keeper);
  block->context = memory;
  return block;
}

static void fill(ArrowArray *array, dlpack4j_slab *slab, int children, int has_dictionary) {
  node *memory = calloc(1, sizeof *memory);
  EXPECT(memory != NULL);
  memory->buffers[0] = malloc(BUFFER_BYTES);
  for (int i = 0; i < children; i++) {
    memory->child_pointers[i] = &memory->children[i];
    fill(&memory->children[i], slab, 0, 0);
  }
  if (has_dictionary) {
    fill(&memory->dictionary, slab, 0, 0);
  }
  *array = (ArrowArray){
      .n_buffers = 1,
      .n_children = children,
      .buffers = memory->buffers,
      .children = children == 0 ? NULL : memory->child_pointers,
      .dictionary = has_dictionary ? &memory->dictionary : NULL,
      .release = dlpack4j_release_array,
      .private_data = keep(slab, memory),
  };
}

/* What Java does with the keepers that were marked: now the memory goes, and reads of it fail. */
static int drain(dlpack4j_slab *slab) {
  int drained = 0;
  for (uint64_t dead = slab_dead(slab); dead != 0; dead &= dead - 1) {
    int slot = __builtin_ctzll(dead);
    dlpack4j_block *block = (dlpack4j_block *)((char *)slab + slot * DLPACK4J_BLOCK_BYTES);
    node *memory = block->context;
    free((void *)memory->buffers[0]);
    free(memory);
    slab_free(slab, idle_bit(slot));
    drained++;
  }
  return drained;
}

static ArrowArray moved(ArrowArray *from) {
  ArrowArray to = *from;
  memset(from, 0xA5, sizeof *from);
  from->release = NULL;
  return to;
}

static void a_release_takes_children_and_dictionary_along(void) {
  dlpack4j_slab *slab = slab_create(&awake);
  ArrowArray array;
  fill(&array, slab, CHILDREN, 1);
  array.release(&array);
  EXPECT(array.release == NULL);
  EXPECT_EQUAL(CHILDREN + 2, drain(slab));
  EXPECT_EQUAL(ALL_FREE, atomic_load(&slab->state));
  free(slab);
}

static void a_released_array_is_left_alone(void) {
  dlpack4j_slab *slab = slab_create(&awake);
  ArrowArray array;
  fill(&array, slab, 1, 0);
  dlpack4j_release_array(&array);
  EXPECT_EQUAL(2, drain(slab));
  dlpack4j_release_array(&array);
  dlpack4j_release_array(NULL);
  EXPECT_EQUAL(0, drain(slab));
  EXPECT_EQUAL(0, atomic_load(&slab->double_deletes));
  free(slab);
}

static void an_array_may_be_moved_before_its_release(void) {
  dlpack4j_slab *slab = slab_create(&awake);
  ArrowArray array;
  fill(&array, slab, CHILDREN, 1);
  ArrowArray elsewhere = moved(&array);
  elsewhere.release(&elsewhere);
  EXPECT_EQUAL(CHILDREN + 2, drain(slab));
  free(slab);
}

static void a_child_that_was_moved_outlives_its_parent(void) {
  dlpack4j_slab *slab = slab_create(&awake);
  ArrowArray array;
  fill(&array, slab, CHILDREN, 0);
  ArrowArray child = moved(array.children[1]);
  array.release(&array);
  EXPECT_EQUAL(CHILDREN, drain(slab));
  memset((void *)child.buffers[0], 1, BUFFER_BYTES);
  child.release(&child);
  EXPECT(child.release == NULL);
  EXPECT_EQUAL(1, drain(slab));
  free(slab);
}

static void a_child_that_was_released_first_is_not_released_again(void) {
  dlpack4j_slab *slab = slab_create(&awake);
  ArrowArray array;
  fill(&array, slab, CHILDREN, 1);
  ArrowArray child = moved(array.children[0]);
  child.release(&child);
  array.dictionary->release(array.dictionary);
  EXPECT_EQUAL(2, drain(slab));
  array.release(&array);
  EXPECT_EQUAL(CHILDREN, drain(slab));
  EXPECT_EQUAL(0, atomic_load(&slab->double_deletes));
  free(slab);
}

static void release_one(int index, void *context) {
  ArrowArray *arrays = context;
  arrays[index].release(&arrays[index]);
}

static void parents_and_moved_children_are_released_on_any_threads(void) {
  for (int round = 0; round < ROUNDS; round++) {
    dlpack4j_slab *slab = slab_create(&awake);
    ArrowArray arrays[RIVALS];
    fill(&arrays[0], slab, CHILDREN, 1);
    for (int i = 0; i < CHILDREN; i++) {
      arrays[i + 1] = moved(arrays[0].children[i]);
    }
    for (int i = CHILDREN + 1; i < RIVALS; i++) {
      fill(&arrays[i], slab, 1, 0);
    }
    run_together(RIVALS, release_one, arrays);
    EXPECT_EQUAL(CHILDREN + 2 + 2 * (RIVALS - CHILDREN - 1), drain(slab));
    EXPECT_EQUAL(ALL_FREE, atomic_load(&slab->state));
    free(slab);
  }
}

/* A schema as Java exports it: pointers, structs and strings in one piece of malloc's. */
typedef struct {
  ArrowSchema *child_pointers[CHILDREN];
  ArrowSchema children[CHILDREN];
  ArrowSchema dictionary;
  char format[4];
} schema_memory;

static void fill_schema(ArrowSchema *schema, int children, int has_dictionary) {
  schema_memory *memory = calloc(1, sizeof *memory);
  EXPECT(memory != NULL);
  for (int i = 0; i < children; i++) {
    memory->child_pointers[i] = &memory->children[i];
    fill_schema(&memory->children[i], 0, 0);
  }
  if (has_dictionary) {
    fill_schema(&memory->dictionary, 0, 0);
  }
  *schema = (ArrowSchema){
      .format = memory->format,
      .n_children = children,
      .children = memory->child_pointers,
      .dictionary = has_dictionary ? &memory->dictionary : NULL,
      .release = dlpack4j_release_schema,
      .private_data = memory,
  };
}

static void a_schema_frees_everything_that_is_left(void) {
  ArrowSchema schema;
  fill_schema(&schema, CHILDREN, 1);
  schema.children[2]->release(schema.children[2]);
  ArrowSchema child = *schema.children[0];
  schema.children[0]->release = NULL;
  ArrowSchema elsewhere = schema;
  schema.release = NULL;
  elsewhere.release(&elsewhere);
  EXPECT(elsewhere.release == NULL);
  dlpack4j_release_schema(&elsewhere);
  dlpack4j_release_schema(NULL);
  EXPECT_EQUAL(0, child.format[0]);
  child.release(&child);
}

static void a_stream_marks_its_keeper_once(void) {
  dlpack4j_slab *slab = slab_create(&awake);
  node *memory = calloc(1, sizeof *memory);
  ArrowArrayStream stream = {.release = dlpack4j_release_stream,
                             .private_data = keep(slab, memory)};
  ArrowArrayStream elsewhere = stream;
  stream.release = NULL;
  dlpack4j_release_stream(&stream);
  EXPECT_EQUAL(0, drain(slab));
  elsewhere.release(&elsewhere);
  EXPECT(elsewhere.release == NULL);
  dlpack4j_release_stream(&elsewhere);
  dlpack4j_release_stream(NULL);
  EXPECT_EQUAL(1, drain(slab));
  EXPECT_EQUAL(0, atomic_load(&slab->double_deletes));
  free(slab);
}

static void a_device_stream_marks_its_keeper_once(void) {
  dlpack4j_slab *slab = slab_create(&awake);
  node *memory = calloc(1, sizeof *memory);
  ArrowDeviceArrayStream stream = {.release = dlpack4j_release_device_stream,
                                   .private_data = keep(slab, memory)};
  ArrowDeviceArrayStream elsewhere = stream;
  stream.release = NULL;
  dlpack4j_release_device_stream(&stream);
  EXPECT_EQUAL(0, drain(slab));
  elsewhere.release(&elsewhere);
  EXPECT(elsewhere.release == NULL);
  dlpack4j_release_device_stream(&elsewhere);
  dlpack4j_release_device_stream(NULL);
  EXPECT_EQUAL(1, drain(slab));
  EXPECT_EQUAL(0, atomic_load(&slab->double_deletes));
  free(slab);
}

static void release_stream(int index, void *context) {
  ArrowArrayStream *streams = context;
  streams[index].release(&streams[index]);
}

static void streams_are_released_on_any_threads(void) {
  for (int round = 0; round < ROUNDS; round++) {
    dlpack4j_slab *slab = slab_create(&awake);
    ArrowArrayStream streams[RIVALS];
    for (int i = 0; i < RIVALS; i++) {
      streams[i] = (ArrowArrayStream){.release = dlpack4j_release_stream,
                                      .private_data = keep(slab, calloc(1, sizeof(node)))};
    }
    run_together(RIVALS, release_stream, streams);
    EXPECT_EQUAL(RIVALS, drain(slab));
    EXPECT_EQUAL(ALL_FREE, atomic_load(&slab->state));
    free(slab);
  }
}

int main(void) {
  RUN(a_release_takes_children_and_dictionary_along);
  RUN(a_released_array_is_left_alone);
  RUN(an_array_may_be_moved_before_its_release);
  RUN(a_child_that_was_moved_outlives_its_parent);
  RUN(a_child_that_was_released_first_is_not_released_again);
  RUN(parents_and_moved_children_are_released_on_any_threads);
  RUN(a_schema_frees_everything_that_is_left);
  RUN(a_stream_marks_its_keeper_once);
  RUN(a_device_stream_marks_its_keeper_once);
  RUN(streams_are_released_on_any_threads);
  return 0;
}
