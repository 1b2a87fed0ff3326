import { describe, expect, it } from 'vitest';
import { codecFormats, codecLines, defineCodec, readCodecs, type CodecInit } from './codec.ts';
import type { MediaSection } from './model.ts';

const section = (formats: string, lines: string[] = [], kind = 'audio', protocol = 'RTP/AVP'): MediaSection => ({
  kind,
  port: 4000,
  protocol,
  formats: formats.split(' '),
  lines,
});
const short = (media: MediaSection): readonly string[] =>
  readCodecs(media).map((codec) => `${codec.payloadType} ${codec.name}/${codec.clockRate}/${codec.channels}`);

describe('readCodecs', () => {
  it('reads rtpmap, fmtp and feedback together, in the order of the m= line', () => {
    const video = section(
      '97 96',
      [
        'a=rtcp-fb:* nack',
        'a=rtpmap:96 VP8/90000',
        'a=rtpmap:97 H264/90000',
        'a=fmtp:97 profile-level-id=42e01f;packetization-mode=1',
        'a=rtcp-fb:97 ccm fir',
        'a=rtcp-fb:96 ccm tmmbr smaxpr=120',
      ],
      'video',
    );
    expect(readCodecs(video)).toMatchObject([
      {
        payloadType: 97,
        name: 'H264',
        clockRate: 90_000,
        channels: 1,
        fmtp: { raw: 'profile-level-id=42e01f;packetization-mode=1' },
        feedback: ['nack', 'ccm fir'],
      },
      { payloadType: 96, name: 'VP8', clockRate: 90_000, channels: 1, fmtp: { raw: '' }, feedback: ['nack', 'ccm tmmbr smaxpr=120'] },
    ]);
  });

  it.each<{ kind: string; formats: string; codecs: string[] }>([
    {
      kind: 'audio',
      formats: '0 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 33',
      codecs: [
        '0 PCMU/8000/1',
        '3 GSM/8000/1',
        '4 G723/8000/1',
        '5 DVI4/8000/1',
        '6 DVI4/16000/1',
        '7 LPC/8000/1',
        '8 PCMA/8000/1',
        '9 G722/8000/1',
        '10 L16/44100/2',
        '11 L16/44100/1',
        '12 QCELP/8000/1',
        '13 CN/8000/1',
        '14 MPA/90000/1',
        '15 G728/8000/1',
        '16 DVI4/11025/1',
        '17 DVI4/22050/1',
        '18 G729/8000/1',
        '33 MP2T/90000/1',
      ],
    },
    {
      kind: 'video',
      formats: '25 26 28 31 32 33 34',
      codecs: [
        '25 CelB/90000/1',
        '26 JPEG/90000/1',
        '28 nv/90000/1',
        '31 H261/90000/1',
        '32 MPV/90000/1',
        '33 MP2T/90000/1',
        '34 H263/90000/1',
      ],
    },
    { kind: 'audio', formats: '1 2 19 20 21 22 23 24 25 31 35 72 95 96 127', codecs: [] },
    { kind: 'video', formats: '0 8 24 27 29 30 96', codecs: [] },
    { kind: 'text', formats: '0 98', codecs: [] },
  ])('knows the static numbers of $kind $formats, RFC 3551 tables 4 and 5', ({ kind, formats, codecs }) => {
    expect(short(section(formats, [], kind))).toEqual(codecs);
  });

  it.each<{ rtpmap: string; codec: string | undefined; because: string }>([
    { rtpmap: '97 iLBC/8000', codec: '97 iLBC/8000/1', because: 'it is plain' },
    { rtpmap: '97 opus/48000/2', codec: '97 opus/48000/2', because: 'it has channels' },
    { rtpmap: '97 x+y!/8000', codec: '97 x+y!/8000/1', because: 'any token is a name' },
    { rtpmap: '97 iLBC /8000', codec: '97 iLBC/8000/1', because: 'a blank stands before the slash' },
    { rtpmap: '97 iLBC', codec: undefined, because: 'a dynamic number needs a clock rate' },
    { rtpmap: '97 iLBC/', codec: undefined, because: 'the clock rate is empty' },
    { rtpmap: '97 iLBC/0', codec: undefined, because: 'the clock rate is 0' },
    { rtpmap: '97 iLBC/2147483648', codec: undefined, because: 'the clock rate is past 2^31' },
    { rtpmap: '97 iLBC/8000/0', codec: undefined, because: 'it has no channel' },
    { rtpmap: '97 iLBC/8000/x', codec: undefined, because: 'its channels are no number' },
    { rtpmap: '97 /8000', codec: undefined, because: 'it has no name' },
    { rtpmap: '97', codec: undefined, because: 'it has nothing' },
    { rtpmap: '', codec: undefined, because: 'it is empty' },
    { rtpmap: '097 iLBC/8000', codec: undefined, because: 'the number has a leading zero' },
    { rtpmap: '353 iLBC/8000', codec: undefined, because: 'the number does not wrap' },
  ])('takes a=rtpmap:$rtpmap as $codec: $because', ({ rtpmap, codec }) => {
    expect(short(section('97', [`a=rtpmap:${rtpmap}`]))).toEqual(codec === undefined ? [] : [codec]);
  });

  it("lets a=rtpmap bind a static number anew, and corrects the clock of the number's own codec", () => {
    expect(short(section('0 2 9', ['a=rtpmap:0 L8/8000', 'a=rtpmap:2 G726-32/8000', 'a=rtpmap:9 g722/16000']))).toEqual([
      '0 L8/8000/1',
      '2 G726-32/8000/1',
      '9 g722/8000/1',
    ]);
    expect(short(section('0', ['a=rtpmap:0 PCMU']))).toEqual(['0 PCMU/8000/1']);
  });

  it('passes over formats that are no payload number, and numbers listed twice (T-14)', () => {
    expect(short(section('4294967296 -1 x 00 08 128 1e1 0x0 0 0 8'))).toEqual(['0 PCMU/8000/1', '8 PCMA/8000/1']);
  });

  it('ignores attributes for numbers that are not listed, or that are none (T-15)', () => {
    const lines = [
      'a=fmtp:101 0-16',
      'a=fmtp: x=1',
      'a=fmtp:',
      'a=fmtp:0',
      'a=fmtp',
      'a=fmtp:256 x=1',
      'a=rtpmap:128 X/8000',
      'a=rtpmap:2147483648 X/8000',
      'a=rtpmap:-96 X/8000',
      'a=rtcp-fb:256 nack',
      'a=rtcp-fb:0',
      'a=rtcp-fb:0 ',
      'a=rtcp-fb: nack',
    ];
    expect(readCodecs(section('0', lines))).toMatchObject([{ payloadType: 0, name: 'PCMU', fmtp: { raw: '' }, feedback: [] }]);
    expect(readCodecs(section('0', lines))).toHaveLength(1);
  });

  it('takes the first of two lines about one number', () => {
    const lines = ['a=rtpmap:97 iLBC/8000', 'a=rtpmap:97 speex/8000', 'a=fmtp:97 mode=20', 'a=fmtp:97 mode=30'];
    expect(readCodecs(section('97', lines))).toMatchObject([{ name: 'iLBC', fmtp: { raw: 'mode=20' } }]);
  });

  it('finds none without a=rtpmap for dynamic names such as red and t140 (T-21)', () => {
    expect(short(section('98 100', ['a=fmtp:100 98/98/98', 'a=rtpmap:98'], 'text'))).toEqual([]);
  });

  it('finds none outside RTP', () => {
    expect(short(section('0', [], 'audio', 'udptl'))).toEqual([]);
    expect(short(section('0', [], 'audio', 'UDP/TLS/RTP/SAVPF'))).toEqual(['0 PCMU/8000/1']);
  });
});

