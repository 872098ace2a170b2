#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of parts (SPDX 2.3) is well-formed and says what is there."""
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile

import tree

ID = re.compile(r"SPDXRef-[A-Za-z0-9.-]+")
EXPRESSION = re.compile(r"NOASSERTION|[A-Za-z0-9.+-]+( AND [A-Za-z0-9.+-]+)*")
DOCUMENT = {"spdxVersion": r"SPDX-2\.3", "dataLicense": r"CC0-1\.0",
            "SPDXID": r"SPDXRef-DOCUMENT", "name": r"shoji-[\d.]+",
            "documentNamespace": r"https://[^#\s]+"}
RELATIONS = {"DESCRIBES", "CONTAINS", "DYNAMIC_LINK", "DEPENDS_ON",
             "RUNTIME_DEPENDENCY_OF", "BUILD_DEPENDENCY_OF"}


# Libraries that are in the package of another.
WITHIN = {"libcrypto": "libssl", "libgobject": "libglib"}


def make(build):
    script = os.path.join(tree.ROOT, "tests/check/sbom.py")
    with tempfile.NamedTemporaryFile("r", suffix=".json") as file:
        tree.run(sys.executable, script, "--build", build, "--out", file.name)
        return file.read()


def elements(said):
    return [*said["packages"], *said["files"]]


def fields(said):
    """What the standard demands of the document and of each element."""
    for name, form in DOCUMENT.items():
        if not re.fullmatch(form, str(said.get(name))):
            yield f"{name}: {said.get(name)}"
    creation = said.get("creationInfo", {})
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
                        creation.get("created", "")) or \
            not all(re.match(r"(Tool|Organization|Person): \S", text)
                    for text in creation.get("creators") or [""]):
        yield f"creationInfo: {creation}"
    for package in said["packages"]:
        for name in ("name", "versionInfo", "downloadLocation",
                     "licenseConcluded", "licenseDeclared", "copyrightText"):
            if not package.get(name):
                yield f"{package.get('name')}: no {name}"
        if not EXPRESSION.fullmatch(package["licenseDeclared"]):
            yield f"{package['name']}: {package['licenseDeclared']}"


def references(said):
    names = [element["SPDXID"] for element in elements(said)]
    known = {*names, said["SPDXID"]}
    for name in names:
        if not ID.fullmatch(name):
            yield f"{name} is no identifier"
    if len(known) != len(names) + 1:
        yield "an identifier is there twice"
    for row in said["relationships"]:
        if row["relationshipType"] not in RELATIONS or not known.issuperset(
                (row["spdxElementId"], row["relatedSpdxElement"])):
            yield str(row)


def hashes(said, build):
    for file in said["files"]:
        root = build if file["fileTypes"] == ["BINARY"] else tree.ROOT
        with open(os.path.join(root, file["fileName"]), "rb") as opened:
            data = opened.read()
        wanted = {name: hashlib.new(name.lower(), data).hexdigest()
                  for name in ("SHA1", "SHA256")}
        if wanted != {row["algorithm"]: row["checksumValue"]
                      for row in file["checksums"]}:
            yield file["fileName"]


def verification(said):
    codes = sorted(row["checksumValue"] for file in said["files"]
                   for row in file["checksums"] if row["algorithm"] == "SHA1")
    wanted = hashlib.sha1("".join(codes).encode()).hexdigest()
    got = said["packages"][0]["packageVerificationCode"]
    if got != {"packageVerificationCodeValue": wanted}:
        yield f"{got}, not {wanted}"


def packages(said):
    for package in said["packages"][1:]:
        got = subprocess.run(
            ["dpkg-query", "-W", "-f=${Version}", package["name"]],
            capture_output=True, text=True, check=False).stdout
        if got != package["versionInfo"]:
            yield f"{package['name']}: {package['versionInfo']}, not {got}"


def programs(said, build):
    """Each program, and a package for each library that it names."""
    ids = {file["fileName"]: file["SPDXID"] for file in said["files"]}
    linked = {}
    for row in said["relationships"]:
        if row["relationshipType"] == "DYNAMIC_LINK":
            linked.setdefault(row["spdxElementId"], set()).add(
                row["relatedSpdxElement"])
    for name, path in tree.programs(build).items():
        mine = ids.get("./" + os.path.relpath(path, build))
        if not mine:
            yield f"{name} is not listed"
            continue
        wanted = re.findall(r"\(NEEDED\).*\[(lib\w+)",
                            tree.run("readelf", "-dW", path))
        for library in wanted:
            if not any(part.startswith(
                    "SPDXRef-deb-" + WITHIN.get(library, library))
                       for part in linked.get(mine, ())):
                yield f"{name}: nothing of {library}"


def unlisted(said):
    sources = {file["fileName"][2:] for file in said["files"]
               if file["fileTypes"] == ["SOURCE"]}
    ours = {name for name in tree.files(".c")
            if name.split("/")[0] in ("protocol", *tree.PROGRAM_FOLDERS)}
    return [f"not listed: {name}" for name in sorted(ours - sources)]


def main():
    tap = tree.Tap()
    build = tree.build_folder()
    text = make(build)
    said = json.loads(text)
    tap.check(list(fields(said)), "the list of parts has what SPDX demands")
    tap.check(list(references(said)), "its references lead somewhere")
    tap.check(list(hashes(said, build)), "its hashes are those of the files")
    tap.check(list(verification(said)), "its verification code is right")
    tap.check(list(packages(said)), "its versions are those installed")
    tap.check(list(programs(said, build)), "it has each program and library")
    tap.check(unlisted(said), "it has each source of ours")
    tap.check([] if make(build) == text else ["other bytes"],
              "it is the same when it is made again")
    tap.end()


main()
