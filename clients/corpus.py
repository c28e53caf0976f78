#!/usr/bin/env python3
"""Uploads odd and hostile images of other projects, intact, truncated and damaged, and decompression
bombs; checks what is served of each, and prints a table: set, files, served, refused, wrong.

    corpus.py [--list] [--only TEXT]

Served: every size of the Tweet has its promised dimensions, and resembles what another decoder (Pillow)
reads. Refused: a documented error, where the other decoder fails too or a limit is exceeded. Nothing
served may have a private tag (exiftool). The server's memory is bounded; workers have their own limit.
"""
import argparse
import io
import json
import os
import random
import subprocess
import sys
import tempfile
import warnings
import zlib
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from pathlib import Path
from struct import pack
from urllib.parse import urlsplit

import numpy
import pyvips
from PIL import Image, ImageCms, ImageOps

from crash import start
from signed_client import UPLOAD, Client

ROOT = Path(__file__).resolve().parent.parent
BIRDHOUSE = os.environ.get('CLIENTS_BIN', str(ROOT / 'target/debug/birdhouse'))
FILES = ROOT / '.setup/corpus/files'
SERVER_MEMORY_MIB = 256
# Groups of exiftool about the file and its pixels, not its owner. The original keeps its orientation
# (IFD0) and its color profile.
HARMLESS = ('SourceFile', 'ExifTool', 'System', 'File', 'JFIF', 'PNG', 'Composite', 'GIF', 'RIFF', 'ICC')
# Refused, though another decoder opens them.
EXPECTED_REFUSALS = {
    'hopper_bad_exif.jpg': 'its entropy-coded data is damaged',
    'badcrc.png': 'the checksum of its header is wrong',
    'huge_IDAT.png': 'a chunk is longer than the file',
    'testimgari.jpg': 'arithmetic coding, which no browser decodes',
    'test_extents_transparency.gif': 'bytes that are not a block of a GIF',
}
Image.MAX_IMAGE_PIXELS = 1 << 28
warnings.simplefilter('ignore')


def reference(data):
    """The first frame as another decoder reads it: upright, in sRGB, on white."""
    with Image.open(io.BytesIO(data)) as image:
        if image.format not in ('JPEG', 'MPO', 'PNG', 'GIF', 'WEBP'):
            raise ValueError(image.format)
        image.load()
        profile = image.info.get('icc_profile')
        image = ImageOps.exif_transpose(image)
        if profile and image.mode in ('RGB', 'RGBA') and b'sRGB' not in profile:
            try:
                image = ImageCms.profileToProfile(
                    image, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile('sRGB'),
                    renderingIntent=0)
            except ImageCms.PyCMSError:
                pass
        return on_white(image)


def on_white(image):
    if image.mode.startswith('I'):
        # 16 bits of gray, which Pillow's conversion would clip.
        image = Image.fromarray((numpy.asarray(image).astype(numpy.uint32) >> 8).astype(numpy.uint8))
    image = image.convert('RGBA')
    ground = Image.new('RGBA', image.size, 'white')
    ground.alpha_composite(image)
    return ground.convert('RGB')


def downscale(image, size):
    """Resizes an image by libvips."""
    source = pyvips.Image.new_from_array(numpy.asarray(image))
    return Image.fromarray(source.thumbnail_image(size[0], height=size[1], size='force').numpy())


