"""A server under torture: its process, its data directory, its database and its clocks."""
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

from .control import Control

ROOT = Path(__file__).resolve().parents[2]
BIRDHOUSE = os.environ.get('CLIENTS_BIN', str(ROOT / 'target/debug/birdhouse'))


# A fault of all calls, such as a full disk, ends after so many seconds of waiting.
LASTING = 1


# What the server logs when it finds a file invalid. All files here are valid.
BLAMES = ('cannot be decoded', 'cannot be published', 'keeps only its own size', 'file is invalid', 'was given up')


class Died(Exception):
    """The server ended at its start, with what it said."""


class Server:
    """One installation on one engine; restarted as often as needed."""

    def __init__(self, directory, library, postgres_url=None):
        self.directory, self.library, self.url = Path(directory), library, postgres_url
        self.data_dir, self.process, self.port = self.directory / 'data', None, None
        self.control = Control(self.directory / 'control')
        self.psql = None
        self.starts, self.log, self.read_log = 0, self.directory / 'log', 0

    def options(self):
        options = ['--data-dir', str(self.data_dir)]
        return options + (['--database-url', self.url] if self.url else [])

    def start(self):
        """Starts it; raises Died if it ends before it listens."""
        self.starts += 1
        env = {**os.environ, 'LD_PRELOAD': str(self.library), 'FAULTS_CONTROL': str(self.control.path),
               'FAULTS_ROOT': str(self.data_dir), 'FAULTS_PORT': str(urlsplit(self.url or '').port or 0)}
        self.process = subprocess.Popen(
            [BIRDHOUSE, 'serve', '--listen', '127.0.0.1:0', '--log', 'info', '--rate-limits', 'false', *self.options()],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=env)
        said = []
        for line in self.process.stderr:
            said.append(line)
            if 'listening on 127.0.0.1:' in line:
                self.port = int(line.split('listening on 127.0.0.1:')[1].split()[0].split('\x1b')[0])
                threading.Thread(target=self._keep_log, args=(self.process.stderr, said), daemon=True).start()
                return
        self.process.wait()
        raise Died(''.join(said[-5:]))

    def _keep_log(self, stream, said):
        with self.log.open('a') as log:
            log.writelines(said)
            for line in stream:
                log.write(line)
                log.flush()

    def last_errors(self):
        """What the server logged last of errors."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line[:300] for line in lines if 'WARN' in line or 'ERROR' in line][-3:]

    def blamed(self):
        """Lines of the log that name a file as the reason for what failed, since the last call."""
        with self.log.open() as log:
            log.seek(self.read_log)
            lines = log.readlines()
            self.read_log = log.tell()
        return [line[:300].strip() for line in lines if any(words in line for words in BLAMES)]

    def is_running(self, grace=0):
        """Whether it still runs after `grace` seconds, in which a killed process ends."""
        if self.process is None:
            return False
        try:
            self.process.wait(timeout=grace)
            return False
        except subprocess.TimeoutExpired:
            return True

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.is_running():
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=60)

    def disarm(self):
        self.control.disarm()

    def restart(self):
        """Starts it again after it ended, without a fault: that must succeed."""
        self.disarm()
        if self.is_running():
            self.kill()
        else:
            self.process.wait()
        self.start()

    def now(self):
        """The time by the server's wall clock, in seconds."""
        return time.time() + self.control.wall / 1000

    def command(self, *arguments):
        """Runs another command beside the server."""
        done = subprocess.run([BIRDHOUSE, *arguments, *self.options()], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def credentials(self, user):
        code, out = self.command('credentials', '--json', '--user', user)
        if code != 0:
            sys.exit(out)
        return json.JSONDecoder().raw_decode(out[out.index('{'):])[0]

    def sql(self, text):
        """The rows of a query, past the server."""
        if self.url:
            self.psql = self.psql or Psql(self.url)
            return self.psql.rows(text)
        connection = sqlite3.connect(f'file:{self.data_dir}/birdhouse.db?mode=ro', uri=True, timeout=10)
        try:
            return [tuple('' if v is None else str(v) for v in row) for row in connection.execute(text)]
        finally:
            connection.close()

    def sql_aside(self, text):
        """The same, beside other queries."""
        aside = Psql(self.url)
        aside.rows(text)
        aside.close()

    def number(self, text):
        return int(self.sql(text)[0][0])

    def files(self):
        """Names of the blobs on the disk, and of what is being received."""
        blobs = self.data_dir / 'blobs'
        shards = [shard for shard in blobs.iterdir() if len(shard.name) == 2]
        return ({f'{shard.name}/{file.name}' for shard in shards for file in shard.iterdir()},
                {file.name for process in (blobs / 'incoming').iterdir() for file in process.iterdir()
                 if file.name not in ('lock', 'lock.new')})

    def wait(self, is_true, seconds=60, passing=0):
        """Waits until it is true, while `passing` milliseconds go by for the server at each look. A
        fault that lasts ends meanwhile."""
        start = time.time()
        while not is_true():
            if not self.is_running() or time.time() > start + seconds:
                return False
            if time.time() > start + LASTING:
                self.disarm()
            if passing:
                self.control.move(passing, passing)
            time.sleep(0.005)
        return True


class Psql:
    """PostgreSQL's own client, kept open: to start it for each query takes longer than the query."""

    END = '\x1e'

    def __init__(self, url):
        found = sorted(Path('/usr/lib/postgresql').glob('*/bin/psql'))
        program = str(found[-1]) if found else 'psql'
        self.process = subprocess.Popen([program, '-XqAt', '-F', '\x1f', '-v', 'ON_ERROR_STOP=1', url], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def rows(self, text):
        self.process.stdin.write(f'{text};\n\\echo {self.END}\n')
        self.process.stdin.flush()
        rows = []
        for line in self.process.stdout:
            if line.rstrip('\n') == self.END:
                return rows
            rows.append(tuple(line.rstrip('\n').split('\x1f')))
        raise OSError(f'psql ended at: {text}')

    def close(self):
        self.process.stdin.close()
        self.process.wait()
