import { describe, expect, test } from 'vitest';
import { EndingQuestion } from '../../../electron/hosts/ending-question.ts';

interface Subject {
  runningJobs: number;
  gone: boolean;
  readonly asked: number[];
  readonly answer: (stop: boolean) => void;
  readonly question: EndingQuestion;
}

function makeSubject(runningJobs: number): Subject {
  let answer: (stop: boolean) => void = () => undefined;
  const asked: number[] = [];
  const subject = {
    runningJobs,
    gone: false,
    isGone: () => subject.gone,
    show: async (jobs: number) => {
      asked.push(jobs);
      return new Promise<boolean>((resolve) => {
        answer = resolve;
      });
    },
  };
  return Object.assign(subject, { asked, answer: (stop: boolean) => answer(stop), question: new EndingQuestion(subject) });
}

describe('ending the program', () => {
  test('asks nobody when nothing runs, or no window is left', async () => {
    const idle = makeSubject(0);
    const gone = makeSubject(2);
    gone.gone = true;
    expect([await idle.question.ask(), await gone.question.ask(), idle.asked, gone.asked]).toEqual([true, true, [], []]);
  });

  test('asks once, and is done with when the answer is to stop', async () => {
    const subject = makeSubject(2);
    const first = subject.question.ask();
    expect(await subject.question.ask()).toBe(false);
    subject.answer(true);
    expect([await first, await subject.question.ask(), subject.asked]).toEqual([true, true, [2]]);
  });

  test('is called off by the other answer, and asks again the next time', async () => {
    const subject = makeSubject(1);
    const first = subject.question.ask();
    subject.answer(false);
    expect([await first, subject.question.isSettled]).toEqual([false, false]);
    const second = subject.question.ask();
    subject.answer(true);
    expect([await second, subject.asked]).toEqual([true, [1, 1]]);
  });

  test('needs no answer when the system ends it', async () => {
    const subject = makeSubject(1);
    subject.question.waive();
    expect([await subject.question.ask(), subject.asked]).toEqual([true, []]);
  });
});
