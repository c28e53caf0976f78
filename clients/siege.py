#!/usr/bin/env python3
"""Attacks the server in every way that costs an attacker little, one after the other and then all
together, beside a well-behaved user who uploads, describes and reads: what the user feels, and what
memory the server takes. The user and each attacker have a loopback address of their own.

    siege.py [--seconds 8] [--attack NAME ...] [--connections 200] [--seed N]

Exits with 1 if with all attacks at once the server takes more than 256 MiB over what it takes idle, or
if the user is refused more than 1 % of the requests, or waits at the 99th percentile more than 250 ms
and more than ten times as long as in peace.
"""
import argparse
import glob
import http.client
import json
import multiprocessing
import os
import random
import resource
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from pathlib import Path

from crash import BIRDHOUSE, png, start
from signed_client import UPLOAD, Client

MIB = 1 << 20
MEMORY_MAX = 256 * MIB
REFUSED_MAX = 0.01
LATENCY_MAX, TIMES_CALM = 0.25, 10
# 127.0.0.1 is a trusted proxy by default, which may take all that it asks for.
USER = '127.0.0.3'
# Of Linux; the module has no name for it.
IP_BIND_ADDRESS_NO_PORT = 24


class Target:
    """What an attacker knows and has."""

    def __init__(self, port, keys, address, options):
        self.port, self.keys, self.address, self.connections = port, keys, address, options.connections
        self.rng = random.Random(options.seed)

    def connect(self, receive_buffer=None):
        connection = socket.socket()
        # The port is chosen by connect: there are enough for thousands of connections.
        connection.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        connection.bind((self.address, 0))
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.settimeout(10)
        connection.connect(('127.0.0.1', self.port))
        return connection

    def client(self):
        return Client(self.port, self.keys, address=self.address)

    def http(self):
        return http.client.HTTPConnection('127.0.0.1', self.port, timeout=20, source_address=(self.address, 0))


def drip(target, first, piece, pause, connections=None):
    """Holds many connections open, and sends a little on each now and then."""
    held = []
    while True:
        while len(held) < (connections or target.connections):
            try:
                connection = target.connect()
                connection.sendall(first())
                held.append(connection)
            except OSError:
                break
        for connection in list(held):
            try:
                connection.sendall(piece)
            except OSError:
                held.remove(connection)
                connection.close()
        time.sleep(pause)


def slow_heads(target):
    drip(target, lambda: b'POST /1.1/media/upload.json HTTP/1.1\r\nHost: x\r\n', b'X-A: b\r\n', 1)


def all_connections(target):
    """More than there are, if the server lets it."""
    drip(target, lambda: b'GET / HTTP/1.1\r\nX-A: ', b'b', 4, connections=4500)


def all_requests(target):
    """Uploads of a known user, more than may run at once, that send just enough to be waited for."""
    def head():
        authorization = target.client().authorization('POST', UPLOAD)
        return (f'POST {UPLOAD} HTTP/1.1\r\nHost: 127.0.0.1:{target.port}\r\nContent-Length: 5000000\r\n'
                f'Authorization: {authorization}\r\nContent-Type: multipart/form-data; boundary=x\r\n\r\n'
                '--x\r\nContent-Disposition: form-data; name="media"\r\n\r\n').encode()
    drip(target, head, b'a' * 600, 1, connections=700)


def slow_bodies(target):
    head = (b'POST /1.1/media/upload.json HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n'
            b'Content-Type: application/x-www-form-urlencoded\r\n\r\n')
    drip(target, lambda: head + b'media_data=', b'a' * 64, 1)


def slow_readers(target):
    """Each asks for a large image again and again, and reads a little of it."""
    held = []
    path = target.keys['image'].encode()
    while True:
        while len(held) < target.connections:
            try:
                connection = target.connect(receive_buffer=4096)
                connection.sendall((b'GET ' + path + b' HTTP/1.1\r\nHost: x\r\n\r\n') * 20)
                held.append(connection)
            except OSError:
                break
        for connection in list(held):
            try:
                if not connection.recv(2048):
                    raise OSError
            except OSError:
                held.remove(connection)
        time.sleep(0.5)


