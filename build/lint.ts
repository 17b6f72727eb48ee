/** `npm run lint`: oxlint, type-aware, then the import table. */
import { runTools, tools } from './tools.ts';

runTools([...tools.lint, ...process.argv.slice(2)], tools.importRules);
