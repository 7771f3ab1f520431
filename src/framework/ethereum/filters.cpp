#include "framework/ethereum/filters.hpp"

#include "crypto/random.hpp"
#include "framework/ethereum/methods.hpp"

#include <algorithm>

namespace bsn::framework::ethereum {
namespace {

constexpr std::size_t k_id_bytes = 16;

rpc::Failure not_found() { return {rpc::ErrorNumber::server, "filter not found"}; }

}  // namespace

std::string random_id() {
    Bytes bytes(k_id_bytes);
    crypto::fill_random(bytes);
    return rpc::quantity_text(ByteView(bytes));
}

std::string Filters::add(Filter filter) {
    std::string id = random_id();
    filter.asked = clock_.monotonic();
    std::lock_guard lock(mutex_);
    forget_idle();
    if (filters_.size() >= limits_.most_filters) {
        filters_.erase(turns_.front());
        turns_.pop_front();
    }
    filter.turn = turns_.insert(turns_.end(), id);
    filters_.emplace(id, std::move(filter));
    return id;
}

void Filters::forget_idle() {
    const std::uint64_t now = clock_.monotonic();
    while (!turns_.empty() && now - filters_.at(turns_.front()).asked > limits_.idle_ms) {
        filters_.erase(turns_.front());
        turns_.pop_front();
    }
}

Answer<Filters::Filter> Filters::take(const std::string& id) {
    std::lock_guard lock(mutex_);
    forget_idle();
    auto found = filters_.find(id);
    if (found == filters_.end()) return not_found();
    found->second.asked = clock_.monotonic();
    turns_.splice(turns_.end(), turns_, found->second.turn);
    return found->second;
}

void Filters::told(const std::string& id, std::uint64_t next) {
    std::lock_guard lock(mutex_);
    auto found = filters_.find(id);
    if (found != filters_.end()) found->second.next = std::max(found->second.next, next);
}

std::string Filters::add_blocks() {
    Filter filter;
    filter.kind = Kind::blocks;
    filter.next = reader_.height() + 1;
    return add(std::move(filter));
}

std::string Filters::add_pending() {
    Filter filter;
    filter.kind = Kind::pending;
    filter.next = pool_.moment();
    return add(std::move(filter));
}

std::string Filters::add_logs(LogQuery query) {
    Filter filter;
    filter.kind = Kind::logs;
    filter.query = std::move(query);
    filter.next = reader_.height() + 1;
    return add(std::move(filter));
}

Answer<Json> Filters::changes(const std::string& id) {
    BSN_TRY(filter, take(id));
    if (filter.kind == Kind::blocks) return new_blocks(id, filter);
    if (filter.kind == Kind::logs) return new_logs(id, filter);
    Json all = Json::array();
    std::uint64_t moment = filter.next;
    for (const Hash& hash : pool_.taken_since(moment)) all.push_back(rpc::data_text(hash));
    told(id, moment);
    return all;
}

Answer<Json> Filters::new_blocks(const std::string& id, const Filter& filter) {
    Json all = Json::array();
    const std::uint64_t end = std::min(reader_.height() + 1, filter.next + limits_.most_blocks);
    for (std::uint64_t height = filter.next; height < end; ++height) {
        BSN_TRY(header, reader_.header(height));
        all.push_back(rpc::data_text(header.hash));
    }
    told(id, end);
    return all;
}

Answer<Json> Filters::new_logs(const std::string& id, const Filter& filter) {
    Json all = Json::array();
    const std::uint64_t latest = reader_.height();
    const std::uint64_t last = std::min(latest, filter.query.to.height.value_or(latest));
    std::uint64_t height = std::max(filter.next, filter.query.from.height.value_or(0));
    const std::uint64_t begin = height;
    for (; height <= last && height - begin < limits_.most_blocks; ++height) {
        BSN_TRY(found, logs_of_block(reader_, filter.query.criteria, height));
        // A block's logs come whole; what does not fit comes with the next answer.
        if (!all.empty() && all.size() + found.size() > limits_.logs.most_logs) break;
        for (Json& log : found) all.push_back(std::move(log));
    }
    told(id, height);
    return all;
}

Answer<Json> Filters::logs(const std::string& id) {
    BSN_TRY(filter, take(id));
    if (filter.kind != Kind::logs) return not_found();
    // A filter may reach beyond the head: what is there so far.
    const std::uint64_t latest = reader_.height();
    LogQuery& query = filter.query;
    if (query.from.height.value_or(0) > latest) return Json(Json::array());
    if (query.to.height) query.to.height = std::min(*query.to.height, latest);
    return find_logs(reader_, query, limits_.logs);
}

bool Filters::remove(const std::string& id) {
    std::lock_guard lock(mutex_);
    auto found = filters_.find(id);
    if (found == filters_.end()) return false;
    turns_.erase(found->second.turn);
    filters_.erase(found);
    return true;
}

void add_log_methods(rpc::Methods& methods, const ChainReader& reader,
                     std::shared_ptr<Filters> filters) {
    methods.add("eth_getLogs", 1, [&reader, filters](const Params& params) -> Answer<Json> {
        BSN_TRY(query, params.required(0, log_query_argument));
        return find_logs(reader, query, filters->limits().logs);
    });
    methods.add("eth_newFilter", 1, [filters](const Params& params) -> Answer<Json> {
        BSN_TRY(query, params.required(0, log_query_argument));
        return Json(filters->add_logs(std::move(query)));
    });
    methods.add("eth_newBlockFilter", 0,
                [filters](const Params&) -> Answer<Json> { return Json(filters->add_blocks()); });
    methods.add("eth_newPendingTransactionFilter", 1,
                [filters](const Params&) -> Answer<Json> { return Json(filters->add_pending()); });
    methods.add("eth_getFilterChanges", 1, [filters](const Params& params) -> Answer<Json> {
        BSN_TRY(id, params.required(0, rpc::text));
        return filters->changes(id);
    });
    methods.add("eth_getFilterLogs", 1, [filters](const Params& params) -> Answer<Json> {
        BSN_TRY(id, params.required(0, rpc::text));
        return filters->logs(id);
    });
    methods.add("eth_uninstallFilter", 1, [filters](const Params& params) -> Answer<Json> {
        BSN_TRY(id, params.required(0, rpc::text));
        return Json(filters->remove(id));
    });
}

}  // namespace bsn::framework::ethereum
