#include "framework/fabric/client/checked_block.hpp"

#include "framework/fabric/client/relayed_call.hpp"
#include "framework/fabric/client/validation.hpp"
#include "ledger/types.hpp"

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace bsn::framework::fabric {
namespace {

using Json = nlohmann::json;

/// As our chaincode service names several events of one transaction.
constexpr std::string_view k_several_events = "bsn.events";

Bytes id_bytes(const std::string& transaction_id) {
    auto id = from_hex(transaction_id);
    return id ? std::move(*id) : Bytes();
}

Bytes participant_of(const std::string& creator) {
    auto identity = read_identity(creator);
    if (!identity) return {};
    auto key = certified_key(identity->certificate);
    return key ? to_bytes(ledger::participant_id_of(*key).view()) : Bytes();
}

/// One of several events, as `chaincode_event` writes it; none if it is not of that form.
std::optional<Event> read_one(const Json& json) {
    if (!json.is_object()) return std::nullopt;
    Event event;
    auto name = json.find("name");
    auto topics = json.find("topics");
    auto data = json.find("data");
    if (name == json.end() || !name->is_string() || topics == json.end() || !topics->is_array() ||
        data == json.end() || !data->is_string()) {
        return std::nullopt;
    }
    event.name = name->get<std::string>();
    auto bytes = from_hex(data->get<std::string>());
    if (!bytes) return std::nullopt;
    event.data = std::move(*bytes);
    for (const Json& topic : *topics) {
        auto one = topic.is_string() ? from_hex(topic.get<std::string>())
                                     : Result<Bytes>(Error{Code::invalid_argument, ""});
        if (!one) return std::nullopt;
        event.topics.push_back(std::move(*one));
    }
    return event;
}

std::vector<Event> told_apart(const ChaincodeEventView& event) {
    Event single;
    single.name = event.name;
    single.data = to_bytes(event.payload);
    if (event.name != k_several_events) return {single};
    const Json list = Json::parse(event.payload, nullptr, false);
    if (!list.is_array()) return {single};
    std::vector<Event> events;
    for (const Json& one : list) {
        auto read = read_one(one);
        if (!read) return {single};  // another chaincode's use of the name
        events.push_back(std::move(*read));
    }
    return events;
}

std::string endorsers_of(const EnvelopeView& envelope) {
    std::set<std::string> names;
    for (const protos::Endorsement& one : envelope.endorsements) {
        if (auto identity = read_identity(one.endorser())) names.insert(identity->msp_id);
    }
    return names.empty() ? "nobody" : fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

Result<CheckedBlock> read_block(common::Block block, crypto::HashId hash) {
    BSN_CHECK(check_data(block, hash));
    CheckedBlock checked;
    checked.hash = header_hash(block.header(), hash);
    BSN_TRY(codes, validation_codes(block));
    checked.codes = std::move(codes);
    for (const std::string& bytes : block.data().data()) {
        auto envelope = read_envelope(as_bytes(bytes));
        if (envelope) checked.time = std::max(checked.time, envelope->time);
        checked.transactions.push_back(envelope ? std::move(*envelope) : EnvelopeView());
    }
    checked.block = std::move(block);
    return checked;
}

TransactionView transaction_view(const EnvelopeView& envelope) {
    TransactionView view;
    view.id = id_bytes(envelope.transaction_id);
    view.time = envelope.time;
    view.result = to_bytes(envelope.result);
    view.creator = participant_of(relayed_for(envelope).value_or(envelope.creator));
    view.contract = envelope.chaincode;
    if (!envelope.arguments.empty()) view.function = envelope.arguments.front();
    for (std::size_t i = 1; i < envelope.arguments.size(); ++i) {
        view.arguments.push_back(to_bytes(envelope.arguments[i]));
    }
    return view;
}

TransactionView transaction_view(const CheckedBlock& block, std::size_t index) {
    TransactionView view = transaction_view(block.transactions[index]);
    view.height = block.height();
    view.index = static_cast<std::uint32_t>(index);
    view.time = block.time;
    view.success = block.codes[index] == protos::VALID;
    view.error = validation_sentence(block.codes[index]);
    if (block.codes[index] == protos::ENDORSEMENT_POLICY_FAILURE) {
        view.error += fmt::format(" (endorsed by {})", endorsers_of(block.transactions[index]));
    }
    if (!view.success) view.result.clear();
    view.raw = to_bytes(block.block.data().data(static_cast<int>(index)));
    return view;
}

BlockView block_view(const CheckedBlock& block) {
    BlockView view;
    view.height = block.height();
    view.hash = to_bytes(block.hash.view());
    view.previous = to_bytes(block.block.header().previous_hash());
    view.time = block.time;
    view.final = true;
    view.raw_header = to_bytes(header_bytes(block.block.header()));
    view.signers = block.signers;
    Json others = Json::array();
    for (std::size_t i = 0; i < block.transactions.size(); ++i) {
        const EnvelopeView& one = block.transactions[i];
        Bytes id = id_bytes(one.transaction_id);
        if (one.type != common::ENDORSER_TRANSACTION || id.empty()) {
            others.push_back({{"index", i}, {"type", common::HeaderType_Name(one.type)}});
        } else if (block.codes[i] == protos::DUPLICATE_TXID) {
            others.push_back({{"index", i}, {"repeats", one.transaction_id}});
        } else {
            view.transaction_ids.push_back(std::move(id));
        }
    }
    view.details = others.empty() ? "{}" : Json{{"other", std::move(others)}}.dump();
    return view;
}

std::vector<Event> events_of(const CheckedBlock& block) {
    std::vector<Event> events;
    for (std::size_t i = 0; i < block.transactions.size(); ++i) {
        const EnvelopeView& one = block.transactions[i];
        if (block.codes[i] != protos::VALID || !one.event) continue;
        std::uint32_t log = 0;
        for (Event& event : told_apart(*one.event)) {
            event.height = block.height();
            event.index = static_cast<std::uint32_t>(i);
            event.log = log++;
            event.transaction = id_bytes(one.transaction_id);
            event.contract = one.event->chaincode;
            event.time = block.time;
            events.push_back(std::move(event));
        }
    }
    return events;
}

}  // namespace bsn::framework::fabric
