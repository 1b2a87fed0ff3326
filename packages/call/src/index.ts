export { attachCall, createCalls, type CallOptions, type Calls, type CallsOptions } from './calls.ts';
export type { Call, CallDigit, TransferOutcome } from './call.ts';
export type { CallErrors } from './errors.ts';
export { BUSY, RINGBACK, readWav, type ToneOptions } from '@jackfield/rtp';
