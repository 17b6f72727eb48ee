/** Moving the focus between the parts of the window. */
import type { Context } from '../../state/actions.ts';

const focusable = 'button:not([disabled]), [href], input:not([disabled]), [tabindex]:not([tabindex="-1"])';

/** The panes that can be seen and hold something to focus, in reading order; of what is behind a dialog only the messages. */
function panes(): readonly HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('[data-pane], [role="dialog"], [role="alertdialog"]')].filter(
    (pane) => startOf(pane) !== null && pane.checkVisibility() && pane.closest('[inert]') === null,
  );
}

function startOf(pane: HTMLElement): HTMLElement | null {
  return pane.querySelector<HTMLElement>('[data-pane-start]') ?? pane.querySelector<HTMLElement>(focusable);
}

/** Goes to the next pane, or with -1 to the one before. */
export function focusPane(step: 1 | -1): void {
  const all = panes();
  const present = all.findIndex((pane) => pane.contains(document.activeElement));
  const next = all[(present + step + all.length) % all.length];
  if (next !== undefined) startOf(next)?.focus();
}

/** Opens Advanced in the details and goes there. */
export function focusAdvanced(context: Context): void {
  context.ui.setState({ pane: 'details' });
  requestAnimationFrame(() => {
    const button = document.querySelector<HTMLElement>('[data-mark="advanced"]');
    if (button?.getAttribute('aria-expanded') === 'false') button.click();
    button?.focus();
    button?.scrollIntoView({ block: 'start' });
  });
}

/** Opens the menu of the row that has the focus, as the Menu key does. */
export function openRowMenu(): void {
  const rows = '[data-device], [data-image]';
  const row = document.activeElement?.closest(rows) ?? document.querySelector(':is([data-device], [data-image])[data-selected]');
  row?.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true }));
}
