/** The list of keys. */
import type { ReactElement } from 'react';
import { DialogWindow } from '../../components/dialog.tsx';
import { Row, RowGroup } from '../../components/rows.tsx';
import { pickClasses } from '../../components/class-names.ts';
import { usePlatter } from '../../state/react-context.ts';
import { useCloseDialog } from '../../state/own-dialog.ts';
import { builtInKeys, commandWords } from '../../text/command-words.ts';
import { shortcutWords } from '../../text/dialog-words.ts';
import { commandsOf } from '../window/commands.ts';
import sheet from './shortcuts.module.css';

const css = pickClasses(sheet, ['keys']);

function Keys({ keys }: { readonly keys: string }): ReactElement {
  return (
    <bdi dir="ltr" className={css.keys}>
      {keys.split('+').map((key) => (
        <kbd key={key}>{key === 'ArrowLeft' ? '←' : key}</kbd>
      ))}
    </bdi>
  );
}

export function ShortcutsDialog(): ReactElement {
  const context = usePlatter();
  const close = useCloseDialog();
  const commands = commandsOf(context).filter((command) => command.keys !== '');
  return (
    <DialogWindow title={shortcutWords.title} textOnly onClose={close}>
      <RowGroup>
        {builtInKeys.map(({ keys, label }) => (
          <Row key={label} label={label}>
            <Keys keys={keys} />
          </Row>
        ))}
      </RowGroup>
      <RowGroup>
        {commands.map((command) => (
          <Row key={command.id} label={commandWords[command.id]}>
            <Keys keys={command.keys} />
          </Row>
        ))}
      </RowGroup>
    </DialogWindow>
  );
}
