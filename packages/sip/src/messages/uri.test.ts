import { describe, expect, it } from 'vitest';
import { OtherUri, SipUri, TelUri, parseUri, uriEquals } from './uri.ts';

const uri = (text: string) => {
  const parsed = parseUri(text);
  if (parsed === undefined) throw new Error(`${text} is a URI`);
  return parsed;
};
const sip = (text: string): SipUri => {
  const parsed = uri(text);
  if (!(parsed instanceof SipUri)) throw new Error(`${text} is a SIP URI`);
  return parsed;
};

describe('a SIP URI, RFC 3261 §19.1.1', () => {
  it('is taken apart', () => {
    const { scheme, user, password, host, port, headers, parameters } = sip(
      'SIPS:alice:secret@atlanta.example.com:5061;transport=tcp;lr?subject=a&to=b',
    );
    expect({ scheme, user, password, host, port, headers }).toEqual({
      scheme: 'sips',
      user: 'alice',
      password: 'secret',
      host: 'atlanta.example.com',
      port: 5061,
      headers: 'subject=a&to=b',
    });
    expect([...parameters.entries()]).toEqual([
      ['transport', 'tcp'],
      ['lr', undefined],
    ]);
  });

  it.each([
    ['sip:[2001:db8::1]:5070', '[2001:db8::1]', '2001:db8::1', 5070],
    ['sip:bob@[::ffff:192.0.2.1];lr', '[::ffff:192.0.2.1]', '::ffff:192.0.2.1', undefined],
    ['sip:192.0.2.4', '192.0.2.4', '192.0.2.4', undefined],
  ])('%s has host %s', (text, host, hostname, port) => {
    expect(sip(text)).toMatchObject({ host, hostname, port });
  });

  it('keeps escapes in user, and undoes them once on request', () => {
    expect(sip('sip:sips%3Auser%2541@example.net')).toMatchObject({ user: 'sips%3Auser%2541', userDecoded: 'sips:user%41' });
    expect(sip('sip:%e4%bd@example.net').userDecoded).toBe('%e4%bd');
    expect(sip('sip:null-%00-null@example.com').userDecoded).toBe('null-\0-null');
  });

  it('finds parameters by escaped names and without case', () => {
    expect(sip('sip:a@b.c;%6C%72;TransPort=TCP')).toMatchObject({ lr: true, transport: 'tcp' });
    expect(sip('sip:a@b.c')).toMatchObject({ lr: false, transport: undefined });
  });

  it.each([
    'sip:',
    'sip:@example.com',
    'sip:a@',
    'sip:a b@example.com',
    'sip:a@example.com:',
    'sip:a@example.com:65536',
    'sip:a@example.com:99999999999999999999',
    'sip:a@example.com:-1',
    'sip:a@exa mple.com',
    'sip:a@example.com;',
    'sip:a@example.com;;lr',
    'sip:a@example.com;x=',
    'sip:a@example.com?',
    'sip:a@example.com; lr',
    'sip:a%4@example.com',
    'sip:a%zz@example.com',
    'sip:a@b@c',
    'sip:[2001:db8::1',
    'sip:[1]',
    'sip:[g::1]',
    'sip:a@example.com\r\nX: y',
    'sip:a\0@example.com',
    'sip:jos\u00e9@example.com',
    '<sip:a@example.com>',
    'example.com',
    ':a',
    '1a:bcde',
    'tel:',
    'tel:xyz-1',
    'tel:+1 555',
    'http://exa mple',
    '',
  ])('is not %j', (text) => {
    expect(parseUri(text)).toBeUndefined();
  });

  it.each([
    ["sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com"],
    ['sip:user;par=u%40example.net@example.com'],
    ['sip:*67#5551212@example.com'],
    ['sip:a@b.c;x=[::1]:5/&+$'],
    ['sips:h;maddr=192.0.2.1;ttl=15?a=b&c='],
  ])('%s is written as it came', (text) => {
    expect(uri(text).toString()).toBe(text);
  });

  it('is changed by parts', () => {
    const before = sip('sip:bob:pw@biloxi.com:5060;lr;x=1?a=b');
    expect(
      before
        .with({
          user: 'al ice@\u00e9',
          password: undefined,
          port: undefined,
          headers: undefined,
          parameters: { x: undefined, y: 'a b', z: true },
        })
        .toString(),
    ).toBe('sip:al%20ice%40%C3%A9@biloxi.com;lr;y=a%20b;z');
    expect(before.with({ host: '[::1]', scheme: 'sips', port: 7 }).toString()).toBe('sips:bob:pw@[::1]:7;lr;x=1?a=b');
    expect(before.toString()).toBe('sip:bob:pw@biloxi.com:5060;lr;x=1?a=b');
  });

  it('shows a changed parameter', () => {
    const changed = sip('sip:bob@biloxi.com;lr?a=b');
    changed.parameters.set('transport', 'tcp');
    expect(changed.toString()).toBe('sip:bob@biloxi.com;lr;transport=tcp?a=b');
  });

  it.each([{ host: 'a\r\nX: y' }, { host: 'a b' }, { port: 70000 }, { headers: 'a b' }, { host: 'a>;b' }])(
    'cannot be changed to %j',
    (changes) => {
      expect(() => sip('sip:bob@biloxi.com').with(changes)).toThrow(expect.objectContaining({ code: 'SIP_URI_SYNTAX' }));
    },
  );
});

