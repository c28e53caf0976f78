#!/usr/bin/env python3
"""Prints the messages at `warn` and `error` that docs/operations.md does not explain."""
import glob
import re
import sys

# Crates that are part of the server.
CRATES = 'catalog', 'cli', 'core', 'domain', 'oauth', 'outbound', 'processing', 'server'
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"', re.S)


def messages():
    """File and text of each message; a value in it is a digit."""
    for path in sorted(path for crate in CRATES for path in glob.glob(f'crates/{crate}/src/**/*.rs', recursive=True)):
        text = open(path, encoding='utf-8').read()
        for start in re.finditer(r'tracing::(?:warn|error)!\(', text):
            end = text.index(')', start.end())
            while text[start.end():end].count('(') > text[start.end():end].count(')'):
                end = text.index(')', end + 1)
            literals = LITERAL.findall(text[start.end():end])
            message = re.sub(r'\\\n\s*', '', max(literals, key=len))
            message = re.sub(r'\{[^}]*\}', '0', message)
            # Of a message that is only a value, the value's source is responsible.
            if re.search('[a-z]', message):
                yield path, message


def explained():
    """The start of each quoted report."""
    for quote in re.findall(r'"([^"\n]*)"', open('docs/operations.md', encoding='utf-8').read()):
        if re.search('[a-z]', quote):
            yield re.compile('.*'.join(map(re.escape, quote.split('…'))))


known = list(explained())
missing = [f'{path}: {message}' for path, message in messages() if not any(one.match(message) for one in known)]
print('\n'.join(missing))
sys.exit(bool(missing))
