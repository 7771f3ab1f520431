#include "cli/certificate/content.hpp"

#include "api/wire_text.hpp"
#include "base/clock.hpp"
#include "cli/certificate/chinese.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::cli::certificate {
namespace {

using api::parse_json;
using api::text_of;

constexpr std::size_t k_max_name = 200;

/// What was deposited beside the hash, read as `bsn evidence deposit` writes it.
struct Metadata {
    std::string name;
    std::string size;
    std::string raw;  ///< if it is of another form
};

Metadata metadata_of(const std::string& text) {
    Metadata metadata;
    auto json = parse_json(text, "metadata");
    if (!json || !json->is_object() || text_of(*json, "name").empty()) {
        metadata.raw = shown(text);
        return metadata;
    }
    metadata.name = shown(text_of(*json, "name"), k_max_name);
    if (json->contains("size") && (*json)["size"].is_number_unsigned()) {
        metadata.size = std::to_string((*json)["size"].get<std::uint64_t>());
    }
    return metadata;
}

/// A file's name as a word of a shell that is no option.
std::string file_word(const std::string& name) {
    return shell_word(name.starts_with('-') ? "./" + name : name);
}

/// Writes one page.
class Writer {
  public:
    Writer(const Facts& facts, Language language)
        : facts_(facts),
          proof_(*facts.proof),
          verification_(facts.proof->verification),
          chinese_(language == Language::chinese) {}

    Page write() {
        page_.language = chinese_ ? "zh-CN" : "en";
        page_.title = say("Certificate of deposit", "存证证书");
        page_.summary =
            say("A content with the SHA-256 below was deposited on the ledger by the participant "
                "below. The receipt was verified before this page was made.",
                "具有下列 SHA-256 "
                "的内容已由下列参与者存证于账本。本页生成之前，其回执已经过验证。");
        what();
        who();
        when();
        trust();
        limits();
        checks();
        how_to_verify();
        page_.qr_caption = say("SHA-256 of the receipt file, also in the QR code:",
                               "回执文件的 SHA-256（二维码内容相同）：");
        return std::move(page_);
    }

  private:
    std::string say(std::string_view english, std::string_view chinese) const {
        return std::string(chinese_ ? chinese : english);
    }
    void section(std::string_view english, std::string_view chinese) {
        page_.sections.push_back({say(english, chinese), {}});
    }
    void add(Item item) { page_.sections.back().items.push_back(std::move(item)); }
    void field(std::string_view english, std::string_view chinese, std::string value) {
        add({ItemKind::field, say(english, chinese), std::move(value)});
    }
    void paragraph(std::string_view english, std::string_view chinese) {
        add({ItemKind::paragraph, {}, say(english, chinese)});
    }
    void command(std::string text) { add({ItemKind::command, {}, shown(text, 1000)}); }

    void what() {
        section("What was deposited", "存证内容");
        field("SHA-256", "SHA-256", to_hex(facts_.sha256.view()));
        Metadata metadata = metadata_of(proof_.metadata);
        if (!metadata.name.empty()) field("Name when deposited", "存证时的名称", metadata.name);
        if (!metadata.size.empty()) {
            field("Size when deposited", "存证时的大小",
                  fmt::format("{} {}", metadata.size, say("bytes", "字节")));
        }
        if (!metadata.raw.empty()) field("Deposited with it", "附带信息", metadata.raw);
        field("File examined now", "本次核对的文件",
              fmt::format("{} ({} {})", shown(facts_.file, k_max_name), facts_.size,
                          say("bytes", "字节")));
    }

    void who() {
        section("By whom, and where", "存证者与位置");
        field("Participant", "参与者", to_hex(verification_.payload->creator.view()));
        field("Signature suite", "签名算法",
              std::string(crypto::suite_name(verification_.payload->suite)));
        field("App", "应用", shown(proof_.app, k_max_name));
        field("Network", "网络", shown(facts_.network_name, k_max_name));
        field("Network id", "网络标识", to_hex(facts_.network.view()));
        field("Channel", "通道", to_hex(verification_.payload->channel.view()));
        field("Transaction", "交易", to_hex(verification_.transaction_id.view()));
        field("Block", "区块", std::to_string(verification_.header->height));
        field("Block hash", "区块哈希", to_hex(verification_.header->hash().view()));
    }

    void when() {
        section("When", "时间");
        field("Time of the block (UTC)", "区块时间（UTC）", to_iso8601(verification_.header->time));
        if (facts_.ordering == ledger::OrderingType::cometbft) {
            paragraph(
                "This time is the median of the clocks of the validators that ordered the block, "
                "agreed with Byzantine fault tolerance. It is right as long as less than a third "
                "of the validators lie or err; it may lag by a second.",
                "该时间是对该区块排序的各验证节点时钟的中位数，经拜占庭容错共识确定。只要作假或出错"
                "的验证节点不足三分之一，该时间即可信；可能滞后约一秒。");
        } else {
            paragraph(
                "This time is the clock of the one machine that ordered the block: one operator's "
                "word. The nodes that signed the block did not check it.",
                "该时间取自为该区块排序的单台机器的时钟，仅为一个运营方的一面之词；为区块签名的节点"
                "并未核对该时间。");
        }
        if (!facts_.stamp) {
            paragraph("No time stamp of an authority outside of the network was given.",
                      "未提供网络之外的时间戳机构签发的时间戳。");
            return;
        }
        field("Time stamp (UTC)", "时间戳（UTC）", to_iso8601(facts_.stamp->time));
        field("Time stamp authority", "时间戳机构", shown(facts_.stamp->authority, k_max_name));
        paragraph(
            "The authority signed (RFC 3161) that the block's hash was there at that time. By its "
            "word, the deposit is not younger. It does not say how much older the deposit is.",
            "该机构签名证明（RFC 3161）：上述区块哈希在该时刻已经存在。据此，存证不晚于该时刻；但"
            "不能说明存证比该时刻早多少。");
        if (facts_.stamp->time < verification_.header->time) {
            paragraph(
                "The time of the block lies after the time stamp: the clock behind it was ahead. "
                "Rely on the time stamp.",
                "区块时间晚于时间戳，说明其所依据的时钟偏快。请以时间戳为准。");
        }
    }

