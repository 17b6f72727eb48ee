/** `npm run typecheck`. */
import { runTools, tools } from './tools.ts';

runTools(tools.typeCheck);
