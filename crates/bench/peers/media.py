#!/usr/bin/env python3
"""media.py BIRDHOUSE PHOTO DIRECTORY: sizes of images and videos against other libraries and bare
ffmpeg, as processor seconds and peak memory of the process that does it, best of three rounds
taken in turns. Ours is one sandboxed process for each image, its start included; what others need
to start is taken off."""
import json
import os
import subprocess
import sys
import time
from pathlib import Path

BIRDHOUSE, PHOTO, DIRECTORY = (Path(a).resolve() for a in sys.argv[1:4])
HERE = Path(__file__).resolve().parent
OXIMG = os.environ.get('OXIMG')
ROUNDS = 3


def run(command, stdin=None):
    """Processor seconds, wall seconds and peak MiB of a process and its children."""
    started = time.perf_counter()
    child = subprocess.Popen(command, stdin=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, command
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - started, usage.ru_maxrss / 1024


def looped(command, times):
    """One repetition of several in a process, without its start."""
    empty, full = run([*command[:3], '0', *command[3:]]), run([*command[:3], str(times), *command[3:]])
    return (full[0] - empty[0]) / times, (full[1] - empty[1]) / times, full[2]


def size_specs(size, only=None):
    width, height = size
    out = []
    for name, side in (('large', 2048), ('medium', 1200), ('small', 680)):
        scale = min(1, side / max(size))
        out.append({'name': name, 'width': round(width * scale), 'height': round(height * scale),
                    'crop': False, 'encoding': 'jpeg'})
    out.append({'name': 'thumb', 'width': 150, 'height': 150, 'crop': True, 'encoding': 'jpeg'})
    return [one for one in out if only in (None, one['name'])]


def ours(path, only=None):
    size = (1280, 960) if '1.2' in path.name else (4000, 3000)
    format = {'.jpg': 'jpeg', '.png': 'png', '.webp': 'webp'}[path.suffix]
    request = json.dumps({'format': format, 'orientation': 1, 'sizes': size_specs(size, only)})
    with path.open('rb') as file:
        return run([BIRDHOUSE, 'worker', 'image', request], stdin=file)


def oximg(path, sizes):
    total = [0, 0, 0]
    for side in sizes:
        cpu, wall, peak = run([OXIMG, 'resize', path, str(side), str(side), DIRECTORY / 'oximg.jpg',
                               '-q', '85', '--preset', 'fast'])
        total = [total[0] + cpu, total[1] + wall, max(total[2], peak)]
    return tuple(total)


IMAGES = {
    '12 MP JPEG': ('12-MP.jpg', (4000, 3000), {'quality': 90, 'subsampling': 2}),
    '1.2 MP JPEG': ('1.2-MP.jpg', (1280, 960), {'quality': 90, 'subsampling': 2}),
    '12 MP progressive': ('12-MP-p.jpg', (4000, 3000), {'quality': 90, 'subsampling': 2, 'progressive': True}),
    '12 MP PNG': ('12-MP.png', (4000, 3000), {}),
}


def make_images():
    from PIL import Image
    with Image.open(PHOTO) as image:
        image = image.convert('RGB')
        big = image.crop((0, 0, image.height * 4 // 3, image.height)).resize((4000, 3000), Image.Resampling.LANCZOS)
    for file, size, options in IMAGES.values():
        big.resize(size, Image.Resampling.LANCZOS).save(DIRECTORY / file, **options)


def compare(what, candidates):
    best = {}
    for _ in range(ROUNDS):
        for name, measure in candidates.items():
            got = measure()
            before = best.get(name, got)
            best[name] = (min(before[0], got[0]), min(before[1], got[1]), max(before[2], got[2]))
    (cpu, _, peak), rest = best['ours'], [item for item in best.items() if item[0] != 'ours']
    for name, other in rest:
        print(f'{what:<44} {cpu * 1000:>8.0f} {peak:>6.0f}  {name:<26} {other[0] * 1000:>8.0f} {other[2]:>6.0f} {other[0] / cpu:>7.2f}', flush=True)


def derive():
    node, python = ['node', HERE / 'sharp.mjs'], [sys.executable, HERE / 'python.py']
    for name, (file, _, _) in IMAGES.items():
        path, times = DIRECTORY / file, 20 if '1.2' in name else 4
        candidates = {
            'ours': lambda: ours(path),
            'sharp, naive fan-out': lambda: looped([*node, path, 'naive'], times),
            'sharp, clones': lambda: looped([*node, path, 'clone'], times),
            'pyvips': lambda: looped([*python, path, 'pyvips'], times),
            'Pillow, four opens': lambda: looped([*python, path, 'pillow'], times),
            'Pillow, cascade': lambda: looped([*python, path, 'pillow-cascade'], times),
        }
        if OXIMG:
            candidates['oximg, three sizes'] = lambda: oximg(path, (2048, 1200, 680))
        compare(f'{name}: four sizes', candidates)
        candidates = {
            'ours': lambda: ours(path, 'small'),
            'sharp': lambda: looped([*node, path, 'single'], times),
            'pyvips': lambda: looped([*python, path, 'pyvips-single'], times),
            'Pillow': lambda: looped([*python, path, 'pillow-single'], times),
        }
        if OXIMG:
            candidates['oximg'] = lambda: oximg(path, (680,))
        compare(f'{name}: small alone', candidates)


def videos():
    gif, video = DIRECTORY / 'a.gif', DIRECTORY / 'a.mp4'
    make = ['ffmpeg', '-v', 'error', '-y', '-f', 'lavfi', '-i']
    subprocess.run([*make, 'testsrc2=s=640x480:r=15', '-t', '6', gif], check=True)
    subprocess.run([*make, 'testsrc2=s=1280x720:r=30', '-t', '10', '-pix_fmt', 'yuv420p', video], check=True)
    jobs = {
        'GIF of 90 frames to MP4': (gif, 'gif', '-an -c:v libx264 -preset veryfast -crf 23 -pix_fmt yuv420p'),
        '720p video of 10 s to 360p': (video, 'mov', '-vf scale=640:360 -c:v libx264 -preset veryfast -b:v 832k'),
    }
    for name, (path, demuxer, options) in jobs.items():
        out = DIRECTORY / 'out.mp4'
        command = ['/usr/bin/ffmpeg', '-v', 'error', '-y', '-nostdin', '-f', demuxer, '-i', path, *options.split(),
                   '-movflags', '+faststart', out]
        sandboxed = [BIRDHOUSE, 'worker', 'tool', '--read', path, '--write', DIRECTORY, '--', *command]
        compare(f'{name}, in the sandbox', {'ours': lambda: run(sandboxed), 'ffmpeg itself': lambda: run(command)})


if sys.argv[4:] == ['--make']:
    make_images()
    sys.exit()
# in a separate process: a child's peak counts what its parent held when it started.
subprocess.run([sys.executable, *sys.argv, '--make'], check=True)
print(f'{"what":<44} {"ours ms":>8} {"MiB":>6}  {"compared with":<26} {"ms":>8} {"MiB":>6} {"times":>7}')
derive()
videos()
