#!/usr/bin/env python3
"""Runs real, unmodified client libraries through upload, alt text, Tweet and read back.

Runs in a separate network and mount namespace, where the hosts that the libraries hard-code resolve
to 127.0.0.1 and `birdhouse serve --tls-dev` listens on port 443. Prints a matrix of clients and
steps; exits with 1 if a step failed.
"""
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parent.parent
CLIENTS = ROOT / 'clients'
BIRDHOUSE = Path(os.environ.get('CLIENTS_BIN', ROOT / 'target/debug/birdhouse'))
VENV = Path(os.environ.get('CLIENTS_VENV', ROOT / '.setup/venv'))
EGG_MODE = ROOT / 'target/clients/debug/egg_mode_full'
TWAPI_V2 = ROOT / 'target/clients/debug/twapi_v2_full'
HOSTS = 'localhost api.twitter.com upload.twitter.com api.x.com upload.x.com x.com twitter.com'
STEPS = ['simple upload', 'chunked upload', 'status', 'alt text', 'Tweet', 'read back', 'error path']
# Excludes one test, which expects a connection to take longer than a millisecond; locally none does,
# and its timeout then stays set for the following tests.
SUITE = '^(?!.*set to 1ms).*(media|Media|alt text|statuses/update|error handling|Url construction)'

CLIENT_COMMANDS = {
    'tweepy': [VENV / 'bin/python', 'tweepy_full.py'],
    'twython': [VENV / 'bin/python', 'twython_full.py'],
    'python-twitter': [VENV / 'bin/python', 'python_twitter_full.py'],
    'python-twitter-v2': [VENV / 'bin/python', 'pytwitter_full.py'],
    'TwitterAPI': [VENV / 'bin/python', 'twitterapi_full.py'],
    'twitter-api-v2': ['node', 'twitter_api_v2_full.js'],
    'twit': ['node', 'twit_full.js'],
    'twitter': ['node', 'twitter_full.js'],
    'twitter-api-client': ['node', 'twitter_api_client_full.js'],
    'egg-mode': [EGG_MODE],
    'xdk (Python), v2': [VENV / 'bin/python', 'xdk_full.py'],
    'xdk (TypeScript), v2': ['node', 'xdk_full.mjs'],
    'twapi-v2, v2': [TWAPI_V2],
    'twitter-api-v2, v2': ['node', 'twitter_api_v2_v2.js'],
    'tweepy, v2': [VENV / 'bin/python', 'tweepy_v2.py'],
    'python-twitter-v2, v2': [VENV / 'bin/python', 'pytwitter_v2.py'],
    'twitter-api-sdk, v2': ['node', 'twitter_api_sdk_full.js'],
}


def enter_namespace(program=__file__):
    """Runs the program again in a namespace where the hosts are local."""
    hosts = tempfile.NamedTemporaryFile('w', suffix='.hosts', delete=False)
    hosts.write(f'127.0.0.1 {HOSTS}\n')
    hosts.close()
    script = 'ip link set lo up && mount --bind "$0" /etc/hosts && exec "$@"'
    inside = dict(os.environ, IN_NAMESPACE='1')
    command = ['unshare', '-rmn', 'bash', '-c', script, hosts.name, sys.executable, program]
    try:
        return subprocess.run(command + sys.argv[1:], env=inside).returncode
    finally:
        os.unlink(hosts.name)


def write_png(path):
    """Writes a PNG of more than 20 KB, so that chunked uploads have several segments."""
    width, height = 200, 160
    value = 1
    rows = bytearray()
    for _ in range(height):
        rows.append(0)
        for _ in range(width * 3):
            value = (value * 1103515245 + 12345) & 0x7FFFFFFF
            rows.append(value >> 16 & 0xFF)

    def chunk(kind, body):
        return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))
    header = struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0)
    path.write_bytes(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header)
                     + chunk(b'IDAT', zlib.compress(bytes(rows))) + chunk(b'IEND', b''))


def start_server(data_dir, log, *flags):
    server = subprocess.Popen(
        [BIRDHOUSE, 'serve', *flags, '--tls-dev', '--tls-listen', '127.0.0.1:443',
         '--listen', '127.0.0.1:8080', '--data-dir', data_dir, '--log', 'warn'],
        stdout=subprocess.DEVNULL, stderr=log)
    authority = data_dir / 'tls-dev/ca.pem'
    for _ in range(200):
        if authority.exists() and subprocess.run(
                ['bash', '-c', 'exec 3<>/dev/tcp/127.0.0.1/443'], stderr=subprocess.DEVNULL).returncode == 0:
            return server, authority
        if server.poll() is not None:
            sys.exit('the server did not start')
        time.sleep(0.05)
    sys.exit('the server did not listen')


