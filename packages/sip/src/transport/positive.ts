/** Options that are counts, sizes or durations. */
import { SipError } from '@jackfield/base';

/** `value`, or `otherwise` when it is not given. @throws SIP_OPTION unless it is a positive integer. */
export function positive(option: string, value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (!Number.isInteger(value) || value < 1)
    throw new SipError('SIP_OPTION', `${option} wants a positive integer, got ${value}`, { option });
  return value;
}
