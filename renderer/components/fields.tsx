/** Text fields: a label above, a hint or the error below, told on leaving the field (UX.md §3.8). */
import type { ReactElement } from 'react';
import { FieldError, Input, Label, SearchField as AriaSearchField, Text, TextField as AriaTextField } from 'react-aria-components';
import { commonWords } from '../text/words.ts';
import { Button } from './button.tsx';
import { pickClasses } from './class-names.ts';
import { CloseIcon, SearchIcon } from './icons.ts';
import sheet from './field.module.css';

const css = pickClasses(sheet, ['field', 'label', 'input', 'hint', 'error', 'search']);

export interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hint?: string;
  readonly error?: string | undefined;
  readonly placeholder?: string;
  readonly autoFocus?: boolean;
}

export function TextField({ label, value, onChange, hint, error, placeholder, autoFocus = false }: TextFieldProps): ReactElement {
  return (
    <AriaTextField className={css.field} value={value} onChange={onChange} isInvalid={error !== undefined} autoFocus={autoFocus}>
      <Label className={css.label}>{label}</Label>
      <Input className={css.input} {...(placeholder === undefined ? {} : { placeholder })} dir="auto" />
      {hint === undefined || error !== undefined ? null : (
        <Text slot="description" className={css.hint}>
          {hint}
        </Text>
      )}
      <FieldError className={css.error}>{error}</FieldError>
    </AriaTextField>
  );
}

export interface SearchFieldProps {
  readonly label: string;
  /** Left out where an Autocomplete around the field keeps its text. */
  readonly value?: string;
  readonly onChange?: (value: string) => void;
  readonly id?: string;
  readonly autoFocus?: boolean;
  /** A list under the field follows what is typed. */
  readonly opensList?: boolean;
}

export function SearchField({ label, value, onChange, id, autoFocus = false, opensList = false }: SearchFieldProps): ReactElement {
  return (
    <AriaSearchField
      className={css.search}
      aria-label={label}
      {...(value === undefined ? {} : { value })}
      {...(onChange === undefined ? {} : { onChange })}
      autoFocus={autoFocus}
    >
      <SearchIcon aria-hidden />
      <Input
        className={css.input}
        placeholder={label}
        {...(id === undefined ? {} : { id })}
        {...(opensList ? { role: 'combobox', 'aria-expanded': true } : {})}
        dir="auto"
      />
      <Button tone="flat" label={commonWords.clear} excludeFromTabOrder>
        <CloseIcon aria-hidden />
      </Button>
    </AriaSearchField>
  );
}
