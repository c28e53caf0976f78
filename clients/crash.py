#!/usr/bin/env python3
"""Kills the server with SIGKILL at random times during uploads, writes of alt text and Tweets, restarts
it, and checks every acknowledged write, bytes included.

    crash.py [--kills 200] [--seed N]

Prints the number of kills, of acknowledged writes checked, and of those lost; exits with 1 if
any was lost or anything incomplete is visible.
"""
import argparse
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from pathlib import Path
from struct import pack
from urllib.parse import urlsplit

from signed_client import UPLOAD, Client

ROOT = Path(__file__).resolve().parent.parent
BIRDHOUSE = os.environ.get('CLIENTS_BIN', str(ROOT / 'target/debug/birdhouse'))
WORKERS = 4


def png(rng):
    """A PNG with unique pixels."""
    width, height = rng.randint(4, 120), rng.randint(4, 120)
    rows = b''.join(b'\0' + rng.randbytes(width * 3) for _ in range(height))

    def chunk(kind, body):
        return pack('>I', len(body)) + kind + body + pack('>I', zlib.crc32(kind + body))
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0))
            + chunk(b'IDAT', zlib.compress(rows, 1)) + chunk(b'IEND', b''))


class MediaRecord:
    """A media and its acknowledged writes."""

    def __init__(self, media, data, total=None):
        self.media, self.data, self.tweet = media, data, None
        self.total = total
        self.segments = set()
        self.is_whole = total is None
        # The last acknowledged alt text, and later ones without a response.
        self.text, self.unconfirmed_texts = None, []


