#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the list of what a build consists of, as SPDX 2.3 in JSON.

  sbom.py --build FOLDER [--out FILE]

Programs with their hashes, the sources they were made of, the Debian packages
whose libraries they load (also those that libraries load), and what
packages.txt says is needed to build and to run. Versions are those that are
installed here. Licences of packages are what their copyright files name;
where a name has no counterpart in SPDX, nothing is asserted. The same build
and packages give the same bytes.
"""
import argparse
import datetime
import functools
import glob
import hashlib
import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/layout"))
import tree  # noqa: E402

# Names of Debian's copyright files that say the same as one of SPDX.
LICENCES = {
    "expat": "MIT", "mit": "MIT", "x11": "X11", "zlib": "Zlib", "isc": "ISC",
    "apache-2.0": "Apache-2.0", "apache-2": "Apache-2.0",
    "bsd-2-clause": "BSD-2-Clause", "bsd-3-clause": "BSD-3-Clause",
    "bsd-4-clause": "BSD-4-Clause", "gpl-2": "GPL-2.0-only",
    "gpl-2+": "GPL-2.0-or-later", "gpl-3": "GPL-3.0-only",
    "gpl-3+": "GPL-3.0-or-later", "lgpl-2": "LGPL-2.0-only",
    "lgpl-2+": "LGPL-2.0-or-later", "lgpl-2.1": "LGPL-2.1-only",
    "lgpl-2.1+": "LGPL-2.1-or-later", "lgpl-3": "LGPL-3.0-only",
    "lgpl-3+": "LGPL-3.0-or-later", "mpl-1.1": "MPL-1.1",
    "mpl-2.0": "MPL-2.0", "cc0-1.0": "CC0-1.0", "ijg": "IJG",
    "ftl": "FTL", "artistic": "Artistic-1.0", "gpl-1+": "GPL-1.0-or-later",
}
NEEDS = {"run": "RUNTIME_DEPENDENCY_OF", "build": "BUILD_DEPENDENCY_OF"}
QUERY = "${binary:Package}\t${Version}\t${Architecture}\t${source:Package}\n"


def packages_of(*names):
    """(name, version, architecture, source) of each installed package."""
    got = subprocess.run(["dpkg-query", "-W", f"-f={QUERY}", *names],
                         capture_output=True, text=True, check=False).stdout
    return {row[0].split(":")[0]: row for row in
            (line.split("\t") for line in got.splitlines())}


def owners(paths):
    """{path: package}; a merged /usr has two names for one file."""
    names = {}
    for path in paths:
        for name in (path, os.path.realpath(path)):
            for tried in (name, name.removeprefix("/usr"), "/usr" + name):
                names.setdefault(tried, path)
    said = subprocess.run(["dpkg-query", "-S", *names], text=True,
                          capture_output=True, check=False).stdout
    result = {names[name]: package for package, name in
              re.findall(r"^([^:\s]+)\S*: (\S+)$", said, re.M)}
    for path in set(paths) - set(result):
        raise SystemExit(f"sbom: no package has {path}")
    return result


@functools.lru_cache(None)
def needed(path):
    return re.findall(r"\(NEEDED\).*\[(.*)\]", tree.run("readelf", "-dW", path))


def loaded(path):
    """{library: path} of all that a program loads."""
    return dict(re.findall(r"(\S+) => (\S+)", tree.run("ldd", path)))


def links(programs):
    """Of each program its packages; of each package those its libraries
    need."""
    where = {name: loaded(path) for name, path in programs.items()}
    owner = owners({path for libs in where.values() for path in libs.values()})
    direct, further = {}, {}
    for name, path in programs.items():
        libs = where[name]
        direct[name] = {owner[libs[lib]] for lib in needed(path)
                        if lib in libs}
        for path_of_lib in libs.values():
            mine = further.setdefault(owner[path_of_lib], set())
            mine |= {owner[libs[more]] for more in needed(path_of_lib)
                     if more in libs} - {owner[path_of_lib]}
    return direct, further


def licence(package):
    """(SPDX expression or NOASSERTION, what the copyright file names)."""
    path = f"/usr/share/doc/{package}/copyright"
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read()
    except OSError:
        return "NOASSERTION", ""
    names = sorted(set(re.findall(r"^License:[ \t]*(\S.*?)\s*$", text, re.M)))
    if "copyright-format" not in text or not names:
        return "NOASSERTION", ""
    known = [LICENCES.get(name.lower()) for name in names]
    said = ", ".join(names)
    if None in known:
        return "NOASSERTION", said
    return " AND ".join(sorted(set(known))), said


def sums(path):
    with open(path, "rb") as file:
        data = file.read()
    return [{"algorithm": name, "checksumValue":
             hashlib.new(name.lower(), data).hexdigest()}
            for name in ("SHA1", "SHA256")]


def file_of(name, path, kind):
    with open(path, encoding="utf-8", errors="replace") as file:
        said = re.search(r"SPDX-License-Identifier: ([\w.+-]+)",
                         file.read(4096) if kind == "SOURCE" else "")
    mine = "GPL-3.0-or-later"
    return {"SPDXID": "SPDXRef-file-" + re.sub(r"[^A-Za-z0-9.]", "-", name),
            "fileName": "./" + name, "fileTypes": [kind],
            "checksums": sums(path), "licenseConcluded": mine,
            "licenseInfoInFiles": [said.group(1) if said else "NOASSERTION"],
            "copyrightText": "NOASSERTION"}


def sources(build):
    """Compiled files of ours and the headers beside them."""
    rows = json.loads(tree.read(os.path.join(build, "compile_commands.json")))
    names = {os.path.relpath(os.path.join(row["directory"], row["file"]), ROOT)
             for row in rows}
    for folder in {os.path.dirname(name) for name in names}:
        names |= {os.path.relpath(path, ROOT) for path in
                  glob.glob(os.path.join(ROOT, folder, "*.h"))}
    return sorted(name for name in names
                  if name.split("/")[0] in ("protocol", *tree.PROGRAM_FOLDERS))


def package_of(row):
    name, version, arch, source = row
    name = name.split(":")[0]
    expression, said = licence(name)
    result = {
        "SPDXID": "SPDXRef-deb-" + re.sub(r"[^A-Za-z0-9.]", "-", name),
        "name": name, "versionInfo": version,
        "supplier": "Organization: Debian", "filesAnalyzed": False,
        "downloadLocation": "NOASSERTION", "copyrightText": "NOASSERTION",
        "licenseConcluded": "NOASSERTION", "licenseDeclared": expression,
        "sourceInfo": f"Debian source package {source}",
        "externalRefs": [{
            "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
            "referenceLocator":
                f"pkg:deb/debian/{name}@{version.replace('+', '%2B')}"
                f"?arch={arch}"}]}
    if said:
        result["licenseComments"] = f"its copyright file names: {said}"
    return result


def created():
    """When: of the last commit, so that two builds of it are the same."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH") or subprocess.run(
        ["git", "-c", "safe.directory=*", "-C", ROOT, "log", "-1",
         "--format=%ct"], capture_output=True, text=True,
        check=False).stdout.strip()
    when = datetime.datetime.fromtimestamp(int(epoch), datetime.timezone.utc) \
        if epoch else datetime.datetime.now(datetime.timezone.utc)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def ours(version, files):
    codes = sorted(file["checksums"][0]["checksumValue"] for file in files)
    return {
        "SPDXID": "SPDXRef-shoji", "name": "shoji", "versionInfo": version,
        "downloadLocation": "NOASSERTION", "copyrightText": "NOASSERTION",
        "filesAnalyzed": True, "packageVerificationCode": {
            "packageVerificationCodeValue":
                hashlib.sha1("".join(codes).encode()).hexdigest()},
        "licenseConcluded": "GPL-3.0-or-later",
        "licenseInfoFromFiles": sorted(
            {file["licenseInfoInFiles"][0] for file in files}),
        "licenseDeclared": "GPL-3.0-or-later"}


