/** Runs in the page before the window's own script: puts the fake where Electron's preload puts the real API. */
import { createFake, type Fake } from './fake-api.ts';
import type { FakeScenario } from './fake-model.ts';
import * as contents from './sample-contents.ts';
import * as inspections from './sample-inspections.ts';
import * as library from './sample-library.ts';
import * as devices from './sample-devices.ts';

const samples = { ...devices, ...contents, ...inspections, ...library };

declare global {
  interface Window {
    platterScenario?: FakeScenario | ((tools: typeof samples) => FakeScenario);
    fake: Fake['controls'];
    samples: typeof samples;
  }
}

const scenario = window.platterScenario;
const fake = createFake(typeof scenario === 'function' ? scenario(samples) : (scenario ?? {}));
window.fake = fake.controls;
window.samples = samples;
Object.defineProperty(window, 'platter', { value: fake.api });