def compare(a, b):
    """Mean structural similarity of 8x8 blocks of brightness, and the mean difference."""
    a, b = (numpy.asarray(x.convert('L'), dtype=float) for x in (a, b))
    difference = float(numpy.abs(a - b).mean())
    h, w = (side // 8 * 8 for side in a.shape)
    if not h or not w:
        return 1.0, difference

    def blocks(x):
        return x[:h, :w].reshape(h // 8, 8, w // 8, 8).swapaxes(1, 2).reshape(-1, 64)
    x, y = blocks(a), blocks(b)
    mx, my = x.mean(1), y.mean(1)
    vx, vy = x.var(1), y.var(1)
    cov = ((x - mx[:, None]) * (y - my[:, None])).mean(1)
    ssim = ((2 * mx * my + 6.5) * (2 * cov + 58.5)) / ((mx**2 + my**2 + 6.5) * (vx + vy + 58.5))
    return float(ssim.mean()), difference


class Outcome(StrEnum):
    SERVED = 'served'
    REFUSED = 'refused'
    WRONG = 'wrong'


class Checker:
    def __init__(self, port, keys, served):
        self.port, self.keys, self.served = port, keys, served

    def check(self, name, data, must_match=True):
        """Returns an `Outcome` and the reason."""
        client = Client(self.port, self.keys)
        try:
            return self.upload_and_inspect(client, name, data, must_match)
        except Exception as problem:
            return Outcome.WRONG, f'{type(problem).__name__}: {problem}'
        finally:
            client.connection.close()

    def upload_and_inspect(self, client, name, data, must_match):
        status, body = client.send('POST', UPLOAD, parts={'media': data})
        try:
            expected = reference(data)
        except Exception as problem:
            expected, fault = None, f'{type(problem).__name__}: {problem}'
        if status == 400 and json.loads(body).get('error'):
            reason = json.loads(body)['error']
            is_limit = 'at most' in reason or 'exceeds' in reason
            if expected is None or not must_match or is_limit or Path(name).name in EXPECTED_REFUSALS:
                return Outcome.REFUSED, reason
            return Outcome.WRONG, f'refused, though another decoder opens it: {reason}'
        assert status == 200, f'{status} {body[:200]}'
        media = json.loads(body)
        status, body = client.send('POST', '/1.1/statuses/update.json', form={
            'status': media['media_id_string'], 'media_ids': media['media_id_string']})
        if status == 400 and b'324' in body:
            return Outcome.REFUSED, json.loads(body)['errors'][0]['message']
        assert status == 200, f'Tweet: {status} {body[:200]}'
        item = json.loads(body)['extended_entities']['media'][0]
        path = urlsplit(item['media_url']).path
        for size, promised in item['sizes'].items():
            status, body = client.send('GET', f'{path}?name={size}')
            if status == 404 and (expected is None or not must_match):
                return Outcome.REFUSED, 'its pixels cannot be decoded'
            assert status == 200, f'{size}: {status} {"" if expected is None else "though another decoder opens it"}'
            with Image.open(io.BytesIO(body)) as served:
                served.load()
                assert served.size == (promised['w'], promised['h']), f'{size} is {served.size}, not {promised}'
            (self.served / f'{media["media_id_string"]}-{size}').write_bytes(body)
        status, body = client.send('GET', f'{path}?name=orig')
        (self.served / f'{media["media_id_string"]}-orig').write_bytes(body)
        if expected is None or not must_match:
            return Outcome.SERVED, ''
        status, body = client.send('GET', f'{path}?format=png&name=small')
        assert status == 200, f'small as PNG: {status}'
        served = on_white(Image.open(io.BytesIO(body)))
        ssim, difference = compare(served, downscale(expected, served.size))
        assert difference < 6 and (ssim > 0.9 or difference < 1.5), f'looks different: SSIM {ssim:.3f}, mean difference {difference:.1f}'
        return Outcome.SERVED, ''


def chunk(kind, body):
    return pack('>I', len(body)) + kind + body + pack('>I', zlib.crc32(kind + body))


def png(width, height, depth, color, pixels, more=b''):
    head = chunk(b'IHDR', pack('>IIBBBBB', width, height, depth, color, 0, 0, 0))
    return b'\x89PNG\r\n\x1a\n' + head + more + chunk(b'IDAT', pixels) + chunk(b'IEND', b'')


def zeros(count):
    packer, out = zlib.compressobj(9), []
    for _ in range(count // (1 << 20)):
        out.append(packer.compress(bytes(1 << 20)))
    return b''.join(out) + packer.compress(bytes(count % (1 << 20))) + packer.flush()


def progressive_bomb():
    """A JPEG of 8000x8000 pixels with two thousand almost empty scans."""
    small = io.BytesIO()
    Image.new('L', (8, 8)).save(small, 'JPEG', progressive=True)
    data = small.getvalue()
    frame = data.index(b'\xff\xc2')
    data = data[:frame + 5] + pack('>HH', 8000, 8000) + data[frame + 9:]
    scan = data.index(b'\xff\xda')
    one = data[scan:data.index(b'\xff', scan + 2)] if b'\xff' in data[scan + 2:-2] else data[scan:-2]
    return data[:scan] + one * 2000 + b'\xff\xd9'


def bombs():
    """Decompression bombs and polyglots: pairs of name and bytes."""
    frame = b'\x2c\0\0\0\0\x00\x05\x38\x04\x00\x02\x02\x44\x01\x00'
    image = io.BytesIO()
    Image.new('RGB', (64, 48), 'teal').save(image, 'JPEG')
    jpeg = image.getvalue()
    gif = io.BytesIO()
    Image.new('P', (32, 32)).save(gif, 'GIF', comment=b'*/=1;alert(1)/*')
    yield 'png-50000-bits.png', png(50000, 50000, 1, 0, zeros(50000 * 6251))
    yield 'png-30000-rgb.png', png(30000, 30000, 8, 2, zeros(1 << 28))
    yield 'png-text.png', png(1, 1, 8, 2, zlib.compress(bytes(4)), chunk(b'zTXt', b'a\0\0' + zeros(200 << 20)))
    yield 'png-profile.png', png(1, 1, 8, 2, zlib.compress(bytes(4)), chunk(b'iCCP', b'a\0\0' + zeros(200 << 20)))
    yield 'png-short.png', png(8000, 8000, 8, 6, zeros(1000))
    yield 'gif-65535.gif', b'GIF89a\xff\xff\xff\xff\0\0\0\x2c\0\0\0\0\xff\xff\xff\xff\0\x02\x02\x44\x01\0;'
    yield 'gif-frames.gif', b'GIF89a\x00\x05\x38\x04\x80\0\0\0\0\0\xff\xff\xff' + frame * 100_000 + b';'
    yield 'jpeg-65500.jpg', jpeg[:jpeg.index(b'\xff\xc0') + 5] + pack('>HH', 65500, 65500) + jpeg[jpeg.index(b'\xff\xc0') + 9:]
    yield 'jpeg-scans.jpg', progressive_bomb()
    yield 'webp-16383.webp', b'RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\xfe\xff\xff\x0f\0\0\0\0\0\0\0\0\0'
    yield 'gif-and-script.gif', gif.getvalue() + b'*/=1;alert(1)//'
    yield 'jpeg-and-zip.jpg', jpeg + b'PK\x03\x04' + bytes(200)
    yield 'svg-as-png.png', b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
    yield 'html-as-jpg.jpg', b'\xff\xd8\xff<script>alert(1)</script>' + bytes(100)


def private_tags(directory):
    """Files with private tags, and those tags."""
    output = subprocess.run(['exiftool', '-json', '-G1', '-a', '-u', '-r', '-q', directory],
                          capture_output=True, check=False).stdout
    for one in json.loads(output or b'[]'):
        is_original = one['SourceFile'].endswith('-orig')
        tags = [tag for tag in one if not tag.startswith(HARMLESS)
                and not (is_original and tag.startswith(('IFD0:Orientation', 'IFD0:', 'WebP:', 'ANIM')))]
        if tags:
            yield one['SourceFile'], tags


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument('--list', action='store_true', help='print every outcome')
    arguments.add_argument('--only', default='', help='files whose path contains this text')
    options = arguments.parse_args()
    rng = random.Random(2026)
    cases = []
    for path in sorted(p for p in FILES.rglob('*') if p.is_file() and options.only in str(p)):
        data, group = path.read_bytes(), path.relative_to(FILES).parts[0]
        if not data or len(data) > 5 << 20:
            continue
        name = str(path.relative_to(FILES))
        cases.append((group, name, data, True))
        end = rng.randrange(1, len(data))
        cases.append((group + ', truncated', f'{name} truncated at {end}', data[:end], False))
        damaged = bytearray(data)
        for _ in range(4):
            damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
        cases.append((group + ', damaged', f'{name} damaged', bytes(damaged), False))
    cases += [('bombs and polyglots', name, data, False) for name, data in bombs() if options.only in name]
    table, log, leaks = defaultdict(Counter), [], []
    with tempfile.TemporaryDirectory() as directory:
        served = Path(directory) / 'served'
        served.mkdir()
        server, port = start(Path(directory) / 'data', log)
        keys = json.loads(subprocess.check_output(
            [BIRDHOUSE, 'credentials', '--json', '--data-dir', Path(directory) / 'data']))
        checker = Checker(port, keys, served)
        with ThreadPoolExecutor(4) as pool:
            outcomes = pool.map(lambda case: checker.check(*case[1:]), cases)
            for (group, name, data, _), (outcome, reason) in zip(cases, outcomes):
                table[group][outcome] += 1
                if outcome is Outcome.WRONG or options.list:
                    print(f'  {outcome}: {name} ({len(data)} bytes): {reason}', flush=True)
        for path, tags in private_tags(served):
            leaks.append(path)
            print(f'  private: {Path(path).name}: {", ".join(tags[:6])}')
        status = Path(f'/proc/{server.pid}/status').read_text()
        peak = int(status.split('VmHWM:')[1].split()[0]) // 1024
        server.terminate()
        server.wait()
    print(f'{"set":<28}{"files":>7}{"served":>8}{"refused":>9}{"wrong":>7}')
    for group, count in table.items():
        print(f'{group:<28}{count.total():>7}{count["served"]:>8}{count["refused"]:>9}{count["wrong"]:>7}')
    total = sum(table.values(), Counter())
    print(f'{"all":<28}{total.total():>7}{total["served"]:>8}{total["refused"]:>9}{total["wrong"]:>7}')
    print(f'files served with private tags: {len(leaks)}; errors logged: {len(log)}; server peak {peak} MiB')
    for line in log[:10]:
        print('  ' + line.strip())
    sys.exit(bool(total['wrong'] or leaks or log or peak > SERVER_MEMORY_MIB))


if __name__ == '__main__':
    main()
