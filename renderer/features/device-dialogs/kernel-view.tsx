/** What the two status calls of the kernel report about a device, field by field. */
import { useEffect, useState, type ReactElement } from 'react';
import type { AppErrorData } from '../../../electron/ipc/errors.ts';
import type { KernelView, StatusField } from '../../../native-helper/protocol/devices.ts';
import { ErrorBanner } from '../../components/banner.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { DialogWindow } from '../../components/dialog.tsx';
import { pickClasses } from '../../components/class-names.ts';
import { settle, targetOf } from '../../state/actions.ts';
import { nodePath } from '../../state/device-facts.ts';
import { usePlatter } from '../../state/react-context.ts';
import { actionTitles } from '../../text/action-words.ts';
import { kernelViewWords } from '../../text/dialog-words.ts';
import { showText } from '../../text/format.ts';
import type { DeviceDialogProps } from './device-dialog.tsx';
import sheet from './kernel-view.module.css';

const css = pickClasses(sheet, ['heading', 'table']);
const EOVERFLOW = 75;

type Asked =
  | { readonly kind: 'asking' }
  | { readonly kind: 'ready'; readonly view: KernelView }
  | { readonly kind: 'failed'; readonly error: AppErrorData };

export function KernelViewDialog({ device, onClose }: DeviceDialogProps): ReactElement {
  const { api } = usePlatter();
  const [asked, setAsked] = useState<Asked>({ kind: 'asking' });
  useEffect(() => {
    let current = true;
    void settle(api.devicesKernelView(targetOf(device))).then((reply) => {
      if (current) setAsked(reply.ok ? { kind: 'ready', view: reply.value } : { kind: 'failed', error: reply.error });
    });
    return () => {
      current = false;
    };
  }, [api, device]);
  return (
    <DialogWindow title={`${kernelViewWords.title}: ${nodePath(device)}`} size="wide" onClose={onClose}>
      {asked.kind === 'asking' ? <p>{kernelViewWords.looking}</p> : null}
      {asked.kind === 'failed' ? <ErrorBanner error={asked.error} action={actionTitles.kernelView} /> : null}
      {asked.kind === 'ready' ? (
        <>
          <Status name={kernelViewWords.status64} status={asked.view.status64} />
          <Status name={kernelViewWords.status} status={asked.view.status} />
        </>
      ) : null}
    </DialogWindow>
  );
}

interface StatusProps {
  readonly name: string;
  readonly status: readonly StatusField[] | { readonly errno: number };
}

function Status({ name, status }: StatusProps): ReactElement {
  if ('errno' in status) {
    return (
      <section>
        <h3 className={css.heading}>{name}</h3>
        <p>{status.errno === EOVERFLOW ? kernelViewWords.overflow : kernelViewWords.failed(status.errno)}</p>
      </section>
    );
  }
  return (
    <section>
      <h3 className={css.heading}>
        {name}
        <CopyButton value={status.map((field) => `${field.name}\t${field.value}`).join('\n')} label={kernelViewWords.copyAll} />
      </h3>
      <table className={css.table}>
        <tbody>
          {status.map((field) => (
            <tr key={field.name}>
              <th scope="row">{field.name}</th>
              <td data-selectable>{showText(field.value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
