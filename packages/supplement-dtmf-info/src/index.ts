/** Key presses in INFO requests, both ways. */
import type { Registration, SessionService } from '@jackfield/session';
import { dtmfInfoSupplement, type DtmfInfoOptions } from './supplement.ts';

export type { DtmfInfo, InfoDigit } from './body.ts';
export type { DtmfInfoErrors } from './errors.ts';
export { sendDtmfInfo } from './send.ts';
export { onDtmfInfo } from './supplement.ts';
export type { DtmfInfoOptions, DtmfListener } from './supplement.ts';

/** Answers INFO with a key press: 200, or 400 for a body that is none. @throws SESSION_NAME_TAKEN */
export function registerDtmfInfo(sessions: SessionService, options?: DtmfInfoOptions): Registration {
  return sessions.registerSupplement(dtmfInfoSupplement(options));
}
