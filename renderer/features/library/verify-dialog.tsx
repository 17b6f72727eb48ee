/** Computing checksums of an image and comparing them. */
import { useEffect, useState, type ReactElement } from 'react';
import type { AppErrorData, Reply } from '../../../electron/ipc/errors.ts';
import type { ChecksumAlgorithm, LibraryImage } from '../../../electron/ipc/library.ts';
import { foundTrouble } from '../../../electron/ipc/job-verdict.ts';
import type { ChecksumFile, VerifyResult } from '../../../electron/ipc/maintenance.ts';
import { Banner, ErrorBanner } from '../../components/banner.tsx';
import { DialogWindow } from '../../components/dialog.tsx';
import { TextField } from '../../components/fields.tsx';
import { RowGroup, SwitchRow } from '../../components/rows.tsx';
import { settle, tellFailure, type Context } from '../../state/actions.ts';
import { pastedAlgorithm } from '../../state/maintenance-actions.ts';
import { useIsSeen } from '../../state/own-dialog.ts';
import { usePlatter } from '../../state/react-context.ts';
import { pushToast } from '../../state/ui-store.ts';
import { algorithmNames, verifyWords } from '../../text/maintenance-words.ts';
import { Checksums } from './checksums.tsx';
import { JobProgress } from './job-progress.tsx';
import type { LibraryDialogProps } from './library-dialog.tsx';
import { fileExcuse } from './library-entries.ts';

const algorithms = ['sha256', 'sha512', 'md5'] as const satisfies readonly ChecksumAlgorithm[];

export function VerifyDialog({ image, onClose }: LibraryDialogProps): ReactElement {
  const context = usePlatter();
  const files = useChecksumFiles(image.id);
  const [expected, setExpected] = useState('');
  const [chosen, setChosen] = useState<ReadonlySet<ChecksumAlgorithm>>(new Set(['sha256']));
  const [beside, setBeside] = useState(true);
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<VerifyResult | null>(null);
  const [failure, setFailure] = useState<AppErrorData | null>(null);
  const isSeen = useIsSeen();
  const pasted = pastedAlgorithm(expected);
  const compares = beside && files.length > 0;

  const verify = async (): Promise<void> => {
    setBusy(true);
    setOutcome(null);
    setFailure(null);
    const reply = await settle(
      context.api.imagesVerify({
        image: image.id,
        algorithms: [...chosen],
        expected: expected.trim() === '' ? null : expected,
        beside: compares,
      }),
    );
    setBusy(false);
    if (!isSeen()) tellUnseen(context, image, reply);
    else if (reply.ok) setOutcome(reply.value);
    else setFailure(reply.error);
  };
  const nothing = chosen.size === 0 && pasted === null && !compares ? verifyWords.nothing : undefined;
  const wrong = pasted === undefined ? verifyWords.notRecognised : undefined;
  return (
    <DialogWindow
      title={verifyWords.title(image.name)}
      size="wide"
      onClose={onClose}
      leave={busy || outcome !== null ? 'close' : 'cancel'}
      confirm={{ label: verifyWords.confirm, run: () => void verify(), busy, excuse: fileExcuse(image) ?? wrong ?? nothing }}
    >
      {failure === null ? null : <ErrorBanner error={failure} action={verifyWords.failed(image.name)} />}
      {outcome === null ? null : <Outcome result={outcome} />}
      {busy ? <JobProgress image={image} kinds={['hash']} /> : null}
      <TextField
        label={verifyWords.expected}
        hint={pasted === null || pasted === undefined ? verifyWords.expectedHint : verifyWords.recognised(pasted)}
        value={expected}
        onChange={setExpected}
        error={wrong}
        autoFocus
      />
      <Choices chosen={chosen} onChoose={setChosen} files={files} beside={beside} onBeside={setBeside} />
    </DialogWindow>
  );
}

/** The dialog was closed while it was computed; the details of the image show the checksums themselves. */
function tellUnseen(context: Context, image: LibraryImage, reply: Reply<VerifyResult>): void {
  if (!reply.ok) {
    tellFailure(context, verifyWords.failed(image.name), reply.error);
    return;
  }
  const { outcome } = reply.value;
  const isBad = foundTrouble({ kind: 'verify', outcome });
  pushToast(context.ui, { text: verifyWords.told(image.name, outcome), ...(isBad ? { tone: 'error', lifeMs: null } : {}) });
}

interface ChoicesProps {
  readonly chosen: ReadonlySet<ChecksumAlgorithm>;
  readonly onChoose: (chosen: ReadonlySet<ChecksumAlgorithm>) => void;
  readonly files: readonly ChecksumFile[];
  readonly beside: boolean;
  readonly onBeside: (beside: boolean) => void;
}

function Choices({ chosen, onChoose, files, beside, onBeside }: ChoicesProps): ReactElement {
  const toggle = (algorithm: ChecksumAlgorithm, selected: boolean): void => {
    const next = new Set(chosen);
    if (selected) next.add(algorithm);
    else next.delete(algorithm);
    onChoose(next);
  };
  return (
    <RowGroup title={verifyWords.compute}>
      {algorithms.map((algorithm) => (
        <SwitchRow
          key={algorithm}
          label={algorithmNames[algorithm]}
          hint={verifyWords.algorithmHint[algorithm]}
          isSelected={chosen.has(algorithm)}
          onChange={(selected) => toggle(algorithm, selected)}
        />
      ))}
      {files.length === 0 ? null : (
        <SwitchRow
          label={verifyWords.beside(files.map((file) => file.name))}
          hint={verifyWords.besideHint}
          isSelected={beside}
          onChange={onBeside}
        />
      )}
    </RowGroup>
  );
}

function Outcome({ result: { sums, outcome, against } }: { readonly result: VerifyResult }): ReactElement {
  const said = {
    matches: { tone: 'info', title: verifyWords.verdicts.matches, text: verifyWords.goodText(against) },
    differs: { tone: 'error', title: verifyWords.verdicts.differs, text: verifyWords.badText(against) },
    computed: { tone: 'info', title: verifyWords.verdicts.computed, text: verifyWords.computedText },
  } as const;
  const { tone, title, text } = said[outcome];
  return (
    <>
      <Banner tone={tone} title={title} urgent>
        {text}
      </Banner>
      <Checksums sums={sums} />
    </>
  );
}

/** Files beside the image that name its checksums; empty until they are known, and where that fails: they are only an offer. */
function useChecksumFiles(image: string): readonly ChecksumFile[] {
  const { api } = usePlatter();
  const [files, setFiles] = useState<readonly ChecksumFile[]>([]);
  useEffect(() => {
    let current = true;
    void settle(api.imagesChecksumFiles({ image })).then((reply) => {
      if (current && reply.ok) setFiles(reply.value);
    });
    return () => {
      current = false;
    };
  }, [api, image]);
  return files;
}
