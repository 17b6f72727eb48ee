/** What a window asks for to be done to an image that nobody uses. Main process. */
import type { RendererHandlers } from '../calls.ts';
import type { maintenanceMethods } from '../ipc/maintenance-methods.ts';
import { findChecksumFiles } from '../maintenance/checksum-files.ts';
import { checkImage } from '../maintenance/check-image.ts';
import { relabelImage } from '../maintenance/relabel-image.ts';
import { sparsifyImage } from '../maintenance/sparsify-image.ts';
import { verifyImage } from '../maintenance/verify-image.ts';
import type { MaintenanceContext } from '../maintenance/place.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { ActionContext } from './context.ts';

type MaintenanceHandlers = Pick<RendererHandlers, keyof typeof maintenanceMethods>;

export function createMaintenanceHandlers({ store, files, jobs, worker, library }: ActionContext): MaintenanceHandlers {
  const jobsOf = (image: string): Pick<Jobs, 'run'> => ({ run: async (request, work) => jobs.run({ ...request, image }, work) });
  const contextOf = (image: string): MaintenanceContext => ({ jobs: jobsOf(image), worker, devices: [...store.devices()] });
  return {
    'images/checksum-files': async ({ image }) => findChecksumFiles(files.pathOf(image)),
    'images/verify': async ({ image, ...wish }) => verifyImage({ jobs: jobsOf(image), library }, files.pathOf(image), wish),
    'images/check': async ({ image, ...wish }) => checkImage(contextOf(image), files.pathOf(image), wish),
    'images/relabel': async ({ image, ...wish }) => relabelImage(contextOf(image), files.pathOf(image), wish),
    'images/sparsify': async ({ image }) => {
      const path = files.pathOf(image);
      // The content stays the same: what was verified before is verified still.
      return library.keepVerified(path, async () => sparsifyImage(contextOf(image), path));
    },
  };
}
