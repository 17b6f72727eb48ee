/** Third-party notices for people, and the same as a CycloneDX 1.6 bill of materials for programs. Pure. */
import type { Component } from './shipped.ts';

/** Package URL (https://github.com/package-url/purl-spec): the at sign of a scope is written as %40. */
export function packageUrl({ name, version }: Pick<Component, 'name' | 'version'>): string {
  return `pkg:npm/${name.replace(/^@/u, '%40')}@${version}`;
}

function hashes(integrity: string | null) {
  const [, base64] = /^sha512-(.+)$/u.exec(integrity ?? '') ?? [];
  return base64 === undefined ? {} : { hashes: [{ alg: 'SHA-512', content: Buffer.from(base64, 'base64').toString('hex') }] };
}

function licences(licence: string) {
  return /^[\w.+-]+$/u.test(licence) ? [{ license: { id: licence } }] : [{ expression: licence }];
}

/** `time`: when what is described was made, for a file that two builds of one source have alike. */
export function billOfMaterials(version: string, components: readonly Component[], time: Date): string {
  const own = { type: 'application', 'bom-ref': `platter@${version}`, name: 'platter', version, licenses: licences('MIT') };
  const listed = components.map((component) => ({
    type: component.name === 'electron' || component.name === 'node' ? 'platform' : 'library',
    'bom-ref': packageUrl(component),
    name: component.name,
    version: component.version,
    licenses: licences(component.licence),
    purl: packageUrl(component),
    ...hashes(component.integrity),
    ...(component.homepage === null ? {} : { externalReferences: [{ type: 'website', url: component.homepage }] }),
  }));
  const bill = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { timestamp: time.toISOString().replace(/\.\d+Z$/u, 'Z'), component: own },
    components: listed,
    dependencies: [{ ref: own['bom-ref'], dependsOn: listed.map((component) => component['bom-ref']) }],
  };
  return `${JSON.stringify(bill, null, 2)}\n`;
}

const rule = '='.repeat(76);

export function thirdPartyNotices(components: readonly Component[]): string {
  const parts = components.map(({ name, version, licence, homepage, licenceTexts }) => {
    const heading = `${name} ${version} (${licence})${homepage === null ? '' : `\n${homepage}`}`;
    return [rule, heading, rule, ...licenceTexts].join('\n\n');
  });
  const start = 'Platter contains the software below. What is in Electron in its turn is in LICENSES.chromium.html beside the window.';
  return `${[start, ...parts].join('\n\n')}\n`;
}
