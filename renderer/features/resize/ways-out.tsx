/** What can be done about a resize that was stopped on the way. */
import type { ReactElement } from 'react';
import type { ResizeEnding } from '../../../electron/ipc/resize.ts';
import { Button } from '../../components/button.tsx';
import { resizeWords } from '../../text/resize-words.ts';

export interface WaysOutProps {
  readonly onFinish: (how: ResizeEnding) => void;
  /** The image is another one by now: nothing of the resize may be done to it. */
  readonly replaced: boolean;
  /** Why none can be taken now. */
  readonly excuse?: string | undefined;
}

export function WaysOut({ onFinish, replaced, excuse }: WaysOutProps): ReactElement {
  if (replaced) {
    return (
      <Button excuse={excuse} onPress={() => onFinish('forget')}>
        {resizeWords.forget}
      </Button>
    );
  }
  return (
    <>
      <Button excuse={excuse} onPress={() => onFinish('continue')}>
        {resizeWords.goOn}
      </Button>
      <Button excuse={excuse} onPress={() => onFinish('undo')}>
        {resizeWords.putBack}
      </Button>
    </>
  );
}
