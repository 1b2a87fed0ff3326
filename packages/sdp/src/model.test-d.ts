import { expectTypeOf, it } from 'vitest';
import type { Description, Direction, MediaSection } from './model.ts';

interface ContractSection {
  readonly kind: string;
  readonly port: number;
  readonly protocol: string;
  readonly formats: readonly string[];
  readonly lines: readonly string[];
}

it('is what plug-ins read and write: a section without a port count is one', () => {
  expectTypeOf<MediaSection>().toExtend<ContractSection>();
  expectTypeOf<ContractSection>().toExtend<MediaSection>();
  expectTypeOf<Description>().toExtend<{ readonly sections: readonly ContractSection[]; readonly lines: readonly string[] }>();
  expectTypeOf<Direction>().toEqualTypeOf<'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'>();
});
