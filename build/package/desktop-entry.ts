/** The desktop entry: what menus, docks and file managers know of the window. */
import { convertedTypes, openedTypes } from '../../electron/settings/opened-types.ts';

const mediaTypes = [...openedTypes, ...convertedTypes];

/** In the form electron-builder takes; it adds Exec, Icon, Comment, Categories and StartupWMClass. */
export function desktopEntry(program: string) {
  return {
    entry: {
      GenericName: 'Disk Images',
      Keywords: 'disk;image;iso;img;loop;mount;attach;squashfs;qcow2;partition;',
      MimeType: `${mediaTypes.join(';')};`,
      StartupNotify: 'true',
      Actions: 'attach-image;new-image;',
    },
    desktopActions: {
      'attach-image': { Name: 'Attach Image…', Exec: `${program} --attach-image` },
      'new-image': { Name: 'New Image…', Exec: `${program} --new-image` },
    },
  };
}
