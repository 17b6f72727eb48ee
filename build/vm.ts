/** `npm run vm -- [--machine NAME] [COMMAND…]`: a command, or a shell, inside a test machine. */
import '../test/vm/run.ts';
