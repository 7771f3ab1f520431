#pragma once
// bsn evidence deposit.

#include "cli/commands/commands.hpp"

namespace bsn::cli {

struct DepositOptions {
    std::string app = "evidence";
    bool force = false;
    std::size_t batch = 500;  ///< transactions in one request
};

/// Deposits files, and leaves a verified receipt beside each.
Outcome deposit_files(Context& context, const std::vector<std::string>& files,
                      const DepositOptions& options);

}  // namespace bsn::cli