class Worker(threading.Thread):
    """Writes until the server is killed, and records what was acknowledged."""

    def __init__(self, port, keys, seed, records):
        super().__init__(daemon=True)
        self.client, self.rng, self.records = Client(port, keys), random.Random(seed), records
        self.acknowledged, self.problem = 0, None

    def run(self):
        try:
            while True:
                self.step()
        except (OSError, http.client.HTTPException):
            return
        except AssertionError as problem:
            self.problem = str(problem)

    def step(self):
        choice = self.rng.random()
        unfinished = [p for p in self.records if not p.is_whole]
        whole = [p for p in self.records if p.is_whole]
        if unfinished and choice < 0.45:
            self.continue_upload(self.rng.choice(unfinished))
        elif whole and choice < 0.7:
            self.describe(self.rng.choice(whole))
        elif whole and choice < 0.8:
            self.tweet(self.rng.choice(whole))
        elif choice < 0.9:
            data = png(self.rng)
            media = self.client.json('POST', UPLOAD, parts={'media': data})['media_id_string']
            self.add_record(MediaRecord(media, data))
        else:
            data = png(self.rng)
            initialized = self.client.json('POST', UPLOAD, form={
                'command': 'INIT', 'total_bytes': len(data), 'media_type': 'image/png'})
            self.add_record(MediaRecord(initialized['media_id_string'], data, total=3))

    def add_record(self, record):
        self.records.append(record)
        self.acknowledged += 1

    def continue_upload(self, record):
        third = -(-len(record.data) // 3)
        missing = [n for n in range(3) if n not in record.segments]
        if missing:
            n = self.rng.choice(missing)
            piece = record.data[n * third:(n + 1) * third]
            self.client.json('POST', UPLOAD, parts={
                'command': 'APPEND', 'media_id': record.media, 'segment_index': n, 'media': piece})
            record.segments.add(n)
        else:
            self.client.json('POST', UPLOAD, form={'command': 'FINALIZE', 'media_id': record.media})
            record.is_whole = True
        self.acknowledged += 1

    def describe(self, record):
        text = f'image {self.rng.getrandbits(64):x} \U0001f426'
        record.unconfirmed_texts.append(text)
        body = json.dumps({'media_id': record.media, 'alt_text': {'text': text}})
        self.client.json('POST', '/1.1/media/metadata/create.json', body=body)
        record.text, record.unconfirmed_texts = text, []
        self.acknowledged += 1

    def tweet(self, record):
        posted = self.client.json('POST', '/1.1/statuses/update.json', form={
            'status': f'{self.rng.getrandbits(64):x}', 'media_ids': record.media})
        record.tweet = posted['id_str']
        self.acknowledged += 1


def find_loss(client, record):
    """Describes what is lost, or returns None; completes and Tweets the media to read its bytes."""
    if not record.is_whole:
        third = -(-len(record.data) // 3)
        for n in range(3):
            if n not in record.segments:
                client.json('POST', UPLOAD, parts={
                    'command': 'APPEND', 'media_id': record.media, 'segment_index': n,
                    'media': record.data[n * third:(n + 1) * third]})
        client.json('POST', UPLOAD, form={'command': 'FINALIZE', 'media_id': record.media})
        record.is_whole = True
    if record.tweet is None:
        record.tweet = client.json('POST', '/1.1/statuses/update.json', form={
            'status': os.urandom(8).hex(), 'media_ids': record.media})['id_str']
    path = f'/1.1/statuses/show.json?id={record.tweet}&include_ext_alt_text=true'
    item = client.json('GET', path)['extended_entities']['media'][0]
    alt_text = item['ext_alt_text']
    if alt_text != record.text and alt_text not in record.unconfirmed_texts:
        return f'{record.media}: described as {record.text!r}, reads {alt_text!r}'
    status, body = client.send('GET', urlsplit(item['media_url']).path)
    if status != 200 or body != record.data:
        return f'{record.media}: {len(record.data)} bytes uploaded, {status} and {len(body)} bytes served'
    return None


def start(data_dir, log):
    server = subprocess.Popen(
        [BIRDHOUSE, 'serve', '--listen', '127.0.0.1:0', '--data-dir', data_dir, '--log', 'info',
         '--rate-limits', 'false'], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    for line in server.stderr:
        if 'listening on 127.0.0.1:' in line:
            port = int(line.split('listening on 127.0.0.1:')[1].split()[0].split('\x1b')[0])
            threading.Thread(target=lambda: [log.append(line) for line in server.stderr if 'ERROR' in line],
                             daemon=True).start()
            return server, port
    sys.exit('the server did not start')


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument('--kills', type=int, default=200)
    arguments.add_argument('--seed', type=int, default=random.randrange(1 << 32))
    options = arguments.parse_args()
    print(f'crash test: {options.kills} kills, seed {options.seed}', flush=True)
    rng, log = random.Random(options.seed), []
    checked, lost, acknowledged = [], [], 0
    with tempfile.TemporaryDirectory() as directory:
        data_dir = Path(directory) / 'data'
        server, port = start(data_dir, log)
        keys = json.loads(subprocess.check_output(
            [BIRDHOUSE, 'credentials', '--json', '--data-dir', data_dir]))
        lists = [[] for _ in range(WORKERS)]
        for number in range(options.kills):
            workers = [Worker(port, keys, rng.random(), records) for records in lists]
            for worker in workers:
                worker.start()
            time.sleep(rng.uniform(0.01, 0.2))
            server.send_signal(signal.SIGKILL)
            server.wait()
            for worker in workers:
                worker.join()
                acknowledged += worker.acknowledged
                if worker.problem:
                    lost.append(worker.problem)
            server, port = start(data_dir, log)
            client = Client(port, keys)
            # Some uploads continue across kills; the others are checked now, and again at the end.
            for records in lists:
                rng.shuffle(records)
                while len(records) > 3:
                    record = records.pop()
                    problem = find_loss(client, record)
                    lost += [problem] if problem else []
                    checked.append(record)
            if (number + 1) % 50 == 0:
                print(f'  {number + 1} kills, {acknowledged} acknowledged, {len(lost)} lost', flush=True)
        client = Client(port, keys)
        checked += [record for records in lists for record in records]
        problems = [find_loss(client, record) for record in checked]
        lost += [problem for problem in problems if problem]
        server.terminate()
        server.wait()
    for problem in (lost + log)[:20]:
        print('LOST', problem.strip())
    print(f'kill -9: {options.kills} kills, {acknowledged} acknowledged writes checked, lost: {len(lost)}')
    return 1 if lost or log or not acknowledged else 0


if __name__ == '__main__':
    sys.exit(main())
