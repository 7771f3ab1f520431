// bsn evidence deposit: hash, sign, submit, fetch receipts, verify them, write them. Each step is
// safe to repeat: a file that was deposited before gets the receipt of its first deposit.

#include "cli/commands/evidence_deposit.hpp"

#include "base/progress.hpp"
#include "cli/evidence.hpp"
#include "cli/receipts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace bsn::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t k_receipts_per_request = 200;

/// One file on its way.
struct Entry {
    fs::path file;
    FileDigest digest;
    std::optional<ledger::TxId> transaction;
    std::uint64_t height = 0;
    UnixMillis time = 0;
    bool earlier = false;   ///< deposited before this command
    bool finished = false;  ///< its receipt is there
    std::optional<Error> error;

    bool is_waiting() const { return !error && !finished; }
};

class Deposit {
  public:
    Deposit(Context& context, const DepositOptions& options, NodeClient& api,
            const Identity& identity, AppRef app, ledger::Trust trust)
        : context_(context),
          options_(options),
          api_(api),
          identity_(identity),
          app_(std::move(app)),
          trust_(std::move(trust)) {}

    Status run(const std::vector<std::string>& files) {
        hash_all(files_without_receipts(files));
        keep_existing_receipts();
        BSN_CHECK(submit_all());
        return fetch_receipts();
    }
    const std::vector<Entry>& entries() const { return entries_; }

  private:
    /// A bar, or null where none is wanted.
    std::unique_ptr<Progress> progress(std::string title, std::uint64_t total, std::string unit) {
        if (!context_.out().is_chatty() || total == 0) return nullptr;
        return std::make_unique<Progress>(std::move(title), total, std::move(unit));
    }

    void hash_all(const std::vector<std::string>& files) {
        std::uint64_t total = 0;
        for (const std::string& file : files) {
            std::error_code ignored;
            std::uintmax_t size = fs::file_size(file, ignored);
            if (!ignored) total += size;
        }
        auto bar = progress("Hashing", total, "bytes");
        for (const std::string& file : files) {
            Entry& entry = entries_.emplace_back();
            entry.file = file;
            auto digest = digest_file(file, [&bar](std::uint64_t read) {
                if (bar) bar->add(read);
            });
            if (digest) {
                entry.digest = *digest;
            } else {
                entry.error = digest.error();
            }
        }
    }

    /// A receipt of ours that is there already and verifies needs no second deposit.
    void keep_existing_receipts() {
        for (Entry& entry : entries_) {
            fs::path file = receipt_file_of(entry.file);
            std::error_code ignored;
            if (!entry.is_waiting() || !fs::exists(file, ignored)) continue;
            auto bundle = read_receipt_file(file);
            auto proof = bundle
                             ? std::optional(prove_evidence(*bundle, trust_, entry.digest.sha256))
                             : std::nullopt;
            bool ours = proof && proof->holds &&
                        proof->verification.payload->channel == app_.channel &&
                        proof->verification.payload->creator == identity_.participant;
            if (ours) {
                entry.earlier = true;
                finish(entry, *proof);
            } else if (!options_.force) {
                entry.error = Error{Code::already_exists,
                                    fmt::format("{} is there, and is no receipt of yours for this "
                                                "content; move it away, or overwrite it with "
                                                "--force",
                                                file.string())};
            }
        }
    }

    static void finish(Entry& entry, const EvidenceProof& proof) {
        entry.transaction = proof.verification.transaction_id;
        entry.height = proof.verification.header->height;
        entry.time = proof.verification.header->time;
        entry.finished = true;
    }

    /// Files of equal content are deposited once, by the first of them.
    Status submit_all() {
        std::map<crypto::Hash, Entry*> first_of;
        std::vector<Entry*> chosen;
        std::vector<Bytes> transactions;
        for (Entry& entry : entries_) {
            if (!entry.is_waiting()) continue;
            if (!first_of.emplace(entry.digest.sha256, &entry).second) continue;
            auto transaction = make_transaction({api_.network(), app_.channel}, identity_,
                                                deposit_of(entry.file, entry.digest));
            if (!transaction) {
                entry.error = transaction.error();
                continue;
            }
            entry.transaction = transaction->id();
            transactions.push_back(transaction->bytes());
            chosen.push_back(&entry);
        }
        std::vector<ByteView> views(transactions.begin(), transactions.end());
        auto bar = progress("Depositing", views.size(), "files");
        BSN_TRY(answers, api_.submit_all(app_, views, options_.batch, [&bar](std::size_t more) {
            if (bar) bar->add(more);
        }));
        for (std::size_t i = 0; i < chosen.size(); ++i) take_answer(*chosen[i], answers[i]);
        for (Entry& entry : entries_) copy_from_first(entry, first_of);
        return {};
    }

    static void copy_from_first(Entry& entry, const std::map<crypto::Hash, Entry*>& first_of) {
        auto first = first_of.find(entry.digest.sha256);
        bool same = first == first_of.end() || first->second == &entry || !entry.is_waiting();
        if (same) return;
        entry.transaction = first->second->transaction;
        entry.earlier = first->second->earlier;
        entry.error = first->second->error;
    }

    void take_answer(Entry& entry, const SubmitAnswer& answer) {
        if (!answer.error) return;
        entry.error = answer.error;
        if (answer.error->code != Code::contract_failed) return;
        auto first = first_deposit(entry.digest.sha256);
        if (!first) return;  // refused for another reason, which `error` tells
        entry.transaction = *first;
        entry.earlier = true;
        entry.error.reset();
    }

