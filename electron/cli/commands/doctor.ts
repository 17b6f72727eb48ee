/** platter doctor: what works here, what does not, and what to do about it. */
import { diagnose, overallState, type FindingState } from '../../doctor/diagnose.ts';
import { readDoctorFacts } from '../../doctor/read-facts.ts';
import { printJson, showText, type Context } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { writeOutput } from '../terminal.ts';
import { version } from '../version.ts';

const colours: Readonly<Record<FindingState, string>> = { ok: '\u{1B}[32m', warn: '\u{1B}[33m', fail: '\u{1B}[31m' };

function mark(state: FindingState, { output }: Context): string {
  const word = state.padEnd(4);
  return output.colours ? `${colours[state]}${word}\u{1B}[0m` : word;
}

const closing: Readonly<Record<FindingState, string>> = {
  ok: 'Everything is in order.',
  warn: 'Platter works; what is marked warn does so only in part.',
  fail: 'Something that Platter needs is missing: see fail.',
};

/** Failed when something is missing without which Platter cannot do its work. */
export async function doctor(context: Context): Promise<ExitCode> {
  const findings = diagnose(await readDoctorFacts(version()));
  const state = overallState(findings);
  if (context.json) {
    printJson({ version: version(), state, findings });
  } else {
    for (const finding of findings) {
      if (context.quiet && finding.state === 'ok') continue;
      writeOutput(`${mark(finding.state, context)}  ${finding.id.padEnd(15)}  ${showText(finding.says, context)}\n`);
      if (finding.next !== null) writeOutput(`${' '.repeat(23)}-> ${showText(finding.next, context)}\n`);
    }
    if (!context.quiet) writeOutput(`${closing[state]}\n`);
  }
  return state === 'fail' ? exitCodes.failed : exitCodes.done;
}
