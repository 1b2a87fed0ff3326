/** One call of alice to bob with everything in it, a plug-in of one of them that may misbehave, and a witness beside it; what came of it as plain words. */
import { SipError } from '@jackfield/base';
import type { InviteOptions, RefreshOutcome, SdpHandler, Session, SessionService, Supplement } from '@jackfield/session';
import { testAudio, Testbed, type Party, type TestStream } from '@jackfield/session/testing';

/** Every way a hook can be bad. */
export const FASHIONS = ['throws', 'rejects', 'never settles', 'returns nonsense'] as const;
export type Fashion = (typeof FASHIONS)[number];

export function misbehave(fashion: Fashion, thrown: Error = new Error('of the plug-in')): never {
  const bad = { throws: undefined, rejects: Promise.reject(thrown), 'never settles': new Promise(() => {}), 'returns nonsense': 42 };
  void bad.rejects.catch(() => {});
  if (fashion === 'throws') throw thrown;
  return bad[fashion] as never; // what no type would let through
}

export interface Bad {
  readonly supplement?: Partial<Supplement> | undefined;
  /** What of a good audio handler is bad. */
  readonly spoil?: ((good: SdpHandler<TestStream>) => Partial<SdpHandler<TestStream>>) | undefined;
  /** Instead of ringing and accepting. */
  readonly driver?: ((session: Session) => unknown) | undefined;
  /** Done when the call is up, instead of the walk's own requests. */
  readonly instead?: ((alice: Session, bob: Session, walked: Walked) => Promise<void>) | undefined;
  /** Before anything is sent. */
  readonly prepare?: ((services: { readonly alice: SessionService; readonly bob: SessionService }) => void) | undefined;
  /** Of the caller's INVITE. */
  readonly invite?: Pick<InviteOptions, 'media'> | undefined;
  /** How the caller is to be treated where there is a redirection. */
  readonly redirects?: 'follow' | undefined;
}

/** What came of it. A step that was not reached is not there. */
export interface Walked {
  /** The final response to the first INVITE. */
  invite?: number;
  established?: string;
  accept?: string;
  reinvite?: string;
  update?: string;
  info?: string;
  bobReinvite?: string;
  bobInfo?: string;
  /** Who ended it, as alice and bob were told. */
  ends?: string;
}

export const NORMAL: Walked = {
  invite: 200,
  established: 'yes',
  accept: 'yes',
  reinvite: 'agreed 200',
  update: 'agreed 200',
  info: '200',
  bobReinvite: 'agreed 200',
  bobInfo: '200',
  ends: 'local/remote',
};

export interface Report {
  readonly walked: Walked;
  /** `owner hook` of what each side reported, and the code of its cause. */
  readonly errors: { readonly alice: readonly string[]; readonly bob: readonly string[] };
  /** Hooks that the witnesses heard. */
  readonly heard: { readonly alice: readonly string[]; readonly bob: readonly string[] };
  readonly left: Readonly<Record<string, number>>;
  readonly messages: readonly string[];
}

/** Longer than any deadline. */
const STEP_MS = 12_000;

