/** A choice of one among few, each with a sentence about it. */
import type { ReactElement } from 'react';
import { Radio, RadioGroup } from 'react-aria-components';
import { join, pickClasses } from './class-names.ts';
import cardSheet from './card.module.css';
import sheet from './radio.module.css';

const cardCss = pickClasses(cardSheet, ['card']);
const css = pickClasses(sheet, ['group', 'radio', 'mark', 'words', 'hint']);

export interface RadioOption<T extends string> {
  readonly id: T;
  readonly label: string;
  readonly hint: string;
  /** Takes the place of the hint when it cannot be chosen. */
  readonly excuse?: string | undefined;
}

export interface RadioCardProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly RadioOption<T>[];
  readonly onChange: (value: T) => void;
}

export function RadioCard<T extends string>({ label, value, options, onChange }: RadioCardProps<T>): ReactElement {
  const choose = (chosen: string): void => {
    const option = options.find(({ id }) => id === chosen);
    if (option !== undefined) onChange(option.id);
  };
  return (
    <RadioGroup aria-label={label} value={value} onChange={choose} className={join(cardCss.card, css.group)}>
      {options.map(({ id, label: name, hint, excuse }) => (
        <Radio key={id} value={id} className={css.radio} isDisabled={excuse !== undefined}>
          <span className={css.mark} aria-hidden />
          <span className={css.words}>
            <span>{name}</span>
            <span className={css.hint}>{excuse ?? hint}</span>
          </span>
        </Radio>
      ))}
    </RadioGroup>
  );
}
