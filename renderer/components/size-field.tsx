/** A size with a unit: a typed suffix moves the unit, and the exact number of bytes stands below. */
import { useState, type ReactElement } from 'react';
import {
  Button as AriaButton,
  FieldError,
  Input,
  Label,
  ListBox,
  Popover,
  Select,
  SelectValue,
  Text,
  TextField as AriaTextField,
} from 'react-aria-components';
import { formatExactBytes } from '../text/format.ts';
import { parseSize, sizeUnits } from '../text/parse-size.ts';
import type { SizeText } from '../text/size-text.ts';
import { fieldWords } from '../text/words.ts';
import { join, pickClasses } from './class-names.ts';
import { ChevronDownIcon } from './icons.ts';
import { OptionItem } from './menu.tsx';
import sheet from './field.module.css';
import menuSheet from './menu.module.css';
import selectSheet from './select-button.module.css';

const css = pickClasses(sheet, ['field', 'label', 'line', 'input', 'hint', 'error', 'unit']);
const menuCss = pickClasses(menuSheet, ['popover', 'menu']);
const selectCss = pickClasses(selectSheet, ['select']);

export interface SizeFieldProps {
  readonly label: string;
  readonly value: SizeText;
  readonly onChange: (value: SizeText) => void;
  readonly hint?: string;
  /** Shown once the field was left. */
  readonly error?: string | undefined;
  readonly autoFocus?: boolean;
  /** Show the error before the field was left: it may come from elsewhere. */
  readonly shownAtOnce?: boolean;
}

export function SizeField({ label, value, onChange, hint, error, autoFocus = false, shownAtOnce = false }: SizeFieldProps): ReactElement {
  const [touched, setTouched] = useState(false);
  const parsed = parseSize(value.text, value.unit);
  const wrong = parsed.kind === 'size' ? error : fieldWords.notASize;
  const shown = touched || shownAtOnce ? wrong : undefined;
  const exact = parsed.kind === 'size' ? formatExactBytes(parsed.bytes) : undefined;

  const leave = (): void => {
    setTouched(true);
    if (parsed.kind === 'size' && parsed.unit !== null) onChange({ text: parsed.number, unit: parsed.unit });
  };
  const chooseUnit = (key: unknown): void => {
    const unit = sizeUnits.find((one) => one === key);
    if (unit !== undefined) onChange({ text: value.text, unit });
  };
  return (
    <AriaTextField
      className={css.field}
      value={value.text}
      onChange={(text) => onChange({ text, unit: value.unit })}
      onBlur={leave}
      isInvalid={shown !== undefined}
      autoFocus={autoFocus}
    >
      <Label className={css.label}>{label}</Label>
      <div className={css.line}>
        <Input className={css.input} inputMode="decimal" dir="ltr" />
        <Select aria-label={fieldWords.unitOf(label)} value={value.unit} onChange={chooseUnit}>
          <AriaButton className={join(selectCss.select, css.unit)}>
            <SelectValue />
            <ChevronDownIcon aria-hidden />
          </AriaButton>
          <Popover className={menuCss.popover} offset={4}>
            <ListBox className={menuCss.menu}>
              {sizeUnits.map((unit) => (
                <OptionItem key={unit} id={unit} textValue={fieldWords.units[unit]}>
                  {fieldWords.units[unit]}
                </OptionItem>
              ))}
            </ListBox>
          </Popover>
        </Select>
      </div>
      {shown === undefined ? (
        <Text slot="description" className={css.hint}>
          {exact === undefined ? null : <bdi dir="ltr">= {exact}</bdi>}
          {hint === undefined ? null : ' · '}
          <bdi>{hint}</bdi>
        </Text>
      ) : null}
      <FieldError className={css.error}>{shown}</FieldError>
    </AriaTextField>
  );
}
