/** Plug-ins under `checkSupplement`, and what it says of them. */
import type { SessionService, Supplement } from '@jackfield/session';
import { checkSupplement, SupplementUnfit, type CheckOptions, type SupplementReport } from '@jackfield/session/testing';

export const registering =
  (supplement: Omit<Supplement, 'name'>, name = 'suspect') =>
  (sessions: SessionService) =>
    sessions.registerSupplement({ name, ...supplement });

export async function failuresOf(
  register: Parameters<typeof checkSupplement>[0],
  options: CheckOptions = { memoryCalls: 0 },
): Promise<string> {
  const report = await checkSupplement(register, options).then(
    (fit): SupplementReport => fit,
    (error: unknown) => {
      if (error instanceof SupplementUnfit) return error.report;
      throw error;
    },
  );
  return report.failures.join('\n');
}

/** Each of these takes a second of a processor that is free. */
export const TIMEOUT_MS = 30_000;

export const never = (): never => {
  throw new Error('no');
};
