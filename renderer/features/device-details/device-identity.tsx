/** Which device it is and what state it is in, in one look. */
import type { ReactElement } from 'react';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { Chip } from '../../components/chip.tsx';
import { pickClasses } from '../../components/class-names.ts';
import { ForeignText } from '../../components/foreign-text.tsx';
import { useNow } from '../../components/use-now.ts';
import { isDeferred, isHeld, isMounted, nodePath, titleOf } from '../../state/device-facts.ts';
import { useUi } from '../../state/react-context.ts';
import { formatAgo, formatSize } from '../../text/format.ts';
import { pageWords } from '../../text/page-words.ts';
import { listWords } from '../../text/words.ts';
import type { TitleLevel } from './details-pane.tsx';
import { Identity } from './identity.tsx';
import sheet from './identity.module.css';

const css = pickClasses(sheet, ['more']);
const MINUTE_MS = 60_000;

export interface DeviceIdentityProps {
  readonly device: LoopDevice;
  readonly level: TitleLevel;
}

export function DeviceIdentity({ device, level }: DeviceIdentityProps): ReactElement {
  const asked = useUi((state) => state.deferred);
  return (
    <Identity
      level={level}
      mounted={isMounted(device)}
      title={<ForeignText selectable>{titleOf(device)}</ForeignText>}
      facts={
        <>
          <bdi dir="ltr">{formatSize(BigInt(device.sizeBytes))}</bdi>
          {' · '}
          <bdi dir="ltr">{nodePath(device)}</bdi>
          {' · '}
          {isMounted(device) ? listWords.mounted : listWords.notMounted}
          <AttachedAgo device={device} />
        </>
      }
      chips={
        <>
          {device.readOnly ? <Chip>{listWords.readOnly}</Chip> : null}
          {isHeld(device) ? <Chip tone="info">{listWords.inUse}</Chip> : null}
          {device.backingFileState === 'deleted' ? <Chip tone="error">{listWords.deletedFile}</Chip> : null}
          {isDeferred(device, asked) ? <Chip tone="warn">{listWords.detachesWhenFree}</Chip> : null}
        </>
      }
    />
  );
}

/** ` · attached 3 minutes ago`, where a record says when. */
function AttachedAgo({ device }: { readonly device: LoopDevice }): ReactElement | null {
  const at = device.attachment?.at ?? null;
  const now = useNow(at !== null, MINUTE_MS);
  if (at === null) return null;
  return (
    <span className={css.more}>
      {' · '}
      <bdi>{pageWords.attachedAgo(formatAgo(at, now))}</bdi>
    </span>
  );
}
