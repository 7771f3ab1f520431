#include "framework/fabric/chaincode/peer_state.hpp"

#include <ledger/queryresult/kv_query_result.pb.h>

namespace bsn::framework::fabric {

using protos::ChaincodeMessage;

namespace {

/// After a key: the first one behind it.
constexpr char k_next_key = '\0';

/// Whether `next` is the key that follows `key` among those of its length.
bool follows(ByteView key, ByteView next) {
    if (key.size() != next.size()) return false;
    std::size_t i = key.size();
    while (i > 0 && key[i - 1] == 0xFF && next[i - 1] == 0) --i;
    return i > 0 && next[i - 1] == key[i - 1] + 1 && equal(key.first(i - 1), next.first(i - 1));
}

}  // namespace

Result<std::optional<Bytes>> PeerState::get(std::string_view, ByteView key) const {
    if (const auto known = ahead_.find(key); known != ahead_.end()) return known->second;
    protos::GetState question;
    question.set_key(state_key(key));
    BSN_TRY(value, peer_.ask(ChaincodeMessage::GET_STATE, question.SerializeAsString()));
    // Fabric has no empty values: this is how it says that there is none.
    if (value.empty()) return std::optional<Bytes>{};
    return std::optional<Bytes>(to_bytes(value));
}

Result<protos::QueryResponse> PeerState::ask_for_page(
    protos::ChaincodeMessage_Type type, const google::protobuf::Message& question) const {
    BSN_TRY(answer, peer_.ask(type, question.SerializeAsString()));
    protos::QueryResponse page;
    if (page.ParseFromString(answer)) return page;
    return Error{Code::unavailable, "the peer's answer to a range query cannot be read"};
}

Result<bool> PeerState::visit_page(const protos::QueryResponse& page, const Visitor& visit) {
    for (const protos::QueryResultBytes& result : page.results()) {
        queryresult::KV entry;
        if (!entry.ParseFromString(result.resultbytes())) {
            return Error{Code::unavailable, "an entry of the peer's answer cannot be read"};
        }
        BSN_TRY(key, contract_key(entry.key()));
        if (!visit(key, as_bytes(entry.value()))) return false;
    }
    return true;
}

Status PeerState::scan(std::string_view, ByteView prefix, ByteView start,
                       const Visitor& visit) const {
    return visit_range(state_key_range(prefix, start), visit);
}

Status PeerState::read_ahead(const std::vector<Bytes>& keys) {
    for (std::size_t begin = 0, end = 0; begin < keys.size(); begin = end) {
        for (end = begin + 1; end < keys.size() && follows(keys[end - 1], keys[end]);) ++end;
        if (end - begin < 2) continue;
        for (std::size_t i = begin; i < end; ++i) ahead_[keys[i]] = std::nullopt;
        const StateKeyRange range{state_key(keys[begin]), state_key(keys[end - 1]) + k_next_key};
        BSN_CHECK(visit_range(range, [this](ByteView key, ByteView value) {
            if (auto asked = ahead_.find(key); asked != ahead_.end()) {
                asked->second = to_bytes(value);
            }
            return true;
        }));
    }
    return {};
}

Status PeerState::visit_range(const StateKeyRange& range, const Visitor& visit) const {
    protos::GetStateByRange question;
    question.set_startkey(range.from);
    question.set_endkey(range.to);
    BSN_TRY(page, ask_for_page(ChaincodeMessage::GET_STATE_BY_RANGE, question));
    while (true) {
        BSN_TRY(wants_more, visit_page(page, visit));
        if (!page.has_more()) return {};
        if (!wants_more) {
            protos::QueryStateClose close;
            close.set_id(page.id());
            BSN_CHECK(peer_.ask(ChaincodeMessage::QUERY_STATE_CLOSE, close.SerializeAsString()));
            return {};
        }
        protos::QueryStateNext next;
        next.set_id(page.id());
        BSN_TRY(following, ask_for_page(ChaincodeMessage::QUERY_STATE_NEXT, next));
        page = std::move(following);
    }
}

Status PeerState::write(const std::vector<ledger::StateOverlay::Change>& changes) {
    for (const auto& change : changes) {
        if (change.after) {
            ensure(!change.after->empty(),
                   "a contract puts an empty value, which Fabric takes for none");
            protos::PutState put;
            put.set_key(state_key(change.key));
            put.set_value(to_text(*change.after));
            BSN_CHECK(peer_.ask(ChaincodeMessage::PUT_STATE, put.SerializeAsString()));
        } else {
            protos::DelState erase;
            erase.set_key(state_key(change.key));
            BSN_CHECK(peer_.ask(ChaincodeMessage::DEL_STATE, erase.SerializeAsString()));
        }
    }
    return {};
}

}  // namespace bsn::framework::fabric
