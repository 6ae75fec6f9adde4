/*
 * Embeds a JVM, has Java export tensors, destroys the VM and only then deletes them:
 *
 *     jvm-launcher LIBJVM CLASSPATH SCENARIO [JVM_OPTION...]
 *
 * SCENARIO says on which thread: new-thread, main-thread, or old-thread, which deleted a tensor
 * before and is still attached to the VM, as a daemon.
 */
#include <dlfcn.h>
#include <jni.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dlpack_abi.h"

enum { COUNT = 16, FAILED = 3 };

#define EXPORTS_CLASS "org/dlpack4j/it/EmbeddedExports"

typedef jint create_vm(JavaVM **vm, void **environment, void *arguments);

typedef struct {
  JavaVM *vm;
  DLManagedTensorVersioned *tensors[COUNT + 1];
  sem_t deleted_first;
  sem_t vm_destroyed;
} embedding;

static void require(int condition, const char *message) {
  if (!condition) {
    fprintf(stderr, "jvm-launcher: expected %s\n", message);
    exit(FAILED);
  }
}

static void require_no_exception(JNIEnv *environment) {
  if ((*environment)->ExceptionCheck(environment)) {
    (*environment)->ExceptionDescribe(environment);
    exit(FAILED);
  }
}

static create_vm *find_create_vm(const char *path) {
  void *library = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
  if (library == NULL) {
    fprintf(stderr, "jvm-launcher: %s\n", dlerror());
    exit(FAILED);
  }
  create_vm *found;
  /* ISO C has no conversion from an object pointer to a function pointer. */
  *(void **)&found = dlsym(library, "JNI_CreateJavaVM");
  require(found != NULL, "JNI_CreateJavaVM in the library");
  return found;
}

static char *class_path_option(const char *class_path) {
  static const char PREFIX[] = "-Djava.class.path=";
  size_t bytes = sizeof PREFIX + strlen(class_path);
  char *option = malloc(bytes);
  require(option != NULL, "memory for the class path");
  snprintf(option, bytes, "%s%s", PREFIX, class_path);
  return option;
}

static JNIEnv *start_vm(embedding *self, const char *library, const char *class_path,
                        char **jvm_options, int count) {
  JavaVMOption *options = calloc((size_t)count + 1, sizeof *options);
  require(options != NULL, "memory for the options");
  options[0].optionString = class_path_option(class_path);
  for (int i = 0; i < count; i++) {
    options[i + 1].optionString = jvm_options[i];
  }
  JavaVMInitArgs arguments = {
      .version = JNI_VERSION_10, .nOptions = count + 1, .options = options};
  void *environment;
  jint result = find_create_vm(library)(&self->vm, &environment, &arguments);
  require(result == JNI_OK, "JNI_CreateJavaVM to succeed");
  free(options[0].optionString);
  free(options);
  return environment;
}

static void export_tensors(embedding *self, JNIEnv *environment) {
  jclass exports = (*environment)->FindClass(environment, EXPORTS_CLASS);
  require_no_exception(environment);
  jmethodID method =
      (*environment)->GetStaticMethodID(environment, exports, "exportTensors", "(I)[J");
  require_no_exception(environment);
  jlongArray array =
      (*environment)->CallStaticObjectMethod(environment, exports, method, (jint)(COUNT + 1));
  require_no_exception(environment);
  require(array != NULL, "exportTensors to return an array");
  require((*environment)->GetArrayLength(environment, array) == COUNT + 1, "a pointer a tensor");
  jlong pointers[COUNT + 1];
  (*environment)->GetLongArrayRegion(environment, array, 0, COUNT + 1, pointers);
  for (int i = 0; i <= COUNT; i++) {
    self->tensors[i] = (DLManagedTensorVersioned *)(uintptr_t)pointers[i];
  }
}

static void delete_tensor(DLManagedTensorVersioned *managed) { managed->deleter(managed); }

/* The last tensor is the one that goes while the VM lives. */
static void delete_one_early(embedding *self) { delete_tensor(self->tensors[COUNT]); }

static void delete_the_rest(embedding *self) {
  for (int i = 0; i < COUNT; i++) {
    delete_tensor(self->tensors[i]);
  }
}

static void destroy_vm(embedding *self) {
  require((*self->vm)->DestroyJavaVM(self->vm) == JNI_OK, "DestroyJavaVM to succeed");
}

static void wait_for(sem_t *semaphore) {
  while (sem_wait(semaphore) != 0) {
    /* interrupted by one of the VM's signals */
  }
}

static void *delete_the_rest_as_new_thread(void *argument) {
  delete_the_rest(argument);
  return NULL;
}

static void *delete_as_old_thread(void *argument) {
  embedding *self = argument;
  void *environment;
  jint attached = (*self->vm)->AttachCurrentThreadAsDaemon(self->vm, &environment, NULL);
  require(attached == JNI_OK, "the old thread to be attached");
  delete_one_early(self);
  sem_post(&self->deleted_first);
  wait_for(&self->vm_destroyed);
  delete_the_rest(self);
  return NULL;
}

static pthread_t start_thread(void *(*body)(void *), embedding *self) {
  pthread_t thread;
  require(pthread_create(&thread, NULL, body, self) == 0, "a new thread");
  return thread;
}

static void join(pthread_t thread) {
  require(pthread_join(thread, NULL) == 0, "the thread to be joined");
}

static void run_main_thread(embedding *self) {
  delete_one_early(self);
  destroy_vm(self);
  delete_the_rest(self);
}

static void run_new_thread(embedding *self) {
  delete_one_early(self);
  destroy_vm(self);
  join(start_thread(delete_the_rest_as_new_thread, self));
}

static void run_old_thread(embedding *self) {
  pthread_t thread = start_thread(delete_as_old_thread, self);
  wait_for(&self->deleted_first);
  destroy_vm(self);
  sem_post(&self->vm_destroyed);
  join(thread);
}

static const struct {
  const char *name;
  void (*run)(embedding *self);
} SCENARIOS[] = {
    {"main-thread", run_main_thread},
    {"new-thread", run_new_thread},
    {"old-thread", run_old_thread},
};

static void (*scenario_named(const char *name))(embedding *) {
  for (size_t i = 0; i < sizeof SCENARIOS / sizeof SCENARIOS[0]; i++) {
    if (strcmp(SCENARIOS[i].name, name) == 0) {
      return SCENARIOS[i].run;
    }
  }
  fprintf(stderr, "jvm-launcher: expected main-thread, new-thread or old-thread but found %s\n",
          name);
  exit(FAILED);
}

int main(int argc, char **argv) {
  require(argc >= 4, "LIBJVM CLASSPATH SCENARIO [JVM_OPTION...]");
  void (*run)(embedding *) = scenario_named(argv[3]);
  embedding self;
  sem_init(&self.deleted_first, 0, 0);
  sem_init(&self.vm_destroyed, 0, 0);
  export_tensors(&self, start_vm(&self, argv[1], argv[2], argv + 4, argc - 4));
  run(&self);
  printf("deleted %d after DestroyJavaVM\n", COUNT);
  return 0;
}
