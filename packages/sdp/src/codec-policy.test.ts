import { describe, expect, it } from 'vitest';
import { defineCodec, type Codec } from './codec.ts';
import { chooseCodecs, configuredOrder, firstCodec, offerersOrder, type CodecPolicy } from './codec-policy.ts';

const codec = (payloadType: number, name: string, clockRate = 8000): Codec => defineCodec({ payloadType, name, clockRate });
/** `PCMU=0`, `telephone-event=101`, `opus=96/48000` */
const codecs = (text: string): readonly Codec[] =>
  text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => {
      const [, name = '', number = '', rate = '8000'] = /^([^=]+)=(\d+)(?:\/(\d+))?$/.exec(word) ?? [];
      return codec(Number(number), name, Number(rate));
    });
const short = (said: readonly Codec[]): string => said.map(({ payloadType }) => payloadType).join(' ');

const CONFIGURED = 'opus=96/48000 PCMA=8 PCMU=0 telephone-event=101';

describe('codec policies', () => {
  it.each<{ policy: string; of: CodecPolicy; role: 'offerer' | 'answerer'; offered: string; said: string; because: string }>([
    { policy: 'none', of: offerersOrder, role: 'answerer', offered: 'PCMU=0 PCMA=8', said: '0 8', because: "the offerer's order counts" },
    {
      policy: 'none',
      of: offerersOrder,
      role: 'answerer',
      offered: 'opus=111/48000 PCMU=0',
      said: '111 0',
      because: "and the offerer's numbers",
    },
    { policy: 'none', of: offerersOrder, role: 'offerer', offered: '', said: '96 8 0 101', because: 'we offer all we have' },
    { policy: 'none', of: offerersOrder, role: 'offerer', offered: 'PCMU=0', said: '96 8 0 101', because: 'and all of it again' },
    { policy: 'ours', of: configuredOrder, role: 'answerer', offered: 'PCMU=0 PCMA=8', said: '8 0', because: 'our order counts' },
    {
      policy: 'ours',
      of: configuredOrder,
      role: 'answerer',
      offered: 'PCMU=0 opus=111/48000',
      said: '111 0',
      because: "under the offerer's numbers",
    },
    {
      policy: 'ours',
      of: configuredOrder,
      role: 'answerer',
      offered: 'telephone-event=97 PCMU=0',
      said: '0 97',
      because: 'events have their place too',
    },
    { policy: 'ours', of: configuredOrder, role: 'offerer', offered: 'PCMU=0', said: '96 8 0 101', because: 'an offer has it anyway' },
    {
      policy: 'first',
      of: firstCodec(),
      role: 'answerer',
      offered: 'PCMU=0 PCMA=8 telephone-event=97',
      said: '0 97',
      because: 'one codec, and its events',
    },
    {
      policy: 'first',
      of: firstCodec(),
      role: 'answerer',
      offered: 'telephone-event=97 PCMA=8',
      said: '97 8',
      because: 'events are no codec',
    },
    { policy: 'first', of: firstCodec(), role: 'offerer', offered: '', said: '96', because: 'events of another clock do not go with it' },
    {
      policy: 'first of ours',
      of: firstCodec(configuredOrder),
      role: 'answerer',
      offered: 'PCMU=0 PCMA=8',
      said: '8',
      because: 'the best of ours',
    },
    { policy: 'first of ours', of: firstCodec(configuredOrder), role: 'answerer', offered: '', said: '', because: 'nothing is common' },
    {
      policy: 'no G.711 µ',
      of: (offered) => offered.filter(({ name }) => name !== 'PCMU'),
      role: 'answerer',
      offered: 'PCMU=0 PCMA=8',
      said: '8',
      because: 'a policy may leave out',
    },
    { policy: 'nothing', of: () => [], role: 'offerer', offered: '', said: '', because: 'or all of them' },
    {
      policy: 'events alone',
      of: (offered) => offered.slice(1),
      role: 'answerer',
      offered: 'PCMU=0 telephone-event=101',
      said: '',
      because: 'what accompanies a codec is no stream',
    },
    {
      policy: 'what the peer said',
      of: (offered, configured) => configured.filter(({ name }) => offered.some((one) => one.name === name)),
      role: 'offerer',
      offered: 'PCMU=0',
      said: '0',
      because: 'a later offer may keep to it',
    },
  ])('$policy, as $role, offered [$offered]: $because', ({ of, role, offered, said }) => {
    expect(short(chooseCodecs(of, codecs(offered), codecs(CONFIGURED), role))).toBe(said);
  });

  it('are not needed', () => {
    const [offered, configured] = [codecs('PCMU=0'), codecs(CONFIGURED)];
    expect(chooseCodecs(undefined, offered, configured, 'answerer')).toBe(offered);
    expect(chooseCodecs(undefined, offered, configured, 'offerer')).toBe(configured);
  });

  it.each<{ of: unknown; fault: string; what: string }>([
    { of: () => undefined, fault: 'no-list', what: 'nothing' },
    { of: () => Promise.resolve([]), fault: 'no-list', what: 'a promise' },
    { of: (_: unknown, configured: readonly Codec[]) => configured, fault: 'unknown', what: 'codecs that were not offered' },
    { of: (offered: readonly Codec[]) => offered.map((one) => ({ ...one })), fault: 'unknown', what: 'codecs of its own make' },
    { of: () => [undefined], fault: 'unknown', what: 'holes' },
    { of: (offered: readonly Codec[]) => [...offered, ...offered], fault: 'twice', what: 'a codec twice' },
  ])('that give $what are refused', ({ of, fault }) => {
    const policy = of as CodecPolicy;
    expect(() => chooseCodecs(policy, codecs('PCMU=0'), codecs(CONFIGURED), 'answerer')).toThrow(
      expect.objectContaining({ code: 'SDP_CODEC_POLICY', info: { fault, role: 'answerer' } }),
    );
  });

  it('throw through', () => {
    const broken = (): never => {
      throw new TypeError('a broken policy');
    };
    expect(() => chooseCodecs(broken, codecs('PCMU=0'), codecs(CONFIGURED), 'answerer')).toThrow('a broken policy');
  });
});
