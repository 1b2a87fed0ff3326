/** What a plug-in is put through: every way a call can go that a plug-in sees, then those calls beside others, good and bad. */
import { coreOf, type Method } from '@jackfield/sip';
import type { Supplement } from '../contract/supplement.ts';
import { HOOKS, type HookName } from '../plugins/supplement-registry.ts';
import { forked, TROUBLES } from './conformance-troubles.ts';
import { ConformanceWorld, ours, ringAndAccept, type Check, type CheckedRequest, type Way } from './conformance-world.ts';
import { NEIGHBOUR_FIELD, NEIGHBOUR_VALUE } from './written-headers.ts';

export interface Scenario {
  readonly name: string;
  run(check: Check): Promise<void>;
}

/** Inside every call; those of the options come behind. */
const BYTES = new Uint8Array([0x78]);
const USUAL: readonly CheckedRequest[] = [
  { method: 'INFO' },
  { method: 'INFO', body: { type: 'application/x-unknown', bytes: BYTES } },
  { method: 'INFO', headers: { 'Info-Package': 'x-unknown' }, body: { type: 'application/x-unknown', bytes: BYTES } },
  ...(['OPTIONS', 'MESSAGE', 'NOTIFY', 'REFER', 'X-UNKNOWN'] as const satisfies readonly Method[]).map((method) => ({ method })),
];

async function inWorld(
  check: Check,
  run: (world: ConformanceWorld) => Promise<void>,
  beside: Parameters<typeof ConformanceWorld.open>[2] = {},
): Promise<ConformanceWorld> {
  const world = await ConformanceWorld.open(check.plugin, check.register, beside);
  try {
    await run(world);
  } finally {
    await world.close();
  }
  return world;
}

/** Each is walked in both directions. */
const WAYS: Readonly<Record<string, Way>> = {
  'answered, talked in, ended by the peer': async (world, direction, { requests }) => {
    const pair = world.call(direction, ringAndAccept);
    await world.advance();
    await world.talk(pair, [...USUAL, ...requests]);
    void (direction === 'incoming' ? pair.caller : pair.callee)?.end();
  },
  'answered, and ended by us': async (world, direction) => {
    const pair = world.call(direction, ringAndAccept);
    await world.advance();
    void (direction === 'incoming' ? pair.callee : pair.caller)?.end();
  },
  'without an offer': async (world, direction) => {
    world.call(direction, ringAndAccept, { media: 'late' });
    await world.advance();
  },
  refused: async (world, direction) => {
    world.call(direction, (session) => session.reject(486));
    await world.advance();
  },
  redirected: async (world, direction) => {
    const endpoint = { name: 'peer', trusted: false, redirects: 'follow' } as const;
    const where = (direction === 'incoming' ? world.subject : world.peer).uri('elsewhere');
    world.call(direction, (session) => session.reject(302, { headers: { Contact: `<${where}>` } }), { endpoint });
    await world.advance();
  },
  cancelled: async (world, direction) => {
    const { caller } = world.call(direction, (session) => session.progress(180));
    await world.advance();
    void caller?.end();
    await world.advance();
  },
  'whose driver fails': async (world, direction) => {
    world.call(direction, () => {
      throw new Error('of the driver');
    });
    await world.advance();
  },
  'whose stream breaks while it rings': async (world, direction) => {
    world.call(direction, (session) => session.progress(180), { transport: 'tcp' });
    await world.advance();
    world.bed.network.cut(world.subject.host);
    await world.advance();
  },
  'whose stream breaks when it is up': async (world, direction) => {
    world.call(direction, ringAndAccept, { transport: 'tcp' });
    await world.advance();
    world.bed.network.cut(world.subject.host);
    await world.advance();
  },
  'whose network is gone': async (world, direction) => {
    const pair = world.call(direction, ringAndAccept);
    await world.advance();
    world.bed.network.partition(world.subject.host, world.peer.host);
    void pair.caller?.end();
    void pair.callee?.end();
    await world.advance(70_000);
  },
  ...TROUBLES,
};

const walked: readonly Scenario[] = Object.entries(WAYS).flatMap(([name, way]) =>
  (['incoming', 'outgoing'] as const).map((direction) => ({
    name: `an ${direction} call ${name}`,
    run: async (check: Check) => void (await inWorld(check, (world) => way(world, direction, check))),
  })),
);

