/** `npm run format`: writes every source file in the one format; `-- --check` only says which differ. */
import { runTools, tools } from './tools.ts';

runTools(process.argv.includes('--check') ? tools.formatCheck : tools.format);
