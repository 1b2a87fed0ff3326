/** Options of services, endpoints and calls: whether each is in its range. */
import { SipError } from '@jackfield/base';
import type { FlowLost } from '../contract/endpoint.ts';
import type { Reliability } from '../contract/reliability.ts';

export const RELIABILITIES: readonly Reliability[] = ['off', 'supported', 'preferred', 'required'];
export const FLOW_LOST: readonly FlowLost[] = ['keep', 'refresh', 'end'];

/** The longest that a timer of Node can wait. */
const MAX_MS = 2 ** 31 - 1;

export function optionError(option: string, message: string): SipError<'SESSION_OPTION'> {
  return new SipError('SESSION_OPTION', message, { option });
}

/** `value`, or `otherwise` when it is not given. @throws SESSION_OPTION unless it is a positive integer */
export function count(option: string, value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (!Number.isSafeInteger(value) || value < 1) throw optionError(option, `${option} wants a positive integer, got ${value}`);
  return value;
}

/** The same for a time. @throws SESSION_OPTION unless it is an integer from 1 to 2^31 - 1 */
export function milliseconds<D extends number | undefined>(option: string, value: number | undefined, otherwise: D): number | D {
  if (value === undefined) return otherwise;
  if (!Number.isInteger(value) || value < 1 || value > MAX_MS)
    throw optionError(option, `${option} wants whole milliseconds from 1 to ${MAX_MS}, got ${value}`);
  return value;
}

/** `value` where it is none or an integer of that range. @throws SESSION_OPTION */
export function within(option: string, value: number | undefined, least: number, most: number): number | undefined {
  if (value !== undefined && (!Number.isInteger(value) || value < least || value > most))
    throw optionError(option, `${option} wants ${least} to ${most}, got ${value}`);
  return value;
}

/** `value` where it is none or one of `values`. @throws SESSION_OPTION */
export function oneOf<T>(option: string, value: T, values: readonly T[]): T {
  if (value !== undefined && !values.includes(value))
    throw optionError(option, `${option} is one of ${values.join(', ')}, got ${String(value)}`);
  return value;
}
