import { describe, expect, it } from 'vitest';
import { causeOf, statusOfCause, causeOfStatus } from './cause.ts';

describe('Q.850 cause to SIP status', () => {
  it.each([
    [1, 404],
    [2, 404],
    [3, 404],
    [17, 486],
    [18, 408],
    [19, 480],
    [20, 480],
    [21, 403],
    [22, 410],
    [23, 302],
    [27, 502],
    [28, 484],
    [29, 501],
    [31, 480],
    [34, 503],
    [38, 500],
    [42, 503],
    [58, 488],
    [66, 503],
    [127, 500],
    [0, 603],
    [16, 603],
    [32, 603],
    [99, 603],
    [126, 603],
  ])('%i is refused with %i', (cause, status) => {
    expect(statusOfCause(cause)).toBe(status);
  });

  it('a cause without a status of its own gives what the caller says', () => {
    expect(statusOfCause(16, 480)).toBe(480);
    expect(statusOfCause(17, 480)).toBe(486);
  });
});

describe('SIP status to Q.850 cause', () => {
  it.each([
    [200, 16],
    [202, 16],
    [302, 23],
    [400, 41],
    [401, 21],
    [402, 21],
    [403, 21],
    [404, 1],
    [405, 63],
    [406, 79],
    [407, 21],
    [408, 18],
    [410, 22],
    [415, 79],
    [480, 19],
    [481, 41],
    [482, 25],
    [483, 25],
    [484, 28],
    [485, 1],
    [486, 17],
    [487, 16],
    [488, 58],
    [499, 127],
    [500, 38],
    [501, 29],
    [502, 27],
    [503, 34],
    [504, 102],
    [505, 127],
    [600, 17],
    [603, 21],
    [604, 1],
    [606, 58],
    [699, 127],
  ])('%i means %i', (status, cause) => {
    expect(causeOfStatus(status)).toBe(cause);
  });

  it.each([404, 408, 480, 484, 486, 488, 500, 501, 502, 503, 403, 410, 302])('%i is the same there and back', (status) => {
    expect(statusOfCause(causeOfStatus(status))).toBe(status);
  });
});

describe('the cause of an end', () => {
  it.each([
    {
      reasons: [
        { protocol: 'SIP', cause: 486 },
        { protocol: 'Q.850', cause: 34 },
      ],
      status: 480,
      cause: 34,
      because: 'Q.850 says it',
    },
    { reasons: [{ protocol: 'Q.850' }, { protocol: 'SIP', cause: 486 }], status: 480, cause: 17, because: 'SIP says it' },
    { reasons: [{ protocol: 'X', cause: 1 }], status: 480, cause: 19, because: 'no reason that is known, but a status' },
    { reasons: undefined, status: 404, cause: 1, because: 'a status only' },
    { reasons: [], status: undefined, cause: undefined, because: 'nobody says anything' },
  ])('is $cause: $because', ({ reasons, status, cause }) => {
    expect(causeOf(reasons, status)).toBe(cause);
  });
});
