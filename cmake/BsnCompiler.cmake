# Language level, warnings, optimisation, sanitizers and compiler cache, for every target.
#
# bsn_options is linked by each of our targets; third-party code never sees these flags.

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Build type" FORCE)
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# No -march: a binary runs on every machine of its architecture, not only on the one it was built on.
# -g1 keeps function names and lines for backtraces at a fraction of the size of -g.
set(CMAKE_CXX_FLAGS_DEBUG "-Og -g")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")

add_library(bsn_options INTERFACE)
target_compile_definitions(bsn_options INTERFACE BSN_VERSION="${PROJECT_VERSION}")
target_compile_options(bsn_options INTERFACE
  -Wall -Wextra -Wpedantic
  # A designated initializer names the fields it wants and leaves the others at their defaults.
  -Wno-missing-field-initializers
  -fno-omit-frame-pointer -fstack-protector-strong
  # Programs are position-independent, but nothing of ours is a shared library: with -fPIC the
  # compiler would have to expect that any function is replaced, and inline few.
  -fPIE
  # Paths in assertions and debug information are relative to the project: builds of two clones are
  # equal, and share one compiler cache.
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)
target_link_options(bsn_options INTERFACE -pie)
target_compile_definitions(bsn_options INTERFACE $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)
if(BSN_WERROR)
  target_compile_options(bsn_options INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # These report correct std::string and std::vector<uint8_t> code of GCC 12's own library
  # (GCC bugs 105329, 105651, 107852). AddressSanitizer finds the real ones.
  target_compile_options(bsn_options INTERFACE -Wno-restrict -Wno-stringop-overflow
    -Wno-stringop-overread -Wno-array-bounds)
endif()

if(BSN_SANITIZE)
  set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")
  # RocksDB's public classes carry no type information for UBSan's vptr check.
  add_compile_options(-fsanitize=${BSN_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${BSN_SANITIZE})
  if(BSN_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize=vptr)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Instrumentation confuses the flow analysis; -Wtsan rejects Asio's fences.
    target_compile_options(bsn_options INTERFACE -Wno-maybe-uninitialized -Wno-tsan)
  endif()
elseif(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_options(bsn_options INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()

if(BSN_COVERAGE)
  # Unoptimised, so that what counts is what was written. Atomic: many threads count.
  set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")
  add_compile_options(--coverage -fprofile-update=atomic)
  add_link_options(--coverage)
endif()

# Compiler cache, shared between clones and build folders.
find_program(BSN_CCACHE ccache)
if(BSN_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${BSN_CCACHE})
endif()

# Headers of libraries that most files include, read once instead of in each: a fifth of the time of a build. Off: each
# file has to name what it includes (`make sanitize` builds so).
option(BSN_PRECOMPILED_HEADERS "Read the headers of libraries once" ON)
set(BSN_COMMON_HEADERS <algorithm> <chrono> <filesystem> <functional> <map> <memory> <mutex> <optional> <set> <string>
  <thread> <variant> <vector> <fmt/format.h> <nlohmann/json.hpp>)
if(NOT BSN_PRECOMPILED_HEADERS)
  set(CMAKE_DISABLE_PRECOMPILE_HEADERS ON)
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # The first is for ccache. Without the other gcc would tidy up its memory again and again, as precompiled headers
  # count as memory in use.
  target_compile_options(bsn_options INTERFACE -fpch-preprocess "SHELL:--param ggc-min-heapsize=1000000")
else()
  target_compile_options(bsn_options INTERFACE "SHELL:-Xclang -fno-pch-timestamp")  # for ccache
endif()

# A fast linker where there is one.
if(NOT CMAKE_EXE_LINKER_FLAGS MATCHES "-fuse-ld")
  include(CheckLinkerFlag)
  foreach(linker mold lld)
    find_program(BSN_LD_${linker} ld.${linker})
    if(BSN_LD_${linker})
      check_linker_flag(CXX -fuse-ld=${linker} BSN_LINKER_WORKS_${linker})
      if(BSN_LINKER_WORKS_${linker})
        add_link_options(-fuse-ld=${linker})
        break()
      endif()
    endif()
  endforeach()
endif()
