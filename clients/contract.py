#!/usr/bin/env python3
"""Asks the server what its contract promises: the document is validated, and schemathesis sends
what it allows and what it forbids. With --document FILE, another contract (such as the real
service's own) is asked instead."""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from urllib.request import urlopen

from openapi_spec_validator import validate

from crash import BIRDHOUSE, start
from matrix import bearer

ROOT = Path(__file__).resolve().parent
BIN = Path(sys.executable).parent
CHECKS = ['not_a_server_error', 'status_code_conformance', 'content_type_conformance',
          'response_schema_conformance', 'negative_data_rejection']


def environment(url, keys):
    names = {'CONSUMER_KEY': 'consumer_key', 'CONSUMER_SECRET': 'consumer_secret',
             'ACCESS_TOKEN': 'access_token', 'ACCESS_SECRET': 'access_token_secret',
             'CLIENT_ID': 'client_id', 'CLIENT_SECRET': 'client_secret'}
    return dict(os.environ, BEARER=bearer(url, keys), SCHEMATHESIS_HOOKS='contract_hooks', PYTHONPATH=str(ROOT / 'python'),
                **{name: keys[key] for name, key in names.items()})


def loosened(document):
    """A foreign contract without what the recorded answers of its own service contradict."""
    schemas = document['components']['schemas']
    # It says {code, message} for application/json, where problems were recorded; and it lists
    # types of problems without about:blank, which was recorded for what proves the asker.
    for name in ('Error', 'Problem'):
        schemas[name] = {}
    # Unknown names of fields are left out (seen), so that any text is right.
    for name, parameter in document['components'].get('parameters', {}).items():
        parameter['schema'] = {'type': 'array', 'items': {'type': 'string'}}
    # Without a category one is assumed (its prose says so), and some clients send null.
    upload, initialize = (schemas.get(name, {}) for name in ('MediaUploadRequest', 'InitializeMediaUploadRequest'))
    upload['required'] = [name for name in upload.get('required', []) if name != 'media_category']
    for name in ('media_category', 'additional_owners'):
        initialize.get('properties', {})[name] = {}
    return document


def ask(document, url, keys, wanted):
    command = [BIN / 'st', 'run', document, '--url', url, '--checks', ','.join(CHECKS),
               '--phases', 'examples,coverage,fuzzing', '--max-examples', str(wanted.cases),
               '--seed', str(wanted.seed), '--continue-on-failure', '--no-color',
               '--suppress-health-check', 'all', '--warnings', 'off', '--generation-database', 'none',
               '--request-timeout', '20', *wanted.more]
    return subprocess.run([str(part) for part in command], env=environment(url, keys), text=True,
                          capture_output=True, cwd=tempfile.gettempdir(), check=False)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument('--document', type=Path)
    arguments.add_argument('--cases', type=int, default=15)
    arguments.add_argument('--seed', type=int, default=1)
    arguments.add_argument('more', nargs='*', help='more arguments for schemathesis')
    wanted = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        log = []
        server, port = start(Path(name) / 'data', log)
        try:
            url = f'http://127.0.0.1:{port}'
            keys = json.loads(subprocess.check_output(
                [BIRDHOUSE, 'credentials', '--json', '--data-dir', Path(name) / 'data']))
            with urlopen(f'{url}/openapi.json') as answer:
                own = json.load(answer)
            validate(own)
            count = sum(len(methods) for methods in own['paths'].values())
            print(f'/openapi.json is valid: {len(own["paths"])} paths, {count} operations', flush=True)
            if wanted.document:
                own = loosened(json.loads(wanted.document.read_text()))
            document = Path(name) / 'openapi.json'
            document.write_text(json.dumps(own))
            done = ask(document, url, keys, wanted)
            with urlopen(f'{url}/metrics') as answer:
                counted = re.findall(r'requests_total{.*outcome="(\w+)".*} (\d+)', answer.read().decode())
        finally:
            server.terminate()
            server.wait(timeout=40)
    print(re.sub(r'(?m)^\s*$\n', '', done.stdout[-12000:] if done.returncode else done.stdout[-1500:]) + done.stderr[-3000:])
    statuses = Counter()
    for status, count in counted:
        statuses[status] += int(count)
    print('answers by status:', dict(sorted(statuses.items())))
    if log:
        print(''.join(log[:5]))
    return 1 if done.returncode or log else 0


if __name__ == '__main__':
    sys.exit(main())
