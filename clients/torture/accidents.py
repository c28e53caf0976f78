"""Accidents of a machine, for real: a full disk, a folder that is unmounted, a database that stands
still. Each needs root for `mount`, or PostgreSQL; what is not possible here is said and left out."""
import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

from .workload import UPLOAD, Refused, Unknown, png

# Enough for a campaign, and soon full.
DISK_MIB = 512


def mount(*arguments):
    return subprocess.run(['mount', *map(str, arguments)], capture_output=True, check=False).returncode == 0


def refusal(workload, send):
    """The answer to a request that cannot succeed: it must say so, and not blame the client."""
    try:
        send()
    except Refused as refused:
        if not str(refused).startswith('503'):
            workload.problem('untruthful', f'{refused}, not 503')
        return True
    except Unknown:
        workload.problem('untruthful', 'no answer')
        return True
    return False


def upload(workload):
    data = png(workload.rng, 60, 40)
    return workload.call('birdhouse', 'POST', UPLOAD, parts={'media': data})


def check_after(workload, name, before):
    """Goes on, and finds everything."""
    workload.counts[name] += 1
    workload.server.wait(lambda: workload.server.is_running(), 1)
    workload.upload()
    for record in filter(None, before):
        workload.check(record)


def full_disk(workload, folder):
    """The disk of the data folder is full: reads and what fits go on, the rest is 503."""
    filler = workload.server.data_dir / 'filler'
    before = [workload.tweet(workload.upload()) for _ in range(5)]
    with filler.open('wb', buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(65536))
    refused = sum(refusal(workload, lambda: upload(workload)) for _ in range(20))
    if not refused:
        workload.problem('untruthful', 'a full disk takes uploads')
    for record in before:
        workload.find_url(record)
        if workload.call(record.user, 'GET', record.url) != record.data:
            workload.problem('lost', f'{record.media} cannot be read on a full disk')
    filler.unlink()
    check_after(workload, 'full disk', before)


def unmounted(workload, folder):
    """The folder of the blobs goes away under the server, and comes back."""
    blobs, kept = workload.server.data_dir / 'blobs', workload.server.data_dir / 'kept'
    before = [workload.tweet(workload.upload()) for _ in range(5)]
    workload.idle()
    workload.server.stop()
    blobs.rename(kept)
    blobs.mkdir()
    if not mount('--bind', kept, blobs):
        raise OSError('no bind mounts')
    workload.recover()
    before.append(workload.tweet(workload.upload()))
    subprocess.run(['umount', '-l', blobs], check=True)
    # A minute, in which sweeping and reclaiming could take living blobs for lost.
    for _ in range(6):
        workload.server.control.move(10_000, 10_000)
        time.sleep(0.1)
    workload.clients.clear()
    if not refusal(workload, lambda: upload(workload)):
        workload.problem('lost', 'an upload goes to the folder under the mount')
    mount('--bind', kept, blobs)
    check_after(workload, 'unmounted folder', before)
    workload.server.stop()
    subprocess.run(['umount', '-l', blobs], check=True)
    blobs.rmdir()
    kept.rename(blobs)
    workload.recover()


def processes(folder):
    """The postmaster and its children."""
    leader = int((Path(folder) / 'postgres/data/postmaster.pid').read_text().split()[0])
    children = Path(f'/proc/{leader}/task/{leader}/children').read_text()
    return [leader, *map(int, children.split())]


def send_all(pids, which):
    for pid in pids:
        # One that ended meanwhile needs no signal.
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, which)


def database_stands_still(workload, folder):
    """PostgreSQL is stopped with SIGSTOP: requests are refused in time, and go on afterwards."""
    before = [workload.tweet(workload.upload()) for _ in range(5)]
    stopped = processes(folder)
    send_all(stopped, signal.SIGSTOP)
    try:
        if not refusal(workload, lambda: upload(workload)):
            workload.problem('untruthful', 'an upload is acknowledged without a database')
    finally:
        send_all(stopped, signal.SIGCONT)
    workload.clients.clear()
    check_after(workload, 'database stands still', before)


def run(workload, folder):
    """All that are possible here."""
    accidents = [unmounted] + ([full_disk] if os.path.ismount(workload.server.data_dir) else [])
    if workload.server.url:
        accidents.append(database_stands_still)
    for accident in accidents:
        workload.recover()
        workload.fault = accident.__name__
        try:
            accident(workload, folder)
        except OSError as error:
            print(f'  left out: {accident.__name__}: {error}', flush=True)
            workload.recover()
