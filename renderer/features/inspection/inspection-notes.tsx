/** What a person should know of an image before using it: that it is no raw image, and what was found wrong. */
import type { ReactElement } from 'react';
import type { ImageFormat, Inspection, InspectionFinding } from '../../../electron/ipc/inspection.ts';
import type { ImageFile } from '../../../electron/ipc/images.ts';
import { Banner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { usePlatter } from '../../state/react-context.ts';
import { openDialog } from '../../state/ui-store.ts';
import { findingText, formatWords, inspectWords } from '../../text/inspection-words.ts';

export interface InspectionNotesProps {
  readonly image: ImageFile;
  readonly inspection: Inspection;
}

export function InspectionNotes({ image, inspection }: InspectionNotesProps): ReactElement | null {
  const { format, findings } = inspection;
  if (format.kind !== 'raw') return <FormatNote image={image} format={format} />;
  if (findings.length === 0) return null;
  return (
    <>
      {groupFindings(findings).map(({ key, finding, facts }) => {
        const { title, text, tone } = findingText(finding);
        return (
          <Banner key={key} tone={tone} title={title}>
            <p>{text}</p>
            {facts.map((fact) => (
              <p key={fact}>
                <bdi>{fact}</bdi>
              </p>
            ))}
          </Banner>
        );
      })}
    </>
  );
}

interface FindingGroup {
  readonly key: string;
  readonly finding: InspectionFinding;
  readonly facts: readonly string[];
}

/** One note for each kind of finding, with the places where it was found. */
function groupFindings(findings: readonly InspectionFinding[]): readonly FindingGroup[] {
  const codes = [...new Set(findings.map(({ code }) => code))];
  return codes.flatMap((code) => {
    const same = findings.filter((finding) => finding.code === code);
    const [first] = same;
    const facts = [...new Set(same.map((finding) => findingText(finding).facts).filter((fact) => fact !== ''))];
    return first === undefined ? [] : [{ key: code, finding: first, facts }];
  });
}

interface FormatNoteProps {
  readonly image: ImageFile;
  readonly format: Exclude<ImageFormat, { readonly kind: 'raw' }>;
}

/** With the offer to make a raw image of it, where Platter can. */
function FormatNote({ image, format }: FormatNoteProps): ReactElement {
  const { ui } = usePlatter();
  const { title, text, convert } = formatWords(format);
  const offer = (how: 'convert' | 'unpack'): ReactElement => (
    <Button onPress={() => openDialog(ui, { kind: 'convert', image })}>{inspectWords[how]}</Button>
  );
  return (
    <Banner tone="info" title={title} actions={convert === null ? undefined : offer(convert)}>
      {text}
    </Banner>
  );
}
