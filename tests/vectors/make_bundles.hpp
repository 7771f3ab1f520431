#pragma once
// Makes the golden vectors of genesis files and receipt bundles, with what verification must say.

#include "vectors/forged_app.hpp"
#include "vectors/make_checks.hpp"
#include "vectors/make_formats.hpp"
#include "vectors/make_genesis.hpp"

namespace bsn::testing::vectors {

inline constexpr std::string_view k_success = "success";
inline constexpr std::string_view k_no_success = "authentic, but no success";
inline constexpr std::string_view k_not_authentic = "not authentic";
inline constexpr std::string_view k_unreadable = "unreadable";

/// Content of files by their path below tests/vectors/.
using Files = std::map<std::string, std::string>;

/// A file's text, with one vector on each line.
inline std::string text_of(const Json& json) {
    if (json.is_object()) return json.dump(1) + "\n";
    std::string text;
    for (const Json& vector : json) text += (text.empty() ? "[\n" : ",\n") + vector.dump();
    return text + "\n]\n";
}

class BundleMaker {
  public:
    /// The files of all bundles, and `bundles.json`, which says what each must yield.
    Files make() {
        for (std::size_t nodes : {1, 3, 4}) {
            files_[genesis_file(nodes)] = sample_genesis(nodes).to_json();
        }
        add_authentic();
        add_revocations();
        add_changed_proofs();
        add_signers();
        add_creations();
        add_forged_creations();
        add_handovers();
        add_checkpoints();
        files_["bundles.json"] = text_of(index_);
        return std::move(files_);
    }

  private:
    static std::string genesis_file(std::size_t nodes) {
        return fmt::format("genesis-{}.json", nodes);
    }

    /// An entry of the index; it refers to a genesis file, and holds the binary form, or in what
    /// that differs from an entry before (see `short_difference`).
    Json& add(std::string name, const ledger::ReceiptBundle& bundle, std::string_view outcome,
              int step) {
        Json entry = {
            {"name", name}, {"genesis", genesis_file(3)}, {"outcome", outcome}, {"step", step}};
        const Bytes binary = bundle.encode();
        const Json difference = short_difference(binary);
        if (difference.is_null()) {
            entry["binary"] = to_base64(binary);
            whole_.emplace_back(std::move(name), binary);
        } else {
            entry.update(difference);
        }
        index_.push_back(std::move(entry));
        return index_.back();
    }

    /// The one span in which the bytes differ from those of another entry; null if that span is
    /// most of them.
    Json short_difference(const Bytes& bytes) const {
        for (const auto& [name, base] : whole_) {
            const auto [left, at] =
                std::mismatch(base.begin(), base.end(), bytes.begin(), bytes.end());
            const auto [right, end] = std::mismatch(base.rbegin(), std::make_reverse_iterator(left),
                                                    bytes.rbegin(), std::make_reverse_iterator(at));
            const Bytes insert(at, end.base());
            if (insert.size() > bytes.size() * 3 / 4) continue;
            return {{"like", name},
                    {"at", left - base.begin()},
                    {"drop", right.base() - left},
                    {"insert", to_base64(insert)}};
        }
        return nullptr;
    }

    Json& add_refused(std::string name, const ledger::ReceiptBundle& bundle, int step) {
        return add(std::move(name), bundle, k_not_authentic, step);
    }

    /// The bundle with another block, which the epoch certifies.
    template <typename Change>
    void add_block(std::string name, ledger::ReceiptBundle bundle, const TestEpoch& epoch, int step,
                   Change change) {
        auto header = ledger::Header::decode(bundle.proof.block.header).value();
        change(header);
        bundle.proof.block = ReceiptWorld::certify(header, epoch);
        add_refused(std::move(name), bundle, step);
    }

    /// Beside the binary form (or, if the caller erases that, alone), a file as users have it.
    Json& with_file(Json& entry, const ledger::ReceiptBundle& bundle) {
        std::string file = entry["name"].get<std::string>();
        std::replace(file.begin(), file.end(), ' ', '-');
        file = "bundles/" + file + ".receipt.json";
        files_[file] = bundle.to_json();
        entry["file"] = file;
        return entry;
    }

    Json& add_success(std::string name, const ledger::ReceiptBundle& bundle, std::string_view trust,
                      std::size_t nodes = 3) {
        Json& entry = add(std::move(name), bundle, k_success, 8);
        entry["genesis"] = genesis_file(nodes);
        entry["trust_class"] = trust;
        return entry;
    }

