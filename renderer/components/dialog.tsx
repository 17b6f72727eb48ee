/** A dialog of the window: Cancel or Close at the start, what it does at the end, a sheet where there is little room. */
import type { FormEvent, ReactElement, ReactNode } from 'react';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { commonWords } from '../text/words.ts';
import { Button } from './button.tsx';
import { join, pickClasses } from './class-names.ts';
import { CloseIcon } from './icons.ts';
import { ScrollRegion } from './scroll-region.tsx';
import sheet from './dialog.module.css';

const css = pickClasses(sheet, ['overlay', 'modal', 'wide', 'dialog', 'header', 'title', 'start', 'end', 'body']);

export interface DialogWindowProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** What the dialog does; without it, it only shows and has a Close button. */
  readonly confirm?: {
    readonly label: string;
    readonly run: () => void;
    readonly excuse?: string | undefined;
    readonly tone?: 'accent' | 'destructive';
    readonly busy?: boolean;
  };
  /** Leaving calls off what could be done, or, where that has begun or is done, only closes the dialog. */
  readonly leave?: 'cancel' | 'close';
  readonly size?: 'normal' | 'wide';
  readonly role?: 'dialog' | 'alertdialog';
  /** Nothing in it takes the focus: then it takes it itself, so that keys scroll it. */
  readonly textOnly?: boolean;
}

export function DialogWindow({
  title,
  onClose,
  children,
  confirm,
  leave = 'cancel',
  size = 'normal',
  role = 'dialog',
  textOnly = false,
}: DialogWindowProps): ReactElement {
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (confirm !== undefined && confirm.excuse === undefined && confirm.busy !== true) confirm.run();
  };
  return (
    <ModalOverlay isOpen onOpenChange={(open) => !open && onClose()} isDismissable={confirm === undefined} className={css.overlay}>
      <Modal className={join(css.modal, size === 'wide' && css.wide)}>
        <Dialog className={css.dialog} role={role}>
          <form className={css.dialog} onSubmit={submit} noValidate>
            <div className={css.header}>
              <div className={css.start}>{confirm === undefined ? null : <Button onPress={onClose}>{commonWords[leave]}</Button>}</div>
              <Heading slot="title" level={2} className={css.title}>
                {title}
              </Heading>
              <div className={css.end}>
                {confirm === undefined ? (
                  <Button tone="flat" label={commonWords.close} onPress={onClose}>
                    <CloseIcon aria-hidden />
                  </Button>
                ) : (
                  <Button type="submit" tone={confirm.tone ?? 'accent'} excuse={confirm.excuse} isDisabled={confirm.busy ?? false}>
                    {confirm.label}
                  </Button>
                )}
              </div>
            </div>
            {textOnly ? (
              <ScrollRegion label={title} className={css.body}>
                {children}
              </ScrollRegion>
            ) : (
              <div className={css.body}>{children}</div>
            )}
          </form>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
