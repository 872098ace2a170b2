#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Coverage by folder, and where it is missing, from gcovr's JSON.

Prints Markdown: a table of lines per folder, then each file with lines that
were not reached, by function. A file that no test program runs to its end is
named as reached by the end-to-end tests only: a confined process cannot
write what gcov counted.
"""
import argparse
import collections
import json
import pathlib
import re

FUNCTION = re.compile(r'^[A-Za-z_][\w \*]*?\b(\w+)\($|^[A-Za-z_][\w \*]*?\b(\w+)\([^;]*$')


def functions_of(path):
    """Number of the line of each function's head -> its name."""
    found = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = FUNCTION.match(line)
        if match and not line.startswith(('typedef', 'struct {', 'return')):
            found.append((number, match.group(1) or match.group(2)))
    return found


def name_at(functions, number):
    name = '?'
    for head, candidate in functions:
        if head > number:
            break
        name = candidate
    return name


def spans(numbers):
    """Lines 3, 4, 5, 9 -> 3-5 9; lines without code between do not part."""
    text, first, last = [], None, None
    for number in numbers:
        if last is not None and number <= last + 2:
            last = number
            continue
        if first is not None:
            text.append(f'{first}-{last}' if last > first else f'{first}')
        first = last = number
    if first is not None:
        text.append(f'{first}-{last}' if last > first else f'{first}')
    return ' '.join(text)


def read(path):
    """File -> (lines with code, those that were not reached)."""
    files = collections.defaultdict(dict)
    for entry in json.loads(path.read_text())['files']:
        lines = files[entry['file']]
        for line in entry['lines']:
            if line.get('gcovr/noncode'):
                continue
            number = line['line_number']
            lines[number] = lines.get(number, 0) + line['count']
    return {name: (len(lines), sorted(n for n, c in lines.items() if c == 0))
            for name, lines in files.items() if name.endswith('.c')}


def folder_of(name):
    parts = name.split('/')[:-1]
    return '/'.join(parts[:2]) if parts else '.'


def row(name, files):
    total = sum(lines for lines, _ in files)
    covered = total - sum(len(missing) for _, missing in files)
    share = 100 * covered / total if total else 0
    return f'| {name} | {total} | {covered} | {share:.1f} % |'


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('json', type=pathlib.Path)
    parser.add_argument('--root', type=pathlib.Path, default='.')
    options = parser.parse_args()
    files = read(options.json)
    e2e = sorted(name for name, (lines, missing) in files.items()
                 if lines and lines == len(missing))
    unit = {name: files[name] for name in files if name not in e2e}
    print('| folder | lines | covered | |\n|---|---|---|---|')
    for area in sorted({name.split('/')[0] for name in unit}):
        names = [name for name in unit if name.startswith(area + '/')]
        folders = sorted({folder_of(name) for name in names})
        for folder in folders if len(folders) > 1 else []:
            print(row(f'`{folder}`', [unit[n] for n in names
                                      if folder_of(n) == folder]))
        print(row(f'**`{area}`**', [unit[n] for n in names]))
    print('\nReached by the end-to-end tests only:\n')
    for name in e2e:
        print(f'- `{name}`: {files[name][0]} lines')
    print('\nNot reached:\n')
    for name, (_, missing) in sorted(unit.items()):
        functions = functions_of(options.root / name)
        by_name = collections.defaultdict(list)
        for number in missing:
            by_name[name_at(functions, number)].append(number)
        if by_name:
            print(f'- `{name}`: ' + ', '.join(
                f'`{function}` {spans(numbers)}'
                for function, numbers in by_name.items()))


if __name__ == '__main__':
    main()
