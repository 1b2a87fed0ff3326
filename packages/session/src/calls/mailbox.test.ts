import { settle } from '@jackfield/base/testing';
import { describe, expect, it } from 'vitest';
import type { Steps } from '../plugins/steps.ts';
import { Mailbox, type Task } from './mailbox.ts';

interface Gate {
  readonly open: (value?: string) => void;
  readonly fail: (error: Error) => void;
  readonly promise: Promise<string | undefined>;
}

function gate(): Gate {
  let open!: (value?: string) => void;
  let fail!: (error: Error) => void;
  const promise = new Promise<string | undefined>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { open, fail, promise };
}

interface Desk {
  readonly mailbox: Mailbox;
  readonly log: string[];
  readonly faults: unknown[];
  /** A round that waits once, and says what happens to it. */
  readonly round: (name: string, wait: PromiseLike<unknown>) => Task;
  readonly say: (name: string) => Task;
}

function desk(limit = 100): Desk {
  const log: string[] = [];
  const faults: unknown[] = [];
  const mailbox = new Mailbox(limit, { fault: (error) => faults.push(error) });
  const round = (name: string, waiting: PromiseLike<unknown>): Task =>
    function* (): Steps<void> {
      log.push(`${name} begins`);
      let ended = false;
      try {
        const value = yield waiting;
        log.push(`${name} goes on with ${String(value)}`);
        ended = true;
      } catch (error) {
        log.push(`${name} fails: ${(error as Error).message}`);
        ended = true;
      } finally {
        if (!ended) log.push(`${name} is given up`);
      }
    };
  return { mailbox, log, faults, round, say: (name) => () => void log.push(name) };
}

describe('a mailbox', () => {
  it('runs at once what nothing holds up, without a turn of the loop', () => {
    const { mailbox, log, say } = desk();
    mailbox.post(say('one'));
    mailbox.post(say('two'));
    expect(log).toEqual(['one', 'two']);
  });

  it('runs what is posted in a task after that task', () => {
    const { mailbox, log, say } = desk();
    mailbox.post(() => {
      mailbox.post(say('inner'));
      expect(mailbox.running).toBe(true);
      log.push('outer');
    });
    expect(log).toEqual(['outer', 'inner']);
    expect(mailbox.running).toBe(false);
  });

  it('holds what comes while a round waits, and keeps its order', async () => {
    const { mailbox, log, round, say } = desk();
    const answer = gate();
    mailbox.post(round('A', answer.promise));
    mailbox.post(say('B'));
    mailbox.post(say('C'));
    expect(log).toEqual(['A begins']);
    answer.open('yes');
    await settle();
    expect(log).toEqual(['A begins', 'A goes on with yes', 'B', 'C']);
  });

  it('throws into the round what its promise rejects with', async () => {
    const { mailbox, log, faults, round } = desk();
    const answer = gate();
    mailbox.post(round('A', answer.promise));
    answer.fail(new Error('no'));
    await settle();
    expect(log).toEqual(['A begins', 'A fails: no']);
    expect(faults).toEqual([]);
  });

  it('tells a fault of a task, at once or later, and goes on with the next', async () => {
    const { mailbox, log, faults, say } = desk();
    const answer = gate();
    mailbox.post(() => {
      throw new Error('at once');
    });
    mailbox.post(function* (): Steps<void> {
      yield answer.promise;
      throw new Error('later');
    });
    mailbox.post(say('next'));
    answer.open();
    await settle();
    expect(faults.map(String)).toEqual(['Error: at once', 'Error: later']);
    expect(log).toEqual(['next']);
  });

  it('is full when as many wait as it holds', () => {
    const { mailbox, round, say } = desk(2);
    mailbox.post(round('A', gate().promise));
    mailbox.post(say('B'));
    expect(mailbox.full).toBe(false);
    mailbox.post(say('C'));
    expect(mailbox.full).toBe(true);
  });
});

describe('an interrupt', () => {
  it('runs before the round under way goes on and before all that waits', async () => {
    const { mailbox, log, round, say } = desk();
    const answer = gate();
    mailbox.post(round('A', answer.promise));
    mailbox.post(say('B'));
    mailbox.interrupt(say('urgent'));
    expect(log).toEqual(['A begins', 'urgent']);
    answer.open('yes');
    await settle();
    expect(log).toEqual(['A begins', 'urgent', 'A goes on with yes', 'B']);
  });

  it('keeps an answer that comes while it has a round of its own', async () => {
    const { mailbox, log, round, say } = desk();
    const [first, second] = [gate(), gate()];
    mailbox.post(round('A', first.promise));
    mailbox.post(say('B'));
    mailbox.interrupt(round('urgent', second.promise));
    first.open('yes');
    await settle();
    expect(log).toEqual(['A begins', 'urgent begins']);
    second.open('done');
    await settle();
    expect(log).toEqual(['A begins', 'urgent begins', 'urgent goes on with done', 'A goes on with yes', 'B']);
  });

  it('that gives up drops the round and its late answer; what waits has its turn', async () => {
    const { mailbox, log, round, say } = desk();
    const answer = gate();
    mailbox.post(round('A', answer.promise));
    mailbox.post(say('B'));
    mailbox.interrupt(() => {
      mailbox.giveUp();
      log.push('urgent');
    });
    answer.open('late');
    await settle();
    expect(log).toEqual(['A begins', 'A is given up', 'urgent', 'B']);
  });

  it('gives up the last that was set aside first', () => {
    const { mailbox, log, round } = desk();
    mailbox.post(round('A', gate().promise));
    mailbox.interrupt(round('B', gate().promise));
    mailbox.interrupt(() => mailbox.giveUp());
    expect(log).toEqual(['A begins', 'B begins', 'B is given up', 'A is given up']);
  });

  it('from inside a task waits until that task has returned or waits', () => {
    const { mailbox, log, say } = desk();
    mailbox.post(function* (): Steps<void> {
      mailbox.post(say('posted'));
      mailbox.interrupt(say('urgent'));
      log.push('task');
      yield gate().promise;
    });
    expect(log).toEqual(['task', 'urgent']);
  });

  it('leaves mailbox.running as it is for the rest of the task that gives up', () => {
    const { mailbox, round } = desk();
    mailbox.post(round('A', gate().promise));
    let running: boolean | undefined;
    mailbox.interrupt(() => {
      mailbox.giveUp();
      running = mailbox.running;
    });
    expect(running).toBe(true);
    expect(mailbox.running).toBe(false);
  });
});

describe('close', () => {
  it('gives up what is under way and aside, and drops what waits and what comes', async () => {
    const { mailbox, log, round, say } = desk();
    const [first, second] = [gate(), gate()];
    mailbox.post(round('A', first.promise));
    mailbox.post(say('waiting'));
    mailbox.interrupt(round('B', second.promise));
    mailbox.close();
    expect(log).toEqual(['A begins', 'B begins', 'B is given up', 'A is given up']);
    mailbox.post(say('late'));
    mailbox.interrupt(say('later'));
    first.open();
    second.open();
    await settle();
    expect(log).toHaveLength(4);
  });

  it('inside a round lets that round come to its next wait, and no further', async () => {
    const { mailbox, log, faults } = desk();
    mailbox.post(function* (): Steps<void> {
      try {
        mailbox.close();
        log.push('after close');
        yield Promise.resolve();
        log.push('never');
      } finally {
        log.push('finally');
      }
    });
    await settle();
    expect(log).toEqual(['after close', 'finally']);
    expect(faults).toEqual([]);
  });
});
