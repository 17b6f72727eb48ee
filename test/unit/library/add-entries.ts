/** `add-entries.ts FILE NAME COUNT`: a program of its own that adds images to a library one by one. */
import { withUse } from '../../../electron/library/library-document.ts';
import { LibraryFile } from '../../../electron/library/library-file.ts';

const [path = '', name = '', count = '0'] = process.argv.slice(2);
const file = new LibraryFile(path);
for (let index = 0; index < Number(count); index += 1) {
  await file.update((document) => withUse(document, `/images/${name}-${index}.img`, index + 1));
}
