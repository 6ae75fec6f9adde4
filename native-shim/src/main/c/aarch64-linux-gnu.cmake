# Toolchain file: builds for aarch64 on another machine, and runs its tests under QEMU where installed.
#   cmake -S . -B BUILD -DCMAKE_TOOLCHAIN_FILE=aarch64-linux-gnu.cmake
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)

find_program(QEMU_AARCH64 NAMES qemu-aarch64-static qemu-aarch64)
if(QEMU_AARCH64)
  # Where Debian's cross C library lives; QEMU takes the program's loader from there.
  set(CMAKE_CROSSCOMPILING_EMULATOR "${QEMU_AARCH64}" -L /usr/aarch64-linux-gnu)
endif()
