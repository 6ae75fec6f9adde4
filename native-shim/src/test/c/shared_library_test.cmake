# The library that ships: what it exports, what it needs of others, that it stays loaded.

if(NOT NM OR NOT READELF)
  message("SKIPPED: nm and readelf are needed")
  return()
endif()

function(expect_symbols what option expected)
  execute_process(COMMAND "${NM}" -D ${option} --format=posix "${LIBRARY}"
                  OUTPUT_VARIABLE table COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[^\n]+" lines "${table}")
  set(found "")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "[ @].*" "" name "${line}")
    list(APPEND found "${name}")
  endforeach()
  list(SORT found)
  if(NOT found STREQUAL expected)
    message(FATAL_ERROR "${what}: expected ${expected} but found ${found}")
  endif()
endfunction()

function(expect_dynamic_section tag expected)
  execute_process(COMMAND "${READELF}" --dynamic --wide "${LIBRARY}"
                  OUTPUT_VARIABLE section COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "\\(${tag}\\)[^\n]*|Flags:[^\n]*${tag}" found "${section}")
  list(LENGTH found count)
  if(NOT count EQUAL expected)
    message(FATAL_ERROR "${tag} in the dynamic section: expected ${expected} but found ${count}: ${found}")
  endif()
endfunction()

expect_symbols("exported" --defined-only
  "dlpack4j_abi_probe;dlpack4j_exchange_live;dlpack4j_exchange_table;dlpack4j_mark_legacy;dlpack4j_mark_versioned;dlpack4j_release_array;dlpack4j_release_device_stream;dlpack4j_release_legacy;dlpack4j_release_schema;dlpack4j_release_stream;dlpack4j_release_versioned")
expect_symbols("undefined" --undefined-only
  "PyErr_SetString;PyExc_BufferError;PyGILState_Check;Py_IsInitialized;free;malloc;syscall")
expect_dynamic_section(NEEDED 0)
expect_dynamic_section(SONAME 0)
expect_dynamic_section(NODELETE 1)