    void add_authentic() {
        constexpr std::string_view k_three_operators =
            "crash-fault quorum 2 of 3, embedded ordering, 3 operators";
        constexpr std::string_view k_one_operator =
            "crash-fault quorum 2 of 3, embedded ordering, one operator";
        with_file(add_success("app secp256r1", good_, k_three_operators), good_);
        for (SuiteId suite : {SuiteId::secp256k1, SuiteId::sm2}) {
            WorldPlan plan;
            plan.suites = {suite};
            add_success(fmt::format("app {}", crypto::suite_name(suite)),
                        ReceiptWorld(plan).bundle(), k_three_operators);
        }
        WorldPlan plan = handovers(true, true);
        plan.suites = {SuiteId::secp256r1, SuiteId::sm2};
        plan.operators = {"one", "one", "one"};
        const ledger::ReceiptBundle all = ReceiptWorld(plan).bundle(4);
        with_file(add_success("handovers in two suites", all, k_one_operator), all).erase("binary");
        const ledger::ReceiptBundle system = world_.system_bundle();
        with_file(add_success("system transaction", system, k_one_operator), system);
        plan = {};
        plan.nodes = 4;
        plan.operators = {"one", "two", "one", "two"};
        add_success("four nodes", ReceiptWorld(plan).bundle(),
                    "Byzantine-fault quorum 3 of 4, embedded ordering, two operators", 4);
        plan = {};
        plan.nodes = 1;
        add_success("single node", ReceiptWorld(plan).bundle(),
                    "single peer, no replication, embedded ordering, one operator", 1);
        plan = {};
        plan.status = ledger::ExecutionStatus::refused;
        const ledger::ReceiptBundle refused = ReceiptWorld(plan).bundle();
        with_file(add("refused execution", refused, k_no_success, 8), refused).erase("binary");
    }

    static WorldPlan handovers(bool before, bool after) {
        WorldPlan plan;
        plan.system_handover = plan.app_handover = before;
        plan.late_system_handover = plan.later_app_handover = after;
        return plan;
    }

    /// The first peer signed the block and the creation, and was revoked at some time.
    void add_revocations() {
        auto revoked_from = [&](std::uint64_t height) {
            return std::vector<ledger::RevokedNode>{
                {world_.block_epoch().record.peers.at(0).node, height}};
        };
        WorldPlan by_app;
        by_app.later_app_handover = true;
        by_app.handover_signers = {1, 2};  // so that only the block's certificate is in question
        by_app.revoked_by_app = revoked_from(ReceiptWorld::k_block_order + 1);
        add("node revoked after the block", ReceiptWorld(by_app).bundle(), k_success, 8);
        by_app.revoked_by_app = revoked_from(ReceiptWorld::k_block_order);
        add_refused("node revoked by the app", ReceiptWorld(by_app).bundle(), 7);
        WorldPlan by_system;
        by_system.late_system_handover = true;
        by_system.handover_signers = {1, 2};
        by_system.revoked_by_system = revoked_from(ReceiptWorld::k_block_order);
        add_refused("node revoked by the system channel", ReceiptWorld(by_system).bundle(), 7);
        by_system.revoked_by_system = revoked_from(ReceiptWorld::k_creation_order);
        add_refused("node revoked before the creation", ReceiptWorld(by_system).bundle(), 5);
        by_system.handover_signers = {0, 1};
        by_system.revoked_by_system = revoked_from(30);
        add_refused("revoked node signs the handover that revokes it",
                    ReceiptWorld(by_system).bundle(), 4);
    }

