# Fuzz targets: tests/fuzz/NAME_fuzz.cpp becomes fuzz/fuzz_NAME, run by scripts/fuzz.sh with the seeds
# of tests/fuzz/corpus/NAME and, where there is one, the dictionary tests/fuzz/NAME.dict.
#
# Only in the preset `fuzz` (-DBSN_FUZZ=ON): the modules are compiled once more, with the sanitizers and
# with the coverage that libFuzzer steers by.

if(BSN_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "BSN_FUZZ needs clang with its compiler-rt (libFuzzer); use the preset fuzz.")
  endif()
  # Compiling takes longer than the run of `make test`.
  set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")
  # Checks of every pointer make a third of the code, and find here only what AddressSanitizer finds too.
  add_compile_options(-fsanitize=fuzzer-no-link
    -fno-sanitize=null,alignment,object-size,pointer-overflow,nonnull-attribute,returns-nonnull-attribute)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()

# bsn_fuzz_target(NAME LINKS target... [SOURCES file...] [FABRIC] [WHOLE])
#
# SOURCES are files that the target needs beside what it links. FABRIC: it may include what is made of Fabric's
# protocol definitions. WHOLE: it needs the whole program, so that `make test` leaves it to `make fuzz`.
function(bsn_fuzz_target name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "FABRIC;WHOLE" "" "LINKS;SOURCES")
  list(TRANSFORM arg_SOURCES PREPEND ${CMAKE_SOURCE_DIR}/)
  add_executable(fuzz_${name} ${CMAKE_SOURCE_DIR}/tests/fuzz/${name}_fuzz.cpp
    ${CMAKE_SOURCE_DIR}/tests/fuzz/main.cpp ${arg_SOURCES})
  target_include_directories(fuzz_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_compile_definitions(fuzz_${name} PRIVATE BSN_TESTS_DIR="${CMAKE_SOURCE_DIR}/tests")
  target_link_libraries(fuzz_${name} PRIVATE ${arg_LINKS} bsn_options)
  if(arg_FABRIC)
    set_source_files_properties(${CMAKE_SOURCE_DIR}/tests/fuzz/${name}_fuzz.cpp
      PROPERTIES COMPILE_OPTIONS "-isystem;${CMAKE_BINARY_DIR}/generated/bsn_fabric_protos")
  endif()
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  set_target_properties(fuzz_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
  add_dependencies(fuzz-all fuzz_${name})
  set(label fuzz-whole)
  if(NOT arg_WHOLE)
    add_dependencies(fuzz fuzz_${name})
    set(label fuzz)
  endif()
  add_test(NAME fuzz.${name}
    COMMAND ${CMAKE_SOURCE_DIR}/scripts/fuzz.sh run ${CMAKE_BINARY_DIR} ${name})
  # FUZZ_SECONDS says when a run ends.
  set_tests_properties(fuzz.${name} PROPERTIES LABELS ${label} TIMEOUT 0)
endfunction()
