/** Buttons: an action that cannot be done stays reachable and says why (STYLE.md example 12). */
import { useId, type ReactElement, type ReactNode, type Ref } from 'react';
import { Button as AriaButton, Tooltip, TooltipTrigger, VisuallyHidden } from 'react-aria-components';
import { join, pickClasses } from './class-names.ts';
import sheet from './button.module.css';

const css = pickClasses(sheet, ['button', 'accent', 'destructive', 'flat', 'icon', 'tooltip']);

export interface ButtonProps {
  readonly children: ReactNode;
  readonly onPress?: () => void;
  readonly tone?: 'raised' | 'accent' | 'destructive' | 'flat';
  /** Why it cannot be done now; shown as the tooltip and read as the description. */
  readonly excuse?: string | undefined;
  /** Needed where the content is only an icon; also the tooltip then. */
  readonly label?: string;
  /** Said instead of the content, where that alone would not tell one of many apart; begins with the content. */
  readonly accessibleName?: string;
  /** Off without a reason to tell. It keeps the keyboard: a dialog that lost it would not hear Escape any more. */
  readonly isDisabled?: boolean;
  readonly autoFocus?: boolean;
  readonly type?: 'button' | 'submit';
  readonly form?: string;
  readonly slot?: string | null;
  readonly className?: string;
  readonly excludeFromTabOrder?: boolean;
  readonly ref?: Ref<HTMLButtonElement>;
}

export function Button(props: ButtonProps): ReactElement {
  const { children, onPress, tone = 'raised', excuse, label, className } = props;
  const isOff = excuse !== undefined || props.isDisabled === true;
  const excuseId = useId();
  const classes = join(css.button, tone !== 'raised' && css[tone], label !== undefined && css.icon, className);
  const button = (
    <AriaButton
      {...(props.ref === undefined ? {} : { ref: props.ref })}
      {...(props.slot === undefined ? {} : { slot: props.slot })}
      {...(props.form === undefined ? {} : { form: props.form })}
      {...(label === undefined && props.accessibleName === undefined ? {} : { 'aria-label': label ?? props.accessibleName })}
      {...(isOff ? { 'aria-disabled': true } : {})}
      {...(excuse === undefined ? {} : { 'aria-describedby': excuseId })}
      {...(onPress === undefined || isOff ? {} : { onPress })}
      className={classes}
      type={isOff ? 'button' : (props.type ?? 'button')}
      autoFocus={props.autoFocus ?? false}
      excludeFromTabOrder={props.excludeFromTabOrder ?? false}
    >
      {children}
    </AriaButton>
  );
  const tip = excuse ?? label;
  return (
    // The same tree with and without a tip: another one would be another button, and the keyboard would lose its place.
    <>
      <TooltipTrigger delay={600} closeDelay={0} isDisabled={tip === undefined}>
        {button}
        <Tooltip className={css.tooltip} offset={6}>
          {tip}
        </Tooltip>
      </TooltipTrigger>
      {excuse === undefined ? null : (
        <VisuallyHidden>
          <span id={excuseId}>{excuse}</span>
        </VisuallyHidden>
      )}
    </>
  );
}
