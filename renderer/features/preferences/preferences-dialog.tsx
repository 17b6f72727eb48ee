/** Preferences; each takes effect at once and is kept by main. */
import type { ReactElement } from 'react';
import type { Settings } from '../../../electron/ipc/state.ts';
import { DialogWindow } from '../../components/dialog.tsx';
import { RowGroup, SelectRow, SwitchRow } from '../../components/rows.tsx';
import { settle, tellFailure } from '../../state/actions.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';
import { useCloseDialog } from '../../state/own-dialog.ts';
import { actionTitles } from '../../text/action-words.ts';
import { preferenceWords } from '../../text/dialog-words.ts';
import { installationWords } from '../../text/installation-words.ts';

interface OpeningGroupProps {
  readonly settings: Settings;
  readonly onChange: (program: NonNullable<Settings['defaultProgram']>) => void;
}

const schemes = ['system', 'light', 'dark'] as const;

export function PreferencesDialog(): ReactElement | null {
  const context = usePlatter();
  const close = useCloseDialog();
  const settings = useStoreState((state) => state.app?.settings);
  if (settings === undefined) return null;
  const change = async (patch: Partial<Settings>): Promise<void> => {
    const reply = await settle(context.api.settingsSet(patch));
    if (!reply.ok) tellFailure(context, actionTitles.settings, reply.error);
    // A choice in the list footer was for this session; the preference is the later word.
    else if (patch.showSystemDevices !== undefined) context.ui.setState({ showSystem: null });
  };
  return (
    <DialogWindow title={preferenceWords.title} onClose={close}>
      <RowGroup title={preferenceWords.attaching}>
        <SwitchRow
          label={preferenceWords.readOnly}
          hint={preferenceWords.readOnlyHint}
          isSelected={settings.attachReadOnly}
          onChange={(attachReadOnly) => void change({ attachReadOnly })}
        />
        <SwitchRow
          label={preferenceWords.partitionScan}
          hint={preferenceWords.partitionScanHint}
          isSelected={settings.partitionScan}
          onChange={(partitionScan) => void change({ partitionScan })}
        />
        <SwitchRow
          label={preferenceWords.mount}
          hint={preferenceWords.mountHint}
          isSelected={settings.mountFileSystems}
          onChange={(mountFileSystems) => void change({ mountFileSystems })}
        />
        <SwitchRow
          label={preferenceWords.openFolder}
          hint={preferenceWords.openFolderHint}
          isSelected={settings.openFolder && settings.mountFileSystems}
          excuse={settings.mountFileSystems ? undefined : preferenceWords.openFolderNeedsMount}
          onChange={(openFolder) => void change({ openFolder })}
        />
      </RowGroup>
      <OpeningGroup settings={settings} onChange={(defaultProgram) => void change({ defaultProgram })} />
      <RowGroup title={preferenceWords.list}>
        <SwitchRow
          label={preferenceWords.system}
          hint={preferenceWords.systemHint}
          isSelected={settings.showSystemDevices}
          onChange={(showSystemDevices) => void change({ showSystemDevices })}
        />
      </RowGroup>
      <RowGroup title={preferenceWords.appearance}>
        <SelectRow
          label={preferenceWords.colours}
          value={settings.colourScheme}
          options={schemes.map((id) => ({ id, label: preferenceWords.schemes[id] }))}
          onChange={(colourScheme) => void change({ colourScheme })}
        />
      </RowGroup>
    </DialogWindow>
  );
}

/** Only where Platter is installed as a package. */
function OpeningGroup({ settings, onChange }: OpeningGroupProps): ReactElement | null {
  const canBeDefault = useStoreState((state) => state.app?.installation?.canBeDefault === true);
  if (!canBeDefault) return null;
  return (
    <RowGroup title={installationWords.opening}>
      <SwitchRow
        label={installationWords.preference}
        hint={installationWords.preferenceHint}
        isSelected={settings.defaultProgram === 'platter'}
        onChange={(isOurs) => onChange(isOurs ? 'platter' : 'other')}
      />
    </RowGroup>
  );
}
