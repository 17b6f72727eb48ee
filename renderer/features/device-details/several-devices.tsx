/** Several devices at once: how many, how large together, and what can be done to all. */
import type { ReactElement } from 'react';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import { Button } from '../../components/button.tsx';
import { pickClasses } from '../../components/class-names.ts';
import { DetachIcon, MountIcon, UnmountIcon } from '../../components/icons.ts';
import { Row, RowGroup } from '../../components/rows.tsx';
import { ForeignText } from '../../components/foreign-text.tsx';
import { detachDevices } from '../../state/actions.ts';
import { allMounts, isMounted, keyOf, nodeName, titleOf } from '../../state/device-facts.ts';
import { actionExcuse } from '../../state/excuses.ts';
import { mountEach, unmountAll } from '../../state/mount-actions.ts';
import { mountChoice } from '../../state/parts.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';
import { deviceMenuWords, detailWords } from '../../text/device-words.ts';
import { excuseText } from '../../text/excuse-words.ts';
import { formatSize } from '../../text/format.ts';
import { mountWords } from '../../text/mount-words.ts';
import { listWords } from '../../text/words.ts';
import type { TitleLevel } from './details-pane.tsx';
import { Identity } from './identity.tsx';
import sheet from './page.module.css';

const css = pickClasses(sheet, ['scroll', 'content', 'actions']);
/** More rows than this only tell what the list tells already. */
const LISTED = 50;

export interface SeveralDevicesProps {
  readonly keys: readonly string[];
  readonly level: TitleLevel;
}

export function SeveralDevices({ keys, level }: SeveralDevicesProps): ReactElement {
  const wanted = new Set(keys);
  const devices: readonly LoopDevice[] = useStoreState(
    useShallow((state) => (state.app?.devices ?? []).filter((device) => wanted.has(keyOf(device)))),
  );
  let sum = 0n;
  for (const device of devices) sum += BigInt(device.sizeBytes);
  const mounted = devices.filter(isMounted).length;
  return (
    <div className={css.scroll}>
      <div className={css.content}>
        <Identity
          level={level}
          title={detailWords.several(devices.length)}
          facts={
            <>
              <bdi dir="ltr">{detailWords.severalText(formatSize(sum))}</bdi>
              {mounted === 0 ? null : (
                <>
                  {' · '}
                  <bdi>{detailWords.severalMounted(mounted)}</bdi>
                </>
              )}
            </>
          }
        />
        <SeveralButtons devices={devices} />
        <RowGroup>
          {devices.slice(0, LISTED).map((device) => (
            <Row
              key={keyOf(device)}
              label={<ForeignText>{titleOf(device)}</ForeignText>}
              hint={
                <bdi dir="ltr">
                  {nodeName(device)} · {formatSize(BigInt(device.sizeBytes))}
                </bdi>
              }
            >
              {isMounted(device) ? listWords.mounted : null}
            </Row>
          ))}
        </RowGroup>
      </div>
    </div>
  );
}

function SeveralButtons({ devices }: { readonly devices: readonly LoopDevice[] }): ReactElement {
  const context = usePlatter();
  const excuse = excuseText(useStoreState(actionExcuse));
  const known = useStore(context.contents.store);
  // What is on a device whose row was never in sight is found out before it is mounted.
  const mountable = devices.filter((device) => {
    const found = known.get(keyOf(device));
    return found === undefined ? !isMounted(device) : mountChoice(device, found).mountable.length > 0;
  });
  const mounted = devices.filter(isMounted);
  const unmount = (): void => void Promise.all(mounted.map((device) => unmountAll(context, device, allMounts(device))));
  return (
    <div className={css.actions}>
      {mountable.length === 0 ? null : (
        <Button tone="accent" excuse={excuse} onPress={() => void mountEach(context, mountable)}>
          <MountIcon aria-hidden />
          {mountWords.mountAll}
        </Button>
      )}
      {mounted.length === 0 ? null : (
        <Button excuse={excuse} onPress={unmount}>
          <UnmountIcon aria-hidden />
          {mountWords.unmountAll}
        </Button>
      )}
      <Button excuse={excuse} onPress={() => void detachDevices(context, devices)}>
        <DetachIcon aria-hidden />
        {deviceMenuWords.detachMany}
      </Button>
    </div>
  );
}