def relation(one, kind, other):
    return {"spdxElementId": one, "relationshipType": kind,
            "relatedSpdxElement": other}


def document(build):
    programs = tree.programs(build)
    if not programs:
        raise SystemExit(f"sbom: {build} holds no programs")
    version = re.search(r"version: '([\d.]+)'", tree.read("meson.build"))[1]
    direct, further = links(programs)
    beside = [line.split() for line in tree.read("packages.txt").split("\n")
              if line.endswith((" run", " build")) and line[0] != "#"]
    rows = packages_of(*sorted({*further, *(name for name, _ in beside)}))
    debs = {name: package_of(rows[name]) for name in sorted(rows)}
    made = {name: file_of(os.path.relpath(path, build), path, "BINARY")
            for name, path in programs.items()}
    files = [*made.values(), *(file_of(name, os.path.join(ROOT, name), "SOURCE")
                               for name in sources(build))]
    relations = [relation("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-shoji")]
    relations += [relation("SPDXRef-shoji", "CONTAINS", file["SPDXID"])
                  for file in files]
    relations += [relation(made[name]["SPDXID"], "DYNAMIC_LINK",
                           debs[deb]["SPDXID"])
                  for name in sorted(direct) for deb in sorted(direct[name])]
    relations += [relation(debs[name]["SPDXID"], "DEPENDS_ON",
                           debs[deb]["SPDXID"])
                  for name in sorted(further) for deb in sorted(further[name])]
    relations += [relation(debs[name]["SPDXID"], NEEDS[need], "SPDXRef-shoji")
                  for name, need in beside if name in debs]
    package = ours(version, files)
    code = package["packageVerificationCode"]["packageVerificationCodeValue"]
    return {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT", "name": f"shoji-{version}",
        "documentNamespace":
            f"https://spdx.org/spdxdocs/shoji-{version}-{code}",
        "creationInfo": {"created": created(),
                         "creators": ["Tool: shoji-sbom"]},
        "packages": [package, *debs.values()],
        "files": files, "relationships": relations}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default=os.path.join(ROOT, "build-release"))
    parser.add_argument("--out")
    args = parser.parse_args()
    build = os.path.abspath(args.build)
    out = args.out or os.path.join(build, "shoji.spdx.json")
    with open(out, "w", encoding="utf-8") as file:
        json.dump(document(build), file, indent=1)
        file.write("\n")


main()
