"""Accidents of a machine, for real: a full disk, a directory that is unmounted, a database that stands
still or ends its connections, a server that is killed, a clock that is stepped. Some need root for
`mount`, or PostgreSQL; what is not possible here is said and left out. Each returns what was seen."""
import contextlib
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

from .server import Died
from .workload import HOUR, UPLOAD, Refused, Unknown, png

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


def check_after(workload, before):
    """Goes on, and finds everything."""
    workload.server.wait(lambda: workload.server.is_running(), 1)
    workload.upload()
    for record in filter(None, before):
        workload.check(record)


def full_disk(workload, directory):
    """The disk of the data directory is full: reads and what fits go on, the rest is 503."""
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
    check_after(workload, before)
    return f'{refused} of 20 uploads refused, {len(before)} originals read meanwhile'


def unmounted(workload, directory):
    """The directory of the blobs goes away under the server, and comes back."""
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
        workload.problem('lost', 'an upload goes to the directory under the mount')
    mount('--bind', kept, blobs)
    check_after(workload, before)
    workload.server.stop()
    subprocess.run(['umount', '-l', blobs], check=True)
    blobs.rmdir()
    kept.rename(blobs)
    workload.recover()
    return f'uploads refused for a minute, then {len(before)} originals read'


def processes(directory):
    """The postmaster and its children."""
    leader = int((Path(directory) / 'postgres/data/postmaster.pid').read_text().split()[0])
    children = Path(f'/proc/{leader}/task/{leader}/children').read_text()
    return [leader, *map(int, children.split())]


def send_all(pids, which):
    for pid in pids:
        # One that ended meanwhile needs no signal.
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, which)


def database_stands_still(workload, directory):
    """PostgreSQL is stopped with SIGSTOP: requests are refused in time, and go on afterwards."""
    before = [workload.tweet(workload.upload()) for _ in range(5)]
    stopped, start = processes(directory), time.monotonic()
    send_all(stopped, signal.SIGSTOP)
    try:
        if not refusal(workload, lambda: upload(workload)):
            workload.problem('untruthful', 'an upload is acknowledged without a database')
    finally:
        waited = time.monotonic() - start
        send_all(stopped, signal.SIGCONT)
    workload.clients.clear()
    check_after(workload, before)
    return f'an upload refused after {waited:.0f} s, then {len(before)} originals read'


def connections_end(workload, directory):
    """PostgreSQL ends all connections, again and again between and during requests."""
    end = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() ' \
          "AND application_name <> 'psql'"
    before, ended = [], 0
    for _ in range(10):
        ended += len(workload.server.sql(end))
        timer = threading.Timer(workload.rng.random() / 20, workload.server.sql_aside, [end])
        timer.start()
        try:
            before += [workload.tweet(workload.upload())]
        except Died:
            # Its connections were ended while it started; the next start must succeed.
            timer.join()
            workload.recover()
        timer.join()
    check_after(workload, before)
    return f'{ended} connections ended between requests and more during 10 of them, {len(before)} uploads kept'


def killed(workload, directory):
    """SIGKILL at any moment of a request; `write` finds out what of it is applied."""
    before, starts = [], workload.server.starts
    for _ in range(10):
        timer = threading.Timer(workload.rng.random() / 20, workload.server.process.kill)
        timer.start()
        before += [workload.tweet(workload.upload())]
        timer.join()
        workload.recover(grace=1)
    check_after(workload, before)
    return f'{workload.server.starts - starts} starts after it, {len(list(filter(None, before)))} uploads kept'


def clock_is_stepped(workload, directory):
    """The wall clock is 17 seconds and 17 hours off, each way, while the server runs and over a start."""
    before = []
    for step in (-17_000, 17_000, 17_000, -17_000, -17 * HOUR, 17 * HOUR, 17 * HOUR, -17 * HOUR):
        workload.server.control.move(step)
        before += [workload.tweet(workload.upload())]
        workload.restart()
        before += [workload.tweet(workload.upload())]
    check_after(workload, before)
    media = {record.media for record in before}
    return f'8 steps and as many starts, {len(media)} different ids for {len(before)} uploads, each with its bytes'


def run(workload, directory):
    """All that are possible here."""
    accidents = [unmounted, killed, clock_is_stepped]
    if os.path.ismount(workload.server.data_dir):
        accidents.append(full_disk)
    else:
        print('  left out: full_disk: nothing can be mounted', flush=True)
    if workload.server.url:
        accidents += [database_stands_still, connections_end]
    for accident in accidents:
        workload.recover()
        name = workload.fault = accident.__name__.replace('_', ' ')
        wrong = len(workload.problems)
        try:
            seen = accident(workload, directory)
            print(f'  {name}: {seen}; {len(workload.problems) - wrong} wrong', flush=True)
        except OSError as error:
            print(f'  left out: {name}: {error}', flush=True)
            workload.recover()
