#pragma once
// Inside of the module: logs in RLP, which Ethereum and FISCO BCOS write alike.

#include "ledger/ethereum/bloom.hpp"
#include "ledger/rlp.hpp"

namespace bsn::ledger::ethereum {

void write_logs(rlp::Writer& writer, const std::vector<Log>& logs);
std::vector<Log> read_logs(rlp::Reader& reader);

}  // namespace bsn::ledger::ethereum