    void trust() {
        section("Trust class", "信任等级");
        const std::string& words = verification_.trust_class;
        field("Trust class", "信任等级", chinese_ ? trust_class_in_chinese(words) : words);
        if (words.starts_with("Byzantine")) {
            paragraph(
                "The block is certified by more than two thirds of the app's nodes. It stands as "
                "long as less than a third of them lie.",
                "该区块由该应用三分之二以上的节点认证。只要作假的节点不足三分之一，其结论即成立。");
        } else if (words.starts_with("crash")) {
            paragraph(
                "The block is certified by a majority of the app's nodes. That covers nodes which "
                "stop, not nodes which lie together.",
                "该区块由该应用的多数节点认证。这能容忍节点宕机，但不能防范节点串通作假。");
        } else {
            paragraph("One node alone certified the block: its word is all there is.",
                      "该区块仅由一个节点认证，全凭该节点的信誉。");
        }
        if (words.ends_with("one operator")) {
            paragraph(
                "One operator runs all of the app's nodes, and could have written another history.",
                "该应用的所有节点由同一个运营方运行，该运营方有能力另写一份历史。");
        }
    }

    void limits() {
        section("What this does not prove", "本证书不能证明的事项");
        paragraph(
            "Which person holds the participant's key; who made the content; whether the content "
            "is true. This page itself proves nothing: only the receipt does, with the content "
            "and a genesis file from a source that you trust.",
            "参与者密钥由何人持有、内容由何人制作、内容是否属实。本页本身不构成证明；能证明的是回执"
            "，"
            "连同原文件以及来源可信的创世文件。");
    }

    void checks() {
        section("What was checked", "已核验的事项");
        for (const ledger::VerificationStep& step : verification_.steps) {
            add({ItemKind::step, shown(chinese_ ? claim_in_chinese(step.claim) : step.claim),
                 shown(step.detail)});
        }
    }

    void how_to_verify() {
        section("How to verify it without us", "如何独立验证");
        paragraph(
            "You need three files: the content, its receipt, and the network's genesis file "
            "(genesis.json). No server is asked. First, compare these digests with the ones on "
            "this page:",
            "需要三个文件：原文件、其回执、本网络的创世文件（genesis."
            "json）。无需连接任何服务器。首先，将"
            "下列命令的结果与本页的摘要比对：");
        command(fmt::format("sha256sum {} {}", file_word(facts_.file), file_word(facts_.receipt)));
        paragraph("Then verify with bsn, which is open source:", "然后用开源程序 bsn 验证：");
        command(fmt::format("bsn evidence verify {} --receipt {} --genesis genesis.json",
                            file_word(facts_.file), file_word(facts_.receipt)));
        paragraph(
            "Or with an independent implementation, which shares no code with bsn: the page "
            "verify.html of the TypeScript client, which works offline in a browser, or the reader "
            "in Python:",
            "或使用与 bsn 不共用代码的独立实现：TypeScript 客户端中可在浏览器内离线使用的 "
            "verify.html "
            "页面，或 Python 阅读器：");
        command(fmt::format("python3 tests/vectors/reader.py verify genesis.json {}",
                            file_word(facts_.receipt)));
        if (!facts_.stamp) return;
        paragraph(
            "The time stamp is over the block hash. With OpenSSL and the authority's certificate:",
            "时间戳针对区块哈希。可用 OpenSSL 和该机构的证书验证：");
        command(fmt::format("printf '%s' {} | xxd -r -p > block.hash",
                            to_hex(verification_.header->hash().view())));
        command(fmt::format("openssl ts -verify -data block.hash -in {} -CAfile tsa-ca.pem",
                            file_word(facts_.stamp->file)));
    }

    const Facts& facts_;
    const EvidenceProof& proof_;
    const ledger::Verification& verification_;
    const bool chinese_;
    Page page_;
};

}  // namespace

std::string shell_word(std::string_view text) {
    auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("._-/+=:@,").find(c) != std::string_view::npos;
    };
    if (!text.empty() && std::all_of(text.begin(), text.end(), plain)) return std::string(text);
    std::string word = "'";
    for (char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return word + "'";
}

Document describe(const Facts& facts, const std::vector<Language>& languages) {
    Document document;
    document.receipt_digest = to_hex(facts.receipt_sha256.view());
    document.time = facts.proof->verification.header->time;
    for (Language language : languages) {
        document.pages.push_back(Writer(facts, language).write());
    }
    return document;
}

}  // namespace bsn::cli::certificate
