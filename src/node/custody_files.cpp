#include "node/custody_files.hpp"

#include "base/files.hpp"
#include "base/log.hpp"

#include <fmt/format.h>

namespace bsn::node {

namespace fs = std::filesystem;

fs::path custody_keys(const fs::path& node) { return node / "custody" / "keys"; }
fs::path custody_audit(const fs::path& node) { return node / "custody" / "audit"; }

Result<std::unique_ptr<CustodyFiles>> CustodyFiles::open(const fs::path& node,
                                                         const gateway::MasterKeySettings& settings,
                                                         const Clock& clock,
                                                         MetricsRegistry& metrics) {
    auto files = std::make_unique<CustodyFiles>();
    BSN_TRY(master, gateway::open_master_key(settings));
    BSN_CHECK(make_private_folder(node / "custody"));
    BSN_TRY(database, store::open_rocksdb(custody_keys(node)));
    files->database = std::move(database);
    BSN_TRY(audit, store::open_append_log(custody_audit(node)));
    files->audit = std::move(audit);
    BSN_TRY(custody,
            gateway::Custody::open({*files->database, *files->audit}, *master, clock, metrics));
    files->custody = std::move(custody);
    log_info("custody", "users' keys are kept here; the master key is {}", master->place());
    if (files->custody->rotating()) {
        log_warn("custody",
                 "a rotation of the master key has not ended; stop the node and run `bsn node "
                 "custody rotate-master-key` again");
    }
    return files;
}

Status CustodyFiles::tidy(const registry::View& view) const {
    BSN_TRY(all, custody->all());
    for (const gateway::HeldKey& held : all) {
        const ledger::ParticipantId id = ledger::participant_id_of(held.key);
        auto record = view.participant(id);
        if (!record) continue;  // not made yet, or this node has not read of it
        auto app = view.app(held.user.channel);
        auto sponsor = view.sponsor_of(id);
        const bool counts = record->key == held.key && !record->revoked && sponsor && app;
        if (counts) continue;
        BSN_CHECK(custody->destroy(held.user, {"the permission chain has another key, or no such "
                                               "user",
                                               "the node"}));
    }
    return {};
}

Status rotate_custody(const fs::path& node, const gateway::MasterKeySettings& present,
                      const gateway::MasterKeySettings& next, const Clock& clock) {
    BSN_TRY(from, gateway::open_master_key(present));
    BSN_TRY(to, gateway::open_master_key(next));
    BSN_CHECK(make_private_folder(node / "custody"));
    BSN_TRY(database, store::open_rocksdb(custody_keys(node)));
    BSN_TRY(log, store::open_append_log(custody_audit(node)));
    BSN_CHECK(gateway::begin_rotation(*database, *from, *to));
    BSN_TRY(audit, gateway::AuditLog::open(*log, *database));
    gateway::AuditRecord record;
    record.time = clock.now();
    record.action = gateway::AuditAction::master_key_rotated;
    record.use = {fmt::format("from {} to {}", from->place(), to->place()), "the operator"};
    BSN_CHECK(audit->add(std::move(record)));
    return audit->sync();
}

Status rotate_custody_file(const fs::path& node, const fs::path& file, const Clock& clock) {
    const fs::path next = file.string() + ".next";
    // One that is there is of a rotation that did not end.
    Status made = gateway::make_master_key_file(next);
    if (!made && made.error().code != Code::already_exists) return made;
    BSN_CHECK(rotate_custody(node, {.file = file}, {.file = next}, clock));
    std::error_code failed;
    fs::rename(next, file, failed);
    if (failed) return file_error("rename", next, failed.value());
    BSN_CHECK(sync_folder(file.parent_path()));
    // Opened once with the new key, the old one opens nothing any more.
    MetricsRegistry metrics;
    BSN_TRY(opened, CustodyFiles::open(node, {.file = file}, clock, metrics));
    (void)opened;
    return {};
}

}  // namespace bsn::node
