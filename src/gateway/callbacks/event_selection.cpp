#include "gateway/callbacks/event_selection.hpp"

#include "ledger/ethereum/types.hpp"

#include <fmt/format.h>

// How many steps one match may take: about a millisecond's. Expressions are other people's, and
// some take a time that grows exponentially.
#define BOOST_REGEX_MAX_STATE_COUNT 100000
#include <boost/regex.hpp>

namespace bsn::gateway {

struct EventPattern::Compiled {
    boost::regex regex;
};

Result<EventPattern> EventPattern::compile(const std::string& expression) {
    if (expression.size() > k_most) {
        return Error{Code::invalid_argument,
                     fmt::format("\"eventKey\" has more than {} bytes", k_most)};
    }
    try {
        EventPattern pattern;
        pattern.compiled_ = std::make_shared<const Compiled>(
            Compiled{boost::regex(expression, boost::regex::perl)});
        return pattern;
    } catch (const boost::regex_error& error) {
        return Error{Code::invalid_argument,
                     fmt::format("\"eventKey\" is no regular expression: {}", error.what())};
    }
}

bool EventPattern::matches(std::string_view name) const {
    if (name.size() > k_most) return false;
    try {
        return boost::regex_search(name.begin(), name.end(), compiled_->regex);
    } catch (const std::runtime_error&) {
        return false;  // too many steps
    }
}

Result<EventSelection> EventSelection::of(const published::EventRegistration& registration) {
    EventSelection selection;
    selection.contract_ = registration.contract;
    if (!registration.address.empty()) {
        BSN_TRY(contract, contract_of_address(registration.address));
        selection.contract_ = contract;
    }
    if (!registration.event_key.empty()) {
        BSN_TRY(pattern, EventPattern::compile(registration.event_key));
        selection.pattern_ = pattern;
    }
    return selection;
}

bool EventSelection::has(const framework::Event& event) const {
    return event.contract == contract_ && (!pattern_ || pattern_->matches(event.name));
}

Result<std::string> contract_of_address(std::string_view address) {
    if (address.starts_with("0x") || address.starts_with("0X")) address.remove_prefix(2);
    auto parsed = fixed_from_hex<ledger::Address>(address);
    if (parsed) return to_hex(*parsed);
    return Error{Code::invalid_argument,
                 "\"contractAddress\" must be 40 hexadecimal digits, with 0x or without"};
}

}  // namespace bsn::gateway
