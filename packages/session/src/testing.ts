/** `@jackfield/session/testing`: services over a simulated network, for tests of plug-ins and of this package alike. */
export { Testbed, type Party, type PartyOptions, type TestbedOptions } from './testing/testbed.ts';
export { ladder, readLadders, type SessionLadder } from './testing/ladder.ts';
export { checkSupplement, SupplementUnfit, type CheckOptions, type SupplementReport } from './testing/check-supplement.ts';
export { incomingRequest, incomingResponse, looseIntent, looseSession, outgoingRequest, outgoingResponse } from './testing/loose.ts';
export type { CheckedRequest, RegisterPlugin } from './testing/conformance-world.ts';
export { described, OUR_ADDRESS, PEER_ADDRESS, StreamDesk, type StreamDeskOptions } from './testing/stream-desk.ts';
export { tracer } from './testing/tracer.ts';
export { testAudio, type TestAudio, type TestStream } from './testing/test-audio.ts';
export { ManualClock, SeededRandom, settle, SimulatedNetwork } from '@jackfield/base/testing';
export { Ladder, RawPeer, wire } from '@jackfield/sip/testing';
