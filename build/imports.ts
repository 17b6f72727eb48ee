/** Checks every source file against the import table (build/import-rules.ts); part of `npm run lint` and `npm test`. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './bootstrap.mjs';
import { importProblems } from './import-rules.ts';

const files = globSync('{electron,renderer,native-helper,build,test}/**/*.{ts,tsx,mjs}', {
  cwd: projectRoot,
  exclude: (name) => name.endsWith('.d.ts') || name === 'node_modules',
});
const problems = files
  .toSorted()
  .flatMap((file) => importProblems(file, readFileSync(join(projectRoot, file), 'utf8')).map((problem) => `${file}: ${problem}`));
process.stdout.write([...problems, `Checked the imports of ${files.length} files: ${problems.length} problems.`, ''].join('\n'));
process.exit(problems.length === 0 && files.length > 0 ? 0 : 1);
