/** Chooses the way to main: the preload's API where there is one, the socket beside the page otherwise. */
import type { ApiLine } from '../state/app-store.ts';
import { connectWebSocket, socketAddress } from './web-socket-api.ts';

export function findApi(): ApiLine {
  return window.platter === undefined ? connectWebSocket(socketAddress(location.href)) : { api: window.platter };
}
