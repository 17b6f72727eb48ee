/** `npm run package`: builds the programs; putting them into packages is not there yet, and it says so. */
import { buildPrograms } from './programs.ts';

if (buildPrograms({ evenIfFresh: true })) {
  process.stderr.write(
    'The programs are in dist/. There is no configuration for .deb, .rpm and AppImage packages yet, so none was made.\n',
  );
}
process.exit(1);