def repeat(connect, workers, step):
    """Takes a step on several threads, each with a connection of its own, as fast as it is answered."""
    def work():
        connection = None
        while True:
            try:
                connection = connection or connect()
                step(connection)
            except (OSError, http.client.HTTPException, AssertionError, KeyError, TypeError):
                connection = None
                time.sleep(0.02)
    threads = [threading.Thread(target=work, daemon=True) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def ask(target, workers, request):
    """Repeats a request of nobody."""
    def step(connection):
        request(connection)
        connection.getresponse().read()
    repeat(target.http, workers, step)


def sign_ins(target):
    def request(connection):
        name = f'user{target.rng.getrandbits(32)}'
        connection.request('POST', '/oauth/authenticate', f'username={name}&password={name}&oauth_token=x',
                           {'Content-Type': 'application/x-www-form-urlencoded'})
    ask(target, 8, request)


def unsigned_forms(target):
    """Large bodies, and as many parameters as they can hold; some without any key."""
    bodies = ['media_data=' + 'A' * 4_000_000, 'a=%20&' * 3_000_000]
    header = 'OAuth ' + ', '.join(f'{key}="{value}"' for key, value in {
        'oauth_consumer_key': 'nobody', 'oauth_token': 'nobody', 'oauth_nonce': 'x', 'oauth_version': '1.0',
        'oauth_timestamp': int(time.time()), 'oauth_signature_method': 'HMAC-SHA1', 'oauth_signature': 'eA=='}.items())

    def request(connection):
        headers = {'Content-Type': 'application/x-www-form-urlencoded'}
        if target.rng.random() < 0.7:
            headers['Authorization'] = header
        connection.request('POST', UPLOAD, target.rng.choice(bodies), headers)
    ask(target, 6, request)


def distinct_queries(target):
    def request(connection):
        connection.request('GET', f"{target.keys['image']}?name=small&{'q' * 4000}={target.rng.getrandbits(64)}")
    ask(target, 4, request)


def broken_uploads(target):
    def step(client):
        data = bytearray(png(target.rng))
        data[target.rng.randrange(8, len(data))] ^= 0xff
        client.send('POST', UPLOAD, parts={'media': bytes(data)[:target.rng.randint(20, len(data))]})
    repeat(target.client, 4, step)


def solid_png(side):
    """Many pixels in few bytes."""
    def chunk(kind, body):
        return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))
    rows = zlib.compress(b''.join(b'\0' + bytes(side * 3) for _ in range(side)), 9)
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', side, side, 8, 2, 0, 0, 0))
            + chunk(b'IDAT', rows) + chunk(b'IEND', b''))


def expensive_images(target):
    data = solid_png(8000)

    def step(client):
        note = struct.pack('>I', 8) + b'tEXt' + target.rng.randbytes(8)
        changed = data[:-12] + note + struct.pack('>I', zlib.crc32(note[4:])) + data[-12:]
        client.send('POST', UPLOAD, parts={'media': changed})
    repeat(target.client, 2, step)


def expensive_videos(target):
    data = Path(target.keys['video']).read_bytes()

    def step(client):
        media = client.json('POST', UPLOAD, form={
            'command': 'INIT', 'total_bytes': len(data) + 16, 'media_type': 'video/mp4',
            'media_category': 'tweet_video'})['media_id_string']
        free = struct.pack('>I', 16) + b'free' + target.rng.randbytes(8)
        client.send('POST', UPLOAD, parts={
            'command': 'APPEND', 'media_id': media, 'segment_index': 0, 'media': data + free})
        client.send('POST', UPLOAD, form={'command': 'FINALIZE', 'media_id': media})
        time.sleep(0.5)
    repeat(target.client, 2, step)


