/** Lasting states of the whole window: view only, waiting, list or line lost. */
import { useState, type ReactElement } from 'react';
import { Banner, ErrorBanner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { pickClasses } from '../../components/class-names.ts';
import { unlock } from '../../state/actions.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';
import { bannerWords, commonWords } from '../../text/words.ts';
import { describeError } from '../../text/describe-error.ts';
import sheet from './window.module.css';

const css = pickClasses(sheet, ['banners']);

export function WindowBanners(): ReactElement | null {
  const connection = useStoreState((state) => state.connection);
  const list = useStoreState((state) => state.app?.list);
  const actions = useStoreState((state) => state.app?.actions);
  if (connection === 'lost') {
    return (
      <div className={css.banners}>
        <Banner tone="warn" title={bannerWords.connectionLost} urgent>
          {bannerWords.connectionLostText}
        </Banner>
      </div>
    );
  }
  if (list?.kind === 'lost') {
    return (
      <div className={css.banners}>
        <ErrorBanner
          error={list.error}
          action={bannerWords.listLost}
          changed={bannerWords.listLostText}
          actions={<UnlockButton label={commonWords.tryAgain} />}
        />
      </div>
    );
  }
  if (actions === undefined || actions.kind === 'ready') return null;
  return (
    <div className={css.banners}>
      {actions.kind === 'locked' ? (
        <Banner tone="info" title={bannerWords.viewOnly} actions={<UnlockButton label={bannerWords.unlock} />}>
          {bannerWords.viewOnlyText}
        </Banner>
      ) : null}
      {actions.kind === 'authorizing' ? (
        <Banner tone="info" title={bannerWords.authorizing}>
          {bannerWords.authorizingText}
        </Banner>
      ) : null}
      {actions.kind === 'failed' ? (
        <ErrorBanner
          error={actions.error}
          urgent={!describeError(actions.error).quiet}
          actions={<UnlockButton label={commonWords.tryAgain} />}
        />
      ) : null}
    </div>
  );
}

function UnlockButton({ label }: { readonly label: string }): ReactElement {
  const context = usePlatter();
  const [busy, setBusy] = useState(false);
  const run = async (): Promise<void> => {
    setBusy(true);
    await unlock(context);
    setBusy(false);
  };
  return (
    <Button isDisabled={busy} onPress={() => void run()}>
      {label}
    </Button>
  );
}
