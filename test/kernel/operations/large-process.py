"""A process as large as the kernel lets anybody make one, for holders-large.test.ts.

Usage: large-process.py mappings|descriptors COUNT FILE LAST, or large-process.py mounts COUNT FOLDER LAST. Maps or opens FILE COUNT times and then
LAST once; or mounts COUNT folders (whole thousands) in a mount namespace of its own and opens LAST. Writes a line when that is done, and sleeps.
"""
import ctypes
import os
import resource
import sys
import time

KIND, COUNT, SUBJECT, LAST = sys.argv[1], int(sys.argv[2]), os.fsencode(sys.argv[3]), os.fsencode(sys.argv[4])
CLONE_NEWNS, MS_BIND, MS_REC, MS_PRIVATE = 0x20000, 0x1000, 0x4000, 0x40000
PROT_READ, MAP_SHARED = 1, 1
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]


def check(result, call):
    if result in (-1, ctypes.c_void_p(-1).value):
        sys.exit(f'{call}: {os.strerror(ctypes.get_errno())}')


def map_file(path, times):
    file = os.open(path, os.O_RDONLY)
    for _ in range(times):
        check(libc.mmap(None, 4096, PROT_READ, MAP_SHARED, file, 0), 'mmap')
    os.close(file)


def open_file(path, times):
    for _ in range(times):
        os.open(path, os.O_RDONLY)


if KIND == 'mappings':
    map_file(SUBJECT, COUNT)
    map_file(LAST, 1)
elif KIND == 'descriptors':
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (COUNT + 100, max(COUNT + 100, hard)))
    open_file(SUBJECT, COUNT)
    open_file(LAST, 1)
else:
    check(libc.unshare(CLONE_NEWNS), 'unshare')
    check(libc.mount(None, b'/', None, MS_REC | MS_PRIVATE, None), 'mount')
    check(libc.mount(b'folders', SUBJECT, b'tmpfs', 0, None), 'mount')
    # A thousand, and copies of them: one by one the last ones take the kernel long.
    first = SUBJECT + b'/first'
    os.mkdir(first)
    check(libc.mount(b'first', first, b'tmpfs', 0, None), 'mount')
    for number in range(1000):
        folder = first + b'/%d' % number
        os.mkdir(folder)
        check(libc.mount(folder, folder, None, MS_BIND, None), 'mount')
    for number in range(COUNT // 1000 - 1):
        folder = SUBJECT + b'/copy-%d' % number
        os.mkdir(folder)
        check(libc.mount(first, folder, None, MS_BIND | MS_REC, None), 'mount')
    open_file(LAST, 1)
print('here', flush=True)
time.sleep(600)
