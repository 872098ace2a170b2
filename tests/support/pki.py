# SPDX-License-Identifier: GPL-3.0-or-later
"""Authorities and certificates of the tests.

Everything that shoji-ca issues comes from shoji-ca; what it refuses to issue
(expired, wrong purpose...) is signed by openssl with the authority's key.
"""
import os
import subprocess

CA_CONFIG = """[ca]
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
"""


def run(args, **options):
    """Runs a program that has to succeed; its standard output."""
    done = subprocess.run([str(arg) for arg in args], capture_output=True,
                          text=True, check=False, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{args}: status {done.returncode}: "
                           f"{done.stdout}{done.stderr}")
    return done.stdout


class Authority:
    """One authority of shoji-ca in its own folder."""

    def __init__(self, program, folder, zone):
        self.program = str(program)
        self.folder = str(folder)
        self.zone = zone
        self.odd = os.path.join(self.folder + "-odd")
        os.makedirs(self.odd, mode=0o700)
        self.count = 0
        self.tool("init", "--zone", zone)

    def tool(self, *args):
        return run([self.program, "--dir", self.folder, *args])

    def try_tool(self, *args):
        """(status, output) without judging it."""
        done = subprocess.run([self.program, "--dir", self.folder,
                               *map(str, args)], capture_output=True,
                              text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    @property
    def certificate(self):
        return os.path.join(self.folder, "authority.pem")

    @property
    def key(self):
        return os.path.join(self.folder, "authority.key")

    @property
    def crl(self):
        return os.path.join(self.folder, "crl.pem")

    def material(self, chain, key, crl=None):
        return {"chain": chain, "key": key, "authority": self.certificate,
                "crl": crl or self.crl}

    def issue(self, kind, *names):
        """Material of a new certificate: kind host, viewer, guard, admin."""
        self.tool(kind, *names)
        base = os.path.join(self.folder, kind, names[0])
        return dict(self.material(base + ".pem", base + ".key"),
                    identity=(kind, names[0]))

    def revoke(self, material):
        self.tool("revoke", *material["identity"])

    def odd_one(self, san, purpose="clientAuth", start="-1d", end="+30d",
                name="odd"):
        """A certificate that shoji-ca would not make; its material.

        san is an openssl subjectAltName or None, start and end are dates
        YYYYMMDDHHMMSSZ.
        """
        self.count += 1
        base = os.path.join(self.odd, f"{name}{self.count}")
        config = os.path.join(self.odd, "ca.cnf")
        with open(config, "w", encoding="ascii") as file:
            file.write(CA_CONFIG.format(folder=self.odd))
        with open(os.path.join(self.odd, "index.txt"), "a", encoding="ascii"):
            pass
        with open(base + ".ext", "w", encoding="ascii") as file:
            file.write("basicConstraints=critical,CA:FALSE\n"
                       "keyUsage=critical,digitalSignature\n"
                       "subjectKeyIdentifier=hash\n"
                       "authorityKeyIdentifier=keyid\n")
            if purpose:
                file.write(f"extendedKeyUsage={purpose}\n")
            if san:
                file.write(f"subjectAltName={san}\n")
        run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-keyout", base + ".key",
             "-subj", f"/CN={name}", "-out", base + ".csr"])
        run(["openssl", "ca", "-batch", "-config", config, "-cert",
             self.certificate, "-keyfile", self.key, "-in", base + ".csr",
             "-out", base + ".pem", "-notext", "-extfile", base + ".ext",
             "-startdate", start, "-enddate", end])
        return self.material(base + ".pem", base + ".key")

    def old_crl(self):
        """A revocation list that has run out; its path."""
        path = os.path.join(self.odd, "old-crl.pem")
        config = os.path.join(self.odd, "ca.cnf")
        with open(config, "w", encoding="ascii") as file:
            file.write(CA_CONFIG.format(folder=self.odd))
        with open(os.path.join(self.odd, "index.txt"), "a", encoding="ascii"):
            pass
        run(["openssl", "ca", "-config", config, "-gencrl", "-cert",
             self.certificate, "-keyfile", self.key, "-crl_lastupdate",
             "20240101000000Z", "-crl_nextupdate", "20240108000000Z",
             "-md", "sha256", "-out", path])
        return path
