#!/usr/bin/env python3
"""circles.py: lists the files of a crate that import each other in a circle, and exits with 1 if
there are any. A `pub use` passes a name on and is no import, nor is what a file takes from the file
whose part it is, as `a/b.rs` is of `a.rs`; tests are not read."""
import re
import sys
from pathlib import Path

USE = re.compile(r'^\s*(pub(?:\([^)]*\))? )?use ([^;]+);', re.M)
PATH = re.compile(r'\b(?:crate|super|self)(?:::\w+)+')


def module_of(file, source):
    parts = file.relative_to(source).with_suffix('').parts
    return () if parts in (('lib',), ('main',)) else parts


def leaves(tree, prefix=''):
    """`a::{b, c::{d}}` as `a::b`, `a::c::d`."""
    head, brace, rest = tree.partition('{')
    if not brace:
        return [prefix + part.strip() for part in tree.split(',') if part.strip()]
    *whole, stem = head.split(',')
    depth, end = 1, 0
    while depth:
        depth += {'{': 1, '}': -1}.get(rest[end], 0)
        end += 1
    inner = leaves(rest[:end - 1], prefix + stem.strip())
    return [prefix + part.strip() for part in whole if part.strip()] + inner + leaves(rest[end:].lstrip(' ,\n'), prefix)


def imports(module, text, modules):
    """The modules of this crate that a file takes names from."""
    code = re.sub(r'//.*', '', text.split('#[cfg(test)]')[0])
    children = re.findall(r'^\s*(?:pub(?:\([^)]*\))? )?mod (\w+);', code, re.M)
    paths = [leaf for public, tree in USE.findall(code) if not public for leaf in leaves(tree)]
    code = USE.sub('', code)
    paths += PATH.findall(code)
    paths += [f'self::{child}' for child in children if re.search(rf'(?<!::)\b{child}::', code)]
    for path in paths:
        parts, at = path.split(' as ')[0].split('::'), module
        at = () if parts[0] == 'crate' else at
        if parts[0] not in ('crate', 'self', 'super'):
            parts = ['self', *parts]
        while parts and parts[0] in ('crate', 'self', 'super'):
            at = at[:-1] if parts.pop(0) == 'super' else at
        full = (*at, *parts)
        found = next((full[:n] for n in range(len(full), 0, -1) if full[:n] in modules), None)
        if found and found != module[:len(found)]:
            yield found


def circles(source):
    """What is left when files that import, or are imported by, nothing that is left are taken away."""
    modules = {module_of(file, source): file for file in source.rglob('*.rs')}
    edges = {name: set(imports(name, file.read_text(), modules)) for name, file in modules.items()}
    while free := {name for name, to in edges.items() if not to} | edges.keys() - set().union(*edges.values()):
        edges = {name: to - free for name, to in edges.items() if name not in free}
    return {modules[name]: sorted(str(modules[one]) for one in to) for name, to in edges.items()}


found = {file: to for source in sorted(Path('crates').glob('*/src')) for file, to in circles(source).items()}
for file, to in found.items():
    print(f'{file} imports {", ".join(to)}')
sys.exit(1 if found else 0)
