/* The tensors: their structs, wherever they lie, and the deleters that count. */
#include "hostile_producer.h"

#include "hostile_memory.h"
#include "managed.h"

#include <stdlib.h>
#include <string.h>

enum { POISON = 0xDB };

/* What lies before every struct, and is all that a deleter needs of it. */
typedef struct {
  hostile_record *record;
  int64_t struct_bytes;
} header;

static header *header_of(void *managed) { return (header *)managed - 1; }

static void delete_any(void *managed) {
  hostile_record *record = header_of(managed)->record;
  __atomic_fetch_add(&record->deletes, 1, __ATOMIC_SEQ_CST);
  if (record->memory != 0) {
    hostile_protect((void *)record->memory, record->memory_bytes, 0);
  }
  if (record->own_pages == 0) {
    memset(managed, POISON, (size_t)header_of(managed)->struct_bytes);
  } else {
    hostile_protect((void *)record->own_pages, hostile_page_size(), 0);
  }
  if (record->then_call != 0) {
    ((void (*)(void))record->then_call)();
  }
}

static void delete_versioned(DLManagedTensorVersioned *self) { delete_any(self); }

static void delete_legacy(DLManagedTensor *self) { delete_any(self); }

static DLTensor tensor_with(const hostile_fields *fields) {
  return (DLTensor){
      .data = (void *)fields->data,
      .device = {(int32_t)fields->device_type, (int32_t)fields->device_id},
      .ndim = (int32_t)fields->ndim,
      .dtype = {(uint8_t)fields->code, (uint8_t)fields->bits, (uint16_t)fields->lanes},
      .shape = (int64_t *)fields->shape,
      .strides = (int64_t *)fields->strides,
      .byte_offset = (uint64_t)fields->byte_offset};
}

/* Both flavours, of which one is used. */
typedef union {
  DLManagedTensorVersioned versioned;
  DLManagedTensor legacy;
} any_tensor;

static any_tensor filled(const hostile_fields *fields, int with_deleter) {
  any_tensor filled;
  if (fields->versioned) {
    filled.versioned = (DLManagedTensorVersioned){
        .version = {(uint32_t)fields->major, (uint32_t)fields->minor},
        .deleter = with_deleter ? delete_versioned : NULL,
        .flags = (uint64_t)fields->flags,
        .dl_tensor = tensor_with(fields)};
  } else {
    filled.legacy = (DLManagedTensor){.dl_tensor = tensor_with(fields),
                                      .deleter = with_deleter ? delete_legacy : NULL};
  }
  return filled;
}

static int64_t struct_bytes(const hostile_fields *fields) {
  return fields->versioned ? (int64_t)sizeof(DLManagedTensorVersioned)
                           : (int64_t)sizeof(DLManagedTensor);
}

static hostile_record *record_for(void *managed, const hostile_fields *fields, int with_deleter,
                                  int64_t bytes) {
  hostile_record *record = calloc(1, sizeof(hostile_record));
  require(record != NULL, "memory for a record");
  record->managed = managed;
  *header_of(managed) = (header){record, struct_bytes(fields)};
  any_tensor tensor = filled(fields, with_deleter);
  memcpy(managed, &tensor, (size_t)bytes);
  return record;
}

static hostile_record *make(const hostile_fields *fields, int with_deleter) {
  header *memory = malloc(sizeof(header) + (size_t)struct_bytes(fields));
  require(memory != NULL, "memory for a managed tensor");
  return record_for(memory + 1, fields, with_deleter, struct_bytes(fields));
}

hostile_record *hostile_make(const hostile_fields *fields) { return make(fields, 1); }

hostile_record *hostile_make_without_deleter(const hostile_fields *fields) {
  return make(fields, 0);
}

hostile_record *hostile_make_guarded(const hostile_fields *fields, int64_t bytes) {
  int64_t readable = bytes == 0 ? struct_bytes(fields) : bytes;
  int64_t page = hostile_page_size();
  char *start = hostile_map(page);
  hostile_record *record = record_for(start + page - readable, fields, 1, readable);
  record->own_pages = (int64_t)start;
  return record;
}