    /// The transaction by which we deposited this content before.
    Result<ledger::TxId> first_deposit(const crypto::Hash& sha256) {
        BSN_TRY(result, api_.query(app_, {std::string(k_evidence_contract), "get",
                                          text_arguments({to_hex(sha256.view()),
                                                          to_hex(identity_.participant.view())})}));
        BSN_TRY(record, parse_json(as_text(result), "the evidence record"));
        return fixed_from_hex<ledger::TxId>(text_of(record, "transaction"));
    }

    Status fetch_receipts() {
        std::vector<Entry*> waiting;
        for (Entry& entry : entries_) {
            if (entry.is_waiting()) waiting.push_back(&entry);
        }
        auto bar = progress("Receipts", waiting.size(), "files");
        for (std::size_t first = 0; first < waiting.size(); first += k_receipts_per_request) {
            std::size_t end = std::min(waiting.size(), first + k_receipts_per_request);
            std::vector<ledger::TxId> ids;
            for (std::size_t i = first; i < end; ++i) ids.push_back(*waiting[i]->transaction);
            BSN_TRY(bundles, api_.receipts(app_, ids));
            for (std::size_t i = first; i < end; ++i) {
                Status kept = keep_receipt(*waiting[i], bundles[i - first]);
                if (!kept) waiting[i]->error = kept.error();
                if (bar) bar->add();
            }
        }
        return {};
    }

    /// Nothing is believed because a node says so: the receipt is verified before it is written.
    Status keep_receipt(Entry& entry, const Result<ledger::ReceiptBundle>& bundle) {
        if (!bundle) return bundle.error().within("its receipt");
        EvidenceProof proof = prove_evidence(*bundle, trust_, entry.digest.sha256);
        if (!proof.holds) {
            return Error{Code::bad_signature,
                         fmt::format("the node's receipt does not verify ({}); ask another node "
                                     "with --node",
                                     proof.failure())};
        }
        BSN_CHECK(write_receipt_file(receipt_file_of(entry.file), *bundle, options_.force));
        finish(entry, proof);
        return {};
    }

    Context& context_;
    const DepositOptions& options_;
    NodeClient& api_;
    const Identity& identity_;
    AppRef app_;
    ledger::Trust trust_;
    std::vector<Entry> entries_;
};

Json entry_json(const Entry& entry) {
    Json json{{"file", entry.file.string()}};
    if (entry.error) {
        json["status"] = "failed";
        json["error"] = {{"code", code_name(entry.error->code)}, {"message", entry.error->message}};
        return json;
    }
    json["status"] = entry.earlier ? "already_deposited" : "deposited";
    json["sha256"] = to_hex(entry.digest.sha256.view());
    json["size"] = entry.digest.size;
    json["transaction"] = to_hex(entry.transaction->view());
    json["height"] = entry.height;
    json["time"] = entry.time;
    json["receipt"] = receipt_file_of(entry.file).string();
    return json;
}

std::string entry_text(const Entry& entry) {
    if (entry.error) return fmt::format("✗ {}: {}", entry.file.string(), entry.error->message);
    return fmt::format("✓ {}: {} in block {} at {}, receipt {}", entry.file.string(),
                       entry.earlier ? "already deposited by you" : "deposited", entry.height,
                       to_iso8601(entry.time), receipt_file_of(entry.file).string());
}

/// Receipts beside files are those of our own ledger.
Status check_receipts(const AppRef& app) {
    if (!app.fabric) return {};
    return Error{
        Code::invalid_argument,
        fmt::format("{} is on a channel of Fabric, whose receipts are others: `bsn call {} "
                    "evidence deposit HASH --receipt FILE` deposits there; HASH is what "
                    "sha256sum prints",
                    app.name, app.name)};
}

}  // namespace

Outcome deposit_files(Context& context, const std::vector<std::string>& files,
                      const DepositOptions& options) {
    BSN_TRY(trust, load_trust(context, ""));
    BSN_TRY(api, context.client(Context::Signing::yes));
    BSN_TRY(identity, context.identity());
    BSN_TRY(app, api->app(options.app));
    BSN_CHECK(check_native(app));
    BSN_CHECK(check_receipts(app));
    BSN_CHECK(check_suite(app, *identity));
    Deposit deposit(context, options, *api, *identity, app, trust);
    BSN_CHECK(deposit.run(files));

    Json json{{"app", app.name},
              {"participant", to_hex(identity->participant.view())},
              {"files", Json::array()}};
    const Entry* first_failed = nullptr;
    std::size_t failed = 0;
    for (const Entry& entry : deposit.entries()) {
        json["files"].push_back(entry_json(entry));
        context.out().text(one_line(entry_text(entry)));
        if (!entry.error) continue;
        ++failed;
        if (first_failed == nullptr) first_failed = &entry;
    }
    context.out().json(json);
    if (first_failed == nullptr) return Exit::done;
    std::size_t all = deposit.entries().size();
    std::string count =
        all == 1 ? std::string() : fmt::format("{} of {} files failed; the first: ", failed, all);
    return Error{
        first_failed->error->code,
        fmt::format("{}{}: {}", count, first_failed->file.string(), first_failed->error->message)};
}

}  // namespace bsn::cli
