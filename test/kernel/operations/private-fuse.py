"""A FUSE file system that belongs to nobody and keeps root out, as sshfs and AppImages do by default.

Usage: private-fuse.py FOLDER BYTES INODE [allow_other], with a Unix stream socket as descriptor 3. Mounts on FOLDER a file system
with one file, `image`; opens it for reading and writing as nobody; sends that descriptor over the socket; serves until the
socket is closed, then unmounts. A byte over the socket makes it hang, as a lost network does: no request is answered any more. Speaks the kernel's protocol (linux/fuse.h) itself, since no FUSE library is needed for so little.
"""
import ctypes
import os
import socket
import struct
import sys
import threading

FOLDER, BYTES, INODE = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
NOBODY = 65534
S_IFDIR, S_IFREG = 0o040000, 0o100000
LOOKUP, FORGET, GETATTR, OPEN, READ, WRITE, STATFS, RELEASE, FSYNC, FLUSH, INIT, OPENDIR = 1, 2, 3, 14, 15, 16, 17, 18, 20, 25, 26, 27
BATCH_FORGET, INTERRUPT = 42, 36
ENOENT, ENOSYS = 2, 38

hangs = threading.Event()
libc = ctypes.CDLL(None, use_errno=True)


def attributes(node):
    inode, mode, size = (1, S_IFDIR | 0o755, 0) if node == 1 else (INODE, S_IFREG | 0o600, BYTES)
    return struct.pack('<QQQQQQIIIIIIIIII', inode, size, (size + 511) // 512, 0, 0, 0, 0, 0, 0, mode, 1, NOBODY, NOBODY, 0, 4096, 0)


def answer(opcode, node, body):
    """The payload of the reply, an errno, or None where none is expected."""
    if opcode == INIT:
        return struct.pack('<IIIIHHIIHHI', 7, 31, 65536, 0, 12, 10, 131072, 1, 32, 0, 0) + bytes(28)
    if opcode == LOOKUP:
        if body.rstrip(b'\0') != b'image':
            return ENOENT
        return struct.pack('<QQQQII', 2, 0, 0, 0, 0, 0) + attributes(2)
    if opcode == GETATTR:
        return struct.pack('<QII', 0, 0, 0) + attributes(node)
    if opcode in (OPEN, OPENDIR):
        return struct.pack('<QII', 0, 0, 0)
    if opcode == READ:
        offset, size = struct.unpack_from('<QI', body, 8)
        return bytes(max(0, min(size, BYTES - offset)))
    if opcode == STATFS:
        return struct.pack('<QQQQQIIII', 1, 0, 0, 2, 0, 4096, 255, 4096, 0) + bytes(24)
    if opcode in (FORGET, BATCH_FORGET, INTERRUPT):
        return None
    if opcode in (RELEASE, FLUSH, FSYNC):
        return b''
    return ENOSYS


def serve(device):
    while True:
        try:
            request = os.read(device, 1 << 20)
        except OSError:
            return
        length, opcode, unique, node = struct.unpack_from('<IIQQ', request)
        result = answer(opcode, node, request[40:length])
        if result is None or hangs.is_set():
            continue
        error, payload = (-result, b'') if isinstance(result, int) else (0, result)
        os.write(device, struct.pack('<IiQ', 16 + len(payload), error, unique) + payload)


def open_as_nobody(conversation):
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    image = os.open(os.path.join(FOLDER, 'image'), os.O_RDWR | os.O_CLOEXEC)
    socket.send_fds(conversation, [b'x'], [image])


conversation = socket.socket(fileno=3)
device = os.open('/dev/fuse', os.O_RDWR)
options = f'fd={device},rootmode=40000,user_id={NOBODY},group_id={NOBODY}'
if len(sys.argv) > 4:
    options += ',' + sys.argv[4]
if libc.mount(b'private', FOLDER.encode(), b'fuse', 6, options.encode()) != 0:
    sys.exit(f'mount: {os.strerror(ctypes.get_errno())}')
threading.Thread(target=serve, args=(device,), daemon=True).start()
try:
    child = os.fork()
    if child == 0:
        open_as_nobody(conversation)
        os._exit(0)
    os.waitpid(child, 0)
    if conversation.recv(1):
        hangs.set()
        conversation.send(b'x')
        conversation.recv(1)
finally:
    libc.umount2(FOLDER.encode(), 2)
