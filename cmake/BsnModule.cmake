# What the root list is written in: one function per kind of target. Everything is found by its place
# in the tree, so that a new file needs no CMake line at all.

set(BSN_DECLARED_MODULES "")  # modules declared so far, lowest first

# bsn_module(NAME [DEPENDS module...] [LIBS target...])
#
# Static library bsn_NAME (alias bsn::NAME) from src/NAME/**/*.cpp, and the executable test_NAME from
# tests/unit/NAME/**/*_test.cpp. DEPENDS are modules that were declared before; LIBS other targets.
function(bsn_module name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "DEPENDS;LIBS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "bsn_module(${name}): what is '${arg_UNPARSED_ARGUMENTS}'?")
  endif()
  set(links "")
  foreach(dependency IN LISTS arg_DEPENDS)
    if(NOT dependency IN_LIST BSN_DECLARED_MODULES)
      message(FATAL_ERROR "Module '${name}' depends on '${dependency}', which does not stand above it.")
    endif()
    list(APPEND links bsn_${dependency})
  endforeach()

  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cpp)
  list(REMOVE_ITEM sources ${CMAKE_SOURCE_DIR}/src/cli/main.cpp)
  if(sources)
    add_library(bsn_${name} STATIC ${sources})
    set(scope PUBLIC)
  else()
    add_library(bsn_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(bsn::${name} ALIAS bsn_${name})
  target_include_directories(bsn_${name} ${scope} ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(bsn_${name} ${scope} ${links} ${arg_LIBS} bsn_options)
  bsn_precompiled_headers(bsn_${name} bsn_base ${BSN_COMMON_HEADERS})

  set(BSN_DECLARED_MODULES ${BSN_DECLARED_MODULES} ${name} PARENT_SCOPE)
  if(BSN_TESTS)
    file(GLOB_RECURSE tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/${name}/*_test.cpp)
    if(tests)
      bsn_gtest(test_${name} LABEL unit PREFIX ${name}. TIMEOUT 60 SOURCES ${tests} LINKS bsn_${name})
    endif()
  endif()
endfunction()

# bsn_precompiled_headers(TARGET FROM header...): the target reads the headers as FROM has compiled them. Both must be
# compiled by the same options.
function(bsn_precompiled_headers target from)
  if(target STREQUAL from)
    target_precompile_headers(${target} PRIVATE ${ARGN})
  else()
    target_precompile_headers(${target} REUSE_FROM ${from})
  endif()
endfunction()

# What tests measure is not how fast they are themselves: a quarter of the time that compiling them takes.
function(bsn_test_options target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:RelWithDebInfo>:-O1>)
endfunction()

# bsn_gtest(TARGET LABEL label PREFIX prefix TIMEOUT seconds SOURCES file... LINKS target... [FILTER tests])
#
# A GoogleTest executable; each of its tests (of FILTER) is one ctest test. Sanitizers get five times the time.
# BSN_TESTS_DIR is the absolute path of tests/, for golden vectors and other data files.
function(bsn_gtest target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LABEL;PREFIX;TIMEOUT;FILTER" "SOURCES;LINKS")
  if(NOT arg_FILTER)
    set(arg_FILTER "*")
  endif()
  add_executable(${target} ${arg_SOURCES})
  target_compile_definitions(${target} PRIVATE BSN_TESTS_DIR="${CMAKE_SOURCE_DIR}/tests")
  target_link_libraries(${target} PRIVATE bsn_test_support ${arg_LINKS} GTest::gtest GTest::gtest_main)
  bsn_test_options(${target})
  bsn_precompiled_headers(${target} bsn_test_support)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  bsn_timeout(timeout ${arg_TIMEOUT})
  gtest_discover_tests(${target} TEST_PREFIX ${arg_PREFIX} TEST_FILTER ${arg_FILTER} DISCOVERY_MODE PRE_TEST
    DISCOVERY_TIMEOUT 60 PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${timeout})
endfunction()

# bsn_fabric_sources(MODULE): the files in the folder `fabric` of a module and of its unit tests may include
# what is made of Fabric's protocol definitions. Others keep their command lines, and the compiler's cache.
function(bsn_fabric_sources module)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${module}/fabric/*.cpp
    ${CMAKE_SOURCE_DIR}/tests/unit/${module}/fabric/*.cpp)
  set_source_files_properties(${sources} PROPERTIES COMPILE_OPTIONS "-isystem;${CMAKE_BINARY_DIR}/generated/bsn_fabric_protos")
  target_link_libraries(bsn_${module} PUBLIC $<LINK_ONLY:bsn_fabric_protos> PRIVATE ZLIB::ZLIB)
  add_dependencies(bsn_${module} bsn_fabric_protos)
endfunction()

function(bsn_timeout result seconds)
  if(BSN_SANITIZE)
    math(EXPR seconds "${seconds} * 5")
  endif()
  set(${result} ${seconds} PARENT_SCOPE)
endfunction()

# What several unit tests share: tests/support/, included as "support/name.hpp". A helper may use any
# module; it is linked into a test only where it is used, and the test brings the module.
function(bsn_test_support)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/support/*.cpp)
  if(sources)
    add_library(bsn_test_support STATIC ${sources})
    set(scope PUBLIC)
  else()
    add_library(bsn_test_support INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(bsn_test_support ${scope} ${CMAKE_SOURCE_DIR}/tests ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(bsn_test_support ${scope}
    ext::fmt ext::spdlog ext::json ext::boost GTest::gtest bsn_options)
  bsn_test_options(bsn_test_support)
  bsn_precompiled_headers(bsn_test_support bsn_test_support ${BSN_COMMON_HEADERS} <gtest/gtest.h>)
endfunction()

# The suite that every framework driver passes: tests/conformance/framework/*.cpp. Against Fabric it is one test:
# the network is started once. (fabric_network: tests/e2e/fabric_client_test.py.)
function(bsn_conformance_tests)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/conformance/framework/*.cpp)
  set_source_files_properties(${CMAKE_SOURCE_DIR}/tests/conformance/framework/fabric_network_target.cpp
    PROPERTIES COMPILE_OPTIONS "-isystem;${CMAKE_BINARY_DIR}/generated/bsn_fabric_protos")
  bsn_gtest(test_conformance_framework LABEL conformance PREFIX conformance. TIMEOUT 120
    SOURCES ${sources} LINKS bsn_node bsn_framework FILTER "-fabric*:ManagedNetwork*")
  bsn_timeout(timeout 600)
  add_test(NAME conformance.fabric COMMAND test_conformance_framework --gtest_filter=fabric/*)
  add_test(NAME conformance.managed_fabric COMMAND test_conformance_framework --gtest_filter=ManagedNetwork*)
  set_tests_properties(conformance.fabric conformance.managed_fabric PROPERTIES LABELS conformance RUN_SERIAL ON
    TIMEOUT ${timeout} SKIP_REGULAR_EXPRESSION "\\[  SKIPPED \\]")
endfunction()

# The execution-layer state tests through our EVM, state and transactions; skipped where their vectors are absent.
function(bsn_state_tests)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/conformance/state_tests/*.cpp)
  bsn_gtest(test_state_tests LABEL conformance PREFIX conformance. TIMEOUT 600
    SOURCES ${sources} LINKS bsn_contract)
  target_compile_definitions(test_state_tests PRIVATE
    BSN_STATE_TESTS="${CMAKE_SOURCE_DIR}/../shared/vectors/ethereum-general-state-tests.tar.zst")
endfunction()

# The whole ledger of several nodes in one thread (docs/testing.md): tests/sim/*.cpp becomes bin/bsn_sim.
# Its own tests are tests/sim/*_test.cpp.
function(bsn_simulator)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/sim/*.cpp)
  file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/sim/*_test.cpp)
  list(REMOVE_ITEM sources ${tests})
  add_executable(bsn_sim ${sources})
  target_link_libraries(bsn_sim PRIVATE bsn_test_support bsn_framework)
  # tests/sim/known_signatures.cpp stands before crypto::verify.
  target_link_options(bsn_sim PRIVATE -Wl,--wrap=_ZN3bsn6crypto6verifyERKNS0_9PublicKeyESt4spanIKhLm18446744073709551615EERKNS_10FixedBytesINS0_12SignatureTagELm64EEE)
  set_target_properties(bsn_sim PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  bsn_timeout(timeout 900)
  add_test(NAME sim COMMAND bsn_sim --seeds 500 --jobs 2)
  set_tests_properties(sim PROPERTIES LABELS sim TIMEOUT ${timeout} PROCESSORS 2)
  bsn_gtest(test_sim LABEL unit PREFIX sim. TIMEOUT 60 LINKS bsn_store
    SOURCES ${tests} ${CMAKE_SOURCE_DIR}/tests/sim/sim_disk.cpp ${CMAKE_SOURCE_DIR}/tests/sim/scheduler.cpp)
endfunction()

# Measurements of parts, built when they are asked for: tests/bench/NAME_bench.cpp becomes bin/bench_NAME.
function(bsn_benchmarks)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/bench/*_bench.cpp)
  foreach(source IN LISTS sources)
    cmake_path(GET source STEM stem)
    string(REGEX REPLACE "_bench$" "" name ${stem})
    add_executable(bench_${name} EXCLUDE_FROM_ALL ${source})
    target_link_libraries(bench_${name} PRIVATE bsn_test_support bsn_contract ext::jemalloc)
    set_target_properties(bench_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
    bsn_compiled_contracts(bench_${name})
  endforeach()
endfunction()

# A line with delay and loss between network namespaces: tests/wire, used by tests/e2e/_hosts.py.
function(bsn_wire)
  add_executable(bsn_wire ${CMAKE_SOURCE_DIR}/tests/wire/main.cpp)
  target_link_libraries(bsn_wire PRIVATE bsn_options)
  set_target_properties(bsn_wire PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()

# SM2 against OpenSSL's in random cases, and in constant time (docs/testing.md): programs of tests/sm2, and what
# of them fits into `make test`.
function(bsn_sm2_tests)
  foreach(name diff secrets timing)
    set(sources ${CMAKE_SOURCE_DIR}/tests/sm2/${name}.cpp)
    if(name STREQUAL diff)
      list(APPEND sources ${CMAKE_SOURCE_DIR}/tests/sm2/cases_of_key.cpp)
    endif()
    add_executable(bsn_sm2_${name} ${sources})
    target_include_directories(bsn_sm2_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
    target_link_libraries(bsn_sm2_${name} PRIVATE bsn_crypto ext::cli11)
    set_target_properties(bsn_sm2_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  endforeach()
  # The way of builds with BSN_SM2_BY_OPENSSL: the choice is compiled so, and stands before the module's.
  set(tests sm2 sm2_refusals suite private_key)
  list(TRANSFORM tests REPLACE "(.+)" "${CMAKE_SOURCE_DIR}/tests/unit/crypto/\\1_test.cpp")
  bsn_gtest(test_sm2_by_openssl LABEL unit PREFIX sm2_by_openssl. TIMEOUT 60 LINKS bsn_crypto
    SOURCES ${CMAKE_SOURCE_DIR}/src/crypto/sm2/arithmetic.cpp ${tests})
  target_compile_definitions(test_sm2_by_openssl PRIVATE BSN_SM2_BY_OPENSSL)
  bsn_timeout(timeout 300)
  add_test(NAME sm2.diff COMMAND bsn_sm2_diff --cases 10000 --seed 1)
  set_tests_properties(sm2.diff PROPERTIES LABELS unit TIMEOUT ${timeout})
  if(NOT BSN_SANITIZE)  # valgrind runs no program with sanitizers
    add_test(NAME sm2.secrets COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/tests/sm2/secrets_test.py)
    set_tests_properties(sm2.secrets PROPERTIES LABELS unit TIMEOUT ${timeout}
      ENVIRONMENT "BSN_SM2_SECRETS=$<TARGET_FILE:bsn_sm2_secrets>;PYTHONDONTWRITEBYTECODE=1")
  endif()
endfunction()

# What our verifier says of many receipts, for those in other languages to be compared with: tests/verdicts.
function(bsn_verdicts)
  add_executable(bsn_verdicts ${CMAKE_SOURCE_DIR}/tests/verdicts/main.cpp)
  target_link_libraries(bsn_verdicts PRIVATE bsn_test_support bsn_ledger)
  set_target_properties(bsn_verdicts PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()

# Our client of Fabric against real peers and orderers: tests/fabric/*.cpp becomes bin/bsn_fabric_client, which
# tests/e2e/fabric_client_test.py runs.
function(bsn_fabric_client_tests)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fabric/*.cpp)
  add_executable(bsn_fabric_client ${sources})
  set_source_files_properties(${sources} PROPERTIES COMPILE_OPTIONS "-isystem;${CMAKE_BINARY_DIR}/generated/bsn_fabric_protos")
  target_link_libraries(bsn_fabric_client PRIVATE bsn_test_support bsn_framework GTest::gtest GTest::gtest_main)
  set_target_properties(bsn_fabric_client PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()

# A city node that lies, and whose clock is wrong: tests/faulty, used by tests/e2e/_faulty.py.
function(bsn_faulty_node)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/faulty/*.cpp)
  add_executable(bsn_faulty_node ${sources})
  target_include_directories(bsn_faulty_node PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(bsn_faulty_node PRIVATE bsn_node)
  set_target_properties(bsn_faulty_node PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()

# Tests in Python: tests/vectors/check.py, and tests/e2e/*.py against the built command (BSN_BINARY).
# A file of tests/e2e/ whose name begins with '_' is a helper and no test. Chance has a fixed seed here,
# so that a change is judged by its own faults; `make crash` and `make corrupt` choose others. Those that ask
# for more than a machine may have are run by name: `make many`, `make packages`, `make fresh`. Most wait more than they compute and
# run beside others; alone are those that judge how long something takes, or that change the machine's network.
set(BSN_RUN_BY_NAME many_nodes_test fabric_fresh_test fabric_packages_test fabric_unruly_test)
set(BSN_RUN_ALONE partition_test cometbft_faults_test rolling_restart_test typescript_client_test fabric_faults_test)
function(bsn_script_tests)
  if(EXISTS ${CMAKE_SOURCE_DIR}/tests/vectors/check.py)
    add_test(NAME vectors COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/tests/vectors/check.py)
    set_tests_properties(vectors PROPERTIES LABELS unit TIMEOUT 60)
  endif()
  if(NOT TARGET bsn)
    return()
  endif()
  bsn_timeout(timeout 600)
  file(GLOB scripts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/e2e/*.py)
  foreach(script IN LISTS scripts)
    cmake_path(GET script STEM name)
    if(NOT name MATCHES "^_" AND NOT name IN_LIST BSN_RUN_BY_NAME)
      add_test(NAME e2e.${name} COMMAND Python3::Interpreter ${script})
      set_tests_properties(e2e.${name} PROPERTIES
        LABELS e2e TIMEOUT ${timeout}
        ENVIRONMENT "BSN_BINARY=$<TARGET_FILE:bsn>;PYTHONDONTWRITEBYTECODE=1;PYTHONUNBUFFERED=1;BSN_SEED=1;BSN_CRASH_SEED=1")
      if(name IN_LIST BSN_RUN_ALONE)
        set_tests_properties(e2e.${name} PROPERTIES RUN_SERIAL ON)
      endif()
    endif()
  endforeach()
endfunction()

# The command: src/cli/main.cpp becomes bin/bsn.
function(bsn_executable)
  # Globbed and not tested with EXISTS, so that the build notices when the file comes or goes.
  file(GLOB main CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/cli/main.cpp)
  if(main)
    add_executable(bsn ${main})
    target_link_libraries(bsn PRIVATE bsn_cli)
    if(NOT BSN_SANITIZE)
      # Nothing names it: it takes the place of malloc. (Sanitizers have their own.)
      target_link_libraries(bsn PRIVATE -Wl,--push-state,--no-as-needed ext::jemalloc -Wl,--pop-state)
    endif()
    set_target_properties(bsn PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
    include(GNUInstallDirs)
    install(TARGETS bsn)
    # Which each node of a network of several machines runs; scripts/install-engines.sh builds it.
    install(PROGRAMS ${CMAKE_SOURCE_DIR}/build/engines/cometbft TYPE BIN OPTIONAL)
    # Programs of Fabric that are built already; and what `bsn framework install fabric` builds others from.
    foreach(line fabric fabric-3)
      install(DIRECTORY ${CMAKE_SOURCE_DIR}/build/engines/${line} DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/bsn
        USE_SOURCE_PERMISSIONS OPTIONAL)
      install(DIRECTORY ${CMAKE_SOURCE_DIR}/engines/${line} DESTINATION ${CMAKE_INSTALL_DATADIR}/bsn/engines)
    endforeach()
    install(PROGRAMS ${CMAKE_SOURCE_DIR}/scripts/install-fabric.sh DESTINATION ${CMAKE_INSTALL_DATADIR}/bsn/scripts)
    install(FILES ${CMAKE_SOURCE_DIR}/scripts/go.sh ${CMAKE_SOURCE_DIR}/scripts/fetch-go.py
      DESTINATION ${CMAKE_INSTALL_DATADIR}/bsn/scripts)
    install(FILES ${CMAKE_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
  endif()
endfunction()

# bsn_commit(TARGET): gives the target the source file that tells which commit was built.
function(bsn_commit target)
  set(source ${CMAKE_BINARY_DIR}/generated/bsn_commit.cpp)
  add_custom_target(bsn_commit BYPRODUCTS ${source}
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${CMAKE_SOURCE_DIR} -DOUTPUT=${source}
      -P ${CMAKE_SOURCE_DIR}/cmake/BsnCommit.cmake
    COMMENT "Looking for the commit")
  set_source_files_properties(${source} PROPERTIES GENERATED ON)
  target_sources(${target} PRIVATE ${source})
  add_dependencies(${target} bsn_commit)
endfunction()

# bsn_solc_driver(TARGET): gives the target contracts/solc.mjs as a text, so that an installed bsn needs
# no file beside it.
function(bsn_solc_driver target)
  set(script ${CMAKE_SOURCE_DIR}/contracts/solc.mjs)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${script})
  file(READ ${script} text)
  set(source ${CMAKE_BINARY_DIR}/generated/solc_driver.cpp)
  file(CONFIGURE OUTPUT ${source} @ONLY CONTENT [[
#include "cli/solidity/compiler.hpp"
namespace bsn::cli {
const char* const k_solc_driver = R"~~~(@text@)~~~";
}
]])
  target_sources(${target} PRIVATE ${source})
endfunction()

if(BSN_TESTS)
  enable_testing()
  include(GoogleTest)
endif()