/** A call each way, the one ended by them and the other by us, with little said: it is about who stands beside. */
async function bothWays(world: ConformanceWorld, { requests }: Check): Promise<void> {
  for (const direction of ['incoming', 'outgoing'] as const) {
    const pair = world.call(direction, ringAndAccept);
    await world.advance();
    await world.talk(pair, [{ method: 'INFO' }, ...requests], 1);
    void pair.caller?.end();
    await world.advance();
  }
}

/** A plug-in that writes into everything that leaves, and keeps to itself. */
const neighbour: Supplement = {
  name: ours('neighbour'),
  outgoingRequest: (_session, request) => request.headers.set(NEIGHBOUR_FIELD, NEIGHBOUR_VALUE),
  outgoingResponse: (_session, response) => response.headers.set(NEIGHBOUR_FIELD, NEIGHBOUR_VALUE),
};

/** Where it is registered, two and two: each time to be what it is by chance has to fall out as the order does, and what follows the time never does. */
const ROUNDS = ['before', 'behind', 'behind', 'before', 'behind', 'before', 'before', 'behind'] as const;

/** Fields that are always the one where the neighbour is registered before, and always another where it is behind. */
async function fieldsByOrder(check: Check): Promise<string[]> {
  const first: Partial<Record<'before' | 'behind', ReadonlyMap<string, string>>> = {};
  let suspect: string[] = [];
  for (const where of ROUNDS) {
    const { fields } = await inWorld(check, (open) => bothWays(open, check), { [where]: [neighbour] });
    const { before = fields, behind = fields } = first;
    if (first[where] === undefined) {
      first[where] = fields;
      suspect = [...new Set([...before.keys(), ...behind.keys()])].filter((key) => before.get(key) !== behind.get(key));
    } else suspect = suspect.filter((key) => fields.get(key) === first[where]?.get(key));
    if (first.behind !== undefined && suspect.length === 0) break;
  }
  return suspect;
}

function failing(hook: HookName): Supplement {
  const fail = (): never => {
    throw new Error('of the neighbour');
  };
  return { name: ours('neighbour'), order: 'early', [hook]: fail };
}

const beside: readonly Scenario[] = [
  {
    name: 'calls with a neighbour, registered before it and behind it',
    run: async (check) => {
      const [field] = await fieldsByOrder(check);
      if (field !== undefined) {
        check.plugin.fault(
          `other messages leave when a neighbour, whose headers are its own, is registered before it or behind it, the first in ${field}`,
        );
      }
    },
  },
  ...HOOKS.map((hook): Scenario => ({
    name: `calls with a neighbour whose ${hook} fails`,
    run: async (check) => void (await inWorld(check, (world) => bothWays(world, check), { before: [failing(hook)] })),
  })),
  {
    name: 'unregistered while a call is up',
    run: (check) => unregistered(check).then(() => undefined),
  },
];

async function unregistered(check: Check): Promise<void> {
  const { plugin, register } = check;
  await inWorld(check, async (world) => {
    const { service, stack } = world.subject;
    const shown = (): string => Object.values(coreOf(stack).capabilities()).join(' / ');
    const pair = world.call('incoming', ringAndAccept);
    await world.advance();
    const before = new Set(service.sessions);
    world.unregister();
    world.unregister();
    const without = shown();
    world.subject.service.registerSupplement({
      name: ours('after it'),
      order: 'early',
      sessionBegin: (session) => {
        if (!before.has(session)) plugin.retire(session);
      },
    });
    await world.talk(pair, []);
    void pair.caller?.end();
    await world.advance();
    world.call('incoming', ringAndAccept);
    await world.advance();
    try {
      world.register(register);
      world.unregister();
    } catch (error) {
      plugin.fault(`it cannot be registered again once it was unregistered: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (shown() !== without) plugin.fault('what it added to Allow, Accept or Supported stays when it is unregistered');
  });
}

export const SCENARIOS: readonly Scenario[] = [
  ...walked,
  { name: 'an outgoing call that forks', run: async (check) => void (await inWorld(check, forked)) },
  ...beside,
];
