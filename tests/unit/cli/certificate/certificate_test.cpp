#include "cli/certificate/chinese.hpp"
#include "cli/certificate/content.hpp"
#include "cli/certificate/html.hpp"
#include "cli/certificate/pdf.hpp"
#include "cli/certificate/qr.hpp"
#include "support/ledger_fixtures.hpp"

#include <gtest/gtest.h>

namespace bsn::cli::certificate {
namespace {

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

/// A proof as the verifier gives it; what it stands on is not looked at here.
EvidenceProof sample_proof() {
    EvidenceProof proof;
    proof.holds = true;
    proof.app = "evidence";
    proof.metadata = R"({"name":"contract.pdf","size":28})";
    proof.verification.authentic = true;
    proof.verification.payload =
        testing::sample_payload(testing::make_key(crypto::SuiteId::secp256r1, 1));
    proof.verification.header = ledger::Header{};
    proof.verification.header->height = 7;
    proof.verification.header->time = 1'790'000'000'123;
    proof.verification.trust_class = "crash-fault quorum 2 of 3, embedded ordering, one operator";
    proof.verification.steps = {{"the receipt is well formed", "status success", true}};
    return proof;
}

Facts sample_facts(const EvidenceProof& proof) {
    Facts facts;
    facts.file = "contract.pdf";
    facts.size = 28;
    facts.sha256 = crypto::hash(crypto::HashId::sha256, as_bytes("content"));
    facts.receipt = "contract.pdf.receipt.json";
    facts.receipt_sha256 = crypto::hash(crypto::HashId::sha256, as_bytes("receipt"));
    facts.network_name = "city network";
    facts.proof = &proof;
    return facts;
}

std::string text_of_page(const Facts& facts, Language language) {
    return to_text(describe(facts, {language}));
}

TEST(Certificate, SaysWhatWhoWhenWhereAndHowToVerify) {
    EvidenceProof proof = sample_proof();
    Facts facts = sample_facts(proof);
    for (Language language : {Language::english, Language::chinese}) {
        const std::string text = text_of_page(facts, language);
        for (const std::string& part :
             {to_hex(facts.sha256.view()), to_hex(facts.receipt_sha256.view()),
              to_hex(proof.verification.payload->creator.view()),
              to_hex(proof.verification.header->hash().view()), to_iso8601(1'790'000'000'123),
              std::string("sha256sum contract.pdf contract.pdf.receipt.json"),
              std::string("bsn evidence verify contract.pdf"), std::string("reader.py verify")}) {
            EXPECT_TRUE(has(text, part)) << part << "\n" << text;
        }
    }
    EXPECT_TRUE(has(text_of_page(facts, Language::english), proof.verification.trust_class));
    EXPECT_TRUE(has(text_of_page(facts, Language::chinese), "容忍宕机的法定数量 2/3"));
    EXPECT_TRUE(has(text_of_page(facts, Language::chinese), "回执格式正确"));
}

TEST(Certificate, SaysWhoseWordTheTimeIs) {
    EvidenceProof proof = sample_proof();
    Facts facts = sample_facts(proof);
    EXPECT_TRUE(has(text_of_page(facts, Language::english), "one operator's word"));
    EXPECT_TRUE(has(text_of_page(facts, Language::chinese), "一个运营方的一面之词"));
    EXPECT_TRUE(has(text_of_page(facts, Language::english), "No time stamp"));

    facts.ordering = ledger::OrderingType::cometbft;
    EXPECT_FALSE(has(text_of_page(facts, Language::english), "one operator's word"));
    EXPECT_TRUE(has(text_of_page(facts, Language::english), "median"));
    EXPECT_TRUE(has(text_of_page(facts, Language::chinese), "中位数"));

    facts.stamp = StampFacts{1'790'000'100'000, "CN=Stamps", "contract.pdf.receipt.json.tsr"};
    EXPECT_FALSE(has(text_of_page(facts, Language::english), "No time stamp"));
    for (Language language : {Language::english, Language::chinese}) {
        const std::string text = text_of_page(facts, language);
        EXPECT_TRUE(has(text, "CN=Stamps"));
        EXPECT_TRUE(has(text, to_iso8601(1'790'000'100'000)));
        EXPECT_TRUE(has(text, "openssl ts -verify -data block.hash"));
    }
}

TEST(Certificate, MetadataOfAnotherFormIsShownAsItIs) {
    EvidenceProof proof = sample_proof();
    for (const std::string metadata : {"no JSON", "[1]", R"({"name":7})", "{\"name\":"}) {
        proof.metadata = metadata;
        EXPECT_TRUE(has(text_of_page(sample_facts(proof), Language::english), metadata));
    }
    proof.metadata.clear();
    EXPECT_FALSE(has(text_of_page(sample_facts(proof), Language::english), "Deposited with it"));
}

TEST(Certificate, ShownTextCannotDeceive) {
    EXPECT_EQ(shown("合同 v2 (final).pdf"), "合同 v2 (final).pdf");
    EXPECT_EQ(shown("a\nb\x1b[31m\x7f"), "a\\u{a}b\\u{1b}[31m\\u{7f}");
    EXPECT_EQ(shown("exe.\xE2\x80\xAE"
                    "fdp"),
              "exe.\\u{202e}fdp");  // turned direction
    EXPECT_EQ(shown("a\xE2\x80\x8B"
                    "b\xEF\xBB\xBF"),
              "a\\u{200b}b\\u{feff}");
    EXPECT_EQ(shown("\xF3\xA0\x80\x81"), "\\u{e0001}");
    EXPECT_EQ(shown("a\xFF\xC3"), "a\\xff\\xc3");
    EXPECT_EQ(shown(std::string_view("\0", 1)), "\\u{0}");
    EXPECT_EQ(shown("abcdef", 3), "abc…");
    EXPECT_EQ(shown("abc", 3), "abc");
}

TEST(Certificate, CommandsAreOneWordEach) {
    EXPECT_EQ(shell_word("contract.pdf"), "contract.pdf");
    EXPECT_EQ(shell_word(""), "''");
    EXPECT_EQ(shell_word("a b"), "'a b'");
    EXPECT_EQ(shell_word("$(reboot)"), "'$(reboot)'");
    EXPECT_EQ(shell_word("a'b"), "'a'\\''b'");
    EvidenceProof proof = sample_proof();
    Facts facts = sample_facts(proof);
    facts.file = "-rf *";
    EXPECT_TRUE(has(text_of_page(facts, Language::english), "sha256sum './-rf *' "));
}

/// A document whose every foreign text is hostile.
Document hostile_document(EvidenceProof& proof) {
    const std::string hostile =
        "</pre></bdi><script>alert('x')</script>&\"\xE2\x80\xAE\n<img src=//x>";
    proof.app = hostile;
    proof.metadata = hostile;
    proof.verification.steps.push_back({hostile, hostile, true});
    Facts facts = sample_facts(proof);
    facts.file = facts.receipt = facts.network_name = hostile;
    facts.stamp = StampFacts{0, hostile, hostile};
    return describe(facts, {Language::english, Language::chinese});
}

TEST(Certificate, HtmlEscapesEveryForeignText) {
    EvidenceProof proof = sample_proof();
    const std::string html = to_html(hostile_document(proof)).value();
    EXPECT_TRUE(has(html, "&lt;script&gt;alert(&#39;"));
    for (std::string_view part :
         {"<script", "<img", "alert('x')", "\xE2\x80\xAE", "</pre></bdi>"}) {
        EXPECT_FALSE(has(html, part)) << part;
    }
    // Every tag is one of ours.
    for (std::size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
        std::string_view tag = std::string_view(html).substr(at + 1, 12);
        if (tag.starts_with('/')) tag.remove_prefix(1);
        bool ours = false;
        for (std::string_view name :
             {"!DOCTYPE", "html", "head", "meta",  "title", "style",  "body",
              "article",  "h1",   "h2",   "dl",    "dt",    "dd",     "bdi",
              "p>",       "ul",   "li",   "small", "pre",   "figure", "figcaption",
              "svg",      "path", "br",   "code"}) {
            ours |= tag.starts_with(name);
        }
        EXPECT_TRUE(ours) << tag;
    }
}

TEST(Certificate, HtmlHasBothLanguagesAndTheCode) {
    EvidenceProof proof = sample_proof();
    Document document = describe(sample_facts(proof), {Language::english, Language::chinese});
    const std::string html = to_html(document).value();
    EXPECT_TRUE(has(html, "<article lang=\"en\">"));
    EXPECT_TRUE(has(html, "<article lang=\"zh-CN\">"));
    EXPECT_TRUE(has(html, "<svg"));
    for (std::string_view loaded : {"src=", "href=", "url(", "@import", "<script"}) {
        EXPECT_FALSE(has(html, loaded)) << loaded;
    }
    EXPECT_EQ(html, to_html(document).value());
    EXPECT_FALSE(has(to_html(describe(sample_facts(proof), {Language::chinese})).value(),
                     "Certificate of deposit"));
}

TEST(Certificate, PdfIsTheSameEachTimeAndHasItsFontsInside) {
    EvidenceProof proof = sample_proof();
    Document document = describe(sample_facts(proof), {Language::english, Language::chinese});
    auto pdf = to_pdf(document);
    ASSERT_TRUE(pdf.ok()) << pdf.error().message;
    EXPECT_EQ(*pdf, to_pdf(document).value());
    const std::string text(as_text(*pdf));
    EXPECT_TRUE(text.starts_with("%PDF-"));
    EXPECT_TRUE(has(text, "/FontFile"));
    document.receipt_digest[0] ^= 1;
    EXPECT_NE(*pdf, to_pdf(document).value());
}

TEST(Certificate, PdfTakesHostileAndVeryLongTexts) {
    EvidenceProof proof = sample_proof();
    Document document = hostile_document(proof);
    for (int i = 0; i < 300; ++i) {
        document.pages[0].sections[0].items.push_back(
            {ItemKind::field, "字", std::string(20'000, i % 2 == 0 ? 'x' : '.')});
        if (i > 3) document.pages[0].sections[0].items.back().value = "short";
    }
    auto pdf = to_pdf(document);
    ASSERT_TRUE(pdf.ok()) << pdf.error().message;
    EXPECT_GT(pdf->size(), 10'000U);
}

TEST(Certificate, PdfRefusesSentencesThatNoFontHas) {
    EvidenceProof proof = sample_proof();
    Document document = describe(sample_facts(proof), {Language::english});
    document.pages[0].summary = "\xF3\xAF\xBF\xBD";  // of a private plane: in no font
    auto pdf = to_pdf(document);
    ASSERT_FALSE(pdf.ok());
    EXPECT_TRUE(has(pdf.error().message, "fonts-noto-cjk")) << pdf.error().message;
}

TEST(Certificate, QrCodesAreBounded) {
    QrCode qr = make_qr(std::string(64, 'a')).value();
    EXPECT_EQ(qr.dark.size(), qr.width * qr.width);
    EXPECT_TRUE(qr.at(0, 0));  // of the first finder pattern
    EXPECT_FALSE(qr.at(1, 1));
    EXPECT_FALSE(make_qr("").ok());
    EXPECT_FALSE(make_qr(std::string(501, 'a')).ok());
}

TEST(Certificate, TrustClassesInChinese) {
    EXPECT_EQ(
        trust_class_in_chinese("single peer, no replication, embedded ordering, one operator"),
        "单节点，无副本，内置排序，一个运营方");
    EXPECT_EQ(
        trust_class_in_chinese("Byzantine-fault quorum 3 of 4, cometbft ordering, 4 operators"),
        "容忍拜占庭故障的法定数量 3/4，CometBFT 排序，4 个运营方");
    EXPECT_EQ(trust_class_in_chinese("crash-fault quorum x, something new"),
              "crash-fault quorum x，something new");
    EXPECT_EQ(trust_class_in_chinese(""), "");
}

}  // namespace
}  // namespace bsn::cli::certificate
