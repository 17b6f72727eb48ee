/** What follows from how Platter is installed: a newer version underneath, udisks2 in place of the helper, and the one offer to open images. */
import { useState, type ReactElement } from 'react';
import type { Settings } from '../../../electron/ipc/state.ts';
import { Banner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { pickClasses } from '../../components/class-names.ts';
import { settle, tellFailure } from '../../state/actions.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';
import { actionTitles } from '../../text/action-words.ts';
import { installationWords } from '../../text/installation-words.ts';
import sheet from './window.module.css';

const css = pickClasses(sheet, ['banners']);

/** One at a time, the weightiest first. */
export function InstallationBanners(): ReactElement | null {
  const installation = useStoreState((state) => state.app?.installation);
  const wasAsked = useStoreState((state) => state.app?.settings.defaultProgram !== undefined);
  const isUdisks = useStoreState((state) => state.app?.actions.kind === 'ready' && state.app.actions.through === 'udisks');
  const [isUnderstood, setUnderstood] = useState(false);
  const banner = () => {
    const other = installation?.otherVersion ?? null;
    if (other !== null) {
      return (
        <Banner tone="warn" title={installationWords.otherVersion(other)}>
          {installationWords.otherVersionText}
        </Banner>
      );
    }
    if (isUdisks && !isUnderstood) return <UdisksBanner onUnderstood={() => setUnderstood(true)} />;
    return installation?.canBeDefault === true && !wasAsked ? <DefaultOffer /> : null;
  };
  const shown = banner();
  return shown === null ? null : <div className={css.banners}>{shown}</div>;
}

function UdisksBanner({ onUnderstood }: { readonly onUnderstood: () => void }): ReactElement {
  const action = <Button onPress={onUnderstood}>{installationWords.understood}</Button>;
  return (
    <Banner tone="info" title={installationWords.throughUdisks} actions={action}>
      {installationWords.throughUdisksText}
    </Banner>
  );
}

function DefaultOffer(): ReactElement {
  const context = usePlatter();
  const [busy, setBusy] = useState(false);
  const decide = async (defaultProgram: NonNullable<Settings['defaultProgram']>): Promise<void> => {
    setBusy(true);
    const reply = await settle(context.api.settingsSet({ defaultProgram }));
    if (!reply.ok) tellFailure(context, actionTitles.settings, reply.error);
    setBusy(false);
  };
  const actions = (
    <>
      <Button isDisabled={busy} onPress={() => void decide('platter')}>
        {installationWords.accept}
      </Button>
      <Button isDisabled={busy} onPress={() => void decide('other')}>
        {installationWords.decline}
      </Button>
    </>
  );
  return (
    <Banner tone="info" title={installationWords.offer} actions={actions}>
      {installationWords.offerText}
    </Banner>
  );
}
