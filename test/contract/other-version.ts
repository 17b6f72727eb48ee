/** Answers hello as a helper of another version does, and waits for the end of its input. */
import { Socket } from 'node:net';
import { HelperError } from '../../native-helper/protocol/errors.ts';
import { errorLine } from '../../native-helper/rpc/replies.ts';

process.stdout.write(`${errorLine(1, new HelperError('VERSION_MISMATCH'))}\n`);
new Socket({ fd: 0 }).on('end', () => process.exit(0)).resume();
