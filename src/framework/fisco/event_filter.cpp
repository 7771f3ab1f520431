#include "framework/fisco/event_filter.hpp"

#include "framework/fisco/parameters.hpp"
#include "framework/fisco/shapes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::framework::fisco {
namespace {

constexpr std::size_t k_max_id = 64;
constexpr std::size_t k_max_addresses = 1'000;
constexpr std::size_t k_max_alternatives = 1'000;  ///< of one topic

Error wrong(std::string_view what) { return {Code::invalid_argument, std::string(what)}; }

/// A member as text; FISCO's clients write numbers so, too.
Result<std::string> text_of(const Json& json, const char* name) {
    auto found = json.find(name);
    if (found == json.end()) return wrong("missing");
    if (found->is_number_unsigned()) return std::to_string(found->get<std::uint64_t>());
    if (!found->is_string()) return wrong("no text");
    return found->get<std::string>();
}

Result<std::optional<std::uint64_t>> bound_of(const Json& json, const char* name) {
    BSN_TRY(text, text_of(json, name));
    if (text == "latest") return std::optional<std::uint64_t>{};
    BSN_TRY(number, number_from(text));
    return std::optional(number);
}

Result<Word> word_from(const Json& json) {
    if (!json.is_string()) return wrong("no text");
    BSN_TRY(bytes, loose_data(json.get_ref<const std::string&>()));
    return Word::from(bytes);
}

Result<std::vector<Address>> addresses_of(const Json& json) {
    std::vector<Address> addresses;
    auto found = json.find("addresses");
    if (found == json.end() || found->is_null()) return addresses;
    if (!found->is_array() || found->size() > k_max_addresses) return wrong("addresses");
    for (const Json& one : *found) {
        if (!one.is_string()) return wrong("no text");
        BSN_TRY(address, loose_address(one.get_ref<const std::string&>()));
        addresses.push_back(address);
    }
    return addresses;
}

Result<std::vector<Word>> alternatives_of(const Json& json) {
    std::vector<Word> words;
    if (json.is_null()) return words;
    if (!json.is_array()) {
        BSN_TRY(word, word_from(json));
        words.push_back(word);
        return words;
    }
    if (json.size() > k_max_alternatives) return wrong("topics");
    for (const Json& one : json) {
        BSN_TRY(word, word_from(one));
        words.push_back(word);
    }
    return words;
}

Status read_topics(const Json& json, EventFilter& filter) {
    auto found = json.find("topics");
    if (found == json.end() || found->is_null()) return {};
    if (!found->is_array() || found->size() > filter.topics.size()) return wrong("topics");
    for (std::size_t i = 0; i < found->size(); ++i) {
        BSN_TRY(words, alternatives_of((*found)[i]));
        filter.topics.at(i) = std::move(words);
    }
    return {};
}

Status read_name(const Json& json, EventFilter& filter) {
    BSN_TRY(id, text_of(json, "filterID"));
    if (id.empty() || id.size() > k_max_id) return wrong("filterID");
    filter.id = id;
    BSN_TRY(group_text, text_of(json, "groupID"));
    BSN_TRY(group, number_from(group_text));
    filter.group = group;
    return {};
}

Status read_filter(const Json& json, EventFilter& filter) {
    BSN_CHECK(read_name(json, filter));
    BSN_TRY(from, bound_of(json, "fromBlock"));
    filter.from = from;
    BSN_TRY(to, bound_of(json, "toBlock"));
    filter.to = to;
    BSN_TRY(addresses, addresses_of(json));
    filter.addresses = std::move(addresses);
    return read_topics(json, filter);
}

EventRegistration registration_from(std::string_view text,
                                    Status (*read)(const Json&, EventFilter&)) {
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object()) return {EventResult::invalid_request, {}};
    EventRegistration registration;
    if (!read(json, registration.filter)) registration.result = EventResult::invalid_params;
    return registration;
}

Json log_json(const Block& block, std::uint32_t index, std::size_t place) {
    const ExecutedTransaction& executed = block.transactions.at(index);
    const ledger::ethereum::Log& log = executed.receipt.logs.at(place);
    Json topics = Json::array();
    for (const Word& topic : log.topics) topics.push_back(rpc::data_text(topic));
    return {{"address", rpc::data_text(log.address)},
            {"blockHash", rpc::data_text(block.header.hash)},
            {"blockNumber", std::to_string(block.header.header.number)},  // decimal, here
            {"data", rpc::data_text(log.data)},
            {"logIndex", rpc::quantity_text(place)},
            {"topics", std::move(topics)},
            {"transactionHash", rpc::data_text(executed.hash)},
            {"transactionIndex", rpc::quantity_text(index)}};
}

}  // namespace

EventRegistration event_registration_from(std::string_view json) {
    EventRegistration registration = registration_from(json, read_filter);
    const EventFilter& filter = registration.filter;
    if (registration.result == EventResult::success && filter.to &&
        filter.from.value_or(0) > *filter.to) {
        registration.result = EventResult::invalid_range;
    }
    return registration;
}

EventRegistration event_end_from(std::string_view json) {
    return registration_from(json, read_name);
}

bool matches(const EventFilter& filter, const ledger::ethereum::Log& log) {
    auto among = [](const auto& wanted, const auto& value) {
        return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
    };
    if (!among(filter.addresses, log.address)) return false;
    for (std::size_t i = 0; i < filter.topics.size(); ++i) {
        const auto& wanted = filter.topics.at(i);
        if (wanted.empty()) continue;
        if (i >= log.topics.size() || !among(wanted, log.topics[i])) return false;
    }
    return true;
}

bool may_match(const EventFilter& filter, HashId hash, const ledger::ethereum::Bloom& bloom) {
    auto any = [&](const auto& wanted) {
        return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), [&](const auto& one) {
                   return ledger::ethereum::may_contain(bloom, hash, one);
               });
    };
    return any(filter.addresses) && std::all_of(filter.topics.begin(), filter.topics.end(), any);
}

std::optional<std::string> event_push(const EventFilter& filter, const Block& block) {
    Json logs = Json::array();
    for (std::uint32_t index = 0; index < block.transactions.size(); ++index) {
        const auto& all = block.transactions[index].receipt.logs;
        for (std::size_t place = 0; place < all.size(); ++place) {
            if (matches(filter, all[place])) logs.push_back(log_json(block, index, place));
        }
    }
    if (logs.empty()) return std::nullopt;
    return rpc::json_text(Json{{"filterID", filter.id},
                               {"logs", std::move(logs)},
                               {"result", static_cast<int>(EventResult::success)}});
}

std::string event_end_push(const EventFilter& filter) {
    return rpc::json_text(Json{{"filterID", filter.id},
                               {"logs", nullptr},
                               {"result", static_cast<int>(EventResult::end)}});
}

std::string event_answer(EventResult result) {
    return fmt::format("{{\"result\":{}}}\n", static_cast<int>(result));
}

}  // namespace bsn::framework::fisco
