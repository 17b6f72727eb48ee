/** Name and folder of a new file: said at once when the name is taken, with one that is free (UX.md §3.5). */
import type { ReactElement } from 'react';
import type { AppErrorData } from '../../../electron/ipc/errors.ts';
import type { CreationFacts, FolderPlace } from '../../../electron/ipc/new-image.ts';
import { Banner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { pickClasses } from '../../components/class-names.ts';
import { TextField } from '../../components/fields.tsx';
import { ForeignText } from '../../components/foreign-text.tsx';
import { FolderOpenIcon } from '../../components/icons.ts';
import { Row, RowGroup } from '../../components/rows.tsx';
import { chooseAnyTarget, chooseTarget } from '../../state/create-actions.ts';
import { usePlatter } from '../../state/react-context.ts';
import { createWords } from '../../text/create-words.ts';
import { describeError } from '../../text/describe-error.ts';
import { formatSize } from '../../text/format.ts';
import { useCreationFacts, useNameFinding } from './use-creation.ts';
import sheet from './create.module.css';

const css = pickClasses(sheet, ['place', 'suggestion']);

/** Where a new file goes, as the person has it so far. */
export interface PlaceForm {
  /** Null: the folder that main proposes. */
  readonly folder: FolderPlace | null;
  /** Null: the name that main proposes. */
  readonly name: string | null;
}

export interface Place {
  readonly facts: CreationFacts | null;
  /** Why nothing is known of the folder. */
  readonly failure: AppErrorData | null;
  readonly name: string;
  readonly suggestion: string | null;
  readonly error: string | undefined;
  /** Why no file can be made there; also while main has not answered. */
  readonly problem: string | undefined;
  /** What the call takes; null as long as there is a problem. */
  readonly target: { readonly folder: string; readonly name: string } | null;
}

/** `wanted`: what the file is called if the person says nothing. */
export function usePlace({ folder, name: typed }: PlaceForm, wanted: string): Place {
  const { facts, failure } = useCreationFacts(folder, wanted);
  const name = typed ?? facts?.freeName ?? '';
  const finding = useNameFinding(facts?.folder.id ?? null, name);
  const error =
    typed === ''
      ? createWords.nameEmpty
      : finding?.kind === 'taken'
        ? createWords.nameTaken
        : finding?.kind === 'invalid'
          ? createWords.nameInvalid
          : undefined;
  const unwritable = facts !== null && !facts.writable ? createWords.notWritable : undefined;
  const problem = error ?? unwritable ?? (facts === null || failure !== null ? createWords.notWritable : undefined);
  return {
    facts,
    failure,
    name,
    suggestion: finding?.kind === 'taken' ? finding.suggestion : null,
    error,
    problem,
    target: facts === null || problem !== undefined ? null : { folder: facts.folder.id, name },
  };
}

export interface PlaceFieldsProps {
  readonly place: Place;
  readonly change: (place: Partial<PlaceForm>) => void;
  readonly autoFocus?: boolean;
}

export function PlaceFields({ place, change, autoFocus = false }: PlaceFieldsProps): ReactElement {
  const context = usePlatter();
  const { facts, failure, name, suggestion, error } = place;
  const choose = async (): Promise<void> => {
    const target = facts === null ? await chooseAnyTarget(context) : await chooseTarget(context, facts.folder.id, name);
    if (target !== null) change({ folder: target.folder, ...(target.name === null ? {} : { name: target.name }) });
  };
  const free = facts === null ? '' : createWords.free(formatSize(BigInt(facts.freeBytes)));
  return (
    <div className={css.place}>
      {failure === null ? null : (
        <Banner tone="error" title={createWords.folderFailed} urgent raw={describeError(failure).raw}>
          {createWords.folderFailedText}
        </Banner>
      )}
      <TextField label={createWords.name} value={name} onChange={(text) => change({ name: text })} error={error} autoFocus={autoFocus} />
      {suggestion === null ? null : (
        <Button className={css.suggestion} onPress={() => change({ name: suggestion })}>
          {createWords.useName(suggestion)}
        </Button>
      )}
      <RowGroup>
        <Row
          label={createWords.folder}
          hint={
            facts === null ? null : (
              <>
                <ForeignText>{facts.folder.path}</ForeignText>
                <br />
                <bdi>{facts.writable ? free : createWords.notWritable}</bdi>
              </>
            )
          }
        >
          <Button tone="flat" label={createWords.chooseFolder} onPress={() => void choose()}>
            <FolderOpenIcon aria-hidden />
          </Button>
        </Row>
      </RowGroup>
    </div>
  );
}
