/** Every rule by which a message is refused: an example, the status, and the place that the verdict names. A new rule without a row does not compile. */
import { parseMessage, type Limits, type Verdict } from '@jackfield/sip';
import { describe, expect, it } from 'vitest';

type Rule = Extract<Verdict, { ok: false }>['rule'];

interface Example {
  /** A whole message; `§` before the place that the verdict names. */
  readonly text: string;
  /** Undefined: dropped. */
  readonly status: number | undefined;
  readonly limits?: Limits;
  readonly stream?: boolean;
}

const FIELDS: readonly string[] = [
  'Via: SIP/2.0/UDP h.example;branch=z9hG4bK1',
  'Max-Forwards: 70',
  'From: <sip:f@example.com>;tag=1',
  'To: <sip:t@example.com>',
  'Call-ID: c',
  'CSeq: 1 INVITE',
];

/** An INVITE with `line` in the place of the field of that name, or behind the others. */
function invite(line: string, body = '', start = 'INVITE sip:u@example.com SIP/2.0'): string {
  const name = line.replace('§', '').split(':')[0]!;
  const fields = FIELDS.map((field) => (field.startsWith(`${name}:`) ? line : field));
  if (line !== '' && !fields.includes(line)) fields.push(line);
  return `${start}\r\n${fields.join('\r\n')}\r\n\r\n${body}`;
}

/** One without the field of that name. */
const without = (name: string): string =>
  `INVITE sip:u@example.com SIP/2.0\r\n${FIELDS.filter((field) => !field.startsWith(`${name}:`)).join('\r\n')}\r\n\r\n§`;

/** The place is where the limit ends. */
function tooLong(): string {
  const head = invite('');
  return `${head.padEnd(65_535, 'x')}§x`;
}

const EXAMPLES: Readonly<Record<Rule, readonly Example[]>> = {
  'start-line': [
    { text: invite('', '', 'INVITE §sip:u@example.com'), status: 400 },
    { text: invite('', '', 'INVITE sip:u@example.com §FOO/2.0'), status: 400 },
    { text: '§nothing', status: undefined },
  ],
  'method-syntax': [{ text: invite('', '', 'IN§(ITE sip:u@example.com SIP/2.0'), status: undefined }],
  'method-length': [{ text: invite('', '', '§INVITES sip:u@example.com SIP/2.0'), status: undefined, limits: { maxMethodBytes: 6 } }],
  'request-uri-syntax': [{ text: invite('', '', 'INVITE §<sip:u@example.com> SIP/2.0'), status: 400 }],
  'request-uri-length': [{ text: invite('', '', `INVITE §sip:${'u'.repeat(2000)}@example.com SIP/2.0`), status: 414 }],
  'request-uri-headers': [{ text: invite('', '', 'INVITE §sip:u@example.com?a=b SIP/2.0'), status: 400 }],
  version: [
    { text: invite('', '', 'INVITE sip:u@example.com §SIP/3.0'), status: 505 },
    { text: 'SIP§/3.0 200 OK\r\n\r\n', status: undefined },
  ],
  'status-code': [
    { text: 'SIP/2.0 §20 OK\r\n\r\n', status: undefined },
    { text: 'SIP/2.0 §700 No\r\n\r\n', status: undefined },
  ],
  'header-name': [{ text: invite('§: x'), status: 400 }],
  'header-colon': [{ text: invite('X §y: z'), status: 400 }],
  'header-length': [{ text: invite(`§X: ${'x'.repeat(17_000)}`), status: 400 }],
  'header-count': [{ text: invite('§X: y'), status: 400, limits: { maxHeaders: 6 } }],
  'line-end': [
    { text: invite('X: a§\rb'), status: 400 },
    { text: invite('X: a§\nY: b'), status: 400 },
  ],
  'head-end': [{ text: `INVITE sip:u@example.com SIP/2.0\r\n${FIELDS.join('\r\n')}\r\nX: y§`, status: 400 }],
  'message-length': [
    { text: tooLong(), status: 413 },
    { text: invite('Content-Length: §70000'), status: 413 },
  ],
  'header-repeated': [{ text: invite('§f: <sip:x@example.com>'), status: 400 }],
  'via-missing': [{ text: without('Via'), status: undefined }],
  'via-syntax': [
    { text: invite('Via: §SIP/2.0/UDP h.example;branch=z9hG4bK1;=x'), status: 400 },
    { text: invite('Via: §SIP/2.0/UDP h.example:65536;branch=z9hG4bK1'), status: undefined },
  ],
  'via-count': [{ text: invite('Via: §SIP/2.0/UDP a, SIP/2.0/UDP b'), status: 400, limits: { maxListValues: 1 } }],
  'from-missing': [{ text: without('From'), status: 400 }],
  'from-syntax': [
    { text: invite('From: §a b <c'), status: 400 },
    { text: invite(`From: §<sip:${'f'.repeat(2000)}@example.com>`), status: 400 },
  ],
  'to-missing': [{ text: without('To'), status: 400 }],
  'to-syntax': [{ text: invite('To: §<sip:t@example.com:65536>'), status: 400 }],
  'call-id-missing': [{ text: without('Call-ID'), status: 400 }],
  'call-id-syntax': [{ text: invite('Call-ID: §a b'), status: 400 }],
  'cseq-missing': [{ text: without('CSeq'), status: 400 }],
  'cseq-syntax': [{ text: invite('CSeq: §2147483648 INVITE'), status: 400 }],
  'cseq-method': [{ text: invite('CSeq: §1 BYE'), status: 400 }],
  'max-forwards': [{ text: invite('Max-Forwards: §256'), status: 400 }],
  expires: [{ text: invite('Expires: §4294967296'), status: 400 }],
  'route-syntax': [{ text: invite('Route: §<sip:a>, b'), status: 400 }],
  'contact-length': [{ text: invite(`Contact: §<sip:${'c'.repeat(2000)}@example.com>`), status: 400 }],
  'list-length': [{ text: invite('Route: §<sip:a>, <sip:b>'), status: 400, limits: { maxListValues: 1 } }],
  'content-length': [{ text: invite('Content-Length: §-1'), status: 400 }],
  'content-length-missing': [{ text: invite('', '§'), status: 400, stream: true }],
  'body-length': [
    { text: invite('Content-Length: §5', 'four'), status: 400 },
    { text: invite('Content-Length: §3', 'four'), status: 400, stream: true },
  ],
};

describe('a verdict', () => {
  const rows = Object.entries(EXAMPLES).flatMap(([rule, examples]) =>
    examples.map((example) => [rule, example.status ?? 'none', example] as const),
  );
  it.each(rows)('of the rule %s names rule, status %s and place', (rule, _, { text, status, limits, stream = false }) => {
    const place = text.indexOf('§');
    const verdict = parseMessage(Buffer.from(text.replace('§', '')), { limits, stream });
    expect(verdict).toMatchObject({ ok: false, rule, status });
    if (verdict.ok) return;
    expect(verdict.offset).toBe(place);
    expect(verdict.request === undefined).toBe(status === undefined);
  });
});
