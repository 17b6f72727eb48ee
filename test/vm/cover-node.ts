/**
 * Shell commands, run in the checkout, for the Node of a test machine.
 *
 * Under QEMU one Node in six died of SIGSEGV in WebAssembly code that V8 had just freed (Node's lexer of modules and its stripping of
 * types are such code); not seen without QEMU. So every Node in there, the helper's too, starts with the freeing switched off: the
 * project's is covered by a script that passes the flag on to a copy.
 */
export const coverNode = `mkdir -p /run/node && cp node_modules/node/bin/node /run/node/node || exit 1
printf '#!/bin/sh\nexec /run/node/node --no-wasm-code-gc "$@"\n' > /run/node/covered
chmod 755 /run/node /run/node/node /run/node/covered
mount --bind /run/node/covered node_modules/node/bin/node || exit 1`;
