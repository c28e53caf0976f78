"""The mixed workload, what was acknowledged of it, and how each is checked."""
import http.client
import json
import random
import struct
import subprocess
import sys
import tempfile
import zlib
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from signed_client import UPLOAD, Client  # noqa: E402

HOUR = 3_600_000
USERS = ('birdhouse', 'wren')


class Refused(Exception):
    """The server answered with an error."""


class Unknown(Exception):
    """The connection ended without an answer."""


def png(rng, width, height):
    """A PNG that no other is like: noise in a corner, and a gradient."""
    row = bytearray(b'\0' + bytes(n % 251 for n in range(width * 3)))
    rows = []
    for _ in range(height):
        row[1:9] = rng.randbytes(8)
        rows.append(bytes(row))

    def chunk(kind, body):
        return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0))
            + chunk(b'IDAT', zlib.compress(b''.join(rows), 1)) + chunk(b'IEND', b''))


def animation():
    """A short animated GIF."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / 'a.gif'
        subprocess.run(['ffmpeg', '-v', 'error', '-f', 'lavfi', '-i', 'testsrc=d=0.4:s=48x32:r=5', path], check=True)
        return path.read_bytes()


class Record:
    """A media and its acknowledged writes."""

    def __init__(self, user, media, data=None, large=False):
        self.user, self.media, self.data, self.large = user, media, data, large
        self.text, self.tweet, self.url = None, None, None


class Workload:
    """Sends requests, remembers what was acknowledged, and counts what should never happen."""

    def __init__(self, server, seed):
        self.server, self.rng, self.gif = server, random.Random(seed), animation()
        self.records, self.problems, self.counts = [], [], Counter()
        self.keys = {user: server.credentials(user) for user in USERS}
        self.clients, self.fault = {}, None

    def problem(self, kind, text):
        self.counts[kind] += 1
        self.problems.append(f'{kind}: {text} [{self.fault}]')
        if self.counts[kind] < 4:
            print('WRONG', self.problems[-1], *self.server.last_errors(), sep='\n    ', flush=True)

    # Requests

    def call(self, user, *arguments, **more):
        client = self.clients.get(user)
        if client is None:
            client = self.clients[user] = Client(self.server.port, self.keys[user], self.server.now)
        try:
            status, body = client.send(*arguments, **more)
        except (OSError, http.client.HTTPException) as error:
            self.clients.pop(user)
            self.counts['without an answer'] += 1
            raise Unknown(str(error)) from error
        if status < 300:
            return body
        self.counts['refused'] += 1
        if status < 500:
            self.problem('untruthful', f'{arguments[:2]} {more.get("form")}: {status} {body[:200]}')
        raise Refused(f'{status} {body[:100]}')

    def recover(self, kill=False, grace=0):
        """Goes on without a fault; if the server ended, with a new one."""
        self.server.disarm()
        if kill or not self.server.is_running(grace):
            self.clients.clear()
            self.counts['restarts'] += 1
            self.server.restart()

    def write(self, what, send, is_applied):
        """Sends a write until it is acknowledged, and checks each refusal; `None` if its answer was
        lost, but not the write."""
        for _ in range(5):
            try:
                answer = send()
                self.counts['acknowledged'] += 1
                return json.loads(answer) if answer else {}
            except Refused as refused:
                self.recover(kill=self.rng.random() < 0.5)
                if is_applied():
                    self.problem('refused but applied', f'{what}: {refused}')
            except Unknown:
                self.recover(grace=0.2)
                if is_applied():
                    return None
        self.problem('never again', what)
        return None

    # Steps of the workload; each returns the media that it worked on.

    def upload(self, width=24, height=16):
        user = self.rng.choice(USERS)
        data = png(self.rng, width, height)
        count = f"SELECT count(*) FROM media WHERE state = 'succeeded' AND total_bytes = {len(data)}"
        before = self.server.number(count)
        answer = self.write('upload', lambda: self.call(user, 'POST', UPLOAD, parts={'media': data}),
                            lambda: self.server.number(count) > before)
        return self.add(user, answer, data, large=width > 100)

    def upload_large(self):
        return self.upload(900, 700)

    def add(self, user, answer, data, large=False):
        if answer is None:
            return None
        record = Record(user, answer['media_id_string'], data, large)
        self.records.append(record)
        return record

    def chunked(self, data=None, kind='image/png', category='tweet_image'):
        user, own = self.rng.choice(USERS), data or png(self.rng, 40, 30)
        count = "SELECT count(*) FROM media WHERE state = 'receiving'"
        before = self.server.number(count)
        form = {'command': 'INIT', 'total_bytes': len(own), 'media_type': kind, 'media_category': category}
        answer = self.write('INIT', lambda: self.call(user, 'POST', UPLOAD, form=form),
                            lambda: self.server.number(count) > before)
        if answer is None:
            return None
        media, half = answer['media_id_string'], len(own) // 2
        for index, piece in enumerate((own[:half], own[half:])):
            parts = {'command': 'APPEND', 'media_id': media, 'segment_index': index, 'media': piece}
            there = f'SELECT count(*) FROM segments WHERE media_id = {media} AND segment_index = {index}'
            self.write('APPEND', lambda parts=parts: self.call(user, 'POST', UPLOAD, parts=parts),
                       lambda there=there: self.server.number(there) > 0)
        form = {'command': 'FINALIZE', 'media_id': media}
        receiving = f"SELECT count(*) FROM media WHERE id = {media} AND state = 'receiving'"
        self.write('FINALIZE', lambda: self.call(user, 'POST', UPLOAD, form=form),
                   lambda: self.server.number(receiving) == 0)
        return self.add(user, {'media_id_string': media}, own if data is None else None)

    def video(self):
        note = self.rng.randbytes(20)
        data = self.gif[:-1] + b'\x21\xfe' + bytes([len(note)]) + note + b'\0;'
        return self.chunked(data, 'image/gif', 'tweet_gif')

    def some(self):
        """A media of before, or a new one; not one that is attached."""
        free = [record for record in self.records[-8:] if record.tweet is None and record.data]
        return self.rng.choice(free) if free else self.upload()

    def describe(self):
        record = self.some()
        if record is None:
            return None
        text = f'image {self.rng.getrandbits(64):x} \U0001f426'
        body = json.dumps({'media_id': record.media, 'alt_text': {'text': text}})
        there = f"SELECT count(*) FROM media WHERE id = {record.media} AND alt_text = '{text}'"
        self.write('describe', lambda: self.call(record.user, 'POST', '/1.1/media/metadata/create.json', body=body),
                   lambda: self.server.number(there) > 0)
        record.text = text
        return record

    def tweet(self, record=None):
        record = record or self.some()
        if record is None or record.tweet:
            return record
        text = f'{self.rng.getrandbits(64):x}'
        there = f"SELECT id FROM tweets WHERE text LIKE '{text}%'"
        form = {'status': text, 'media_ids': record.media}
        answer = self.write('Tweet', lambda: self.call(record.user, 'POST', '/1.1/statuses/update.json', form=form),
                            lambda: self.server.sql(there))
        found = [answer['id_str']] if answer else [tweet for tweet, in self.server.sql(there)]
        record.tweet = found[0] if found else None
        return record

    def delete(self):
        record = self.tweet(self.upload())
        if record is None:
            return None
        if record.tweet is None:
            return None
        gone = f'SELECT count(*) FROM tweets WHERE id = {record.tweet}'
        path = f'/1.1/statuses/destroy/{record.tweet}.json'
        self.write('delete', lambda: self.call(record.user, 'POST', path), lambda: self.server.number(gone) == 0)
        self.records.remove(record)
        return record

    def read(self):
        """Bytes are right, or the answer says that they are not there."""
        attached = [record for record in self.records[-20:] if record.url]
        record = self.rng.choice(attached) if attached else self.tweet(self.upload())
        if record is None or record.tweet is None:
            return None
        try:
            self.find_url(record)
            body = self.call(record.user, 'GET', record.url)
            if record.data and body != record.data:
                self.problem('crossed', f'{record.media}: {len(record.data)} bytes uploaded, {len(body)} read')
        except (Refused, Unknown):
            self.recover(grace=0.2)
        return record

    def expire(self):
        """A day passes for a media that nothing shows, and a while for its bytes."""
        record = self.upload()
        # Other media may be of a time when the clock was further ahead.
        self.server.control.move(self.server.control.peak - self.server.control.wall)
        self.pass_time(25 * HOUR)
        # Garbage is deleted a while after it was first seen.
        steps = ('SELECT count(*) FROM media WHERE expires_at IS NOT NULL',
                 'SELECT count(*) FROM blob_garbage WHERE seen_at = 0', 'SELECT count(*) FROM blob_garbage')
        for rows in steps:
            # A clock that went ahead is believed after an hour.
            if not self.server.wait(lambda rows=rows: self.server.number(rows) == 0, 20, passing=10_000):
                self.recover()
                self.server.wait(lambda rows=rows: self.server.number(rows) == 0, 20, passing=10_000)
            self.pass_time(HOUR)
        self.records = [record for record in self.records if record.tweet]
        return record

    def pass_time(self, milliseconds):
        """Connections time out meanwhile."""
        self.server.control.move(milliseconds, milliseconds)
        self.clients.clear()

    def clock(self):
        """The wall clock is stepped, also over a restart; timers go on."""
        self.server.control.move(self.rng.choice((-17_000, 17_000, -17 * HOUR, 17 * HOUR)))
        # What nothing shows may expire now.
        self.records = [record for record in self.records if record.tweet]
        if self.rng.random() < 0.5:
            self.restart()
        return self.tweet(self.upload())

    def restart(self):
        """A start, which may fail, but not for good."""
        if self.server.is_running():
            self.server.stop()
        self.clients.clear()
        try:
            self.server.start()
        except Exception:  # what it said is of no use here: the next start must succeed
            self.server.restart()

    # Checks

    def idle(self):
        """Waits until no job is left, whatever failed before."""
        def is_idle():
            return self.server.number('SELECT count(*) FROM jobs WHERE failed_at IS NULL') == 0
        if is_idle():
            return
        # Connections time out meanwhile.
        self.clients.clear()
        for _ in range(3):
            if self.server.wait(is_idle, passing=500):
                return
            if not self.server.is_running():
                self.recover()
        self.problem('left behind', f'jobs: {self.server.sql("SELECT * FROM jobs")}')

    def find_url(self, record):
        if record.url is None:
            path = f'/1.1/statuses/show.json?id={record.tweet}&include_ext_alt_text=true'
            item = json.loads(self.call(record.user, 'GET', path))['extended_entities']['media'][0]
            if record.text != item['ext_alt_text']:
                self.problem('lost', f'{record.media}: described as {record.text!r}, reads {item["ext_alt_text"]!r}')
            if item['id_str'] != record.media:
                self.problem('crossed', f'Tweet {record.tweet} shows {item["id_str"]}, not {record.media}')
            record.url = urlsplit(item['media_url']).path

    def check(self, record):
        """All that was acknowledged of a media is there."""
        try:
            self.tweet(record)
            if record.tweet is None:
                raise Refused('it cannot be Tweeted')
            record.url = None
            self.find_url(record)
            body = self.call(record.user, 'GET', record.url)
            if record.data and body != record.data:
                self.problem('lost', f'{record.media}: {len(record.data)} bytes uploaded, {len(body)} served')
            if record.large:
                small = self.call(record.user, 'GET', f'{record.url}?name=small')
                if not small or small == record.data:
                    self.problem('lost', f'{record.media}: its small size is not there')
        except (Refused, Unknown) as error:
            self.problem('lost', f'{record.media} of {record.user}: {error}')

    def settle(self):
        """After faults: everything acknowledged is there, and nothing else stays."""
        self.recover()
        self.idle()
        self.check_blame()
        self.clients.clear()
        for record in [record for record in self.records if not record.url]:
            self.check(record)
        self.idle()
        self.expire()
        self.idle()

        def is_tidy():
            rows, files, incoming = self.blobs()
            return files == rows and not incoming
        # Reclaiming runs every six hours. What runs meanwhile takes such a step for a timeout.
        if not any(self.server.wait(is_tidy, 3) or self.pass_time(7 * HOUR) for _ in range(5)):
            rows, files, incoming = self.blobs()
            if rows - files:
                self.problem('lost', f'blobs without a file: {sorted(rows - files)[:5]}')
            if files - rows or incoming:
                self.problem('left behind', f'{sorted(files - rows)[:5]} {sorted(incoming)[:5]}')
        unattached = self.server.number('SELECT count(*) FROM media WHERE expires_at IS NOT NULL')
        if unattached:
            self.problem('left behind', f'{unattached} media')

    def check_blame(self):
        """All files are valid, and no fault lasts for hours: none is found invalid, no job given up."""
        for line in self.server.blamed():
            self.problem('untruthful', line)
        if self.server.number('SELECT count(*) FROM jobs WHERE failed_at IS NOT NULL'):
            # What follows is to start from a sound state.
            self.server.command('job', 'retry', '--all-failed')
            self.idle()

    def blobs(self):
        """Names in the catalog, in the store, and of what is being received."""
        return {name for name, in self.server.sql('SELECT name FROM blobs')}, *self.server.files()

    def check_all(self):
        for record in self.records:
            self.check(record)
        code, out = self.server.command('doctor', '--verify')
        # The disk is a small one, and PostgreSQL need not survive a power cut here.
        failed = [line for line in out.splitlines() if line.startswith('FAIL')
                  and 'disk space' not in line and 'fsync' not in line]
        if failed or 'blobs' not in out:
            self.problem('lost', f'doctor ended with {code}: {failed or out}')


STEPS = {
    'upload': Workload.upload, 'chunked upload': Workload.chunked, 'describe': Workload.describe,
    'Tweet': Workload.tweet, 'delete': Workload.delete, 'read': Workload.read,
    'sizes': Workload.upload_large, 'transcode': Workload.video, 'expire': Workload.expire,
    'restart': Workload.restart, 'clock': Workload.clock,
}
