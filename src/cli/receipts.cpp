#include "cli/receipts.hpp"

#include "base/files.hpp"

#include <fmt/format.h>

namespace bsn::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t k_max_receipt_bytes = 64U << 20;
constexpr std::size_t k_max_checkpoint_bytes = 16U << 20;
constexpr std::size_t k_shown_argument = 100;

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
    return text;
}

std::string argument_text(ByteView argument) {
    std::string text =
        is_utf8(as_text(argument)) ? one_line(as_text(argument)) : "hex:" + to_hex(argument);
    if (text.size() > k_shown_argument) {
        std::size_t end = k_shown_argument;
        while ((static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
        text = text.substr(0, end) + "…";
    }
    return text;
}

std::string status_text(const ledger::Receipt& receipt) {
    if (receipt.status == ledger::ExecutionStatus::success) return "success";
    return receipt.error.empty() ? "not successful" : "not successful: " + receipt.error;
}

}  // namespace

Result<ledger::Trust> load_trust(Context& context, const std::string& checkpoint_file) {
    BSN_TRY(genesis, context.genesis());
    if (checkpoint_file.empty()) return ledger::Trust::from(*genesis);
    BSN_TRY(content, read_file(checkpoint_file, k_max_checkpoint_bytes));
    auto digits = from_hex(trimmed(as_text(content)));
    auto record = ledger::EpochRecord::decode(digits ? *digits : content);
    if (!record) return record.error().within(checkpoint_file);
    return ledger::Trust::from(*genesis, std::move(*record));
}

Result<Bytes> read_receipt_bytes(const fs::path& file) {
    return read_file(file, k_max_receipt_bytes);
}

Result<ledger::ReceiptBundle> parse_receipt(const fs::path& file, ByteView content) {
    bool json = !content.empty() && content.front() == '{';
    auto bundle = json ? ledger::ReceiptBundle::from_json(as_text(content))
                       : ledger::ReceiptBundle::decode(content);
    if (!bundle) {
        return Error{bundle.error().code, fmt::format("{} is no valid receipt: {}", file.string(),
                                                      bundle.error().message)};
    }
    return bundle;
}

Result<ledger::ReceiptBundle> read_receipt_file(const fs::path& file) {
    BSN_TRY(content, read_receipt_bytes(file));
    return parse_receipt(file, content);
}

Status write_receipt_file(const fs::path& file, const ledger::ReceiptBundle& bundle, bool force) {
    return write_receipt_file(file, as_bytes(bundle.to_json()), force);
}

Status write_receipt_file(const fs::path& file, ByteView content, bool force) {
    auto before = read_file(file, k_max_receipt_bytes);
    if (before && equal(*before, content)) return {};
    if ((before || before.error().code != Code::not_found) && !force) {
        return Error{Code::already_exists,
                     fmt::format("{} is there with other content; move it away, or overwrite it "
                                 "with --force",
                                 file.string())};
    }
    return write_file_atomically(file, content);
}

std::string app_name_of(const ledger::ReceiptBundle& bundle) {
    if (!bundle.creation) return "system";
    auto transaction = ledger::Transaction::decode(bundle.creation->transaction);
    if (!transaction || transaction->payload().arguments.empty()) return {};
    auto spec = parse_json(as_text(transaction->payload().arguments[0]), "the app's description");
    return spec ? text_of(*spec, "name") : std::string();
}

void print_steps(Output& out, const std::vector<ledger::VerificationStep>& steps) {
    for (const ledger::VerificationStep& step : steps) {
        out.text(fmt::format("{} {}: {}", step.holds ? "✓" : "✗", one_line(step.claim),
                             one_line(step.detail)));
    }
}

Json steps_json(const std::vector<ledger::VerificationStep>& steps) {
    Json json = Json::array();
    for (const ledger::VerificationStep& step : steps) {
        json.push_back({{"claim", step.claim}, {"detail", step.detail}, {"holds", step.holds}});
    }
    return json;
}

std::string call_text(const ledger::Payload& payload) {
    std::string text = fmt::format("{}.{}(", payload.contract, payload.function);
    std::string_view separator;
    for (const Bytes& argument : payload.arguments) {
        text += fmt::format("{}{}", separator, argument_text(argument));
        separator = ", ";
    }
    return text + ")";
}

Json verification_json(const ledger::Verification& verification) {
    Json json{{"authentic", verification.authentic}, {"success", verification.success()}};
    if (verification.payload) {
        const ledger::Payload& payload = *verification.payload;
        json["transaction"] = to_hex(verification.transaction_id.view());
        json["network"] = to_hex(payload.network.view());
        json["channel"] = to_hex(payload.channel.view());
        json["suite"] = crypto::suite_name(payload.suite);
        json["creator"] = to_hex(payload.creator.view());
        json["contract"] = payload.contract;
        json["function"] = payload.function;
        json["arguments"] = Json::array();
        for (const Bytes& argument : payload.arguments) {
            json["arguments"].push_back(result_text(argument));
        }
    }
    if (verification.header) {
        json["height"] = verification.header->height;
        json["time"] = verification.header->time;
        json["time_text"] = to_iso8601(verification.header->time);
        json["block"] = to_hex(verification.header->hash().view());
    }
    if (verification.receipt) {
        json["result"] = result_text(verification.receipt->result);
        json["status"] = status_text(*verification.receipt);
    }
    if (!verification.trust_class.empty()) json["trust_class"] = verification.trust_class;
    return json;
}

std::vector<std::pair<std::string, std::string>> verification_fields(
    const ledger::Verification& verification) {
    std::vector<std::pair<std::string, std::string>> fields;
    if (verification.payload) {
        const ledger::Payload& payload = *verification.payload;
        fields.emplace_back("transaction", to_hex(verification.transaction_id.view()));
        fields.emplace_back("network", to_hex(payload.network.view()));
        fields.emplace_back("channel", to_hex(payload.channel.view()));
        fields.emplace_back("by participant", to_hex(payload.creator.view()));
        fields.emplace_back("suite", crypto::suite_name(payload.suite));
        fields.emplace_back("call", call_text(payload));
    }
    if (verification.header) {
        fields.emplace_back("block", fmt::format("{} ({})", verification.header->height,
                                                 to_hex(verification.header->hash().view())));
        fields.emplace_back("time", to_iso8601(verification.header->time));
    }
    if (verification.receipt) fields.emplace_back("status", status_text(*verification.receipt));
    if (verification.receipt && !verification.receipt->result.empty()) {
        fields.emplace_back("result", argument_text(verification.receipt->result));
    }
    if (!verification.trust_class.empty()) {
        fields.emplace_back("trust class", verification.trust_class);
    }
    return fields;
}

}  // namespace bsn::cli
