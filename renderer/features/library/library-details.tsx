/** All about one image of the library, most important first; or how many are selected. */
import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import type { LibraryImage } from '../../../electron/ipc/library.ts';
import { Banner, ErrorBanner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { Chip } from '../../components/chip.tsx';
import { pickClasses } from '../../components/class-names.ts';
import { ForeignText } from '../../components/foreign-text.tsx';
import { LibraryIcon } from '../../components/icons.ts';
import { Properties, Property } from '../../components/properties.tsx';
import { Row, RowGroup } from '../../components/rows.tsx';
import { useNow } from '../../components/use-now.ts';
import { isMounted, nodeName, nodePath } from '../../state/device-facts.ts';
import { forgetImages, trashImages } from '../../state/library-actions.ts';
import { pathOf } from '../../state/library-view.ts';
import { usePlatter, useUi } from '../../state/react-context.ts';
import { openDialog } from '../../state/ui-store.ts';
import { verifyWords } from '../../text/maintenance-words.ts';
import { contentText, libraryWords, sizeText, timeText, usedText } from '../../text/library-words.ts';
import { Identity } from '../device-details/identity.tsx';
import type { TitleLevel } from '../device-details/details-pane.tsx';
import { InspectionNotes } from '../inspection/inspection-notes.tsx';
import { InspectionView } from '../inspection/inspection-view.tsx';
import { useInspection } from '../inspection/use-inspection.ts';
import { Checksums } from './checksums.tsx';
import { LibraryButtons } from './library-buttons.tsx';
import { libraryChips, useContentOf, useDevicesOf } from './library-row.tsx';
import pageSheet from '../device-details/page.module.css';
import paneSheet from '../device-details/details-pane.module.css';

const page = pickClasses(pageSheet, ['scroll', 'content', 'banners', 'section', 'sectionTitle', 'actions']);
const pane = pickClasses(paneSheet, ['placeholder', 'quiet']);
/** More rows than this only tell what the list tells already. */
const LISTED = 50;

export function LibraryDetailsPane({ narrow }: { readonly narrow: boolean }): ReactElement {
  const { library } = usePlatter();
  const selection = useUi((state) => state.librarySelection);
  const images = useStore(
    library.store,
    useShallow((state) => [...selection].flatMap((id) => state.images.get(id) ?? [])),
  );
  const level: TitleLevel = narrow ? 'h1' : 'h2';
  const [only] = images;
  if (images.length > 1) return <SeveralImages images={images} level={level} />;
  return only === undefined ? <NothingSelected level={level} /> : <LibraryDetails key={only.id} image={only} level={level} />;
}

function NothingSelected({ level: Title }: { readonly level: TitleLevel }): ReactElement {
  const { library } = usePlatter();
  const any = useStore(library.store, (state) => state.images.size > 0);
  return (
    <div className={pane.placeholder}>
      {any ? <LibraryIcon aria-hidden /> : null}
      <Title tabIndex={-1} data-pane-start className={any ? undefined : pane.quiet}>
        {libraryWords.nothingSelected}
      </Title>
      {any ? <p>{libraryWords.nothingSelectedText}</p> : null}
    </div>
  );
}

interface LibraryDetailsProps {
  readonly image: LibraryImage;
  readonly level: TitleLevel;
}

function LibraryDetails({ image, level }: LibraryDetailsProps): ReactElement {
  const devices = useDevicesOf(image);
  useContentOf(image);
  const SectionTitle = level === 'h1' ? 'h2' : 'h3';
  const facts = [sizeText(image), contentText(image.content), ...devices.map(nodePath)].filter((fact) => fact !== null);
  return (
    <div className={page.scroll}>
      <div className={page.content}>
        <Identity
          level={level}
          mounted={devices.some(isMounted)}
          title={<ForeignText selectable>{image.name}</ForeignText>}
          facts={facts.map((fact, index) => (
            <span key={fact}>
              {index === 0 ? '' : ' · '}
              <bdi>{fact}</bdi>
            </span>
          ))}
          chips={libraryChips(image, devices).map((chip) => (
            <Chip key={chip.text} tone={chip.tone}>
              {chip.text}
            </Chip>
          ))}
        />
        <LibraryButtons image={image} devices={devices} />
        <Banners image={image} />
        {image.state === 'present' ? <Contents image={image} Title={SectionTitle} /> : null}
        <ChecksumSection image={image} Title={SectionTitle} />
        <section className={page.section}>
          <SectionTitle className={page.sectionTitle}>{libraryWords.file}</SectionTitle>
          <FileProperties image={image} nodes={devices.map(nodeName)} />
        </section>
      </div>
    </div>
  );
}

interface SectionProps {
  readonly image: LibraryImage;
  readonly Title: 'h2' | 'h3';
}

/** What is in the file, asked anew when the file has become another. */
function Contents({ image, Title }: SectionProps): ReactElement | null {
  const { id, modifiedAt, sizeBytes } = image;
  return <ContentsOf key={`${id} ${modifiedAt} ${sizeBytes}`} image={image} Title={Title} />;
}

function ContentsOf({ image, Title }: SectionProps): ReactElement | null {
  const inspected = useInspection(image);
  if (inspected.kind === 'looking') return null;
  return (
    <section className={page.section}>
      <Title className={page.sectionTitle}>{libraryWords.contents}</Title>
      {inspected.kind === 'failed' ? (
        <ErrorBanner error={inspected.error} urgent={false} />
      ) : (
        <>
          <InspectionNotes image={image} inspection={inspected.inspection} />
          <InspectionView inspection={inspected.inspection} />
        </>
      )}
    </section>
  );
}

function ChecksumSection({ image, Title }: SectionProps): ReactElement | null {
  const context = usePlatter();
  const { verified } = image;
  if (verified === null) return null;
  const { at, outcome, against, sums, current } = verified;
  return (
    <section className={page.section}>
      <Title className={page.sectionTitle}>{verifyWords.section}</Title>
      {current || image.state !== 'present' ? null : (
        <Banner
          tone="warn"
          title={verifyWords.changed}
          actions={<Button onPress={() => openDialog(context.ui, { kind: 'library-verify', image: image.id })}>{verifyWords.again}</Button>}
        >
          {verifyWords.changedText}
        </Banner>
      )}
      <p>
        {verifyWords.outcomes[outcome](against)}
        {' · '}
        <bdi>{verifyWords.when(timeText(at))}</bdi>
      </p>
      <Checksums sums={sums} />
    </section>
  );
}

function Banners({ image }: { readonly image: LibraryImage }): ReactElement | null {
  const context = usePlatter();
  if (image.state === 'present') return null;
  const missing = image.state === 'missing';
  return (
    <Banner
      tone="warn"
      title={missing ? libraryWords.missingTitle : libraryWords.unreachableTitle}
      actions={<Button onPress={() => void forgetImages(context, [image])}>{libraryWords.forget}</Button>}
    >
      {missing ? libraryWords.missingText : libraryWords.unreachableText}
    </Banner>
  );
}

function FileProperties({ image, nodes }: { readonly image: LibraryImage; readonly nodes: readonly string[] }): ReactElement {
  const path = pathOf(image);
  const nowMs = useNow(false);
  return (
    <Properties>
      <Property name={libraryWords.path} copy={path}>
        <ForeignText>{path}</ForeignText>
      </Property>
      {nodes.length === 0 ? null : <Property name={libraryWords.attached}>{libraryWords.attachedAs(nodes)}</Property>}
      {image.modifiedAt === null ? null : <Property name={libraryWords.modified}>{timeText(image.modifiedAt)}</Property>}
      <Property name={libraryWords.lastUsed}>{usedText(image.lastUsedAt, nowMs) ?? libraryWords.never}</Property>
    </Properties>
  );
}

function SeveralImages({ images, level }: { readonly images: readonly LibraryImage[]; readonly level: TitleLevel }): ReactElement {
  const context = usePlatter();
  return (
    <div className={page.scroll}>
      <div className={page.content}>
        <Identity level={level} title={libraryWords.selected(images.length)} facts={null} />
        <div className={page.actions}>
          <Button onPress={() => void forgetImages(context, images)}>{libraryWords.forget}</Button>
          <Button onPress={() => void trashImages(context, images)}>{libraryWords.trash}</Button>
        </div>
        <RowGroup>
          {images.slice(0, LISTED).map((image) => (
            <Row key={image.id} label={<ForeignText>{image.name}</ForeignText>} hint={<ForeignText>{image.folder}</ForeignText>}>
              <bdi dir="ltr">{sizeText(image)}</bdi>
            </Row>
          ))}
        </RowGroup>
      </div>
    </div>
  );
}