    void add_changed_proofs() {
        auto add_change = [&](const std::string& name, int step, auto change) {
            add_refused(name, changed(good_, change), step);
        };
        add_change("flipped bit in transaction path", 3,
                   [](auto& value) { value.proof.transaction_path[1].data()[7] ^= 1; });
        add_refused("genesis of another network", good_, 1)["genesis"] = genesis_file(4);
        add_change("flipped bit in receipt path", 3,
                   [](auto& value) { value.proof.receipt_path[0].data()[31] ^= 0x80; });
        add_change("flipped bit in receipt", 3, [](auto& value) { value.proof.receipt[10] ^= 1; });
        add_change("receipt of another version", 2,
                   [](auto& value) { value.proof.receipt[1] = 2; });
        add_change("flipped bit in transaction", 1,
                   [](auto& value) { value.proof.transaction[120] ^= 1; });
        add_change("flipped bit in the transaction's signature", 1,
                   [](auto& value) { value.proof.transaction.back() ^= 1; });
        add_change("another index", 3, [](auto& value) { value.proof.index = 3; });
        add_change("index beyond the block", 3, [](auto& value) { value.proof.index = 5; });
        add_change("path too long", 3,
                   [](auto& value) { value.proof.receipt_path.push_back(filled<Hash>(1)); });
        add_change("path too short", 3, [](auto& value) { value.proof.receipt_path.pop_back(); });
        add_change("receipt of another transaction", 3, [&](auto& value) {
            const ledger::ReceiptBundle other = world_.bundle(3);
            value.proof.receipt = other.proof.receipt;
            value.proof.receipt_path = other.proof.receipt_path;
        });
        add_change("block of another channel", 3,
                   [](auto& value) { value.proof.block = value.creation->block; });
        add_block("block of another network", good_, world_.app_epochs[0], 3,
                  [](auto& header) { header.network = filled<ledger::NetworkId>(3); });
        add_block("block of another channel that holds the transaction", good_,
                  world_.app_epochs[0], 3, [&](auto& header) { header.channel = world_.system; });
        add_block("block before its app was created", good_, world_.app_epochs[0], 7,
                  [](auto& header) { header.position.height = ReceiptWorld::k_creation_order; });
    }

    void add_signers() {
        WorldPlan plan;
        plan.signers = {2};
        const ledger::ReceiptBundle few = ReceiptWorld(plan).bundle();
        with_file(add_refused("too few signers", few, 7), few).erase("binary");
        const ledger::ReceiptBundle twice = changed(good_, [](auto& value) {
            auto& signatures = value.proof.block.certificates[0].signatures;
            signatures[1] = signatures[0];
        });
        with_file(add("duplicate signer", twice, k_unreadable, 0), twice);
        add_refused(
            "signer that is no peer",
            changed(good_,
                    [](auto& value) { value.proof.block.certificates[0].signatures[1].peer = 3; }),
            7);
        ledger::ReceiptBundle bad = good_;
        const auto header = ledger::Header::decode(bad.proof.block.header).value();
        bad.proof.block = ReceiptWorld::certify(header, world_.app_epochs[0], {0, 1, 2});
        add("three signers", bad, k_success, 8);
        auto& signatures = bad.proof.block.certificates[0].signatures;
        signatures[2].signature = signatures[1].signature;
        add_refused("one bad signature among three", bad, 7);
        add_refused("no certificate",
                    changed(good_, [](auto& value) { value.proof.block.certificates.clear(); }), 7);
        plan = {};
        plan.suites = {SuiteId::secp256r1, SuiteId::sm2};
        add_refused("certificate of one suite is missing",
                    changed(ReceiptWorld(plan).bundle(),
                            [](auto& value) { value.proof.block.certificates.pop_back(); }),
                    7);
        add_refused("certificate of the creation's block is of another",
                    changed(good_,
                            [](auto& value) {
                                value.creation->block.certificates = value.proof.block.certificates;
                            }),
                    5);
    }

    void add_creations() {
        add_refused("creation is missing",
                    changed(good_, [](auto& value) { value.creation.reset(); }), 5);
        add_refused("creation of another app",
                    changed(good_, [&](auto& value) { value.creation = world_.creation_proof(2); }),
                    5);
        const ledger::ReceiptBundle system = world_.system_bundle();
        WorldPlan plan;
        plan.creation_status = ledger::ExecutionStatus::refused;
        add_refused("creation was refused", ReceiptWorld(plan).bundle(), 5);
        plan = {};
        plan.change_creation_log = [](ledger::LogEntry& log) { log.contract = "imposter"; };
        add_refused("creation told by another contract", ReceiptWorld(plan).bundle(), 5);
        add_refused(
            "system transaction with a creation",
            changed(system, [&](auto& value) { value.creation = world_.creation_proof(1); }), 7);
    }

    void add_forged_creations() {
        WorldPlan plan;
        plan.nodes = 1;
        const ReceiptWorld world(plan);
        auto add_told = [&](std::string name, const Creation& creation) {
            add_refused(std::move(name), forge_app(world, creation), 5)["genesis"] =
                genesis_file(1);
        };
        add_success("app of one transaction", forge_app(world, {}),
                    "single peer, no replication, embedded ordering, one operator", 1);
        add_told("creation on an app's channel", {.on_system_channel = false});
        add_told("creation by another contract", {.contract = "registry2"});
        add_told("creation by another function", {.function = "read_app"});
        add_told("creation that tells epoch 1",
                 {.change_record = [](auto& record) { record.epoch = 1; }});
        add_told("creation that tells another channel's epoch", {.change_record = [](auto& record) {
                     record.channel = filled<ledger::ChannelId>(3);
                 }});
    }

