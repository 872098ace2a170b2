#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""shoji-ca replaces files and nothing else. test_shoji_ca_files.py PROGRAM"""
import os
import socket
import stat
import sys

from ca_rig import Authority, Failed, Run, case, done, equal, holds, main, \
    snapshot


def odd_places(folder):
    """(path, what is said of it) of everything that is no file."""
    link, dangling, pipe, box, device, port = (
        os.path.join(folder, name) for name in
        ("link", "dangling", "pipe", "folder", "device", "socket"))
    with open(os.path.join(folder, "target"), "w", encoding="ascii") as file:
        file.write("kept")
    os.symlink("target", link)
    os.symlink("nowhere", dangling)
    os.mkfifo(pipe)
    os.mkdir(box)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(port)
    rows = [(link, "is a symbolic link; name the file itself"),
            (dangling, "is a symbolic link; name the file itself"),
            (box, "is a folder; name a file in it")]
    rows += [(path, "is not a file and would be replaced; name another path")
             for path in (pipe, port)]
    try:
        os.mknod(device, 0o600 | stat.S_IFCHR, os.makedev(1, 3))
        rows.append((device, "is not a file and would be replaced; name "
                     "another path"))
    except PermissionError:
        pass  # only root makes one
    return rows


def kinds(folder):
    """What stands where."""
    return {name: (stat.S_IFMT(os.lstat(os.path.join(folder, name)).st_mode),
                   os.lstat(os.path.join(folder, name)).st_ino)
            for name in sorted(os.listdir(folder))}


@case
def a_copy_replaces_only_a_file(folder):
    ca = Authority(folder)
    done(ca("viewer", "a"))
    places = odd_places(folder)
    was, before = snapshot(ca.dir), kinds(folder)
    for path, words in places:
        for args in (["crl", "--install"], ["revoke", "viewer", "a",
                                            "--install"],
                     ["viewer", "b", "--out"],
                     ["renew", "viewer", "a", "--out"]):
            run = done(ca(*args, path), 2)
            holds(run.out, f"{path}: {words}", args)
            equal(run.stdout, "", args)
            equal(snapshot(ca.dir), was, args)
            equal(kinds(folder), before, args)
    with open(os.path.join(folder, "target"), encoding="ascii") as file:
        equal(file.read(), "kept", "what a link leads to")
    plain = os.path.join(folder, "plain")
    for args in (["crl"], ["revoke", "viewer", "a"]):
        holds(done(ca(*args, "--install", plain)).stdout,
              f"list:        {plain}", args)


@case
def so_does_the_folder_of_an_authority(folder):
    ca = Authority(folder)
    done(ca("viewer", "a"))
    for name, args in (("crl.pem", ["crl"]), ("crl.pem", ["revoke", "a"]),
                       ("index", ["crl"]), ("viewer/b.pem", ["viewer", "b"]),
                       ("viewer/b.key", ["viewer", "b"])):
        path, away = ca.path(name), os.path.join(folder, "away")
        if os.path.exists(path):
            os.rename(path, away)
        else:
            with open(away, "w", encoding="ascii") as file:
                file.write("")
        os.symlink(away, path)
        was = snapshot(ca.dir)
        run = done(ca(*args), 2)
        holds(run.out, f"{path}: is a symbolic link", args)
        holds(snapshot(ca.dir), path, args)
        equal(snapshot(ca.dir), was, args)
        if not os.path.islink(path):
            raise Failed(f"{path} is no link any more")
        os.unlink(path)
        if os.path.getsize(away):
            os.rename(away, path)


@case
def a_request_makes_both_files_or_none(folder):
    base = os.path.join(folder, "me")
    os.mkfifo(base + ".csr")
    holds(done(Run(["request", "me", "--out", base]), 2).out,
          f"{base}.csr: is not a file")
    equal(os.listdir(folder), ["me.csr"], "files")


sys.exit(main())
