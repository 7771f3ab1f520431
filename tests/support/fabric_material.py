"""Certificates and MSP folders of a Fabric network for tests, made by openssl.

An organisation has one authority for identities and one for TLS. The role of an identity is an organisational unit
in its subject ("node OUs"): peer, orderer, admin or client.
"""

import shutil
import subprocess
from pathlib import Path

ROLES = ("client", "peer", "admin", "orderer")
CA_EXTENSIONS = ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign",
                 "subjectKeyIdentifier=hash")
# Files of an identity in its folder; MSPs are beside them.
CERTIFICATE, KEY = "certificate.pem", "key.pem"


def openssl(*words):
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"openssl {' '.join(map(str, words))}: {done.stderr}"


class Authority:
    """A certificate authority: secp256r1, ten years."""

    def __init__(self, folder, name):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True)
        self.certificate, self.key = self.folder / CERTIFICATE, self.folder / KEY
        # One that adds no extensions of its own.
        self.settings = self.folder / "openssl.cnf"
        self.settings.write_text("[req]\ndistinguished_name = name\n[name]\n")
        self._make(self.certificate, self.key, f"/O={name}/CN={name}", CA_EXTENSIONS, ())

    def issue(self, folder, subject, extensions, days=3650):
        """A certificate and its new key, into a folder; `subject` as "/OU=peer/CN=peer1"."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self._make(folder / CERTIFICATE, folder / KEY, subject,
                   ("basicConstraints=critical,CA:FALSE", "subjectKeyIdentifier=hash", "authorityKeyIdentifier=keyid",
                    *extensions), ("-CA", self.certificate, "-CAkey", self.key), days)

    def _make(self, certificate, key, subject, extensions, issuer, days=3650):
        added = [word for extension in extensions for word in ("-addext", extension)]
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config",
                self.settings, "-days", days, "-subj", subject, *added, *issuer, "-keyout", key, "-out", certificate)


class Organization:
    """An organisation's authorities and what they issued. FOLDER/msp is what a channel's configuration takes."""

    def __init__(self, folder, name, msp_id):
        self.folder, self.name, self.msp_id = Path(folder), name, msp_id
        self.authority = Authority(self.folder / "ca", f"{name} ca")
        self.tls_authority = Authority(self.folder / "tls-ca", f"{name} tls ca")
        self.write_msp(self.folder / "msp")

    def identity(self, name, role):
        """FOLDER/NAME: certificate.pem, key.pem, msp/, and tls/ for its connections as server and client."""
        folder = self.folder / name
        self.authority.issue(folder, f"/O={self.name}/OU={role}/CN={name}", ("keyUsage=critical,digitalSignature",))
        self.tls_authority.issue(folder / "tls", f"/O={self.name}/CN={name}", (
            "keyUsage=critical,digitalSignature", "extendedKeyUsage=serverAuth,clientAuth",
            "subjectAltName=DNS:localhost,IP:127.0.0.1"))
        self.write_msp(folder / "msp", folder)
        return folder

    def revocations(self, *revoked):
        """The organisation's list of these revoked certificates, in PEM."""
        folder = self.folder / "revocations"
        folder.mkdir(exist_ok=True)
        settings, index, made = folder / "ca.cnf", folder / "index", folder / "list.pem"
        index.touch()
        settings.write_text(f"[ca]\ndefault_ca = it\n[it]\ndatabase = {index}\ndefault_md = sha256\ncrl_extensions = list\n"
                            "[list]\nauthorityKeyIdentifier = keyid:always\n")
        signed = ("-config", settings, "-cert", self.authority.certificate, "-keyfile", self.authority.key)
        for certificate in revoked:
            openssl("ca", *signed, "-revoke", certificate)
        openssl("ca", *signed, "-gencrl", "-crldays", 30, "-out", made)
        return made.read_bytes()

    def write_msp(self, folder, identity=None):
        """An MSP: the authorities, the roles, and perhaps an identity that signs."""
        files = {"cacerts": self.authority.certificate, "tlscacerts": self.tls_authority.certificate}
        if identity:
            files |= {"signcerts": identity / CERTIFICATE, "keystore": identity / KEY}
        for place, file in files.items():
            (folder / place).mkdir(parents=True)
            shutil.copy(file, folder / place / file.name)
        roles = "".join(f"  {role.capitalize()}OUIdentifier:\n    Certificate: cacerts/{CERTIFICATE}\n"
                        f"    OrganizationalUnitIdentifier: {role}\n" for role in ROLES)
        (folder / "config.yaml").write_text(f"NodeOUs:\n  Enable: true\n{roles}")