describe('other schemes', () => {
  it('reads telephone numbers, RFC 3966', () => {
    const tel = uri('TEL:+1-201-555-0123;phone-context=+1;ext=12');
    expect(tel).toBeInstanceOf(TelUri);
    expect(tel).toMatchObject({ scheme: 'tel', user: '+1-201-555-0123', digits: '+12015550123', host: '' });
    expect(tel.toString()).toBe('tel:+1-201-555-0123;phone-context=+1;ext=12');
  });

  it.each([
    ['soap.beep://192.0.2.103:3002', 'soap.beep', '192.0.2.103'],
    ['http://user@[::1]:80/x?y', 'http', '[::1]'],
    ['isbn:2983792873', 'isbn', ''],
    ['nobodyKnowsThisScheme:totallyopaquecontent', 'nobodyknowsthisscheme', ''],
  ])('keeps %s whole', (text, scheme, host) => {
    const other = uri(text);
    expect(other).toBeInstanceOf(OtherUri);
    expect([other.scheme, other.host, other.toString()]).toEqual([scheme, host, text]);
  });
});

describe('comparison, RFC 3261 §19.1.4', () => {
  it.each([
    ['sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtLanTa.CoM;Transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;security=on'],
    ['sip:carol@chicago.com;newparam=5', 'sip:carol@chicago.com;security=on'],
    [
      'sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com',
      'sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com',
    ],
    ['sip:alice@atlanta.com?subject=project%20x&priority=urgent', 'sip:alice@atlanta.com?priority=urgent&subject=project%20x'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;security=off'],
    ['tel:+1-201-555-0123', 'TEL:+1(201)5550123'],
    ['tel:7042;phone-context=example.com;ext=1', 'tel:7042;ext=1;phone-context=EXAMPLE.com'],
    ['isbn:1', 'ISBN:1'],
  ])('%s is %s', (a, b) => {
    expect([uriEquals(uri(a), uri(b)), uriEquals(uri(b), uri(a))]).toEqual([true, true]);
  });

  it.each([
    ['SIP:ALICE@AtLanTa.CoM;Transport=udp', 'sip:alice@AtLanTa.CoM;Transport=UDP'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;transport=udp'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:6000;transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com?Subject=next%20meeting'],
    ['sip:bob@phone21.boxesbybob.com', 'sip:bob@192.0.2.4'],
    ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;security=off'],
    ['sip:a@b.c', 'sips:a@b.c'],
    ['sip:b.cd', 'sip:a@b.cd'],
    ['sip:a@b.c', 'sip:a:p@b.c'],
    ['sip:a@b.c', 'sip:a@b.c;user=phone'],
    ['sip:a@b.c', 'sip:a@b.c;ttl=1'],
    ['sip:a@b.c', 'sip:a@b.c;method=INVITE'],
    ['sip:a@b.c', 'sip:a@b.c;maddr=b.c'],
    ['sip:a%40x@b.c', 'sip:a%2fx@b.c'],
    ['sip:a@b.c?x=1&x=1', 'sip:a@b.c?x=1'],
    ['tel:7042;phone-context=a.com', 'tel:7042'],
    ['tel:+12', 'sip:+12@a.com'],
  ])('%s is not %s', (a, b) => {
    expect([uriEquals(uri(a), uri(b)), uriEquals(uri(b), uri(a))]).toEqual([false, false]);
  });

  it('takes a URI of another making by its text', () => {
    expect(uriEquals({ scheme: 'sip', host: 'b.cd', toString: () => 'sip:B.CD' }, uri('sip:b.cd'))).toBe(true);
  });
});