export async function walk(side: 'alice' | 'bob', bad: Bad): Promise<Report> {
  const bed = new Testbed();
  const [alice, bob] = [await bed.party('alice', { traced: false }), await bed.party('bob', { traced: false })];
  bed.trace();
  const walked: Walked = {};
  const heard = { alice: [] as string[], bob: [] as string[] };
  const audios = [alice, bob].map((party) => {
    const audio = testAudio();
    const mine = (party === alice) === (side === 'alice');
    if (mine) party.service.registerSupplement({ name: 'bad', ...bad.supplement });
    party.service.registerSupplement(witness(heard[party === alice ? 'alice' : 'bob']));
    party.service.registerSdpHandler<TestStream>(mine ? spoiled(audio, bad.spoil?.(audio)) : audio, 'audio');
    return audio;
  });
  bad.prepare?.({ alice: alice.service, bob: bob.service });

  let callee: Session | undefined;
  bob.service.onIncoming(async (session) => {
    callee = session;
    await (bad.driver ?? ringAndAccept(walked))(session);
  });
  const answered = ({ status }: { readonly status: number }): void => {
    if (status >= 200) walked.invite = status;
  };
  if (bad.invite?.media === 'late') {
    const incomingResponse: Supplement['incomingResponse'] = (_session, response) => {
      if (response.request.initial) answered(response);
    };
    alice.service.registerSupplement({ name: 'answered', methods: ['INVITE'], incomingResponse });
  }
  const session = alice.service.create(bob.uri(), {
    ...bad.invite,
    ...(bad.invite?.media !== 'late' && { onResponse: answered }), // who listens there answers late offers itself
    ...(bad.redirects && { endpoint: { name: 'bob', trusted: false, redirects: bad.redirects } }),
  });
  note(session.established, (text) => (walked.established = text));
  const step = async <T>(promise: Promise<T>, set: (text: string) => void): Promise<void> => {
    note(promise, set);
    await bed.clock.advance(STEP_MS);
  };
  await bed.clock.advance(STEP_MS);
  if (bad.instead !== undefined) {
    await Promise.all([bad.instead(session, callee!, walked), bed.clock.advance(STEP_MS)]);
  } else if (session.state === 'established' && callee?.state === 'established') {
    await step(session.sendReinvite({ media: [{ kind: 'audio', direction: 'sendonly' }] }), (text) => (walked.reinvite = text));
    if (alive(session)) await step(session.sendReinvite({ method: 'UPDATE' }), (text) => (walked.update = text));
    if (alive(session)) await step(session.sendRequest('INFO'), (text) => (walked.info = text));
    if (alive(callee)) await step(callee.sendReinvite({ media: 'late' }), (text) => (walked.bobReinvite = text));
    if (alive(callee)) await step(callee.sendRequest('INFO'), (text) => (walked.bobInfo = text));
  }
  void session.end();
  await bed.clock.advance(64_000);
  const ends = await Promise.all([session.ended, callee?.ended]);
  walked.ends = ends.map((end) => end?.by ?? 'none').join('/');
  const left = { ...bed.leftOver() };
  audios.forEach(({ live }, at) => live > 0 && (left[`audio ${at}`] = live));
  await bed.close();
  return { walked, errors: { alice: named(alice), bob: named(bob) }, heard, left, messages: bed.steps };
}

/** One request when the call is up, in place of all others. */
export function only(step: 'reinvite' | 'bobReinvite' | 'info' | 'bobInfo', send: (from: Session) => Promise<unknown>): Bad['instead'] {
  return async (alice, bob, walked) => {
    const promise = send(step.startsWith('bob') ? bob : alice);
    note(promise, (text) => (walked[step] = text));
    await promise.catch(() => undefined);
  };
}

/** What the walk comes to when nothing but this is asked for. */
export function normally(asked: Partial<Walked> = {}): Walked {
  const { invite, established, accept, ends } = NORMAL;
  return { invite, established, accept, ...asked, ends } as Walked;
}

const alive = ({ state }: Session): boolean => state === 'established';

function ringAndAccept(walked: Walked): (session: Session) => Promise<void> {
  return async (session) => {
    await session.progress(180);
    note(session.accept(), (text) => (walked.accept = text));
  };
}

function note(promise: Promise<unknown>, set: (text: string) => void): void {
  promise.then(
    (value) => set(words(value)),
    (error: unknown) => set(error instanceof SipError ? error.code : String(error)),
  );
}

function words(value: unknown): string {
  if (typeof value !== 'object' || value === null) return 'yes';
  if ('kind' in value) {
    const outcome = value as RefreshOutcome;
    return 'response' in outcome ? `${outcome.kind} ${outcome.response.status}` : outcome.kind;
  }
  return 'status' in value ? String(value.status) : 'yes';
}

function named({ errors }: Party): string[] {
  return errors.map((error) => {
    const { hook, owner } = error.info as { readonly hook?: string; readonly owner?: string };
    const cause = error.cause instanceof SipError ? ` (${error.cause.code})` : '';
    return hook === undefined ? error.code : `${error.code} ${owner} ${hook}${cause}`;
  });
}

function witness(heard: string[]): Supplement {
  return {
    name: 'witness',
    sessionBegin: () => void heard.push('sessionBegin'),
    sessionEnd: () => void heard.push('sessionEnd'),
    incomingRequest: (_session, { method }) => void heard.push(`incomingRequest ${method}`),
    mediaChanged: () => void heard.push('mediaChanged'),
  };
}

function spoiled(audio: SdpHandler<TestStream>, bad: Partial<SdpHandler<TestStream>> | undefined): SdpHandler<TestStream> {
  return {
    name: 'bad audio',
    handleIncomingStream: (session, offered) => audio.handleIncomingStream(session, offered),
    createOutgoingStream: (session, slot) => audio.createOutgoingStream(session, slot),
    applyNegotiatedStream: (session, stream, agreed) => audio.applyNegotiatedStream(session, stream, agreed),
    rollbackStream: (session, stream) => audio.rollbackStream(session, stream),
    stopStream: (session, stream) => audio.stopStream(session, stream),
    ...bad,
  };
}
