/** The bites that `npm run nightly` plays for hours: what they take out of the sources is still there. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Patch {
  /** Under `packages`. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const packages = new URL('../../packages/', import.meta.url);
const module = new URL('session/test/simulation/bites/bites.mjs', packages).href;
type Bites = Readonly<Record<string, readonly Patch[]>>;
const { BITES, RARE_BITES, TRANSFER_BITES } = (await import(module)) as Readonly<Record<'BITES' | 'RARE_BITES' | 'TRANSFER_BITES', Bites>>;

describe('the protections that bites take out of the sources', () => {
  it('are many', () => expect(Object.keys(BITES).length).toBeGreaterThanOrEqual(10));

  for (const [name, patches] of Object.entries({ ...BITES, ...RARE_BITES, ...TRANSFER_BITES })) {
    it(`${name}: each text is found once, and something else takes its place`, () => fits(patches));
  }
});

function fits(patches: readonly Patch[]): void {
  expect(patches.length).toBeGreaterThan(0);
  for (const { file, from, to } of patches) {
    const times = readFileSync(new URL(file, packages), 'utf8').split(from).length - 1;
    expect({ file, from, times }).toEqual({ file, from, times: 1 });
    expect(to).not.toBe(from);
  }
}
