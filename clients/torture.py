#!/usr/bin/env python3
"""Makes every step of a mixed workload fail, on purpose, in the real server: the n-th system call on
its files, the n-th start of a tool, the n-th message to PostgreSQL. After each fault it goes on, or
kills the server and starts it again, and checks that what was acknowledged is there byte for byte,
that what was refused is not, and that nothing is left behind.

    torture.py [--engine sqlite|postgres] [--faults N] [--share 0.1] [--seed N]

Prints the faults by kind, and exits with 1 if anything was lost, applied though refused, crossed
between users, left behind, or needed a hand to mend.
"""
import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from torture import accidents, control
from torture.server import ROOT, Server
from torture.workload import STEPS, Workload

# No step has more calls.
CALLS_MAX = 2000
# No tool makes more allocations.
ALLOCATIONS_MAX = 1_000_000
KILLS = ('kill', 'kill before', 'kill after')
WRONG = ('lost', 'refused but applied', 'crossed', 'left behind', 'untruthful', 'never again')


def is_of_memory(kind):
    return kind.startswith('no memory')


class Campaign:
    """Faults in every step, each at every n-th call or at a share of them."""

    def __init__(self, workload, options):
        self.workload, self.share, self.limit = workload, options.share, options.faults
        self.end = time.monotonic() + options.seconds
        self.only, self.rng = (options.step, options.kind), random.Random(options.seed)
        self.faults = Counter()

    def run(self):
        kinds = [*control.FAULTS, *(control.DATABASE_FAULTS if self.workload.server.url else [])]
        pairs = [(step, kind) for step in STEPS for kind in kinds
                 if step.startswith(self.only[0]) and kind.startswith(self.only[1])]
        self.rng.shuffle(pairs)
        for step, kind in pairs:
            before, start = sum(self.faults.values()), time.monotonic()
            self.enumerate(step, kind)
            after = sum(self.faults.values())
            print(f'  {step}, {kind}: {after - before} faults in {time.monotonic() - start:.0f} s', flush=True)
            if after >= self.limit or time.monotonic() > self.end:
                return

    def enumerate(self, step, kind):
        """One step again and again, each time with a fault one call later, until none is left."""
        nth, most = 0, ALLOCATIONS_MAX if is_of_memory(kind) else CALLS_MAX
        while nth < most:
            step_on = 1 if self.share >= 1 else self.rng.randint(1, round(2 / self.share) - 1)
            # Allocations are too many to try each: ever fewer of the later ones are.
            nth += max(step_on, nth // 20) if is_of_memory(kind) else step_on
            if not self.once(step, kind, nth):
                break
        self.workload.settle()

    def once(self, step, kind, nth):
        workload, target = self.workload, self.workload.server.control
        workload.fault = f'{kind} at call {nth} of {step}'
        target.arm(kind, nth)
        STEPS[step](workload)
        # A job is hit once: the next fault waits for its end.
        if step in ('sizes', 'transcode', 'upload') or is_of_memory(kind):
            workload.idle()
        fired, where = target.disarm()
        workload.recover(grace=0.05 if kind.endswith(KILLS) else 0)
        if fired:
            self.faults[f'{kind}: {where}'] += 1
        return bool(fired)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument('--engine', choices=['sqlite', 'postgres'], default='sqlite')
    arguments.add_argument('--faults', type=int, default=5000, help='stop after so many')
    arguments.add_argument('--seconds', type=float, default=7200, help='stop after so long')
    arguments.add_argument('--step', default='', help='only steps whose name begins so')
    arguments.add_argument('--kind', default='', help='only kinds of faults whose name begins so')
    arguments.add_argument('--share', type=float, default=1, help='share of the calls to try')
    arguments.add_argument('--seed', type=int, default=random.randrange(1 << 32))
    options = arguments.parse_args()
    # What was mounted and started ends with it, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    print(f'torture: {options.engine}, seed {options.seed}', flush=True)
    with tempfile.TemporaryDirectory() as directory:
        return torture(Path(directory), options)


def torture(directory, options):
    directory.chmod(0o711)
    script, url = ROOT / 'scripts/postgres.sh', None
    if options.engine == 'postgres':
        url = subprocess.check_output([script, 'start', directory / 'postgres'], text=True).strip()
    server = Server(directory, control.build(directory), url)
    # A small disk, for it to be full.
    server.data_dir.mkdir(mode=0o700)
    is_mounted = accidents.mount('-t', 'tmpfs', '-o', f'size={accidents.DISK_MIB}m', 'tmpfs', server.data_dir)
    try:
        server.start()
        workload = Workload(server, options.seed)
        campaign = Campaign(workload, options)
        campaign.run()
        accidents.run(workload, directory)
        workload.check_all()
        return report(campaign, workload)
    finally:
        server.stop()
        if server.psql:
            server.psql.close()
        if is_mounted:
            subprocess.run(['umount', '-l', server.data_dir], check=True)
        if url:
            subprocess.run([script, 'stop', directory / 'postgres'], check=True)


def report(campaign, workload):
    for kind, count in sorted(campaign.faults.items()):
        print(f'  {count:6} {kind}')
    counts = workload.counts
    print(f'{sum(campaign.faults.values())} faults, {counts["acknowledged"]} writes acknowledged, '
          f'{counts["refused"]} refused, {counts["without an answer"]} without an answer, '
          f'{counts["restarts"]} restarts; ' + ', '.join(f'{kind} {counts[kind]}' for kind in WRONG))
    # Last, since it is what a reader of a long log sees first.
    for problem in workload.problems[:40]:
        print('WRONG', problem, flush=True)
    return 1 if workload.problems or not campaign.faults else 0


if __name__ == '__main__':
    sys.exit(main())
