/** Copies a value to the clipboard and says so. */
import type { ReactElement } from 'react';
import { Button } from './button.tsx';
import { CheckIcon, CopyIcon } from './icons.ts';
import { useCopy } from './use-copy.ts';

export interface CopyButtonProps {
  readonly value: string;
  /** What is copied: `Copy the path of the image`. */
  readonly label: string;
}

export function CopyButton({ value, label }: CopyButtonProps): ReactElement {
  const { copied, copy } = useCopy();
  return (
    <Button tone="flat" label={label} onPress={() => copy(value)}>
      {copied ? <CheckIcon aria-hidden /> : <CopyIcon aria-hidden />}
    </Button>
  );
}
