# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificates that the other side has shown, as a report names them."""
import hashlib
import subprocess

from case import one_line

NAMES = "X509v3 Subject Alternative Name"


def described(data):
    """{subject, names, sha256} of a certificate in DER; what openssl cannot
    read is known by its sum alone."""
    done = subprocess.run(
        ["openssl", "x509", "-inform", "DER", "-noout", "-subject", "-nameopt",
         "RFC2253", "-ext", "subjectAltName"], input=data, capture_output=True,
        check=False)
    rows = done.stdout.decode(errors="replace").splitlines()
    subject = [row for row in rows if row.startswith("subject=")]
    names = [after for row, after in zip(rows, rows[1:])
             if row.startswith(NAMES)]
    return {"subject": one_line(subject[0][8:], 300) if subject else "",
            "names": one_line(names[0], 1000) if names else "",
            "sha256": hashlib.sha256(data).hexdigest()}
