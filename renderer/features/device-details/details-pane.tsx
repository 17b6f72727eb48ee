/** The pane about what is selected: one device, several, one that is gone, or nothing. */
import type { ReactElement } from 'react';
import { Button } from '../../components/button.tsx';
import { pickClasses } from '../../components/class-names.ts';
import { ForeignText } from '../../components/foreign-text.tsx';
import { DetachIcon, DiscIcon } from '../../components/icons.ts';
import { undoDetach } from '../../state/actions.ts';
import { titleOf } from '../../state/device-facts.ts';
import { useDevice, usePlatter, useStoreState, useUi } from '../../state/react-context.ts';
import type { GoneDevice } from '../../state/ui-store.ts';
import { detailWords } from '../../text/device-words.ts';
import { DeviceDetails } from './device-details.tsx';
import { SeveralDevices } from './several-devices.tsx';
import sheet from './details-pane.module.css';

const css = pickClasses(sheet, ['placeholder', 'quiet']);

/** Level of the pane's heading: the first one where the list is not seen (UX.md §6). */
export type TitleLevel = 'h1' | 'h2';

export function DetailsPane({ narrow }: { readonly narrow: boolean }): ReactElement {
  const selection = useUi((state) => state.selection);
  const level: TitleLevel = narrow ? 'h1' : 'h2';
  const keys = [...selection];
  if (keys.length > 1) return <SeveralDevices keys={keys} level={level} />;
  const [key] = keys;
  return key === undefined ? <NothingSelected level={level} /> : <OneDevice key={key} deviceKey={key} level={level} />;
}

function OneDevice({ deviceKey, level }: { readonly deviceKey: string; readonly level: TitleLevel }): ReactElement {
  const device = useDevice(deviceKey);
  const gone = useUi((state) => state.gone.get(deviceKey));
  if (device !== undefined) return <DeviceDetails device={device} level={level} />;
  return gone === undefined ? <NothingSelected level={level} /> : <NoLongerAttached gone={gone} level={level} />;
}

function NothingSelected({ level: Title }: { readonly level: TitleLevel }): ReactElement {
  const any = useStoreState((state) => (state.app?.devices.length ?? 0) > 0);
  return (
    <div className={css.placeholder}>
      {any ? <DiscIcon aria-hidden /> : null}
      <Title tabIndex={-1} data-pane-start className={any ? undefined : css.quiet}>
        {detailWords.nothingSelected}
      </Title>
      {any ? <p>{detailWords.nothingSelectedText}</p> : null}
    </div>
  );
}

function NoLongerAttached({ gone, level: Title }: { readonly gone: GoneDevice; readonly level: TitleLevel }): ReactElement {
  const context = usePlatter();
  const { undoId } = gone;
  const open = useStoreState((state) => undoId !== null && (state.app?.undoOffers.some((offer) => offer.id === undoId) ?? false));
  const name = titleOf(gone.device);
  return (
    <div className={css.placeholder}>
      <DetachIcon aria-hidden />
      <Title tabIndex={-1} data-pane-start>
        <ForeignText>{name}</ForeignText>
      </Title>
      <p>
        {detailWords.gone}. {detailWords.goneText}
      </p>
      {open && undoId !== null ? <Button onPress={() => void undoDetach(context, undoId, name)}>{detailWords.attachAgain}</Button> : null}
    </div>
  );
}
