/** What the commands of the keyboard and the palette are called. */
export const commandWords = {
  attach: 'Attach Image…',
  paste: 'Attach from Clipboard',
  undo: 'Undo the Last Detach or Attach',
  detach: 'Detach',
  mount: 'Mount or Unmount',
  openFiles: 'Open in Files',
  grow: 'Grow…',
  copyPath: 'Copy Image Path',
  copyNode: 'Copy Device Node',
  advanced: 'Advanced Settings of the Device',
  rowMenu: 'Menu of the Device',
  search: 'Search',
  palette: 'Find an Action',
  jobs: 'Jobs',
  devices: 'Go to the List',
  nextPane: 'Next Pane',
  previousPane: 'Previous Pane',
  back: 'Back to the List',
  mainMenu: 'Main Menu',
  nodes: 'Loop Device Nodes…',
  preferences: 'Preferences…',
  shortcuts: 'Keyboard Shortcuts',
  about: 'About Platter',
  nothingSelected: 'Select a device first.',
  nothingMounted: 'Nothing of it is mounted.',
} as const;

/** Keys that the list and the dialogs handle themselves. */
export const builtInKeys = [
  { keys: '↑ ↓ Home End', label: 'Move in the List' },
  { keys: 'Shift+↑ ↓', label: 'Select Several' },
  { keys: 'Ctrl+A', label: 'Select All' },
  { keys: 'Enter', label: 'Open in Files, Mount, or Go to the Details' },
  { keys: '→ ←', label: 'Into and out of the Buttons of a Row' },
  { keys: 'Esc', label: 'Close, or Back to the List' },
] as const;
