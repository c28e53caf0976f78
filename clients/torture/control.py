"""Arms faults in a server that runs with faults.so preloaded."""
import errno
import mmap
import struct
import subprocess
from pathlib import Path

OPEN, READ, WRITE, FLUSH, RENAME, UNLINK, SPAWN, MKDIR, THREAD, MAP, ALLOCATE, MESSAGE = \
    (1 << n for n in range(12))
CLASSES = {OPEN: 'open', READ: 'read', WRITE: 'write', FLUSH: 'flush', RENAME: 'rename',
           UNLINK: 'unlink', SPAWN: 'spawn', MKDIR: 'mkdir', THREAD: 'thread', MAP: 'map',
           ALLOCATE: 'allocate', MESSAGE: 'message'}
ANY = OPEN | READ | WRITE | FLUSH | RENAME | UNLINK | SPAWN | MKDIR
FAIL, TEAR, SHORT, DELAY, KILL_BEFORE, KILL_AFTER, LIE, KILL_CHILD, TEAR_AND_KILL, REPEAT, LOSE_ANSWER = \
    range(1, 12)
KILLS = {KILL_BEFORE, KILL_AFTER, TEAR_AND_KILL}

# Each kind of fault: its action, parameter, the number of further calls that go wrong, and the
# classes of calls that it can hit.
FAULTS = {
    'EIO': (FAIL, errno.EIO, 0, ANY),
    'EIO on three calls': (FAIL, errno.EIO, 2, ANY),
    'ENOSPC from here on': (FAIL, errno.ENOSPC, 1 << 40, OPEN | WRITE | FLUSH | RENAME | MKDIR),
    'ENOMEM': (FAIL, errno.ENOMEM, 0, ANY | THREAD | MAP),
    'EINTR': (FAIL, errno.EINTR, 0, OPEN | READ | WRITE | FLUSH),
    # As a network file system does it when an answer is lost.
    'repeat': (REPEAT, 0, 0, RENAME | UNLINK | MKDIR),
    'no memory for a tool': (FAIL, errno.ENOMEM, 0, ALLOCATE),
    'no memory for tools from here on': (FAIL, errno.ENOMEM, 1 << 40, ALLOCATE),
    'torn write': (TEAR, errno.EIO, 0, WRITE),
    'short read or write': (SHORT, 0, 0, READ | WRITE),
    'delay': (DELAY, 30, 0, ANY | MESSAGE),
    'done but reported as EIO': (LIE, errno.EIO, 0, WRITE | FLUSH | RENAME | UNLINK | MKDIR),
    'kill before': (KILL_BEFORE, 0, 0, ANY | MESSAGE),
    'kill after': (KILL_AFTER, 0, 0, ANY | MESSAGE),
    'torn write, then kill': (TEAR_AND_KILL, 0, 0, WRITE),
    'tool killed': (KILL_CHILD, 0, 0, SPAWN),
}
# Kinds of messages to PostgreSQL: the connection ends before the message, or after its answer came.
DATABASE_FAULTS = {
    'request lost': (FAIL, 0, 0, MESSAGE),
    'answer lost': (LOSE_ANSWER, 0, 0, MESSAGE),
}

_LAYOUT = struct.Struct('<qqIIIIIIqq')
_OFFSETS = struct.Struct('<qq')


def build(directory):
    """Compiles the library that is preloaded."""
    library = Path(directory) / 'faults.so'
    subprocess.run(['cc', '-O2', '-shared', '-fPIC', '-o', library, Path(__file__).with_name('faults.c'), '-ldl'],
                   check=True)
    return library


class Control:
    """The memory that is shared with the server."""

    def __init__(self, path):
        self.path = Path(path)
        self.path.write_bytes(bytes(_LAYOUT.size))
        with self.path.open('r+b') as file:
            self.memory = mmap.mmap(file.fileno(), _LAYOUT.size)
        self.wall = self.timer = self.peak = 0

    def arm(self, kind, nth):
        """Makes the `nth` call from now on that the kind can hit go wrong."""
        action, parameter, length, classes = (FAULTS | DATABASE_FAULTS)[kind]
        self.disarm()
        self.memory[:32] = _LAYOUT.pack(nth, length, classes, 0, parameter, 0, 0, 0, 0, 0)[:32]
        # The action last: it arms the others.
        self.memory[20:24] = struct.pack('<I', action)

    def disarm(self):
        """Returns how many calls went wrong, and the class of the last one."""
        self.memory[20:24] = bytes(4)
        fired, of_class = struct.unpack('<II', self.memory[28:36])
        return fired, CLASSES.get(of_class)

    def move(self, wall, timer=0):
        """Steps the wall clock, and lets time pass for timers; in milliseconds."""
        self.wall += wall
        self.timer += timer
        self.peak = max(self.peak, self.wall)
        self.memory[40:56] = _OFFSETS.pack(self.wall, self.timer)
