/** A resize of the device's image that was stopped on the way, with the ways out. */
import { useState, type ReactElement } from 'react';
import type { ResizeEnding, UnfinishedResize } from '../../../electron/ipc/resize.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { Banner } from '../../components/banner.tsx';
import { finishResize } from '../../state/device-actions.ts';
import { actionExcuse } from '../../state/excuses.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';
import { excuseText } from '../../text/excuse-words.ts';
import { resizeWords, unfinishedText } from '../../text/resize-words.ts';
import { WaysOut } from '../resize/ways-out.tsx';

export interface UnfinishedBannerProps {
  readonly device: LoopDevice;
  readonly unfinished: UnfinishedResize;
}

export function UnfinishedBanner({ device, unfinished }: UnfinishedBannerProps): ReactElement | null {
  const context = usePlatter();
  const excuse = excuseText(useStoreState(actionExcuse));
  // The next look at the device says so too.
  const [isDone, setIsDone] = useState(false);
  const finish = async (how: ResizeEnding): Promise<void> => setIsDone(await finishResize(context, device, how));
  if (isDone) return null;
  const ways = <WaysOut excuse={excuse} replaced={unfinished.replaced} onFinish={(how) => void finish(how)} />;
  return (
    <Banner tone="warn" title={resizeWords.unfinished} actions={ways}>
      {unfinishedText(unfinished)}
    </Banner>
  );
}