def credentials(data_dir, user):
    out = subprocess.check_output(
        [BIRDHOUSE, 'credentials', '--user', user, '--app', 'clients', '--json', '--data-dir', data_dir])
    return json.loads(out)


def bearer(url, issued):
    """Exchanges a user's OAuth 1.0a token for an OAuth 2.0 token."""
    form = urlencode({
        'grant_type': 'urn:ietf:params:oauth:grant-type:token-exchange',
        'subject_token': issued['access_token'], 'oauth_token_secret': issued['access_token_secret'],
        'client_id': issued['client_id'], 'client_secret': issued['client_secret'],
    }).encode()
    with urlopen(f'{url}/2/oauth2/token', form) as response:
        return json.load(response)['access_token']


def environment(authority, issued):
    trust = {name: str(authority) for name in ('REQUESTS_CA_BUNDLE', 'SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS')}
    keys = {
        'CONSUMER_KEY': issued['consumer_key'], 'CONSUMER_SECRET': issued['consumer_secret'],
        'ACCESS_TOKEN': issued['access_token'], 'ACCESS_SECRET': issued['access_token_secret'],
        'BEARER': bearer('http://127.0.0.1:8080', issued),
    }
    return dict(os.environ, **trust, **keys, NODE_NO_WARNINGS='1')


def run_client(name, command, env, image):
    directory = CLIENTS / ('node' if command[0] == 'node' else 'python')
    done = subprocess.run([*map(str, command), str(image)], cwd=directory, env=env, text=True,
                          capture_output=True, timeout=180)
    cells = {}
    for line in done.stdout.splitlines():
        mark, _, rest = line.partition(' ')
        step = next((step for step in STEPS if rest.startswith(step)), None)
        if mark in ('PASS', 'FAIL', 'SKIP') and step:
            worst = {'FAIL': 2, 'PASS': 1, 'SKIP': 0}
            cells[step] = max(cells.get(step, 'SKIP'), mark, key=worst.get)
    missing = [step for step in STEPS if step not in cells]
    for step in missing:
        cells[step] = 'FAIL'
    if missing or 'FAIL' in cells.values():
        print(f'--- {name}\n{done.stdout}{done.stderr}')
    return cells


def run_twit_suite(env, issued, scratch):
    """Runs the tests in twit's package, which read their keys from files beside them."""
    modules = scratch / 'node_modules'
    modules.mkdir()
    for module in (CLIENTS / 'node/node_modules').iterdir():
        if module.name != 'twit':
            (modules / module.name).symlink_to(module)
    shutil.copytree(CLIENTS / 'node/node_modules/twit', modules / 'twit')
    keys = {'consumer_key': issued['consumer_key'], 'consumer_secret': issued['consumer_secret'],
            'access_token': issued['access_token'], 'access_token_secret': issued['access_token_secret']}
    for name in ('config1.js', 'config2.js'):
        (modules / 'twit' / name).write_text(f'module.exports = {json.dumps(keys)}\n')
    done = subprocess.run(
        ['node', str(CLIENTS / 'node/node_modules/mocha/bin/mocha.js'), '--timeout', '20000', '--exit',
         'tests/rest.js', 'tests/rest_chunked_upload.js', '-g', SUITE],
        cwd=modules / 'twit', env=env, text=True, capture_output=True, timeout=300)
    passed = re.search(r'(\d+) passing', done.stdout)
    failed = re.search(r'(\d+) failing', done.stdout)
    if done.returncode or not passed:
        print(done.stdout + done.stderr)
    return int(passed[1]) if passed else 0, int(failed[1]) if failed else (0 if done.returncode == 0 else 1)


