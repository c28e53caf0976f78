#!/usr/bin/env python3
"""Kills the server with SIGKILL while it derives sizes of images and renditions of videos, restarts it,
and waits until all jobs are done: nothing incomplete may be served.

    crash_media.py [--kills 15] [--seed N]
"""
import argparse
import io
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image

from crash import BIRDHOUSE, start
from signed_client import UPLOAD, Client

SEGMENT = 1 << 20


def encode(directory, name, arguments):
    path = directory / name
    subprocess.run(['ffmpeg', '-v', 'error', '-f', 'lavfi', *arguments.split(), path], check=True)
    return path.read_bytes()


def noise_jpeg(rng):
    image = Image.effect_noise((1500, 1000), rng.uniform(20, 90)).convert('RGB')
    out = io.BytesIO()
    image.save(out, 'JPEG', quality=80)
    return out.getvalue()


def upload_chunked(client, data, kind, category):
    media = client.json('POST', UPLOAD, form={
        'command': 'INIT', 'total_bytes': len(data), 'media_type': kind,
        'media_category': category})['media_id_string']
    for index, at in enumerate(range(0, len(data), SEGMENT)):
        status, body = client.send('POST', UPLOAD, parts={
            'command': 'APPEND', 'media_id': media, 'segment_index': index,
            'media': data[at:at + SEGMENT]})
        assert status == 204, body
    client.json('POST', UPLOAD, form={'command': 'FINALIZE', 'media_id': media})
    return media


def wait_until_processed(client, media, deadline):
    while True:
        info = client.json('GET', f'{UPLOAD}?command=STATUS&media_id={media}')['processing_info']
        if info['state'] == 'succeeded':
            return
        assert info['state'] != 'failed', info
        assert time.time() < deadline, f'{media} is still {info}'
        time.sleep(0.2)


def fetch_complete(client, url, size=None):
    """Fetches an image of this size or else a video; fails if it does not decode to its end."""
    status, body = client.send('GET', urlsplit(url)._replace(scheme='', netloc='').geturl())
    assert status == 200, f'{url}: {status}'
    if size:
        with Image.open(io.BytesIO(body)) as image:
            image.load()
            assert image.size == size, f'{url} is {image.size}, not {size}'
        return body
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        decoded = subprocess.run(['ffmpeg', '-v', 'error', '-xerror', '-i', file.name, '-f', 'null', '-'],
                                capture_output=True, text=True, check=False)
        assert decoded.returncode == 0 and not decoded.stderr, f'{url}: {decoded.stderr[:300]}'
    return body


def check_media(client, media, deadline):
    """Checks all sizes and renditions of a media, once derived; returns how many there are."""
    posted = client.json('POST', '/1.1/statuses/update.json', form={'status': media, 'media_ids': media})
    count = 0
    while True:
        item = client.json('GET', f'/1.1/statuses/show.json?id={posted["id_str"]}')['extended_entities']['media'][0]
        variants = item.get('video_info', {}).get('variants', [])
        if item['type'] != 'video' or any('m3u8' in v['url'] for v in variants):
            break
        assert time.time() < deadline, f'{media} has no playlist'
        time.sleep(0.2)
    for name, size in item['sizes'].items():
        promised = (size['w'], size['h'])
        fetch_complete(client, f'{item["media_url"]}?name={name}', promised)
        count += 1
    for variant in variants:
        if 'm3u8' not in variant['url']:
            fetch_complete(client, variant['url'])
            count += 1
    return count


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument('--kills', type=int, default=15)
    arguments.add_argument('--seed', type=int, default=random.randrange(1 << 32))
    options = arguments.parse_args()
    print(f'crash test of media: {options.kills} kills, seed {options.seed}', flush=True)
    rng, log, media, count = random.Random(options.seed), [], [], 0
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        gif = encode(directory, 'a.gif', '-i testsrc2=s=480x360:r=15 -t 3')
        video = encode(directory, 'a.mp4', '-i testsrc2=s=640x360:r=25 -t 4 -pix_fmt yuv420p')
        server, port = start(directory / 'data', log)
        keys = json.loads(subprocess.check_output(
            [BIRDHOUSE, 'credentials', '--json', '--data-dir', directory / 'data']))
        for _ in range(options.kills):
            client = Client(port, keys)
            media.append((client.json('POST', UPLOAD, parts={'media': noise_jpeg(rng)})['media_id_string'], False))
            media.append((upload_chunked(client, gif, 'image/gif', 'tweet_gif'), True))
            media.append((upload_chunked(client, video, 'video/mp4', 'tweet_video'), True))
            time.sleep(rng.uniform(0, 1.5))
            server.send_signal(signal.SIGKILL)
            server.wait()
            server, port = start(directory / 'data', log)
        client, deadline = Client(port, keys), time.time() + 600
        for one, is_async in media:
            if is_async:
                wait_until_processed(client, one, deadline)
            count += check_media(client, one, deadline)
        report = json.loads(subprocess.run(
            [BIRDHOUSE, 'doctor', '--verify', '--json', '--data-dir', directory / 'data'],
            capture_output=True, check=False).stdout)
        blobs = next(one for one in report if one['check'] == 'blobs')
        server.terminate()
        server.wait()
        # Each process has a directory with a lock there; all else is gone.
        incoming = (directory / 'data/blobs/incoming').rglob('*')
        leftovers = [path.name for path in incoming if path.is_file() and path.name != 'lock']
    print(f'kill -9: {options.kills} kills, {len(media)} media, {count} files served complete; {blobs["found"]}')
    for path in leftovers:
        print('WRONG: left behind:', path)
    sys.exit(bool(log or leftovers) or not blobs['ok'])


if __name__ == '__main__':
    main()
