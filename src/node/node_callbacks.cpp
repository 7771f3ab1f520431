#include "node/node_callbacks.hpp"

#include "base/files.hpp"

namespace bsn::node {
namespace {

constexpr std::uint64_t k_most_authority_bytes = std::uint64_t{1} << 20;

}  // namespace

NodeCallbacks::NodeCallbacks(gateway::Backend& backend, const Clock& clock,
                             const gateway::CallbackSettings& settings, std::string authority)
    : guard(settings.rules),
      sender(guard, std::move(authority)),
      callbacks(backend, clock, guard, [this](const std::string& url, std::string_view text) {
          return sender.send(url, text);
      }) {}

Result<std::unique_ptr<NodeCallbacks>> NodeCallbacks::open(
    gateway::Backend& backend, const Clock& clock, const gateway::CallbackSettings& settings,
    store::Database& database) {
    std::string authority;
    if (!settings.authority.empty()) {
        BSN_TRY(pem, read_file(settings.authority, k_most_authority_bytes));
        authority = to_text(pem);
    }
    auto made = std::make_unique<NodeCallbacks>(backend, clock, settings, std::move(authority));
    BSN_CHECK(made->callbacks.open(database));
    return made;
}

}  // namespace bsn::node
