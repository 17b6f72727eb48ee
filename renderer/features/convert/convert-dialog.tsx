/** Making a raw image of a container or of a compressed one: what it is, what it becomes, where it goes. */
import { useEffect, useState, type ReactElement } from 'react';
import type { AppErrorData } from '../../../electron/ipc/errors.ts';
import type { ImageFile } from '../../../electron/ipc/images.ts';
import type { ConversionFacts } from '../../../electron/ipc/new-image.ts';
import { Banner, ErrorBanner } from '../../components/banner.tsx';
import { pickClasses } from '../../components/class-names.ts';
import { DialogWindow } from '../../components/dialog.tsx';
import { ForeignText } from '../../components/foreign-text.tsx';
import { Row, RowGroup, SwitchRow } from '../../components/rows.tsx';
import { settle } from '../../state/actions.ts';
import { convertImage } from '../../state/create-actions.ts';
import { usePlatter } from '../../state/react-context.ts';
import { useCloseDialog, useDialogWork } from '../../state/own-dialog.ts';
import { convertWords, createWords } from '../../text/create-words.ts';
import { formatSize } from '../../text/format.ts';
import { PlaceFields, usePlace, type PlaceForm } from '../create/place-fields.tsx';
import sheet from '../create/create.module.css';

const css = pickClasses(sheet, ['otherFiles']);

type Looked = { readonly facts: ConversionFacts | null; readonly failure: AppErrorData | null };

function useConversionFacts(image: ImageFile): Looked {
  const { api } = usePlatter();
  const [looked, setLooked] = useState<Looked>({ facts: null, failure: null });
  useEffect(() => {
    let current = true;
    void settle(api.imagesConversionFacts({ image: image.id })).then((reply) => {
      if (current) setLooked(reply.ok ? { facts: reply.value, failure: null } : { facts: null, failure: reply.error });
    });
    return () => {
      current = false;
    };
  }, [api, image]);
  return looked;
}

export function ConvertDialog({ image }: { readonly image: ImageFile }): ReactElement {
  const close = useCloseDialog();
  const { facts, failure } = useConversionFacts(image);
  if (facts !== null && facts.from !== null) return <ConvertForm image={image} facts={facts} />;
  return (
    <DialogWindow title={convertWords.title} onClose={close}>
      <RowGroup>
        <Row label={<ForeignText>{image.name}</ForeignText>} hint={<ForeignText>{image.folder}</ForeignText>} />
      </RowGroup>
      {failure === null ? null : <ErrorBanner error={failure} action={convertWords.failed(image.name)} />}
      {facts === null ? (
        failure === null ? (
          <p role="status">{convertWords.looking}</p>
        ) : null
      ) : (
        <Banner tone="info" title={convertWords.notNeeded}>
          {convertWords.notNeededText}
        </Banner>
      )}
    </DialogWindow>
  );
}

interface ConvertFormProps {
  readonly image: ImageFile;
  readonly facts: ConversionFacts;
}

function ConvertForm({ image, facts }: ConvertFormProps): ReactElement {
  const context = usePlatter();
  const { id, path, freeName } = facts.place;
  const [where, setWhere] = useState<PlaceForm>({ folder: { id, path }, name: null });
  const [allowed, setAllowed] = useState(false);
  const close = useCloseDialog();
  const { failure, busy, run } = useDialogWork(convertWords.failed(image.name));
  const place = usePlace(where, freeName);
  const missing = facts.missing === null ? undefined : createWords.missing(facts.missing);
  const unallowed = facts.otherFiles.length > 0 && !allowed ? convertWords.allowFirst : undefined;

  const convert = async (): Promise<void> => {
    const { target } = place;
    if (target !== null) await run(() => convertImage(context, { image: image.id, ...target, otherFiles: allowed }));
  };
  return (
    <DialogWindow
      title={convertWords.title}
      onClose={close}
      confirm={{
        label: isCompressed(facts) ? convertWords.unpack : convertWords.confirm,
        run: () => void convert(),
        busy,
        excuse: missing ?? unallowed ?? place.problem,
      }}
    >
      {failure === null ? null : <ErrorBanner error={failure} action={convertWords.failed(image.name)} />}
      <RowGroup>
        <Row label={<ForeignText>{image.name}</ForeignText>} hint={<ImageHint facts={facts} />} />
      </RowGroup>
      {missing === undefined ? null : <Banner tone="warn" title={missing} />}
      <OtherFiles names={facts.otherFiles} allowed={allowed} onChange={setAllowed} />
      <PlaceFields place={place} change={(part) => setWhere((before) => ({ ...before, ...part }))} />
      <MayNotFit facts={facts} freeBytes={place.facts?.freeBytes ?? facts.freeBytes} />
    </DialogWindow>
  );
}

function isCompressed({ from }: ConversionFacts): boolean {
  return from === 'gzip' || from === 'xz' || from === 'zstd' || from === 'bzip2' || from === 'zip';
}

function ImageHint({ facts }: { readonly facts: ConversionFacts }): ReactElement {
  const name = facts.from === null ? '' : convertWords.names[facts.from];
  const size = facts.sizeBytes === null ? convertWords.becomesUnknown : convertWords.becomes(formatSize(BigInt(facts.sizeBytes)));
  return <bdi>{`${name} · ${size}`}</bdi>;
}

interface OtherFilesProps {
  readonly names: readonly string[];
  readonly allowed: boolean;
  readonly onChange: (allowed: boolean) => void;
}

/** The files are read with the person's rights: an image from elsewhere could name one that is nobody's business. */
function OtherFiles({ names, allowed, onChange }: OtherFilesProps): ReactElement | null {
  if (names.length === 0) return null;
  return (
    <>
      <Banner tone="warn" title={convertWords.otherFiles}>
        <p>{convertWords.otherFilesText}</p>
        <ul className={css.otherFiles}>
          {names.map((name) => (
            <li key={name}>
              <ForeignText>{name}</ForeignText>
            </li>
          ))}
        </ul>
      </Banner>
      <RowGroup>
        <SwitchRow label={convertWords.allow} isSelected={allowed} onChange={onChange} />
      </RowGroup>
    </>
  );
}

function MayNotFit({ facts, freeBytes }: { readonly facts: ConversionFacts; readonly freeBytes: string }): ReactElement | null {
  const { sizeBytes } = facts;
  if (sizeBytes === null || BigInt(sizeBytes) <= BigInt(freeBytes)) return null;
  return (
    <Banner tone="warn" title={convertWords.mayNotFit}>
      {convertWords.mayNotFitText(formatSize(BigInt(sizeBytes)), formatSize(BigInt(freeBytes)))}
    </Banner>
  );
}
