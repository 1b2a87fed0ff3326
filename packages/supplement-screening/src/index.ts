/** Keeps unwanted callers out. */
import type { Registration, SessionService } from '@jackfield/session';
import { screeningSupplement, type ScreeningOptions } from './supplement.ts';

export type { Caller } from './callers.ts';
export type { ScreeningErrors } from './errors.ts';
export type { CallerTest, ScreeningOptions } from './supplement.ts';

/** @throws `SCREENING_OPTION` for options that make no answer; SESSION_NAME_TAKEN */
export function registerScreening(sessions: SessionService, options?: ScreeningOptions): Registration {
  return sessions.registerSupplement(screeningSupplement(options));
}