    void add_handovers() {
        const ReceiptWorld world(handovers(true, false));
        const ledger::ReceiptBundle good = world.bundle();
        add("system handover and app handover", good, k_success, 8);
        auto add_change = [&](const std::string& name, int step, auto change) {
            add_refused(name, changed(good, change), step);
        };
        add_change("app handover is missing", 7, [](auto& value) { value.handovers.clear(); });
        add_change("system handover is missing", 5,
                   [](auto& value) { value.system_handovers.clear(); });
        add_change("app handover to another record", 6,
                   [](auto& value) { value.handovers[0].next.from_order_height += 1; });
        add_change("system handover twice", 4, [](auto& value) {
            value.system_handovers.push_back(value.system_handovers[0]);
        });
        add_change("system handover with a bad signature", 4, [](auto& value) {
            value.system_handovers[0].last.certificates[0].signatures[0].signature.data()[3] ^= 1;
        });
        WorldPlan plan;
        plan.system_handover = true;
        plan.handover_signers = {0};
        add_refused("system handover with too few signers", ReceiptWorld(plan).bundle(), 4);
        // Certified by the epoch that they name, but not at a place that is the epoch's.
        add_block("block of an epoch that had ended", good, world.app_epochs[0], 7,
                  [](auto& header) { header.epoch = 0; });
        add_block("block ordered with the last of the epoch before", good, world.app_epochs[1], 7,
                  [](auto& header) { header.position.height = 12; });
        add_block("block before its epoch began", good, world.app_epochs[1], 7,
                  [](auto& header) { header.position.height = 11; });
        add_forged_handovers(world, good);
    }

    /// Handovers that the old epoch did certify, and that are none all the same.
    void add_forged_handovers(const ReceiptWorld& world, const ledger::ReceiptBundle& good) {
        auto add_forged = [&](std::string name, auto change) {
            ledger::ReceiptBundle bundle = good;
            ledger::Handover& handover = bundle.system_handovers.at(0);
            auto header = ledger::Header::decode(handover.last.header).value();
            change(header, handover.next);
            header.extensions = {{ledger::extension::k_next_epoch, handover.next.hash()}};
            handover.last = ReceiptWorld::certify(header, world.system_epochs[0]);
            add_refused(std::move(name), bundle, 4);
        };
        add_forged("handover of another channel",
                   [&](auto& header, auto&) { header.channel = world.channel; });
        add_forged("handover to another channel's epoch",
                   [&](auto&, auto& next) { next.channel = world.channel; });
        add_forged("handover that leaves out an epoch", [](auto&, auto& next) { next.epoch += 1; });
        add_forged("handover to an epoch that begins too late", [](auto& header, auto& next) {
            next.from_order_height = header.position.height + 2;
        });
    }

    void add_checkpoints() {
        WorldPlan plan;
        plan.system_handover = plan.late_system_handover = true;
        const ReceiptWorld world(plan);
        const ledger::ReceiptBundle bundle = world.bundle();
        auto pin = [&](Json& entry, std::size_t epoch) {
            entry["checkpoint"] = to_hex(world.system_epochs.at(epoch).record.encode());
        };
        add("two system handovers", bundle, k_success, 8);
        pin(add("checkpoint, older handovers are passed over", bundle, k_success, 8), 1);
        pin(add_refused("checkpoint, the app is older", bundle, 5), 2);
    }

    Json index_ = Json::array();
    Files files_;
    std::vector<std::pair<std::string, Bytes>> whole_;  ///< the binary forms that are in the index
    const ReceiptWorld world_;
    const ledger::ReceiptBundle good_ = world_.bundle(2);
};

/// All golden vectors.
inline Files make_vectors() {
    Files files = BundleMaker().make();
    auto add = [&](std::string file, const Json& json) { files[std::move(file)] = text_of(json); };
    add("formats.json", make_formats());
    add("refused.json", make_refused());
    add("refused-genesis.json", make_refused_genesis());
    add("certificates.json", make_certificates());
    add("availability.json", make_availability());
    add("blocks.json", make_blocks());
    add("commitments.json", make_commitments());
    add("signatures.json", make_signatures());
    return files;
}

}  // namespace bsn::testing::vectors
