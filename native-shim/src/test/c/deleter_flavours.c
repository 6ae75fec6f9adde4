#include "deleter_flavours.h"

#include "shim.h"

static void mark_legacy(void *managed) { dlpack4j_mark_legacy(managed); }
static void mark_versioned(void *managed) { dlpack4j_mark_versioned(managed); }
static void release_legacy(void *managed) { dlpack4j_release_legacy(managed); }
static void release_versioned(void *managed) { dlpack4j_release_versioned(managed); }

const deleter_flavour DELETERS[DELETER_FLAVOURS] = {
    {mark_legacy, 0},
    {mark_versioned, 0},
    {release_legacy, 1},
    {release_versioned, 1},
};
