/** The nodes without an image: add, remove, find a free one. */
import { useState, type ReactElement } from 'react';
import type { AppErrorData } from '../../../electron/ipc/errors.ts';
import { ErrorBanner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { pickClasses } from '../../components/class-names.ts';
import { DialogWindow } from '../../components/dialog.tsx';
import { TextField } from '../../components/fields.tsx';
import { DeleteIcon, PlusIcon } from '../../components/icons.ts';
import { Row, RowGroup } from '../../components/rows.tsx';
import { settle } from '../../state/actions.ts';
import { addNode, removeNode } from '../../state/device-actions.ts';
import { nodePath } from '../../state/device-facts.ts';
import { actionExcuse } from '../../state/excuses.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';
import { useCloseDialog } from '../../state/own-dialog.ts';
import { actionTitles } from '../../text/action-words.ts';
import { nodeWords } from '../../text/dialog-words.ts';
import { excuseText } from '../../text/excuse-words.ts';
import sheet from './nodes.module.css';

const css = pickClasses(sheet, ['add', 'text']);
const NONE: readonly number[] = [];

interface Failure {
  readonly action: string;
  readonly error: AppErrorData;
}

export function NodesDialog(): ReactElement {
  const context = usePlatter();
  const close = useCloseDialog();
  const nodes = useStoreState((state) => state.app?.unboundNumbers ?? NONE);
  const excuse = excuseText(useStoreState(actionExcuse));
  const [number, setNumber] = useState('');
  const [failure, setFailure] = useState<Failure | null>(null);
  const [free, setFree] = useState<number | null>(null);
  const wrong = number !== '' && (!/^\d{1,7}$/u.test(number) || Number(number) > 1_048_575) ? nodeWords.numberError : undefined;

  const tell = (action: string, error: AppErrorData | null): void => {
    setFailure(error === null ? null : { action, error });
    setFree(null);
  };
  const add = async (): Promise<void> => {
    const error = await addNode(context, number === '' ? null : Number(number));
    tell(actionTitles.addNode, error);
    if (error === null) setNumber('');
  };
  const remove = async (node: number): Promise<void> =>
    tell(actionTitles.removeNode(nodePath({ number: node })), await removeNode(context, node));
  const findFree = async (): Promise<void> => {
    const reply = await settle(context.api.nodesFindFree({}));
    tell(actionTitles.findFree, reply.ok ? null : reply.error);
    if (reply.ok) setFree(reply.value);
  };
  return (
    <DialogWindow title={nodeWords.title} onClose={close}>
      {failure === null ? null : <ErrorBanner error={failure.error} action={failure.action} />}
      <p className={css.text}>{nodeWords.text}</p>
      <div className={css.add}>
        <TextField label={nodeWords.number} hint={nodeWords.numberHint} value={number} onChange={setNumber} error={wrong} />
        <Button excuse={excuse ?? wrong} onPress={() => void add()}>
          <PlusIcon aria-hidden />
          {nodeWords.add}
        </Button>
      </div>
      <RowGroup>
        <Row
          label={nodeWords.findFree}
          hint={<span role="status">{free === null ? nodeWords.findFreeHint : nodeWords.free(nodePath({ number: free }))}</span>}
        >
          <Button excuse={excuse} onPress={() => void findFree()}>
            {nodeWords.find}
          </Button>
        </Row>
      </RowGroup>
      <NodeList nodes={nodes} excuse={excuse} onRemove={(node) => void remove(node)} />
    </DialogWindow>
  );
}

interface NodeListProps {
  readonly nodes: readonly number[];
  readonly excuse: string | undefined;
  readonly onRemove: (node: number) => void;
}

function NodeList({ nodes, excuse, onRemove }: NodeListProps): ReactElement {
  if (nodes.length === 0) return <p className={css.text}>{nodeWords.none}</p>;
  return (
    <RowGroup title={nodeWords.unused(nodes.length)}>
      {nodes.map((node) => (
        <Row key={node} label={<bdi dir="ltr">{nodePath({ number: node })}</bdi>}>
          <Button tone="flat" label={nodeWords.remove(nodePath({ number: node }))} excuse={excuse} onPress={() => onRemove(node)}>
            <DeleteIcon aria-hidden />
          </Button>
        </Row>
      ))}
    </RowGroup>
  );
}
