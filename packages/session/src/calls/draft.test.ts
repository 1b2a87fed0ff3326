import { HeaderList } from '@jackfield/sip';
import { describe, expect, it } from 'vitest';
import { addHeaders, DraftHeaders } from './draft.ts';

const X = (headers: DraftHeaders): readonly string[] => headers.getAll('X');

describe('headers of a draft', () => {
  it('are those it was given, and no copy, until somebody writes', () => {
    const list = new HeaderList({ X: '1' });
    const headers = new DraftHeaders(list);
    headers.mark();
    expect(headers.get('x')).toBe('1');
    expect(headers.list).toBe(list);
    headers.set('X', '2');
    expect(headers.list).not.toBe(list);
    expect(list.get('X')).toBe('1');
  });

  it.each([
    { name: 'set', write: (headers: DraftHeaders) => headers.set('X', 'bad') },
    { name: 'add', write: (headers: DraftHeaders) => headers.add('X', 'bad') },
    { name: 'delete', write: (headers: DraftHeaders) => void headers.delete('X') },
  ])('lose with restore() what was written since mark(): $name', ({ write }) => {
    const headers = new DraftHeaders(new HeaderList({ X: '1' }));
    headers.mark();
    headers.add('X', '2');
    headers.mark();
    write(headers);
    headers.set('Y', 'bad');
    expect(X(headers)).not.toEqual(['1', '2']);
    headers.restore();
    expect(X(headers)).toEqual(['1', '2']);
    expect(headers.get('Y')).toBeUndefined();
  });

  it('keep what is written after a restore', () => {
    const headers = new DraftHeaders(new HeaderList());
    headers.mark();
    headers.set('X', 'bad');
    headers.restore();
    headers.mark();
    headers.set('X', 'good');
    headers.mark();
    headers.restore();
    expect(X(headers)).toEqual(['good']);
  });

  it('name what is in them, each name once and as RFCs spell it', () => {
    const headers = new DraftHeaders(new HeaderList({ 'X-Queue': '1', subject: 'a' }));
    headers.mark();
    headers.add('x-queue', '2');
    headers.set('X-Agent', '7');
    expect([...headers.names()]).toEqual(['X-Queue', 'Subject', 'X-Agent']);
    headers.restore();
    expect([...headers.names()]).toEqual(['X-Queue', 'Subject']);
  });

  it('say whether a delete deleted anything', () => {
    const headers = new DraftHeaders(new HeaderList({ X: '1' }));
    expect(headers.delete('x')).toBe(true);
    expect(headers.delete('x')).toBe(false);
  });

  it('can be read and not written when they are sealed', () => {
    const headers = new DraftHeaders(new HeaderList({ X: '1' }));
    headers.mark();
    headers.seal('INVITE');
    expect(headers.get('X')).toBe('1');
    for (const write of [() => headers.set('X', '2'), () => headers.add('X', '2'), () => headers.delete('X')]) {
      expect(write).toThrow(expect.objectContaining({ code: 'SESSION_MESSAGE_SENT', info: { method: 'INVITE' } }));
    }
    expect(X(headers)).toEqual(['1']);
  });
});

describe('addHeaders', () => {
  it.each([
    { init: undefined, left: ['0'] },
    { init: {}, left: ['0'] },
    { init: { X: '1' }, left: ['1'] },
    { init: { x: ['1', '2'] }, left: ['1', '2'] },
    { init: { X: [] }, left: [] },
  ])('$init over X: 0 leaves $left', ({ init, left }) => {
    const list = new HeaderList({ X: '0' });
    addHeaders(list, init);
    expect(list.getAll('X')).toEqual(left);
  });
});
