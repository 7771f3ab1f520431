#pragma once
// A node's custody with what it stands on: the folder `custody/` of the node, beside `data/`.

#include "gateway/custody/custody.hpp"
#include "registry/view.hpp"

#include <filesystem>

namespace bsn::node {

/// Opened by one process at a time; members end in the opposite order.
struct CustodyFiles {
    static Result<std::unique_ptr<CustodyFiles>> open(const std::filesystem::path& node,
                                                      const gateway::MasterKeySettings& settings,
                                                      const Clock& clock, MetricsRegistry& metrics);

    /// Destroys keys that count no longer as the permission chain says: of users who have another
    /// one, or are gone. (A node killed during a migration has not done it.)
    Status tidy(const registry::View& view) const;

    std::unique_ptr<store::Database> database;
    std::unique_ptr<store::AppendLog> audit;
    std::unique_ptr<gateway::Custody> custody;
};

/// Where the keys and the audit log of a node are.
std::filesystem::path custody_keys(const std::filesystem::path& node);
std::filesystem::path custody_audit(const std::filesystem::path& node);

/// Gives a stopped node's custody another master key; `next` says where that is. The node opens it
/// with `next` from then on. Again after a crash: goes on.
Status rotate_custody(const std::filesystem::path& node, const gateway::MasterKeySettings& present,
                      const gateway::MasterKeySettings& next, const Clock& clock);
/// The same with a new file in place of the present one: the node's settings stay.
Status rotate_custody_file(const std::filesystem::path& node, const std::filesystem::path& file,
                           const Clock& clock);

}  // namespace bsn::node
