import { describe, expectTypeOf, it } from 'vitest';
import type { Session, StreamOf } from './session.ts';
import type { SdpHandler } from './sdp-handler.ts';
import type { SessionService } from './service.ts';
import type { StreamView } from './media.ts';
import type { StreamKind } from './stream-kinds.ts';

interface Whiteboard {
  readonly pages: number;
}
declare module './stream-kinds.ts' {
  interface StreamKinds {
    whiteboard: Whiteboard;
  }
}
declare const session: Session;
declare const service: SessionService;
declare const handler: SdpHandler<Whiteboard>;

describe('StreamKinds', () => {
  it('types the streams of a kind that a handler package declared', () => {
    expectTypeOf(session.stream('whiteboard')).toEqualTypeOf<StreamView<'whiteboard'> | undefined>();
    expectTypeOf(session.stream('whiteboard')?.stream).toEqualTypeOf<Whiteboard | undefined>();
    expectTypeOf<StreamOf<'whiteboard'>>().toEqualTypeOf<Whiteboard>();
  });

  it('leaves those of others unknown', () => {
    expectTypeOf(session.stream('nobody')?.stream).toEqualTypeOf<unknown>();
    expectTypeOf(session.streams[0]!.stream).toEqualTypeOf<unknown>();
  });

  it('takes any kind, and names the declared ones', () => {
    expectTypeOf<'whiteboard'>().toExtend<StreamKind>();
    expectTypeOf<'*'>().toExtend<StreamKind>();
    expectTypeOf<'anything'>().toExtend<StreamKind>();
    service.registerSdpHandler(handler, 'whiteboard');
    // @ts-expect-error a handler for something that is no kind
    service.registerSdpHandler(handler, 1);
  });
});
