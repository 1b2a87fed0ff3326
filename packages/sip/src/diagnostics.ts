/** The channels of this package beside what they publish, for `watch` of `@jackfield/base`. docs/diagnostics.md says when each does. */
import type { DialogNews } from './dialogs/layer.ts';
import type { Overload, TransactionNews } from './transactions/server-table.ts';
import type { ConnectionNews, Drop, PassingMessage } from './transport/news.ts';
import type { PluginFailure } from './transport/plugin-failures.ts';
import type { ResolveEvent } from './transport/resolve/answers.ts';

export type { DialogNews, Overload, PluginFailure, ResolveEvent, TransactionNews };

/** Message type by channel; a channel's full name begins with `jackfield:`. */
export interface SipDiagnostics {
  'sip:message:in': PassingMessage;
  'sip:message:out': PassingMessage;
  'sip:drop': Drop;
  'sip:overload': Overload;
  'sip:connection': ConnectionNews;
  'sip:resolve': ResolveEvent;
  'sip:transaction': TransactionNews;
  'sip:dialog': DialogNews;
  'sip:error': PluginFailure;
}

declare module '@jackfield/base' {
  // oxlint-disable-next-line typescript/no-empty-object-type -- a row comes from each package
  interface DiagnosticsMap extends SipDiagnostics {}
}