describe('writing codecs', () => {
  it('gives formats and lines that read back the same', () => {
    const codecs = [
      defineCodec({ payloadType: 0, name: 'PCMU', clockRate: 8000 }),
      defineCodec({
        payloadType: 111,
        name: 'opus',
        clockRate: 48_000,
        channels: 2,
        fmtp: 'minptime=10;useinbandfec=1',
        feedback: ['transport-cc', 'nack'],
      }),
    ];
    expect(codecLines(codecs)).toEqual([
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:111 opus/48000/2',
      'a=fmtp:111 minptime=10;useinbandfec=1',
      'a=rtcp-fb:111 transport-cc',
      'a=rtcp-fb:111 nack',
    ]);
    expect(readCodecs({ ...section(''), formats: codecFormats(codecs), lines: codecLines(codecs) })).toEqual(codecs);
  });

  it.each<{ change: Partial<CodecInit>; field: string; value: string }>([
    { change: { payloadType: 128 }, field: 'payloadType', value: '128' },
    { change: { payloadType: -1 }, field: 'payloadType', value: '-1' },
    { change: { payloadType: 0.5 }, field: 'payloadType', value: '0.5' },
    { change: { name: 'a b' }, field: 'name', value: 'a b' },
    { change: { clockRate: 0 }, field: 'clockRate', value: '0' },
    { change: { channels: 256 }, field: 'channels', value: '256' },
    { change: { fmtp: 'a\r\nb' }, field: 'fmtp', value: 'a\r\nb' },
    { change: { feedback: [''] }, field: 'feedback', value: '' },
    { change: { feedback: ['nack\n'] }, field: 'feedback', value: 'nack\n' },
  ])('refuses a codec with $change', ({ change, field, value }) => {
    expect(() => defineCodec({ payloadType: 0, name: 'PCMU', clockRate: 8000, ...change })).toThrow(
      expect.objectContaining({ code: 'SDP_CODEC_FIELD', info: { field, value } }),
    );
  });
});