def finalize_at_once(target):
    def step(client):
        data = target.rng.randbytes(4 * MIB)
        media = client.json('POST', UPLOAD, form={
            'command': 'INIT', 'total_bytes': 16 * MIB, 'media_type': 'video/mp4'})['media_id_string']
        for index in range(4):
            client.send('POST', UPLOAD, parts={
                'command': 'APPEND', 'media_id': media, 'segment_index': index, 'media': data})

        def finish():
            target.client().send('POST', UPLOAD, form={'command': 'FINALIZE', 'media_id': media})
        threads = [threading.Thread(target=finish) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    repeat(target.client, 1, step)


ATTACKS = {
    'all connections': all_connections, 'all requests': all_requests, 'slow heads': slow_heads,
    'slow bodies': slow_bodies, 'slow readers': slow_readers,
    'sign-ins': sign_ins, 'unsigned forms': unsigned_forms, 'distinct queries': distinct_queries,
    'broken uploads': broken_uploads, 'expensive images': expensive_images,
    'expensive videos': expensive_videos, '8 FINALIZE at once': finalize_at_once,
}


def well_behaved(port, keys, seconds, out):
    """Uploads, describes and reads on a new connection, several times a second; records the time of each
    request."""
    def connect():
        return Client(port, keys, address=USER)
    client, rng, times, refused = None, random.Random(), [], {}

    def request(*arguments, **more):
        nonlocal client
        begun = time.monotonic()
        try:
            status, body = client.send(*arguments, **more)
        except (OSError, http.client.HTTPException) as error:
            status, body, client = type(error).__name__, b'', connect()
        times.append(time.monotonic() - begun)
        if status not in (200, 201, 204):
            refused[str(status)] = refused.get(str(status), 0) + 1
        return body

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        client = connect()
        body = request('POST', UPLOAD, parts={'media': png(rng)})
        if b'media_id_string' in body:
            media = json.loads(body)['media_id_string']
            request('POST', '/1.1/media/metadata/create.json',
                    body=json.dumps({'media_id': media, 'alt_text': {'text': 'a bluebird'}}))
        request('GET', keys['image'] + '?name=small')
        time.sleep(0.05)
    out.put((times, refused))


class Memory(threading.Thread):
    """The largest resident memory of the server, and of what it started, sampled."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.server, self.tools, self.ended = pid, 0, 0, threading.Event()

    def run(self):
        while not self.ended.wait(0.05):
            self.server = max(self.server, resident(self.pid))
            self.tools = max(self.tools, sum(map(resident, children(self.pid))))


def resident(pid):
    try:
        return int(Path(f'/proc/{pid}/statm').read_text().split()[1]) * os.sysconf('SC_PAGE_SIZE')
    except (OSError, IndexError):
        return 0


def children(pid):
    """Its processes, and theirs."""
    found = []
    for path in glob.glob(f'/proc/{pid}/task/*/children'):
        try:
            for child in Path(path).read_text().split():
                found += [int(child), *children(child)]
        except OSError:
            pass
    return found


def measure(server, port, keys, attacks, options):
    """The user's waits and refusals, and the memory, under these attacks."""
    out = multiprocessing.Queue()
    attackers = [multiprocessing.Process(target=attack, daemon=True, args=(
        Target(port, keys['wren'], f'127.0.0.{10 + n}', options),)) for n, attack in enumerate(attacks)]
    for attacker in attackers:
        attacker.start()
    time.sleep(3 if attackers else 0)
    memory = Memory(server.pid)
    memory.start()
    user = multiprocessing.Process(target=well_behaved, args=(port, keys['birdhouse'], options.seconds, out))
    user.start()
    times, refused = out.get(timeout=options.seconds + 120)
    user.join()
    memory.ended.set()
    memory.join()
    for attacker in attackers:
        attacker.kill()
        attacker.join()
    times.sort()
    return {'requests': len(times), 'p50': times[len(times) // 2], 'p99': times[int(len(times) * 0.99)],
            'refused': refused, 'server': memory.server, 'tools': memory.tools}


def row(name, result, idle):
    share = sum(result['refused'].values()) / result['requests']
    why = ' '.join(f'{status}×{count}' for status, count in result['refused'].items())
    print(f'{name:20} {result["requests"]:5}  {share:7.2%} {result["p50"] * 1000:8.0f} {result["p99"] * 1000:8.0f}'
          f'  {(result["server"] - idle) / MIB:+8.0f}  {result["tools"] / MIB:8.0f}  {why}', flush=True)
    return share


def prepare(directory, port, keys):
    """An image to read, and a video that is expensive to process."""
    from crash_media import encode, noise_jpeg
    client = Client(port, keys['birdhouse'])
    media = client.json('POST', UPLOAD, parts={'media': noise_jpeg(random.Random(1))})['media_id_string']
    tweet = client.json('POST', '/1.1/statuses/update.json', form={'status': 'siege', 'media_ids': media})
    url = tweet['extended_entities']['media'][0]['media_url']
    video = directory / 'video.mp4'
    encode(directory, 'video.mp4', '-i testsrc=duration=20:size=1280x720:rate=30 -pix_fmt yuv420p -preset ultrafast')
    for user in keys.values():
        user.update(image='/' + url.split('/', 3)[3], video=str(video))


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument('--seconds', type=float, default=8, help='length of each attack')
    arguments.add_argument('--attack', action='append', choices=ATTACKS, help='only this one; may be repeated')
    arguments.add_argument('--connections', type=int, default=200, help='connections that a slow attacker holds')
    arguments.add_argument('--lenient', action='store_true', help='judge memory and refusals only: the machine is busy')
    arguments.add_argument('--seed', type=int, default=random.randrange(1 << 32))
    options = arguments.parse_args()
    print(f'siege: seed {options.seed}', flush=True)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory() as directory:
        data_dir = Path(directory) / 'data'
        server, port = start(data_dir, [])
        try:
            return siege(server, port, Path(directory), data_dir, options)
        finally:
            server.terminate()
            server.wait()


def siege(server, port, directory, data_dir, options):
    keys = {user: json.loads(subprocess.check_output(
        [BIRDHOUSE, 'credentials', '--json', '--user', user, '--data-dir', data_dir])) for user in ('birdhouse', 'wren')}
    prepare(directory, port, keys)
    chosen = options.attack or list(ATTACKS)
    print(f'{"attack":20} {"asked":>5}  {"refused":>7} {"p50 ms":>8} {"p99 ms":>8}  {"MiB":>8}  {"tools MiB":>8}')
    calm = measure(server, port, keys, [], options)
    idle = resident(server.pid)
    row('none', calm, idle)
    for name in chosen:
        row(name, measure(server, port, keys, [ATTACKS[name]], options), idle)
    together = measure(server, port, keys, [ATTACKS[name] for name in chosen], options)
    share = row('all together', together, idle)
    wrong = []
    if together['server'] - idle > MEMORY_MAX:
        wrong.append('the server takes more than 256 MiB over idle')
    if share > REFUSED_MAX:
        wrong.append('more than 1 % of the requests of the well-behaved user are refused')
    if not options.lenient and together['p99'] > max(LATENCY_MAX, TIMES_CALM * calm['p99']):
        wrong.append('the 99th percentile is above 250 ms and ten times that of peace')
    if server.poll() is not None:
        wrong.append('the server ended')
    print('siege: ' + ('; '.join(wrong) or 'within bounds'))
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
