import { readCodecs, type Description } from '@jackfield/sdp';
import { describe, expect, it } from 'vitest';
import { settleAudio, type AudioSettings } from './settings.ts';

/** The description of a peer with one section: `described('m=audio 4000 RTP/AVP 0', 'a=sendonly')`. */
function described(media: string, ...lines: string[]): Description {
  const [kind = '', port = '', protocol = '', ...formats] = media.slice(2).split(' ');
  return { lines: ['c=IN IP4 192.0.2.1'], sections: [{ kind, port: Number(port), protocol, formats, lines }] };
}

const LOCAL = described('m=audio 20000 RTP/AVP 0 8 101', 'a=rtpmap:101 telephone-event/8000', 'a=sendrecv');

function settle(remote: Description, local = LOCAL, said: AudioSettings['said'] = []): AudioSettings {
  return settleAudio({ local: local.sections[0]!, remote: remote.sections[0]!, description: remote }, 20, undefined, said);
}

describe('what an offer and its answer settle', () => {
  it('sends with the first codec of the peer that is no companion, under its number', () => {
    const { codec, media, remote } = settle(described('m=audio 4000 RTP/AVP 97 8 0', 'a=rtpmap:97 telephone-event/8000', 'a=sendrecv'));
    expect(codec).toMatchObject({ name: 'PCMA', payloadType: 8 });
    expect(media.send.map(({ payloadType }) => payloadType)).toEqual([97, 8, 0]);
    expect(media.receive.map(({ payloadType }) => payloadType)).toEqual([101, 8, 0]);
    expect(remote?.payloadTypes).toEqual([101, 8, 0]);
  });

  it('refuses an answer that takes telephone-events alone', () => {
    const answer = described('m=audio 4000 RTP/AVP 101', 'a=rtpmap:101 telephone-event/8000');
    expect(() => settle(answer)).toThrow(expect.objectContaining({ code: 'AUDIO_NO_CODEC', info: { formats: ['101'] } }) as Error);
  });

  it('remembers every number that our side has used, so that none gets another meaning', () => {
    const first = readCodecs(
      described('m=audio 1 RTP/AVP 0 96 101', 'a=rtpmap:96 opus/48000/2', 'a=rtpmap:101 telephone-event/8000').sections[0]!,
    );
    const { said } = settle(described('m=audio 4000 RTP/AVP 0'), LOCAL, first);
    expect(said.map(({ payloadType, name }) => `${payloadType} ${name}`)).toEqual(['0 PCMU', '8 PCMA', '101 telephone-event', '96 opus']);
  });

  it.each([
    { peer: 'sendrecv', ours: 'sendrecv', direction: 'sendrecv', held: false },
    { peer: 'sendonly', ours: 'recvonly', direction: 'recvonly', held: true },
    { peer: 'inactive', ours: 'inactive', direction: 'inactive', held: true },
    { peer: 'recvonly', ours: 'sendonly', direction: 'sendonly', held: false },
    { peer: 'sendrecv', ours: 'sendonly', direction: 'sendonly', held: false },
    { peer: 'recvonly', ours: 'sendrecv', direction: 'sendonly', held: false },
  ])('is $direction, held $held, when the peer says $peer and we $ours', ({ peer, ours, direction, held }) => {
    const settings = settle(described('m=audio 4000 RTP/AVP 0', `a=${peer}`), described('m=audio 20000 RTP/AVP 0', `a=${ours}`));
    expect(settings.media.direction).toBe(direction);
    expect(settings.held).toBe(held);
  });

  it.each([{ line: 'c=IN IP4 0.0.0.0' }, { line: 'c=IN IP6 ::' }])('is held and sends nowhere for $line', ({ line }) => {
    const settings = settle(described('m=audio 4000 RTP/AVP 0', line, 'a=sendrecv'));
    expect(settings.held).toBe(true);
    expect(settings.remote).toBeUndefined();
  });

  it("takes a direction that the peer's description has for all its streams", () => {
    const offer = described('m=audio 4000 RTP/AVP 0');
    expect(settle({ ...offer, lines: [...offer.lines, 'a=sendonly'] }).media.direction).toBe('recvonly');
  });

  it('shares the port with RTCP when both sides say so', () => {
    const mux = described('m=audio 4000 RTP/AVP 0', 'a=rtcp-mux');
    expect(settle(mux, mux)).toMatchObject({ rtcpMux: true, remote: { rtcpMux: true } });
    expect(settle(mux)).toMatchObject({ rtcpMux: false, remote: { rtcpMux: false } });
  });

  it('sends RTCP where the peer wants it', () => {
    const { remote } = settle(described('m=audio 4000 RTP/AVP 0', 'a=rtcp:5003 IN IP4 192.0.2.7'));
    expect(remote).toMatchObject({ host: '192.0.2.1', port: 4000, rtcpHost: '192.0.2.7', rtcpPort: 5003 });
  });
});

describe('the length of our frames, T-20', () => {
  it.each<{ lines: string[]; ms: number }>([
    { lines: [], ms: 20 },
    { lines: ['a=ptime:30'], ms: 30 },
    { lines: ['a=ptime:20.5'], ms: 20 },
    { lines: ['a=ptime:1'], ms: 10 },
    { lines: ['a=ptime:0'], ms: 20 },
    { lines: ['a=ptime:-20'], ms: 20 },
    { lines: ['a=ptime:2147483648'], ms: 120 },
    { lines: ['a=ptime:200'], ms: 120 },
    { lines: ['a=ptime:99999999999999999999'], ms: 20 },
    { lines: ['a=ptime:x'], ms: 20 },
    { lines: ['a=ptime:60', 'a=maxptime:40'], ms: 40 },
    { lines: ['a=maxptime:10'], ms: 10 },
    { lines: ['a=maxptime:0'], ms: 20 },
    { lines: ['a=maxptime:-1'], ms: 20 },
    { lines: ['a=maxptime:5'], ms: 10 },
    { lines: ['a=maxptime:2147483648'], ms: 20 },
  ])('is $ms ms for $lines', ({ lines, ms }) => {
    const remote = described('m=audio 4000 RTP/AVP 0', ...lines);
    expect(settle(remote)).toMatchObject({ ptimeMs: ms, media: { ptimeMs: ms } });
  });
});
