/** Asks callers of some numbers who they are, by digest (RFC 3261 §22, RFC 8760), before there is a session. */
import type { Clock, Random } from '@jackfield/base';
import type { Supplement } from '@jackfield/session';
import { createDigestAuthenticator, type DigestAuthenticator } from '@jackfield/sip';

const REALM = 'jackfield';
const PASSWORDS: ReadonlyMap<string, string> = new Map([['alice', 'wonderland']]);

interface World {
  readonly clock: Clock;
  readonly random: Random;
}

/** By number; others are anybody's. Many phones take the first challenge or none, and give up on a hash that they do not know. */
function authenticators({ clock, random }: World): ReadonlyMap<string, DigestAuthenticator> {
  const common = {
    realm: REALM,
    lookup: (username: string) => PASSWORDS.get(username),
    uri: 'any', // many hash another URI than the one that arrives here
    clock,
    random,
  } as const;
  return new Map([
    ['auth', createDigestAuthenticator({ ...common, algorithms: ['MD5'] })],
    ['alice', createDigestAuthenticator({ ...common, algorithms: ['MD5', 'SHA-256'] })],
  ]);
}

export function guard(world: World): Supplement {
  const guarded = authenticators(world);
  return {
    name: 'answer-machine-guard',
    methods: ['INVITE'],
    order: 'early',
    async admitSession({ request, target }) {
      const verdict = request === undefined ? undefined : await guarded.get(target.user ?? '')?.check(request);
      return verdict === undefined || verdict.ok ? undefined : verdict.reply;
    },
  };
}
