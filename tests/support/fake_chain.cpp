#include "crypto/hash.hpp"
#include "support/fake_backend.hpp"

#include <algorithm>
#include <iterator>
#include <sstream>

namespace bsn::testing {
namespace {

constexpr std::size_t k_word_fail = 5;  // "fail "

std::string second_word(std::string_view text) {
    std::size_t begin = text.find(' ') + 1;
    return std::string(text.substr(begin, text.find(' ', begin) - begin));
}

std::vector<std::string> words_of(const std::string& text) {
    std::istringstream stream(text);
    return {std::istream_iterator<std::string>(stream), {}};
}

}  // namespace

FakeChain::FakeChain(Executor& executor) : executor_(executor) { add_block({}); }

std::uint64_t FakeChain::height() const {
    std::lock_guard lock(mutex_);
    return blocks_.size() - 1;
}

Bytes FakeChain::id_of(ByteView transaction) {
    return to_bytes(crypto::hash(crypto::HashId::sha256, transaction).view());
}

void FakeChain::submit(std::vector<Bytes> transactions, std::uint64_t timeout,
                       framework::SubmitDone done) {
    last_timeout_ = timeout;
    if (as_text(transactions.front()) == "hold") {
        std::lock_guard lock(mutex_);
        held_.emplace_back(std::move(transactions), std::move(done));
        return;
    }
    executor_.post([this, transactions = std::move(transactions), done = std::move(done)] {
        done(execute(transactions));
    });
}

Result<std::optional<framework::NamedCall>> FakeChain::named_call(ByteView transaction) const {
    using Named = std::optional<framework::NamedCall>;
    const std::string_view text = as_text(transaction);
    if (text.starts_with("rubbish")) return Error{Code::invalid_argument, "no transaction"};
    if (!text.starts_with("by ")) return Named{};
    const std::size_t contract = text.find(' ', 3) + 1;
    const std::size_t function = text.find(' ', contract) + 1;
    auto creator = from_hex(text.substr(3, contract - 4));
    if (!creator) return creator.error();
    std::lock_guard lock(mutex_);
    return Named({*named_.insert(*creator).first, text.substr(contract, function - contract - 1),
                  text.substr(function, text.find(' ', function) - function)});
}

std::vector<FakeChain::Answer> FakeChain::execute(const std::vector<Bytes>& transactions) {
    std::vector<Answer> answers;
    {
        std::lock_guard lock(mutex_);
        Block block;
        block.view.height = blocks_.size();
        block.view.time = FakeBackend::k_now + block.view.height;
        block.view.final = true;
        block.view.signers = 2;
        block.view.raw_header = to_bytes("header " + std::to_string(block.view.height));
        block.view.hash = id_of(block.view.raw_header);
        block.view.previous = blocks_.empty() ? Bytes(32) : blocks_.back().view.hash;
        block.view.details = R"({"controls":[]})";
        for (const Bytes& transaction : transactions) {
            answers.push_back(execute_one(transaction, block));
        }
        blocks_.push_back(std::move(block));
    }
    wake_waiting();
    return answers;
}

FakeChain::Answer FakeChain::execute_one(const Bytes& transaction, Block& block) {
    std::string text = to_text(transaction);
    if (text.starts_with("fail ")) {
        auto code = code_from_name(text.substr(k_word_fail));
        return Error{code.value_or(Code::unavailable), "as the transaction wished"};
    }
    if (text.starts_with("rubbish")) return Error{Code::invalid_argument, "no transaction"};
    if (text.starts_with("by ") && text.ends_with(" forged")) {
        return Error{Code::bad_signature, "not signed by who it names"};
    }
    if (text.starts_with("early") && early_.insert(text).second) {
        return Error{Code::forbidden, "no member yet"};
    }
    auto known = transactions_.find(id_of(transaction));
    if (known != transactions_.end()) return known->second;
    framework::TransactionView view{
        .id = id_of(transaction),
        .height = block.view.height,
        .index = static_cast<std::uint32_t>(block.view.transaction_ids.size()),
        .time = block.view.time,
        .success = !text.starts_with("refuse"),
        .result = transaction,
        .creator = Bytes(32, 7),
        .contract = "kv",
        .function = "set",
        .arguments = {to_bytes("a"), Bytes{0xff, 0x00}},
    };
    const std::vector<std::string> words = words_of(text);
    const auto creator = words.size() < 2 ? Result<Bytes>(Bytes()) : from_hex(words[1]);
    // Others send what only looks like it.
    if (text.starts_with("once ") && words.size() > 5 && creator && creator->size() == 32) {
        if (!nonces_.emplace(words[1] + words[2], view.id).second) {
            return Error{Code::duplicate, "this nonce of its creator was used before"};
        }
        view.creator = *creator;
        view.contract = words[4];
        view.function = words[5];
        view.arguments.clear();
        if (words.size() > 6) view.arguments = {to_bytes(words[6])};
        view.success = view.function != "refuse";
    }
    if (!view.success) {
        view.result.clear();
        view.error = text;
    }
    block.view.transaction_ids.push_back(view.id);
    if (text.starts_with("emit ")) {
        block.events.push_back({.height = view.height,
                                .index = view.index,
                                .log = 0,
                                .transaction = view.id,
                                .contract = "kv",
                                .name = second_word(text),
                                .topics = {Bytes{1, 2}},
                                .data = transaction,
                                .time = view.time});
    }
    auto stored = view;
    stored.raw = transaction;
    transactions_.emplace(view.id, stored);
    return view;
}

void FakeChain::wake_waiting() {
    std::vector<std::function<void()>> due;
    {
        std::lock_guard lock(mutex_);
        auto end = waiting_.upper_bound(blocks_.size() - 1);
        for (auto it = waiting_.begin(); it != end; ++it) due.push_back(it->second);
        waiting_.erase(waiting_.begin(), end);
    }
    for (auto& wake : due) wake();
}

Result<Bytes> FakeChain::make_transaction(const framework::Invocation& invocation) const {
    if (on_make_transaction) return on_make_transaction(invocation);
    return Error{Code::invalid_argument, "clients sign for themselves here"};
}

Result<Bytes> FakeChain::query(const framework::Invocation& invocation) const {
    if (on_query) on_query();
    if (invocation.function == "whoami") {
        return invocation.identity == nullptr
                   ? to_bytes("nobody")
                   : to_bytes(to_hex(invocation.identity->participant()));
    }
    if (invocation.function == "set") return Error{Code::invalid_argument, "set writes"};
    if (invocation.function == "bytes") return Bytes{0xff, 0xfe};
    if (invocation.function != "echo") {
        return Error{Code::contract_failed, "no function " + invocation.function};
    }
    Bytes all;
    for (const Bytes& argument : invocation.arguments) {
        all.insert(all.end(), argument.begin(), argument.end());
    }
    return all;
}

Result<std::optional<framework::TransactionView>> FakeChain::transaction_with_nonce(
    ByteView participant, ByteView nonce) const {
    std::lock_guard lock(mutex_);
    auto id = nonces_.find(to_hex(participant) + to_hex(nonce));
    if (id == nonces_.end()) return std::optional<framework::TransactionView>{};
    return std::optional(transactions_.find(id->second)->second);
}

Result<framework::BlockView> FakeChain::block(std::uint64_t height) const {
    std::lock_guard lock(mutex_);
    if (height >= blocks_.size()) return Error{Code::not_found, "no such block yet"};
    return blocks_[height].view;
}

Result<framework::BlockView> FakeChain::block_by_hash(ByteView hash) const {
    std::lock_guard lock(mutex_);
    for (const Block& block : blocks_) {
        if (equal(block.view.hash, hash)) return block.view;
    }
    return Error{Code::not_found, "no block has this hash"};
}

Result<framework::TransactionView> FakeChain::transaction(ByteView id) const {
    std::lock_guard lock(mutex_);
    auto found = transactions_.find(to_bytes(id));
    if (found == transactions_.end()) return Error{Code::not_found, "no such transaction"};
    return found->second;
}

Result<framework::EventPage> FakeChain::events(framework::EventCursor from,
                                               std::size_t limit) const {
    ++event_reads_;
    std::lock_guard lock(mutex_);
    framework::EventPage page;
    std::uint64_t height = from.height;
    for (; height < blocks_.size() && page.events.size() < limit; ++height) {
        const auto& events = blocks_[height].events;
        page.events.insert(page.events.end(), events.begin(), events.end());
    }
    page.next = {height};
    page.at_end = height >= blocks_.size();
    return page;
}

void FakeChain::when_height(std::uint64_t height, std::function<void()> wake) {
    {
        std::lock_guard lock(mutex_);
        if (height >= blocks_.size()) {
            waiting_.emplace(height, std::move(wake));
            return;
        }
    }
    wake();
}

Result<Bytes> FakeChain::prove(ByteView transaction) const {
    std::lock_guard lock(mutex_);
    auto found = proofs_.find(to_bytes(transaction));
    if (found == proofs_.end()) return Error{Code::not_found, "no such transaction"};
    return to_bytes(found->second);
}

void FakeChain::add_block(const std::vector<std::string>& transactions) {
    std::vector<Bytes> bytes;
    bytes.reserve(transactions.size());
    for (const std::string& transaction : transactions) bytes.push_back(to_bytes(transaction));
    execute(bytes);
}

void FakeChain::set_proof(ByteView id, std::string proof) {
    std::lock_guard lock(mutex_);
    proofs_[to_bytes(id)] = std::move(proof);
}

void FakeChain::release() {
    decltype(held_) held;
    {
        std::lock_guard lock(mutex_);
        held.swap(held_);
    }
    for (auto& [transactions, done] : held) done(execute(transactions));
}

std::size_t FakeChain::held() const {
    std::lock_guard lock(mutex_);
    return held_.size();
}

std::size_t FakeChain::waiting() const {
    std::lock_guard lock(mutex_);
    return waiting_.size();
}

}  // namespace bsn::testing
