# Code from .proto files: ours of proto/; those of CometBFT, which come from its Go module
# (engines/cometbft/go.mod pins it), so that they are always of the version that is built; and those of
# Hyperledger Fabric, which scripts/install-fabric-protos.sh fetches (engines/fabric-protos pins them).

find_package(Protobuf 3.21 REQUIRED)
pkg_check_modules(GRPC REQUIRED IMPORTED_TARGET GLOBAL grpc++)
find_program(BSN_GRPC_PLUGIN grpc_cpp_plugin REQUIRED)
# The one that scripts/install-engines.sh fetched, if it did.
find_program(BSN_GO go HINTS ${CMAKE_SOURCE_DIR}/build/engines/go/bin NO_DEFAULT_PATH)
find_program(BSN_GO go REQUIRED)

# bsn_go_module(RESULT PATH): the folder of a module that CometBFT is built from.
function(bsn_go_module result path)
  execute_process(COMMAND ${CMAKE_COMMAND} -E env GOFLAGS=-mod=mod ${BSN_GO} list -m -f "{{.Dir}}" ${path}
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/engines/cometbft
    OUTPUT_VARIABLE folder OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed)
  if(failed OR NOT IS_DIRECTORY "${folder}")
    message(FATAL_ERROR "The Go module ${path} is not here; run scripts/install-engines.sh")
  endif()
  set(${result} ${folder} PARENT_SCOPE)
endfunction()

# bsn_proto(TARGET IMPORTS folder... GRPC file... PLAIN file...)
#
# A library of what protoc makes of the files, each named relative to the import folder it lies in; of
# GRPC files also the services. Generated headers count as a system's: our warnings do not apply.
function(bsn_proto target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "IMPORTS;GRPC;PLAIN")
  set(output ${CMAKE_BINARY_DIR}/generated/${target})
  file(MAKE_DIRECTORY ${output})
  set(includes "")
  foreach(folder IN LISTS arg_IMPORTS)
    list(APPEND includes -I ${folder})
  endforeach()
  set(sources "")
  foreach(file IN LISTS arg_GRPC arg_PLAIN)
    string(REGEX REPLACE "\\.proto$" "" stem ${file})
    set(made ${output}/${stem}.pb.cc ${output}/${stem}.pb.h)
    set(services "")
    if(file IN_LIST arg_GRPC)
      list(APPEND made ${output}/${stem}.grpc.pb.cc ${output}/${stem}.grpc.pb.h)
      set(services --grpc_out=${output} --plugin=protoc-gen-grpc=${BSN_GRPC_PLUGIN})
    endif()
    foreach(folder IN LISTS arg_IMPORTS)
      if(EXISTS ${folder}/${file})
        set(depends ${folder}/${file})
        break()
      endif()
    endforeach()
    add_custom_command(OUTPUT ${made} DEPENDS ${depends}
      COMMAND protobuf::protoc ${includes} --cpp_out=${output} ${services} ${file}
      COMMENT "Generating ${stem}")
    list(APPEND sources ${made})
  endforeach()
  add_library(${target} STATIC ${sources})
  target_include_directories(${target} SYSTEM PUBLIC ${output})
  target_link_libraries(${target} PUBLIC protobuf::libprotobuf PkgConfig::GRPC)
  target_compile_options(${target} PRIVATE -w)
endfunction()

bsn_go_module(cometbft github.com/cometbft/cometbft)
bsn_go_module(gogoproto github.com/cosmos/gogoproto)
bsn_proto(bsn_abci IMPORTS ${cometbft}/proto ${gogoproto}
  GRPC tendermint/abci/types.proto
  PLAIN gogoproto/gogo.proto tendermint/crypto/keys.proto tendermint/crypto/proof.proto
        tendermint/types/canonical.proto tendermint/types/params.proto tendermint/types/types.proto
        tendermint/types/validator.proto
        tendermint/version/types.proto)
bsn_proto(bsn_peer_proto IMPORTS ${CMAKE_SOURCE_DIR}/proto GRPC peer.proto copy.proto order.proto gateway.proto)
set(fabric_protos ${CMAKE_SOURCE_DIR}/build/engines/fabric-protos/node_modules/fabric-protos/protos)
if(NOT EXISTS ${fabric_protos})
  message(FATAL_ERROR "The protocol definitions of Fabric are not here; run scripts/install-fabric-protos.sh")
endif()
bsn_proto(bsn_fabric_protos IMPORTS ${fabric_protos} ${CMAKE_SOURCE_DIR}/proto
  GRPC orderer/ab.proto peer/chaincode_shim.proto peer/events.proto peer/peer.proto
  PLAIN common/common.proto common/configtx.proto common/configuration.proto common/ledger.proto
        common/policies.proto fabric_bft.proto ledger/queryresult/kv_query_result.proto
        ledger/rwset/kvrwset/kv_rwset.proto ledger/rwset/rwset.proto
        msp/identities.proto msp/msp_config.proto msp/msp_principal.proto
        orderer/configuration.proto orderer/etcdraft/configuration.proto
        orderer/etcdraft/metadata.proto
        peer/chaincode.proto peer/chaincode_event.proto peer/collection.proto
        peer/configuration.proto peer/lifecycle/chaincode_definition.proto
        peer/lifecycle/lifecycle.proto peer/policy.proto peer/proposal.proto
        peer/proposal_response.proto peer/query.proto peer/transaction.proto)
add_library(ext::abci ALIAS bsn_abci)
add_library(ext::fabric_protos ALIAS bsn_fabric_protos)
add_library(ext::peer_proto ALIAS bsn_peer_proto)
