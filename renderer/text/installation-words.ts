/** Words about how Platter is installed, and which program opens disk images. */

export const installationWords = {
  offer: 'Open disk images with Platter?',
  offerText: 'A double click on an image then shows its files. Preferences can take that back.',
  accept: 'Open with Platter',
  decline: 'Not Now',
  otherVersion: (version: string) => `Platter ${version} is installed`,
  otherVersionText: 'This window is still the version from before. Close it and open Platter again. Attached images stay attached.',
  throughUdisks: 'Attach, mount and detach only',
  throughUdisksText:
    'This AppImage works through udisks2. Everything else (growing, settings of a device, who uses it) needs the package for your system.',
  understood: 'Got It',
  preference: 'Open disk images with Platter',
  preferenceHint: 'A double click on an image in Files opens it here. Switched off, the program from before opens them again.',
  opening: 'Opening Files',
} as const;
