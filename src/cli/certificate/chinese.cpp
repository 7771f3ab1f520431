#include "cli/certificate/chinese.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace bsn::cli::certificate {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

constexpr std::array k_claims = {
    Pair{"the transaction is well formed, made for this network, and signed by its key",
         "交易格式正确，属于本网络，并由其密钥签名"},
    Pair{"the receipt is well formed", "回执格式正确"},
    Pair{"the block is of the transaction's channel, and holds transaction and receipt at the same "
         "index",
         "该区块属于交易所在的通道，并在同一序号处包含该交易和该回执"},
    Pair{"the system channel's epochs lead from what is trusted to the last handover",
         "系统通道的各届节点名单从可信起点一直衔接到最后一次交接"},
    Pair{"the app was created on the system channel", "该应用是在系统通道上创建的"},
    Pair{"the app's epochs lead from its creation to the block",
         "该应用的各届节点名单从创建时一直衔接到该区块"},
    Pair{"a quorum of the channel's peers certified the block",
         "达到法定数量的节点签名认证了该区块"},
    Pair{"the receipt says how the execution ended", "回执说明了执行结果"},
    Pair{"the deposit succeeded", "存证成功"},
    Pair{"the transaction deposits this file's SHA-256", "该交易存证的正是此文件的 SHA-256"},
    Pair{"the evidence contract took it", "存证合约已接受"},
};

constexpr std::array k_parts = {
    Pair{"single peer, no replication", "单节点，无副本"},
    Pair{"embedded ordering", "内置排序"},
    Pair{"cometbft ordering", "CometBFT 排序"},
    Pair{"one operator", "一个运营方"},
    Pair{"two operators", "两个运营方"},
};

std::optional<std::string_view> after(std::string_view text, std::string_view prefix) {
    if (text.substr(0, prefix.size()) != prefix) return std::nullopt;
    return text.substr(prefix.size());
}

/// `2 of 3`
std::optional<std::pair<unsigned, unsigned>> quorum_of(std::string_view text) {
    unsigned quorum = 0;
    unsigned all = 0;
    const char* end = text.data() + text.size();
    auto [at, bad] = std::from_chars(text.data(), end, quorum);
    auto rest = after({at, static_cast<std::size_t>(end - at)}, " of ");
    if (bad != std::errc{} || !rest) return std::nullopt;
    auto [last, worse] = std::from_chars(rest->data(), end, all);
    if (worse != std::errc{} || last != end) return std::nullopt;
    return std::pair{quorum, all};
}

std::string part_in_chinese(std::string_view part) {
    for (const auto& [english, chinese] : k_parts) {
        if (part == english) return std::string(chinese);
    }
    for (const auto& [prefix, chinese] :
         {Pair{"crash-fault quorum ", "容忍宕机的法定数量"},
          Pair{"Byzantine-fault quorum ", "容忍拜占庭故障的法定数量"}}) {
        auto rest = after(part, prefix);
        auto quorum = rest ? quorum_of(*rest) : std::nullopt;
        if (quorum) return fmt::format("{} {}/{}", chinese, quorum->first, quorum->second);
    }
    constexpr std::string_view k_operators = " operators";
    if (part.size() > k_operators.size() && part.ends_with(k_operators)) {
        return fmt::format("{} 个运营方", part.substr(0, part.size() - k_operators.size()));
    }
    return std::string(part);
}

}  // namespace

std::string claim_in_chinese(std::string_view claim) {
    for (const auto& [english, chinese] : k_claims) {
        if (claim == english) return std::string(chinese);
    }
    return std::string(claim);
}

std::string trust_class_in_chinese(std::string_view trust_class) {
    // One part has a comma of its own.
    constexpr std::string_view k_single = "single peer, no replication";
    std::string text;
    while (!trust_class.empty()) {
        std::size_t end =
            trust_class.starts_with(k_single) ? k_single.size() : trust_class.find(", ");
        if (end > trust_class.size()) end = trust_class.size();
        text += (text.empty() ? "" : "，") + part_in_chinese(trust_class.substr(0, end));
        trust_class.remove_prefix(end);
        if (auto rest = after(trust_class, ", ")) trust_class = *rest;
    }
    return text;
}

}  // namespace bsn::cli::certificate
