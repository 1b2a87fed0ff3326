/** How values show themselves in a console: as their text, and not as places in the text of a whole message. */

/** What `console.log` and `util.inspect` ask for. */
export const SHOWN: unique symbol = Symbol.for('nodejs.util.inspect.custom') as typeof SHOWN;
