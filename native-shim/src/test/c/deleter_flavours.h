#ifndef DLPACK4J_DELETER_FLAVOURS_H
#define DLPACK4J_DELETER_FLAVOURS_H

typedef struct {
  void (*call)(void *managed);
  int calls_native_owner;
} deleter_flavour;

enum { DELETER_FLAVOURS = 4 };

extern const deleter_flavour DELETERS[DELETER_FLAVOURS];

#endif
