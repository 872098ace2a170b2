# SPDX-License-Identifier: GPL-3.0-or-later
"""What is looked at before anything is tested: files, folders, the key that
signs and the command of the viewer. Each refusal is a Usage that names the
option, the file and the reason."""
import os
import shlex
import shutil
import ssl
import tempfile

import report

FILES = ("cert", "key", "ca", "crl", "authority_key", "revoked_cert",
         "revoked_key", "event_log", "guard_log", "ledger", "run_ledger",
         "viewer_cert", "viewer_key", "other_cert", "other_key", "sign")
PAIRS = (("cert", "key"), ("revoked_cert", "revoked_key"),
         ("viewer_cert", "viewer_key"), ("other_cert", "other_key"))
# What OpenSSL says of a key of other values, of another type, and of one
# whose type has no certificate.
MISFITS = ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH",
           "NO_CERTIFICATE_ASSIGNED")
PLACES = ("port", "cert", "key", "ca", "crl")  # in the command of a viewer


class Usage(Exception):
    """A wrong command line."""


def wrong(option, path, error):
    """The Usage for an OSError, or for a reason in words."""
    reason = getattr(error, "strerror", None) or error
    return Usage(f"--{option.replace('_', '-')}: {path}: {reason}")


def readable(option, path):
    try:
        if os.path.isdir(path):
            raise wrong(option, path, "Is a directory")
        # A pipe that nobody writes to must not hold us up.
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
    except OSError as error:
        raise wrong(option, path, error) from error


def files(options):
    """Every file of the command line can be read, and --build listed."""
    for option in FILES:
        paths = getattr(options, option, None) or []
        for path in [paths] if isinstance(paths, str) else paths:
            readable(option, path)
    if options.build:
        try:
            os.listdir(options.build)
        except OSError as error:
            raise wrong("build", options.build, error) from error


def pair(cert_option, key_option, cert, key):
    """A certificate and the key that belongs to it."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(cert, key)
    except ssl.SSLError as error:
        if error.reason in MISFITS:
            raise wrong(key_option, key, f"does not belong to {cert} "
                        f"(--{cert_option.replace('_', '-')})") from error
        raise wrong(cert_option, cert, f"with {key} no certificate and key "
                    f"that can be used ({error.reason or 'no PEM'})") \
            from error


def material(options):
    """Certificates fit their keys, and the authority is one."""
    for names in PAIRS:
        paths = [getattr(options, name, None) for name in names]
        if all(paths):
            pair(*names, *paths)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(
            options.ca)
    except ssl.SSLError as error:
        raise wrong("ca", options.ca, "no certificate of an authority, PEM") \
            from error


def signing_key(path):
    """An Ed25519 key that can be read."""
    readable("sign", path)
    if not report.is_ed25519(path):
        raise wrong("sign", path, "no Ed25519 key that can be read")


def folder(path):
    """Makes the folder of a report; each file of it can be written."""
    try:
        os.makedirs(path, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path):
            pass
    except OSError as error:
        raise wrong("report", path, error) from error
    for name in (*report.FILES, report.SUMS, report.SIGNATURE):
        one = os.path.join(path, name)
        try:
            os.close(os.open(one, os.O_WRONLY | os.O_NONBLOCK))
        except FileNotFoundError:
            continue
        except OSError as error:
            raise wrong("report", one, error) from error


def command(text):
    """The command of a viewer names a program that can be run."""
    try:
        words = [word.format(**dict.fromkeys(PLACES, "1"))
                 for word in shlex.split(text)]
    except ValueError as error:
        raise Usage(f"--viewer: {error}") from error
    except (KeyError, IndexError) as error:
        place = "{%s}" % (error.args[0] if isinstance(error, KeyError) else "")
        raise Usage(f"--viewer: {place}: nothing stands for that; there are "
                    f"{', '.join('{%s}' % name for name in PLACES)}") \
            from error
    if not words:
        raise Usage("--viewer: no command")
    if not shutil.which(words[0]):
        raise wrong("viewer", words[0], "no program that can be run")
