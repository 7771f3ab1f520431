"""Evidence certificates: what a reader of the PDF sees, and what a phone reads from its QR code."""

import hashlib
import html
import re
import subprocess

from _network import NetworkTest, binary, main


def text_of(pdf):
    return subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True).stdout.decode()


def codes_of(pdf, folder):
    """What the QR codes of all pages say."""
    subprocess.run(["pdftoppm", "-r", "150", "-png", pdf, folder / "page"], check=True)
    pages = sorted(folder.glob("page-*.png"))
    done = subprocess.run(["zbarimg", "--raw", "-q", *pages], capture_output=True, text=True)
    for page in pages:
        page.unlink()
    return done.stdout.split()


class Certificates(NetworkTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.name = "合同 & <b>it's.txt"
        cls.file = cls.net.files / cls.name
        cls.file.write_text("what was agreed")
        cls.net.bsn("evidence", "deposit", cls.name)
        (cls.net.files / "genesis.json").write_bytes(cls.net.genesis())
        cls.net.down()  # all that follows is offline
        cls.receipt = (cls.net.files / f"{cls.name}.receipt.json").read_bytes()
        cls.receipt_digest = hashlib.sha256(cls.receipt).hexdigest()
        cls.digest = hashlib.sha256(cls.file.read_bytes()).hexdigest()

    def certificate(self, *more, status=0):
        return self.net.bsn("evidence", "certificate", self.name, *more, status=status)

    def test_pdf_and_html_in_both_languages(self):
        said = self.certificate().out.split("\n")
        self.assertEqual(said[:2], [f"{self.name}.certificate.pdf", f"{self.name}.certificate.html"])
        pdf = self.net.files / said[0]
        text = text_of(pdf)
        for part in ("Certificate of deposit", "存证证书", self.name, self.digest, self.receipt_digest,
                     "crash-fault quorum 2 of 3, embedded ordering, one operator", "容忍宕机的法定数量 2/3",
                     "one operator's word", "一面之词", "sha256sum", "bsn evidence verify", "reader.py"):
            self.assertIn(part, text)
        self.assertEqual(set(codes_of(pdf, self.net.files)), {self.receipt_digest})
        fonts = subprocess.run(["pdffonts", pdf], check=True, capture_output=True, text=True).stdout.splitlines()[2:]
        self.assertTrue(fonts)
        for font in fonts:
            self.assertRegex(font, r"\s+yes\s+(yes|no)\s+(yes|no)\s+\d+\s+\d+$", "a font is not in the file")
        page = (self.net.files / said[1]).read_text()
        self.assertTrue(html.escape(self.name).replace("&#x27;", "&#39;") in page, "the name is not in the page")
        self.assertFalse("<b>" in page, "the name is not escaped")
        self.assertTrue(self.receipt_digest in page, "the digest is not in the page")

    def test_one_language_alone(self):
        self.certificate("--language", "en", "-o", "en.pdf")
        self.certificate("--language", "zh", "-o", "zh.pdf")
        english, chinese = text_of(self.net.files / "en.pdf"), text_of(self.net.files / "zh.pdf")
        self.assertNotIn("存证证书", english)
        self.assertIn("存证证书", chinese)
        self.assertNotIn("Certificate of deposit", chinese)

    def test_the_same_bytes_again(self):
        self.certificate("-o", "first.pdf")
        self.certificate("-o", "second.pdf")
        self.assertEqual((self.net.files / "first.pdf").read_bytes(), (self.net.files / "second.pdf").read_bytes())

    def test_its_own_commands_verify_it(self):
        """The commands of the page, run as they stand there."""
        text = self.certificate("--language", "en", "-o", "-").out
        commands = re.findall(r"^  \$ (.*)$", text, re.M)
        sums = subprocess.run(["sh", "-c", commands[0]], cwd=self.net.files, check=True, capture_output=True, text=True)
        self.assertEqual([line.split()[0].lstrip("\\") for line in sums.stdout.splitlines()],
                         [self.digest, self.receipt_digest])
        self.assertTrue(commands[1].startswith("bsn evidence verify "))
        words = commands[1].replace("bsn ", "exec \"$BSN\" ", 1)
        subprocess.run(["sh", "-c", words], cwd=self.net.files, check=True, capture_output=True,
                       env={"BSN": str(binary()), "HOME": str(self.net.files), "PATH": "/usr/bin:/bin"})

    def test_nothing_is_certified_that_does_not_verify(self):
        other = self.net.files / "other.txt"
        other.write_text("another content")
        receipt = self.net.files / f"{self.name}.receipt.json"
        ended = self.net.bsn("evidence", "certificate", "other.txt", "--receipt", receipt, status=1)
        self.assertEqual(ended.out, "")
        self.assertEqual(list(self.net.files.glob("other.txt.certificate.*")), [])

    def test_without_a_font(self):
        """Clear words, and HTML all the same."""
        empty = self.net.files / "fonts.conf"
        empty.write_text("<?xml version='1.0'?><!DOCTYPE fontconfig SYSTEM 'fonts.dtd'><fontconfig></fontconfig>")
        self.net.environment["FONTCONFIG_FILE"] = str(empty)
        try:
            ended = self.certificate("-o", "nofont.pdf", status=1)
            self.assertIn("fonts-noto-cjk", ended.err)
            self.assertFalse((self.net.files / "nofont.pdf").exists())
            self.certificate("-o", "nofont.html")
        finally:
            del self.net.environment["FONTCONFIG_FILE"]


if __name__ == "__main__":
    main()
