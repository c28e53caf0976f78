#!/usr/bin/env python3
"""Uploads odd and hostile pictures that others made, whole, cut and bent, and bombs; looks at what
is served of each, and prints a table: set, files, served right, refused right, wrong.

    corpus.py [--list] [--only TEXT]

Served right: every size that the Tweet promises is there in that size, and looks like what
another reader (Pillow) makes of the file. Refused right: a documented error, where the other
reader finds fault too or a limit is exceeded. Nothing served may hold a private tag (exiftool).
The server's memory is bounded; each worker's is by its own limit.
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
from pathlib import Path
from struct import pack
from urllib.parse import urlsplit

import numpy
import pyvips
from PIL import Image, ImageCms, ImageOps

from crash import start
from signed_client import UPLOAD, Client

ROOT = Path(__file__).resolve().parent.parent
BIRDHOUSE = os.environ.get('BIRDHOUSE_BIN', str(ROOT / 'target/debug/birdhouse'))
FILES = ROOT / '.setup/corpus/files'
SERVER_MEMORY_MIB = 256
# Groups of exiftool that tell of the file and its pixels, not of its owner. The original keeps
# which way is up (IFD0) and its colour profile.
HARMLESS = ('SourceFile', 'ExifTool', 'System', 'File', 'JFIF', 'PNG', 'Composite', 'GIF', 'RIFF', 'ICC')
# Refused with reason, though another reader opens them.
RIGHTLY_REFUSED = {
    'hopper_bad_exif.jpg': 'its entropy-coded data is damaged',
    'badcrc.png': 'the checksum of its header is wrong',
    'huge_IDAT.png': 'a chunk is longer than the file',
    'testimgari.jpg': 'arithmetic coding, which no browser shows',
    'test_extents_transparency.gif': 'bytes that are no block of a GIF',
}
Image.MAX_IMAGE_PIXELS = 1 << 28
warnings.simplefilter('ignore')


def reference(data):
    """What another reader makes of a file: its first frame, upright, in sRGB, on white."""
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
        # 16 bits of grey; the reader's own conversion only cuts them off.
        image = Image.fromarray((numpy.asarray(image).astype(numpy.uint32) >> 8).astype(numpy.uint8))
    image = image.convert('RGBA')
    ground = Image.new('RGBA', image.size, 'white')
    ground.alpha_composite(image)
    return ground.convert('RGB')


def shrunk(image, size):
    """What libvips makes of a picture."""
    shrinking = pyvips.Image.new_from_array(numpy.asarray(image))
    return Image.fromarray(shrinking.thumbnail_image(size[0], height=size[1], size='force').numpy())


def likeness(a, b):
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


class Judge:
    def __init__(self, port, keys, served):
        self.port, self.keys, self.served = port, keys, served

    def judge(self, name, data, must_match=True):
        """`served`, `refused` or `wrong`, and why."""
        client = Client(self.port, self.keys)
        try:
            return self.look(client, name, data, must_match)
        except Exception as problem:
            return 'wrong', f'{type(problem).__name__}: {problem}'
        finally:
            client.connection.close()

    def look(self, client, name, data, must_match):
        status, body = client.send('POST', UPLOAD, parts={'media': data})
        try:
            expected = reference(data)
        except Exception as problem:
            expected, fault = None, f'{type(problem).__name__}: {problem}'
        if status == 400 and json.loads(body).get('error'):
            why = json.loads(body)['error']
            is_limit = 'at most' in why or 'exceeds' in why
            if expected is None or not must_match or is_limit or Path(name).name in RIGHTLY_REFUSED:
                return 'refused', why
            return 'wrong', f'refused, though another reader opens it: {why}'
        assert status == 200, f'{status} {body[:200]}'
        media = json.loads(body)
        status, body = client.send('POST', '/1.1/statuses/update.json', form={
            'status': media['media_id_string'], 'media_ids': media['media_id_string']})
        if status == 400 and b'324' in body:
            return 'refused', json.loads(body)['errors'][0]['message']
        assert status == 200, f'Tweet: {status} {body[:200]}'
        item = json.loads(body)['extended_entities']['media'][0]
        path = urlsplit(item['media_url']).path
        for size, promised in item['sizes'].items():
            status, body = client.send('GET', f'{path}?name={size}')
            if status == 404 and (expected is None or not must_match):
                return 'refused', 'its pixels cannot be decoded'
            assert status == 200, f'{size}: {status} {"" if expected is None else "though another reader opens it"}'
            with Image.open(io.BytesIO(body)) as shown:
                shown.load()
                assert shown.size == (promised['w'], promised['h']), f'{size} is {shown.size}, not {promised}'
            (self.served / f'{media["media_id_string"]}-{size}').write_bytes(body)
        status, body = client.send('GET', f'{path}?name=orig')
        (self.served / f'{media["media_id_string"]}-orig').write_bytes(body)
        if expected is None or not must_match:
            return 'served', ''
        status, body = client.send('GET', f'{path}?format=png&name=small')
        assert status == 200, f'small as PNG: {status}'
        shown = on_white(Image.open(io.BytesIO(body)))
        wanted = shrunk(expected, shown.size)
        ssim, difference = likeness(shown, wanted)
        assert difference < 6 and (ssim > 0.9 or difference < 1.5), f'looks different: SSIM {ssim:.3f}, mean difference {difference:.1f}'
        return 'served', ''


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
    """8000x8000 in two thousand scans of almost nothing."""
    small = io.BytesIO()
    Image.new('L', (8, 8)).save(small, 'JPEG', progressive=True)
    data = small.getvalue()
    frame = data.index(b'\xff\xc2')
    data = data[:frame + 5] + pack('>HH', 8000, 8000) + data[frame + 9:]
    scan = data.index(b'\xff\xda')
    one = data[scan:data.index(b'\xff', scan + 2)] if b'\xff' in data[scan + 2:-2] else data[scan:-2]
    return data[:scan] + one * 2000 + b'\xff\xd9'


def bombs():
    """Files that cost a decoder far more than they weigh, and files that are two things at once."""
    frame = b'\x2c\0\0\0\0\x00\x05\x38\x04\x00\x02\x02\x44\x01\x00'
    picture = io.BytesIO()
    Image.new('RGB', (64, 48), 'teal').save(picture, 'JPEG')
    jpeg = picture.getvalue()
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


def private_tags(folder):
    """Files that tell something about their owner, and what."""
    said = subprocess.run(['exiftool', '-json', '-G1', '-a', '-u', '-r', '-q', folder],
                          capture_output=True, check=False).stdout
    for one in json.loads(said or b'[]'):
        is_original = one['SourceFile'].endswith('-orig')
        told = [tag for tag in one if not tag.startswith(HARMLESS)
                and not (is_original and tag.startswith(('IFD0:Orientation', 'IFD0:', 'WebP:', 'ANIM')))]
        if told:
            yield one['SourceFile'], told


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument('--list', action='store_true', help='print every verdict')
    arguments.add_argument('--only', default='', help='files whose path has this text')
    wanted = arguments.parse_args()
    rng = random.Random(2026)
    cases = []
    for path in sorted(p for p in FILES.rglob('*') if p.is_file() and wanted.only in str(p)):
        data, group = path.read_bytes(), path.relative_to(FILES).parts[0]
        if not data or len(data) > 5 << 20:
            continue
        name = str(path.relative_to(FILES))
        cases.append((group, name, data, True))
        cut = rng.randrange(1, len(data))
        cases.append((group + ', cut', f'{name} cut at {cut}', data[:cut], False))
        bent = bytearray(data)
        for _ in range(4):
            bent[rng.randrange(len(bent))] ^= 1 << rng.randrange(8)
        cases.append((group + ', bent', f'{name} bent', bytes(bent), False))
    cases += [('bombs and polyglots', name, data, False) for name, data in bombs() if wanted.only in name]
    table, log, wrong = defaultdict(Counter), [], []
    with tempfile.TemporaryDirectory() as folder:
        served = Path(folder) / 'served'
        served.mkdir()
        server, port = start(Path(folder) / 'data', log)
        keys = json.loads(subprocess.check_output(
            [BIRDHOUSE, 'credentials', '--json', '--data-dir', Path(folder) / 'data']))
        judge = Judge(port, keys, served)
        with ThreadPoolExecutor(4) as pool:
            verdicts = pool.map(lambda case: judge.judge(*case[1:]), cases)
            for (group, name, data, _), (verdict, why) in zip(cases, verdicts):
                table[group][verdict] += 1
                if verdict == 'wrong' or wanted.list:
                    print(f'  {verdict}: {name} ({len(data)} bytes): {why}', flush=True)
        for path, tags in private_tags(served):
            wrong.append(path)
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
    print(f'private tags in what was served: {len(wrong)}; errors logged: {len(log)}; server peak {peak} MiB')
    for line in log[:10]:
        print('  ' + line.strip())
    sys.exit(bool(total['wrong'] or wrong or log or peak > SERVER_MEMORY_MIB))


if __name__ == '__main__':
    main()
