import { describe, expect, it } from 'vitest';
import { HeaderList } from '../headers.ts';
import { parseUri } from '../uri.ts';
import {
  formatReferTo,
  formatReferredBy,
  formatReplaces,
  formatTargetDialog,
  readReferSub,
  readReferTo,
  readReferredBy,
  readReplaces,
  readTargetDialog,
} from './transfer.ts';

const one = (name: string, ...values: string[]): HeaderList => new HeaderList({ [name]: values });
const refused = expect.objectContaining({ code: 'SIP_HEADER_SYNTAX' });

describe('Replaces, RFC 3891 §6.1', () => {
  it.each([
    [
      '98732@sip.example.com ;from-tag=r33th4x0r ;to-tag=ff87ff',
      { callId: '98732@sip.example.com', toTag: 'ff87ff', fromTag: 'r33th4x0r', earlyOnly: false },
    ],
    ['12adf;to-tag=12345;from-tag=54321;early-only', { callId: '12adf', toTag: '12345', fromTag: '54321', earlyOnly: true }],
    ['a;to-tag=1', undefined],
    ['a;to-tag=1;from-tag=2;to-tag=3', undefined],
    ['a;to-tag;from-tag=2', undefined],
    ['a;to-tag="x y";from-tag=2', undefined],
    ['a b;to-tag=1;from-tag=2', undefined],
    [';to-tag=1;from-tag=2', undefined],
    ['', undefined],
  ])('%j is %j', (text, replaces) => {
    expect(readReplaces(one('Replaces', text))).toEqual(replaces);
  });

  it('two of them name no dialog', () => {
    expect(readReplaces(one('Replaces', 'a;to-tag=1;from-tag=2', 'b;to-tag=1;from-tag=2'))).toBeUndefined();
  });

  it('is written', () => {
    const replaces = { callId: 'a@b', toTag: '1', fromTag: '2', earlyOnly: true };
    expect(formatReplaces(replaces)).toBe('a@b;to-tag=1;from-tag=2;early-only');
    for (const bad of [{ callId: 'a b' }, { toTag: '' }, { fromTag: 'a;b' }, { callId: 'a\r\nX:y' }])
      expect(() => formatReplaces({ ...replaces, ...bad })).toThrow(refused);
  });
});

describe('Target-Dialog, RFC 4538 §7', () => {
  it.each([
    [
      'fa77as7dad8-sd98ajzz@host.example.com;local-tag=kkaz-;remote-tag=6544',
      { callId: 'fa77as7dad8-sd98ajzz@host.example.com', localTag: 'kkaz-', remoteTag: '6544' },
    ],
    ['a', { callId: 'a', localTag: undefined, remoteTag: undefined }],
    ['a;local-tag=1;local-tag=2', undefined],
    ['a b', undefined],
  ])('%j is %j', (text, target) => {
    expect(readTargetDialog(one('Target-Dialog', text))).toEqual(target);
    if (target !== undefined) expect(formatTargetDialog(target)).toBe(text);
  });

  it('is not written of what is none', () => {
    for (const bad of [{ callId: '' }, { callId: 'a', localTag: 'b c' }]) expect(() => formatTargetDialog(bad)).toThrow(refused);
  });
});

describe('Refer-To, RFC 3515 §2.1', () => {
  it.each([
    [
      '<sip:carol@example.org;method=SUBSCRIBE>',
      { uri: 'sip:carol@example.org;method=SUBSCRIBE', method: 'SUBSCRIBE', replaces: undefined },
    ],
    [
      '<sip:dave@example.org?Replaces=12345%40192.0.2.3%3Bto-tag%3D12345%3Bfrom-tag%3D5FFE-3994>',
      {
        uri: 'sip:dave@example.org?Replaces=12345%40192.0.2.3%3Bto-tag%3D12345%3Bfrom-tag%3D5FFE-3994',
        method: 'INVITE',
        replaces: { callId: '12345@192.0.2.3', toTag: '12345', fromTag: '5FFE-3994', earlyOnly: false },
      },
    ],
    ['http://www.example.org', { uri: 'http://www.example.org', method: 'INVITE', replaces: undefined }],
    ['<sip:dave@example.org?Replaces=broken>', { uri: 'sip:dave@example.org?Replaces=broken', method: 'INVITE', replaces: undefined }],
    ['<sip:dave@example.org?Subject=a%0Ab>', undefined],
    ['<sip:a@b>, <sip:c@d>', undefined],
    ['', undefined],
  ])('%j', (text, target) => {
    const read = readReferTo(one('r', text));
    expect(read && { uri: String(read.address.uri), method: read.method, replaces: read.replaces }).toEqual(target);
  });

  it('is written with the dialog that it replaces, and read again', () => {
    const replaces = { callId: 'a@b', toTag: '1', fromTag: '2', earlyOnly: false };
    const uri = parseUri('sip:dave@example.org?Subject=x')!;
    expect(readReferTo(one('Refer-To', formatReferTo({ uri, displayName: 'Dave' }, replaces)))).toMatchObject({
      replaces,
      address: { displayName: 'Dave' },
    });
    expect(formatReferTo({ uri })).toBe('<sip:dave@example.org?Subject=x>');
    expect(() => formatReferTo({ uri: parseUri('tel:+12345')! }, replaces)).toThrow(refused);
    expect(() => formatReferTo({ uri }, { ...replaces, toTag: 'a b' })).toThrow(refused);
  });
});

describe('Referred-By, RFC 3892 §3', () => {
  it.each([
    [
      '<sip:referrer@example.org>;cid="20398823.2UWQFN309shb3@referrer.example"',
      ['sip:referrer@example.org', '20398823.2UWQFN309shb3@referrer.example'],
    ],
    ['sip:r@ref.example', ['sip:r@ref.example', undefined]],
    ['<sip:r', undefined],
  ])('%j', (text, referrer) => {
    const read = readReferredBy(one('b', text));
    expect(read && [String(read.address.uri), read.contentId]).toEqual(referrer);
  });

  it('is written with its Content-ID in quotes', () => {
    expect(formatReferredBy({ uri: parseUri('sip:a@b')! }, 'x@y')).toBe('<sip:a@b>;cid="x@y"');
    expect(() => formatReferredBy({ uri: parseUri('sip:a@b')! }, 'x\r\n')).toThrow(refused);
  });
});

describe('Refer-Sub, RFC 4488 §4', () => {
  it.each([
    [['false'], false],
    [['False;x=y'], false],
    [['true'], true],
    [['maybe'], true],
    [[], true],
  ])('%j asks for a subscription: %s', (values, wanted) => {
    expect(readReferSub(one('Refer-Sub', ...values))).toBe(wanted);
  });
});
