# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates that nobody should accept, made by openssl for one run.

With the key of the authority the odd ones have the right authority and one
thing wrong; without, only those of strange authorities can be made.
"""
import os
import subprocess

CONFIG = """[ca]
default_ca = this
[this]
new_certs_dir = {folder}
database = {folder}/index.txt
serial = {folder}/serial
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
copy_extensions = none
[any]
commonName = supplied
[req]
distinguished_name = dn
[dn]
"""
LONG_AGO, AGO = "20200101000000Z", "20200201000000Z"
SOON, LATER = "20390101000000Z", "20400101000000Z"


def openssl(*args):
    done = subprocess.run(["openssl", *map(str, args)], capture_output=True,
                          text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {args[0]}: {done.stderr[-300:]}")


class Maker:
    """Makes certificates below one authority, its own or a given one."""

    def __init__(self, folder, certificate=None, key=None, name="Strange"):
        self.folder = folder
        os.makedirs(folder, mode=0o700, exist_ok=True)
        self.count = 0
        self.config = self.path("ca.cnf")
        with open(self.config, "w", encoding="ascii") as file:
            file.write(CONFIG.format(folder=folder))
        with open(self.path("index.txt"), "a", encoding="ascii"):
            pass
        self.certificate, self.key = certificate, key
        if certificate is None:
            self.certificate, self.key = self.path("ca.pem"), \
                self.path("ca.key")
            openssl("req", "-x509", "-config", self.config, "-newkey", "ec",
                    "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                    self.key, "-out", self.certificate, "-subj",
                    f"/CN={name}", "-days", "30", "-addext",
                    "basicConstraints=critical,CA:TRUE", "-addext",
                    "keyUsage=critical,keyCertSign,cRLSign")

    def path(self, name):
        return os.path.join(self.folder, name)

    def make(self, san, purpose="clientAuth", start=LONG_AGO, end=LATER,
             name="odd", kind=("ec", "ec_paramgen_curve:P-256"), ca=False):
        """Material {chain, key}; san is an openssl subjectAltName or None."""
        self.count += 1
        base = self.path(f"odd{self.count}")
        usage = "keyCertSign,cRLSign" if ca else "digitalSignature"
        with open(base + ".ext", "w", encoding="ascii") as file:
            file.write(f"basicConstraints=critical,CA:"
                       f"{'TRUE' if ca else 'FALSE'}\n"
                       f"keyUsage=critical,{usage}\n"
                       "subjectKeyIdentifier=hash\n"
                       "authorityKeyIdentifier=keyid\n")
            if purpose:
                file.write(f"extendedKeyUsage={purpose}\n")
            if san:
                file.write(f"subjectAltName={san}\n")
        openssl("req", "-new", "-config", self.config, "-newkey", kind[0],
                "-pkeyopt", kind[1], "-nodes", "-keyout", base + ".key",
                "-subj", f"/CN={name}", "-out", base + ".csr")
        openssl("ca", "-batch", "-config", self.config, "-cert",
                self.certificate, "-keyfile", self.key, "-in", base + ".csr",
                "-out", base + ".pem", "-notext", "-extfile", base + ".ext",
                "-startdate", start, "-enddate", end)
        return {"chain": base + ".pem", "key": base + ".key"}

    def self_signed(self, san, purpose="clientAuth"):
        self.count += 1
        base = self.path(f"self{self.count}")
        openssl("req", "-x509", "-config", self.config, "-newkey", "ec",
                "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                base + ".key", "-out", base + ".pem", "-subj", "/CN=self",
                "-days", "30", "-addext", f"subjectAltName={san}", "-addext",
                f"extendedKeyUsage={purpose}")
        return {"chain": base + ".pem", "key": base + ".key"}

    def chained(self, count, san, purpose):
        """A leaf below `count` intermediates, all in one chain file."""
        above, chain = self, ""
        for at in range(count):
            made = above.make(None, None, name=f"between{at}", ca=True)
            with open(made["chain"], encoding="ascii") as file:
                chain = file.read() + chain
            above = Maker(self.path(f"between{at}"), made["chain"],
                          made["key"])
        leaf = above.make(san, purpose)
        with open(leaf["chain"], "a", encoding="ascii") as file:
            file.write(chain)
        return leaf

    def padded(self, material, count):
        """The same leaf with `count` more certificates behind it."""
        with open(material["chain"], encoding="ascii") as file:
            text = file.read()
        with open(self.certificate, encoding="ascii") as file:
            more = file.read()
        path = self.path(f"padded{count}.pem")
        with open(path, "w", encoding="ascii") as file:
            file.write(text + more * count)
        return {"chain": path, "key": material["key"]}

    def list(self, last="20240101000000Z", following="20240108000000Z",
             name="old-crl.pem"):
        """A revocation list of this authority; its path."""
        path = self.path(name)
        openssl("ca", "-config", self.config, "-gencrl", "-cert",
                self.certificate, "-keyfile", self.key, "-crl_lastupdate",
                last, "-crl_nextupdate", following, "-md", "sha256", "-out",
                path)
        return path
