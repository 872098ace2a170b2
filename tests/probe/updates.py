# SPDX-License-Identifier: GPL-3.0-or-later
"""Key updates: openssl s_client speaks TLS behind a relay that has spoken the
clear part, because Python's own TLS cannot ask for them."""
import os
import socket
import subprocess
import threading
import time

from case import Wrong
from ends import Gone


def relay(end, listener):
    """Joins one connection of the listener with the socket of end."""
    def pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        for sock in (source, sink):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    local, _address = listener.accept()
    end.raw.settimeout(None)
    threads = [threading.Thread(target=pump, args=pair, daemon=True)
               for pair in ((local, end.raw), (end.raw, local))]
    for thread in threads:
        thread.start()


def key_updates(target, count, is_good):
    """count updates on one connection; is_good: it lives afterwards."""
    end = target.open("clear")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        proc = subprocess.Popen(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{port}",
             "-tls1_3", "-quiet", "-no_ign_eof", "-cert",
             target.material["chain"], "-key", target.material["key"]],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        try:
            listener.settimeout(10)
            relay(end, listener)
            return drive(target, end, proc, count, is_good)
        except OSError as error:
            raise Gone(str(error)) from error
        finally:
            proc.kill()
            proc.wait()
            proc.stdout.close()
            proc.stdin.close()


def drive(target, end, proc, count, is_good):
    begin = os.read(proc.stdout.fileno(), 4)
    if begin != b"\0\0\0\0":
        raise Wrong(f"SecurityResult {begin.hex()}")
    done = 0
    try:
        for _ in range(count):
            proc.stdin.write(b"K\n")
            proc.stdin.flush()
            done += 1
            time.sleep(0.02)
            if proc.poll() is not None:
                break
    except OSError:
        pass
    ended = proc.poll() is not None
    if not ended:
        try:
            proc.wait(1.0)
            ended = True
        except subprocess.TimeoutExpired:
            pass
    code = target.code(end, 1.0) if ended else None
    target.done(end)
    if ended == is_good:
        raise Wrong(f"{'ended' if ended else 'open'} after {done} updates")
    return f"{'ended' if ended else 'open'} after {done} updates" + \
        (f", E{code}" if code is not None else "")
