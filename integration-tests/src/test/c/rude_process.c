/* What the process costs, as the kernel counts it. */
#include "managed.h"
#include "rude_consumer.h"

#include <dirent.h>
#include <stdio.h>

int rude_thread_count(void) {
  DIR *tasks = opendir("/proc/self/task");
  require(tasks != NULL, "/proc/self/task to be readable");
  int count = 0;
  for (struct dirent *entry; (entry = readdir(tasks)) != NULL;) {
    count += entry->d_name[0] != '.';
  }
  closedir(tasks);
  return count;
}

long rude_resident_kib(void) {
  FILE *status = fopen("/proc/self/status", "r");
  require(status != NULL, "/proc/self/status to be readable");
  long resident = -1;
  char line[256];
  while (resident < 0 && fgets(line, sizeof line, status) != NULL) {
    sscanf(line, "VmRSS: %ld", &resident);
  }
  fclose(status);
  require(resident >= 0, "VmRSS in /proc/self/status");
  return resident;
}
