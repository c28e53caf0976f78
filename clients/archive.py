#!/usr/bin/env python3
"""An archive whose descriptions are in a spreadsheet: uploads N images, describes all but every tenth
by `birdhouse import` (twice: the second changes nothing), searches them, and counts the coverage."""
import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

from crash import BIRDHOUSE, start
from signed_client import UPLOAD, Client

BIRDS = ['wren', 'robin', 'heron', 'kestrel', 'Bachstelze', 'mésange', 'スズメ', '喜鹊', 'عصفور', 'ворона']


def png(number):
    """An image of one color that no other number has."""
    def chunk(kind, body):
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")
    rows = (b'\0' + number.to_bytes(3, "big") * 4) * 4
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', (4).to_bytes(4, "big") * 2 + b'\x08\x02\0\0\0')
            + chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument('--images', type=int, default=300)
    count = arguments.parse_args().images
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        server, port = start(directory / 'data', [])
        keys = json.loads(subprocess.check_output(
            [BIRDHOUSE, 'credentials', '--json', '--data-dir', directory / 'data']))
        env = dict(os.environ, HOME=name, BIRDHOUSE_URL=f'http://127.0.0.1:{port}', **{
            f'BIRDHOUSE_{key.upper()}': keys[key]
            for key in ('consumer_key', 'consumer_secret', 'access_token', 'access_token_secret')})

        def birdhouse(*words, code=0):
            began = time.monotonic()
            done = subprocess.run([BIRDHOUSE, *words], env=env, text=True, capture_output=True)
            assert code is None or done.returncode == code, f'{words}: {done.returncode} {done.stdout}{done.stderr}'
            print(f'{words[0]}: {time.monotonic() - began:.1f} s', flush=True)
            return done.stdout

        client = Client(port, keys)
        media = [client.json('POST', UPLOAD, parts={'media': png(number)})['media_id_string'] for number in range(count)]
        table = directory / 'archive.csv'
        described = [number for number in range(count) if number % 10]
        with open(table, 'w', newline='') as file:
            rows = csv.writer(file)
            rows.writerow(['media_id', 'lang', 'alt_text'])
            rows.writerows([media[number], 'und', f'{BIRDS[number % 9 + 1]} no. {number} on a wooden gate']
                           for number in described)
        told = birdhouse('import', table)
        assert told == f'{len(described)} set, 0 equal already, 0 failed\n', told
        told = birdhouse('import', table)
        assert told == f'0 set, {len(described)} equal already, 0 failed\n', told
        deadline = time.monotonic() + 300
        while True:
            found = birdhouse('search', 'gate', '--limit', str(count), '--json', code=None).splitlines()
            if len(found) == len(described):
                break
            assert time.monotonic() < deadline, f'{len(found)} of {len(described)} found'
            time.sleep(1)
        for number in range(1, 10):
            query = f'{BIRDS[number % 9 + 1]} gate'
            found = birdhouse('search', query, '--limit', str(count), '--json').splitlines()
            expected = sum(1 for other in described if other % 9 == number % 9)
            assert len(found) == expected, f'{query}: {len(found)} instead of {expected}'
        birdhouse('search', 'albatross', code=1)
        undescribed = birdhouse('search', '--filter', 'undescribed', '--limit', str(count), '--json').splitlines()
        assert len(undescribed) == count - len(described), len(undescribed)
        coverage = json.loads(birdhouse('coverage', '--json'))
        assert (coverage['total'], coverage['described']) == (count, len(described)), coverage
        print(f'archive: {count} images, {len(described)} described and found, {len(undescribed)} undescribed')
        server.terminate()
        server.wait()


if __name__ == '__main__':
    sys.exit(main())
