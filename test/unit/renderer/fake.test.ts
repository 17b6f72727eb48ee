/** The fake that the window's tests stand on keeps the contract. */
import { createFake } from '../../fakes/fake-api.ts';
import { describeRendererContract } from '../../fakes/renderer-contract.ts';

describeRendererContract('the fake', () => {
  const { api } = createFake({ devices: [] });
  return Promise.resolve({ api, imagePath: '/home/maria/images/fedora-44.img', end: () => Promise.resolve() });
});
