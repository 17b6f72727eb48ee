/** A lasting message at the top of a pane or inside a dialog (UX.md §3.8). */
import { useState, type ReactElement, type ReactNode } from 'react';
import type { AppErrorData } from '../../electron/ipc/errors.ts';
import { describeError } from '../text/describe-error.ts';
import { commonWords } from '../text/words.ts';
import { Button } from './button.tsx';
import { join, pickClasses } from './class-names.ts';
import { CopyButton } from './copy-button.tsx';
import { AlertIcon, InfoIcon, WarnIcon } from './icons.ts';
import { ScrollRegion } from './scroll-region.tsx';
import sheet from './banner.module.css';

const css = pickClasses(sheet, ['banner', 'warn', 'error', 'body', 'title', 'text', 'actions', 'raw', 'lines']);
const icons = { info: InfoIcon, warn: WarnIcon, error: AlertIcon } as const;

export interface BannerProps {
  readonly tone: 'info' | 'warn' | 'error';
  readonly title?: string;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
  /** Raw text behind a Details button. */
  readonly raw?: string | null;
  /** Read at once: something went wrong because of what was just done. */
  readonly urgent?: boolean;
}

export function Banner({ tone, title, children, actions, raw = null, urgent = false }: BannerProps): ReactElement {
  const [open, setOpen] = useState(false);
  const Icon = icons[tone];
  return (
    <div
      className={join(css.banner, tone !== 'info' && css[tone])}
      role={urgent ? 'alert' : 'group'}
      aria-label={urgent ? undefined : title}
    >
      <Icon aria-hidden />
      <div className={css.body}>
        {title === undefined ? null : <p className={css.title}>{title}</p>}
        {children === undefined ? null : <div className={css.text}>{children}</div>}
        {actions === undefined && raw === null ? null : (
          <div className={css.actions}>
            {actions}
            {raw === null ? null : (
              <Button onPress={() => setOpen(!open)}>{open ? commonWords.hideDetails : commonWords.showDetails}</Button>
            )}
          </div>
        )}
        {open && raw !== null ? (
          <div className={css.raw}>
            <ScrollRegion label={commonWords.details} className={css.lines}>
              <pre>{raw}</pre>
            </ScrollRegion>
            <CopyButton value={raw} label={commonWords.copyDetails} />
          </div>
        ) : null}
      </div>
    </div>
  );
}

export interface ErrorBannerProps {
  readonly error: AppErrorData;
  /** First sentence: what could not be done. */
  readonly action?: string;
  /** What did and did not change, where that does not follow from the code alone. */
  readonly changed?: string;
  readonly actions?: ReactNode;
  readonly urgent?: boolean;
}

/** Words, cause, what changed and the next step of a failure. */
export function ErrorBanner({ error, action, changed, actions, urgent = true }: ErrorBannerProps): ReactElement {
  const said = describeError(error, action);
  return (
    <Banner tone={said.quiet ? 'info' : 'error'} title={said.title} actions={actions} raw={said.quiet ? null : said.raw} urgent={urgent}>
      <p>{said.happened}</p>
      {said.quiet ? null : <p>{changed ?? said.changed}</p>}
      <p>{said.next}</p>
    </Banner>
  );
}
