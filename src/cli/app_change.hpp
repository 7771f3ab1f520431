#pragma once
// Changes of an app by way of the permission chain. They are in force from the app's next block on;
// who changes something waits for that block, so that the next command meets the change.

#include "cli/context.hpp"

namespace bsn::cli {

/// The last certified block of an app at each node.
class AppWatch {
  public:
    /// Notes where the app's chain is now.
    AppWatch(NodeClient& api, std::string app);
    /// Waits until each node that answers has a later block. Not for long: a change that concerns
    /// nobody yet makes no block.
    void wait() const;

  private:
    std::optional<ledger::Height> certified_at(std::size_t node) const;

    NodeClient& api_;
    std::string app_;
    std::vector<std::optional<ledger::Height>> before_;
};

/// Notes where the apps stand that the client's identity is a member of (at most 100).
std::vector<AppWatch> watch_own_apps(NodeClient& api);

/// Sends a change of an app to the registry, and waits until it is in force. (An invitation, and a
/// wish to join, change nothing yet.)
Result<SubmitAnswer> change_app(Context& context, const std::string& app,
                                const std::string& function, std::vector<Bytes> arguments);

/// Waits until all nodes know a new app; one that does not answer is not waited for.
void wait_until_known(NodeClient& api, const std::string& app);

}  // namespace bsn::cli
