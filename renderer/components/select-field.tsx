/** A choice with its label above, as a text field has it; an option that cannot be chosen says why. */
import type { ReactElement } from 'react';
import { Button as AriaButton, Label, ListBox, Popover, Select, SelectValue, Text } from 'react-aria-components';
import { pickClasses } from './class-names.ts';
import { ChevronDownIcon } from './icons.ts';
import { OptionItem } from './menu.tsx';
import selectSheet from './select-button.module.css';
import sheet from './field.module.css';
import menuSheet from './menu.module.css';

const css = pickClasses(sheet, ['field', 'label', 'hint']);
const selectCss = pickClasses(selectSheet, ['select']);
const menuCss = pickClasses(menuSheet, ['popover', 'menu']);

export interface SelectOption<T extends string> {
  readonly id: T;
  readonly label: string;
  /** Why it cannot be chosen. */
  readonly excuse?: string | undefined;
}

export interface SelectFieldProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly SelectOption<T>[];
  readonly onChange: (value: T) => void;
  readonly hint?: string | undefined;
}

export function SelectField<T extends string>({ label, value, options, onChange, hint }: SelectFieldProps<T>): ReactElement {
  const choose = (key: unknown): void => {
    const chosen = options.find((option) => option.id === key);
    if (chosen !== undefined) onChange(chosen.id);
  };
  return (
    <Select
      className={css.field}
      value={value}
      onChange={choose}
      disabledKeys={options.filter(({ excuse }) => excuse !== undefined).map(({ id }) => id)}
    >
      <Label className={css.label}>{label}</Label>
      <AriaButton className={selectCss.select}>
        <SelectValue>{({ defaultChildren }) => options.find(({ id }) => id === value)?.label ?? defaultChildren}</SelectValue>
        <ChevronDownIcon aria-hidden />
      </AriaButton>
      {hint === undefined ? null : (
        <Text slot="description" className={css.hint}>
          {hint}
        </Text>
      )}
      <Popover className={menuCss.popover} offset={4}>
        <ListBox className={menuCss.menu}>
          {options.map((option) => (
            <OptionItem key={option.id} id={option.id} textValue={option.label} excuse={option.excuse}>
              {option.label}
            </OptionItem>
          ))}
        </ListBox>
      </Popover>
    </Select>
  );
}
