/** The command palette: actions for the selection first, then devices (UX.md §3.11). */
import { useEffect, useMemo, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { Autocomplete, Header, ListBox, ListBoxItem, ListBoxSection, Dialog, Modal, ModalOverlay, useFilter } from 'react-aria-components';
import type { LibraryImage } from '../../../electron/ipc/library.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { pickClasses } from '../../components/class-names.ts';
import { SearchField } from '../../components/fields.tsx';
import { ForeignText } from '../../components/foreign-text.tsx';
import { showDevice } from '../../state/actions.ts';
import { keyOf, nodeName, titleOf } from '../../state/device-facts.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';
import { useCloseDialog } from '../../state/own-dialog.ts';
import { commandWords } from '../../text/command-words.ts';
import { paletteWords } from '../../text/dialog-words.ts';
import { showText } from '../../text/format.ts';
import { libraryWords } from '../../text/library-words.ts';
import { commandsOf } from '../window/commands.ts';
import sheet from './palette.module.css';

const css = pickClasses(sheet, ['overlay', 'modal', 'dialog', 'head', 'list', 'heading', 'item', 'label', 'keys', 'none']);
/** Typing narrows the list down; more entries nobody reads. */
const LISTED_DEVICES = 200;
const LISTED_IMAGES = 500;

export function PaletteDialog(): ReactElement {
  const context = usePlatter();
  const devices = useStoreState((state) => state.app?.devices);
  const { library } = context;
  const images = useStore(library.store, (state) => state.images);
  useEffect(() => library.watch(), [library]);
  const { contains } = useFilter({ sensitivity: 'base' });
  const commands = useMemo(
    () => commandsOf(context).filter((command) => command.inPalette === true && command.excuse === undefined),
    [context],
  );
  const close = useCloseDialog();
  const run = (id: string): void => {
    close();
    const device = devices?.find((one) => keyOf(one) === id);
    const image = images.get(id);
    if (device !== undefined) showDevice(context, device.number);
    else if (image !== undefined) context.ui.setState({ view: 'library', librarySelection: new Set([id]), pane: 'details' });
    else commands.find((command) => command.id === id)?.run();
  };
  return (
    <ModalOverlay isOpen onOpenChange={(open) => !open && close()} isDismissable className={css.overlay}>
      <Modal className={css.modal}>
        <Dialog className={css.dialog} aria-label={paletteWords.title}>
          <Autocomplete filter={contains}>
            <div className={css.head}>
              <PaletteSearch />
            </div>
            <ListBox
              className={css.list}
              aria-label={paletteWords.label}
              onAction={(key) => run(String(key))}
              renderEmptyState={() => <p className={css.none}>{paletteWords.none}</p>}
            >
              <ListBoxSection>
                <Header className={css.heading}>{paletteWords.actions}</Header>
                {commands.map((command) => (
                  <ListBoxItem key={command.id} id={command.id} textValue={commandWords[command.id]} className={css.item}>
                    <span className={css.label}>{commandWords[command.id]}</span>
                    <kbd className={css.keys}>{command.keys}</kbd>
                  </ListBoxItem>
                ))}
              </ListBoxSection>
              {deviceSection(devices ?? [])}
              {imageSection([...images.values()])}
            </ListBox>
          </Autocomplete>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function deviceSection(devices: readonly LoopDevice[]): ReactElement {
  return (
    <ListBoxSection>
      <Header className={css.heading}>{paletteWords.devices}</Header>
      {devices.slice(0, LISTED_DEVICES).map((device) => (
        <ListBoxItem
          key={keyOf(device)}
          id={keyOf(device)}
          textValue={`${showText(titleOf(device))} ${nodeName(device)}`}
          className={css.item}
        >
          <span className={css.label}>
            <ForeignText>{titleOf(device)}</ForeignText>
          </span>
          <bdi dir="ltr" className={css.keys}>
            {nodeName(device)}
          </bdi>
        </ListBoxItem>
      ))}
    </ListBoxSection>
  );
}

function imageSection(images: readonly LibraryImage[]): ReactElement | null {
  if (images.length === 0) return null;
  return (
    <ListBoxSection>
      <Header className={css.heading}>{libraryWords.tab}</Header>
      {images.slice(0, LISTED_IMAGES).map((image) => (
        <ListBoxItem key={image.id} id={image.id} textValue={showText(image.name)} className={css.item}>
          <span className={css.label}>
            <ForeignText>{image.name}</ForeignText>
          </span>
          <ForeignText className={css.keys}>{image.folder}</ForeignText>
        </ListBoxItem>
      ))}
    </ListBoxSection>
  );
}

/** The field; Autocomplete keeps its text. */
function PaletteSearch(): ReactElement {
  return <SearchField label={paletteWords.title} autoFocus opensList />;
}
