#!/usr/bin/env python3
"""Checks the server against its OpenAPI document: validates the document, and sends valid and invalid
requests with schemathesis. --document FILE uses another document, such as the real service's."""
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


def relax(document):
    """Removes from the real service's document what its own recorded responses contradict."""
    schemas = document['components']['schemas']
    # Its errors in application/json are {code, message}, but problems were recorded; and its types of
    # problems lack about:blank, which was recorded for failed authentication.
    for name in ('Error', 'Problem'):
        schemas[name] = {}
    # Recorded: unknown names of fields are ignored, so any string is valid.
    for name, parameter in document['components'].get('parameters', {}).items():
        parameter['schema'] = {'type': 'array', 'items': {'type': 'string'}}
    # Its prose makes the category optional, and some clients send null.
    upload, initialize = (schemas.get(name, {}) for name in ('MediaUploadRequest', 'InitializeMediaUploadRequest'))
    upload['required'] = [name for name in upload.get('required', []) if name != 'media_category']
    for name in ('media_category', 'additional_owners'):
        initialize.get('properties', {})[name] = {}
    return document


def run_schemathesis(document, url, keys, options):
    command = [BIN / 'st', 'run', document, '--url', url, '--checks', ','.join(CHECKS),
               '--phases', 'examples,coverage,fuzzing', '--max-examples', str(options.cases),
               '--seed', str(options.seed), '--continue-on-failure', '--no-color',
               '--suppress-health-check', 'all', '--warnings', 'off', '--generation-database', 'none',
               '--request-timeout', '20', *options.more]
    return subprocess.run([str(part) for part in command], env=environment(url, keys), text=True,
                          capture_output=True, cwd=tempfile.gettempdir(), check=False)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument('--document', type=Path)
    arguments.add_argument('--cases', type=int, default=15)
    arguments.add_argument('--seed', type=int, default=1)
    arguments.add_argument('more', nargs='*', help='more arguments for schemathesis')
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        log = []
        server, port = start(Path(name) / 'data', log)
        try:
            url = f'http://127.0.0.1:{port}'
            keys = json.loads(subprocess.check_output(
                [BIRDHOUSE, 'credentials', '--json', '--data-dir', Path(name) / 'data']))
            with urlopen(f'{url}/openapi.json') as response:
                openapi = json.load(response)
            validate(openapi)
            count = sum(len(methods) for methods in openapi['paths'].values())
            print(f'/openapi.json is valid: {len(openapi["paths"])} paths, {count} operations', flush=True)
            if options.document:
                openapi = relax(json.loads(options.document.read_text()))
            document = Path(name) / 'openapi.json'
            document.write_text(json.dumps(openapi))
            done = run_schemathesis(document, url, keys, options)
            with urlopen(f'{url}/metrics') as response:
                counted = re.findall(r'requests_total{.*outcome="(\w+)".*} (\d+)', response.read().decode())
        finally:
            server.terminate()
            server.wait(timeout=40)
    print(re.sub(r'(?m)^\s*$\n', '', done.stdout[-12000:] if done.returncode else done.stdout[-1500:]) + done.stderr[-3000:])
    statuses = Counter()
    for status, count in counted:
        statuses[status] += int(count)
    print('responses by outcome:', dict(sorted(statuses.items())))
    if log:
        print(''.join(log[:5]))
    return 1 if done.returncode or log else 0


if __name__ == '__main__':
    sys.exit(main())
