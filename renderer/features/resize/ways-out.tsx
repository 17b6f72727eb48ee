/** What can be done about a resize that was stopped on the way. */
import type { ReactElement } from 'react';
import { Button } from '../../components/button.tsx';
import { resizeWords } from '../../text/resize-words.ts';

export interface WaysOutProps {
  readonly onFinish: (how: 'continue' | 'undo') => void;
  /** Why neither can be done now. */
  readonly excuse?: string | undefined;
}

export function WaysOut({ onFinish, excuse }: WaysOutProps): ReactElement {
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