def run_twapi_suite(env, issued):
    """Runs twapi-v2's own tests of Tweets and users; posts the Tweet that they delete."""
    request = Request('http://127.0.0.1:8080/2/tweets', json.dumps({'text': 'to be deleted'}).encode(),
                      {'Authorization': f'Bearer {env["BEARER"]}', 'Content-Type': 'application/json'})
    with urlopen(request) as response:
        tweet = json.load(response)['data']['id']
    inside = dict(env, TWAPI_V2_TWITTER_API_PREFIX_API='https://api.x.com', BEARER_CODE=env['BEARER'],
                  TWEET_TEXT='hello', DELETE_TWEET_ID=tweet, CARGO_TARGET_DIR=str(ROOT / 'target/clients'))
    done = subprocess.run(
        ['cargo', 'test', '-q', '--offline', '--locked', '--no-fail-fast', '--tests',
         '--manifest-path', str(CLIENTS / 'twapi_v2/Cargo.toml')],
        env=inside, text=True, capture_output=True, timeout=300)
    counts = re.findall(r'(\d+) passed; (\d+) failed', done.stdout)
    passed, failed = (sum(int(pair[n]) for pair in counts) for n in (0, 1))
    if done.returncode or not passed:
        print(done.stdout + done.stderr)
    return passed, failed or (0 if done.returncode == 0 else 1)


def run_consent(env, data_dir):
    """Runs a library's OAuth 2.0 login through the consent page in headless Chromium."""
    callback = 'http://127.0.0.1:8092/callback'
    issued = json.loads(subprocess.check_output(
        [BIRDHOUSE, 'credentials', '--user', 'reader', '--app', 'consent', '--password', 'correct horse',
         '--callback', callback, '--json', '--data-dir', data_dir]))
    inside = dict(env, CLIENT_ID=issued['client_id'], CLIENT_SECRET=issued['client_secret'],
                  USERNAME='reader', PASSWORD='correct horse', CALLBACK=callback)
    done = subprocess.run(['node', 'consent.mjs'], cwd=CLIENTS / 'node', env=inside, text=True,
                          capture_output=True, timeout=180)
    passed, failed = (len(re.findall(f'^{mark} ', done.stdout, re.M)) for mark in ('PASS', 'FAIL'))
    if done.returncode or failed:
        print(done.stdout + done.stderr)
    return passed, failed or (0 if done.returncode == 0 else 1)


def main():
    if 'IN_NAMESPACE' not in os.environ:
        return enter_namespace()
    selected = sys.argv[1:]
    with tempfile.TemporaryDirectory() as directory:
        scratch = Path(directory)
        image = scratch / 'image.png'
        write_png(image)
        with open(scratch / 'server.log', 'w+') as log:
            server, authority = start_server(scratch / 'data', log)
            try:
                rows, suites = {}, {}
                for number, (name, command) in enumerate(CLIENT_COMMANDS.items()):
                    if selected and name not in selected:
                        continue
                    issued = credentials(scratch / 'data', f'client_{number}')
                    rows[name] = run_client(name, command, environment(authority, issued), image)
                if not selected or 'twit-suite' in selected:
                    issued = credentials(scratch / 'data', 'suite')
                    suites["twit's own tests"] = run_twit_suite(environment(authority, issued), issued, scratch)
                if not selected or 'consent' in selected:
                    issued = credentials(scratch / 'data', 'consent')
                    env = environment(authority, issued)
                    suites['OAuth 2.0 login in Chromium'] = run_consent(env, scratch / 'data')
                if not selected or 'twapi-v2-suite' in selected:
                    issued = credentials(scratch / 'data', 'rust_suite')
                    suites["twapi-v2's own tests"] = run_twapi_suite(environment(authority, issued), issued)
            finally:
                server.terminate()
                server.wait(timeout=40)
            log.seek(0)
            sys.stdout.write(log.read())
    return report(rows, suites)


def report(rows, suites):
    width = max([len(name) for name in rows] + [18])
    print('\n' + 'client'.ljust(width), *(step.ljust(14) for step in STEPS))
    for name, cells in rows.items():
        print(name.ljust(width), *(cells[step].ljust(14) for step in STEPS))
    marks = [mark for cells in rows.values() for mark in cells.values()]
    passed, failed, skipped = (marks.count(mark) for mark in ('PASS', 'FAIL', 'SKIP'))
    for name, suite in suites.items():
        print(f"{name}: {suite[0]} passing, {suite[1]} failing")
        passed, failed = passed + suite[0], failed + suite[1]
    print(f'clients: {passed} passed, {failed} failed, {skipped} skipped')
    return 1 if failed or not passed else 0


if __name__ == '__main__':
    sys.exit(main())
