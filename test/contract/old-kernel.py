"""Runs a program on a kernel that seems to lack some ioctls: old-kernel.py ERRNO REQUEST[,REQUEST...] COMMAND...

A seccomp filter answers them as that kernel would; everything else is this kernel. Needs root.
"""
import ctypes
import os
import platform
import struct
import sys

PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
IOCTL = {'x86_64': 16, 'aarch64': 29}[platform.machine()]
# struct seccomp_data: nr at 0, the lower half of the second argument at 24.
NUMBER, REQUEST = 0, 24

errno, requests, command = int(sys.argv[1]), [int(word, 0) for word in sys.argv[2].split(',')], sys.argv[3:]
program = [(LOAD, 0, 0, NUMBER), (EQUAL, 0, len(requests) + 1, IOCTL), (LOAD, 0, 0, REQUEST)]
for place, request in enumerate(requests):
    program.append((EQUAL, len(requests) - place, 0, request))
program += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, ERRNO | errno)]
code = ctypes.create_string_buffer(b''.join(struct.pack('<HBBI', *line) for line in program))


class Filter(ctypes.Structure):
    _fields_ = [('length', ctypes.c_ushort), ('program', ctypes.c_void_p)]


filter_ = Filter(len(program), ctypes.addressof(code))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(filter_), 0, 0) != 0:
    raise OSError(ctypes.get_errno(), 'PR_SET_SECCOMP')
os.execv(command[0], command)
