#!/usr/bin/env python3
"""Descriptions behind unmodified tweepy: a suggestion of another user is accepted and seen in
`ext_alt_text`, undone, and joined by a second language; a server that requires descriptions refuses
Tweets in the form of each dialect until `metadata/create` was called."""
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import matrix

POLICY = '[alt_text_policy]\nmode = "require"\n'


def main():
    if 'IN_NAMESPACE' not in os.environ:
        return matrix.enter_namespace(__file__)
    failed = 0
    with tempfile.TemporaryDirectory() as directory:
        scratch = Path(directory)
        image = scratch / 'image.png'
        matrix.write_png(image)
        for part, settings in (('suggested', ''), ('required', POLICY)):
            config, data = scratch / f'{part}.toml', scratch / part
            config.write_text(settings)
            with open(scratch / 'server.log', 'w+') as log:
                server, authority = matrix.start_server(data, log, '--config', config)
                try:
                    owner = matrix.environment(authority, matrix.credentials(data, 'alice'))
                    other = matrix.credentials(data, 'bob')
                    env = dict(owner, OTHER_ACCESS_TOKEN=other['access_token'],
                               OTHER_ACCESS_SECRET=other['access_token_secret'])
                    command = [matrix.VENV / 'bin/python', 'tweepy_descriptions.py', image, part]
                    failed += subprocess.run(command, cwd=matrix.CLIENTS / 'python', env=env, timeout=120).returncode
                finally:
                    server.terminate()
                    server.wait(timeout=40)
                log.seek(0)
                sys.stdout.write(log.read())
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
