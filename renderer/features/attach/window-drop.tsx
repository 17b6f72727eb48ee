/** The whole window takes files: dropped and pasted ones are opened at once (UX.md §3.4). */
import { useEffect, useState, type ReactElement } from 'react';
import { pickClasses } from '../../components/class-names.ts';
import { DiscIcon } from '../../components/icons.ts';
import { openAtOnce, tellFailure, type Context } from '../../state/actions.ts';
import { dropImages, pasteImages } from '../../state/device-actions.ts';
import { actionExcuse } from '../../state/excuses.ts';
import { usePlatter } from '../../state/react-context.ts';
import { pushToast } from '../../state/ui-store.ts';
import { actionTitles } from '../../text/action-words.ts';
import { excuseText } from '../../text/excuse-words.ts';
import { windowWords } from '../../text/words.ts';
import sheet from './attach.module.css';

const css = pickClasses(sheet, ['dropping']);

function holdsFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes('Files') ?? false;
}

/** True when nothing may be attached now; says why. */
function refused(context: Context): boolean {
  const excuse = excuseText(actionExcuse(context.appStore.getState()));
  if (excuse !== undefined) pushToast(context.ui, { text: excuse });
  return excuse !== undefined || context.ui.getState().dialog !== null;
}

async function takeDrop(context: Context, files: readonly File[]): Promise<void> {
  if (!refused(context)) await openAtOnce(context, await dropImages(context, files));
}

/** Opens what is in the clipboard; in Electron main reads it, since a page does not see files in it. */
export async function openFromClipboard(context: Context, text: string | null): Promise<void> {
  if (refused(context)) return;
  const electron = context.appStore.getState().app?.host === 'electron';
  await openAtOnce(context, await pasteImages(context, electron ? null : (text ?? '')));
}

/** For the menu and the palette, where no paste event brings the text. */
export async function readClipboard(context: Context): Promise<void> {
  if (context.appStore.getState().app?.host === 'electron') {
    await openFromClipboard(context, null);
    return;
  }
  try {
    await openFromClipboard(context, await navigator.clipboard.readText());
  } catch {
    tellFailure(context, actionTitles.paste, { code: 'NO_IMAGE_NAMED', message: 'The clipboard may not be read.' });
  }
}

function isEditable(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('input, textarea'));
}

export function WindowDrop(): ReactElement | null {
  const context = usePlatter();
  const [over, setOver] = useState(false);
  useEffect(() => {
    const drag = (event: DragEvent): void => {
      // Without this, Chromium opens the dropped file in place of the window.
      event.preventDefault();
      if (holdsFiles(event)) setOver(true);
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent): void => {
      event.preventDefault();
      setOver(false);
      if (holdsFiles(event)) void takeDrop(context, [...(event.dataTransfer?.files ?? [])]);
    };
    const paste = (event: ClipboardEvent): void => {
      if (isEditable(event.target)) return;
      event.preventDefault();
      void openFromClipboard(context, event.clipboardData?.getData('text/plain') ?? '');
    };
    document.addEventListener('dragover', drag);
    document.addEventListener('dragleave', leave);
    document.addEventListener('drop', drop);
    document.addEventListener('paste', paste);
    return () => {
      document.removeEventListener('dragover', drag);
      document.removeEventListener('dragleave', leave);
      document.removeEventListener('drop', drop);
      document.removeEventListener('paste', paste);
    };
  }, [context]);
  if (!over) return null;
  return (
    <div className={css.dropping} aria-hidden>
      <DiscIcon />
      {windowWords.dropHere}
    </div>
  );
}
