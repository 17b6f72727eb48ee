/** `npm run build`: all programs into dist/, whether or not they changed. */
import { buildPrograms } from './programs.ts';

process.exit(buildPrograms({ evenIfFresh: true }) ? 0 : 1);
