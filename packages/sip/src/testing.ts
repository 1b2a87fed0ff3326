export { ManualClock, SeededRandom, settle, SimulatedNetwork } from '@jackfield/base/testing';
export type { NetworkConditions, NetworkCounts, NetworkEvent, SimulatedHost, SimulatedNetworkOptions } from '@jackfield/base/testing';
export { Ladder, type LadderStep } from './testing/ladder.ts';
export { RawPeer, type RawMessage, type RawPeerOptions } from './testing/raw-peer.ts';
export {
  ackText,
  cancelText,
  inDialogText,
  requestText,
  responseText,
  wire,
  type Fields,
  type InDialogScript,
  type RequestScript,
  type ResponseScript,
} from './testing/texts.ts';
