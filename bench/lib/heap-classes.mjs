// What lives in a heap, by constructor, from a snapshot of V8's. What has none of its own, or one that says nothing (strings, arrays, closures, numbers,
// plain objects, maps), belongs to the object that leads to it by the fewest steps, and has a row named after that object's property.
import { readFile } from 'node:fs/promises';

const LINE = 10;
const COMMA = 44;
const ZERO = 48;
const END = 93; // ]

/** The numbers of the array that begins after `"key":[`. */
function numbers(bytes, key, count) {
  const all = new Uint32Array(count);
  let at = bytes.indexOf(`"${key}":[`) + key.length + 4;
  for (let index = 0; bytes[at] !== END; at += 1) {
    const byte = bytes[at];
    if (byte === COMMA) index += 1;
    else if (byte !== LINE) all[index] = all[index] * 10 + byte - ZERO;
  }
  return all;
}

function read(bytes) {
  const header = bytes.subarray(0, bytes.indexOf('"nodes":[')).toString('utf8').trimEnd();
  const { meta, node_count: nodeCount, edge_count: edgeCount } = JSON.parse(`${header.slice(0, -1)}}`).snapshot;
  return {
    nodes: numbers(bytes, 'nodes', nodeCount * meta.node_fields.length),
    edges: numbers(bytes, 'edges', edgeCount * meta.edge_fields.length),
    strings: JSON.parse(`{${bytes.subarray(bytes.lastIndexOf('"strings":[')).toString('utf8')}`).strings,
    nodeFields: meta.node_fields,
    nodeTypes: meta.node_types[0],
    edgeFields: meta.edge_fields,
    edgeTypes: meta.edge_types[0],
    nodeCount,
  };
}

/** Constructors that do not say what their objects are for. */
const PLAIN = new Set(['Object', 'Array', 'Map', 'Set', 'Buffer', 'Uint8Array', 'ArrayBuffer', 'Function', 'Promise', 'WeakRef']);

/** Ways from any object to what all objects share. */
const SHARED = new Set(['constructor', '__proto__', 'prototype', 'map']);

/** By constructor, how many objects that `fresh` marks. */
function constructors({ nodes, strings, nodeFields, nodeTypes, nodeCount }, fresh) {
  const [typeAt, nameAt] = ['type', 'name'].map((name) => nodeFields.indexOf(name));
  const object = nodeTypes.indexOf('object');
  const counts = new Map();
  for (let node = 0, at = 0; node < nodeCount; node += 1, at += nodeFields.length) {
    if (fresh[node] === 0 || nodes[at + typeAt] !== object) continue;
    const name = strings[nodes[at + nameAt]];
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** The rows' names, and of each node its row: the index of a name. */
function rowsOf({ nodes, edges, strings, nodeFields, nodeTypes, edgeFields, edgeTypes, nodeCount }, owners, fresh) {
  const width = nodeFields.length;
  const edgeWidth = edgeFields.length;
  const [typeAt, nameAt, edgesAt] = ['type', 'name', 'edge_count'].map((name) => nodeFields.indexOf(name));
  const [edgeTypeAt, edgeNameAt, toAt] = ['type', 'name_or_index', 'to_node'].map((name) => edgeFields.indexOf(name));
  const [object, synthetic] = ['object', 'synthetic'].map((name) => nodeTypes.indexOf(name));
  const [weak, shortcut, element, hidden] = ['weak', 'shortcut', 'element', 'hidden'].map((name) => edgeTypes.indexOf(name));
  const names = [];
  const known = new Map();
  const row = (name) => {
    if (!known.has(name)) known.set(name, names.push(name) - 1);
    return known.get(name);
  };
  const rows = new Int32Array(nodeCount).fill(-1);
  const firstEdge = new Uint32Array(nodeCount + 1);
  const queue = new Uint32Array(nodeCount);
  let length = 0;
  for (let node = 0; node < nodeCount; node += 1) {
    const at = node * width;
    firstEdge[node + 1] = firstEdge[node] + nodes[at + edgesAt];
    const name = strings[nodes[at + nameAt]];
    if (fresh[node] === 0 || nodes[at + typeAt] !== object || !owners.has(name)) continue;
    rows[node] = row(name);
    queue[length++] = node;
  }
  const named = length;
  for (let next = 0; next < length; next += 1) {
    const node = queue[next];
    for (let edge = firstEdge[node]; edge < firstEdge[node + 1]; edge += 1) {
      const at = edge * edgeWidth;
      const type = edges[at + edgeTypeAt];
      const to = edges[at + toAt] / width;
      if (type === weak || type === shortcut || fresh[to] === 0 || rows[to] !== -1 || nodes[to * width + typeAt] === synthetic) continue;
      const property = type === element || type === hidden ? '[]' : strings[edges[at + edgeNameAt]];
      if (next < named && SHARED.has(property)) continue;
      rows[to] = next < named ? row(`${names[rows[node]]}.${property}`) : rows[node];
      queue[length++] = to;
    }
  }
  for (let node = 0; node < nodeCount; node += 1) {
    if (rows[node] !== -1) continue;
    const type = nodes[node * width + typeAt];
    rows[node] = row(type === object ? strings[nodes[node * width + nameAt]] : `(${nodeTypes[type]})`);
  }
  return { names, rows };
}

/** The ids of all nodes: they stay the same from one snapshot of a process to the next. */
function idsOf({ nodes, nodeFields, nodeCount }) {
  const at = nodeFields.indexOf('id');
  return Array.from({ length: nodeCount }, (_, node) => nodes[node * nodeFields.length + at]);
}

/** What the second snapshot (paths) has and the first has not, for each of `count` sessions, the most bytes first. Bytes of buffers are not in the heap, and left out. */
export async function difference(before, after, count) {
  const old = new Set(idsOf(read(await readFile(before))));
  const heap = read(await readFile(after));
  const fresh = Uint8Array.from(idsOf(heap), (id) => (old.has(id) ? 0 : 1));
  const came = [...constructors(heap, fresh)].filter(([, objects]) => objects > count / 2).map(([name]) => name);
  const owners = new Set(came.filter((name) => !PLAIN.has(name) && !name.startsWith('system /')));
  const { nodes, nodeFields, nodeTypes, nodeCount } = heap;
  const [typeAt, sizeAt] = ['type', 'self_size'].map((name) => nodeFields.indexOf(name));
  const native = nodeTypes.indexOf('native');
  const { names, rows } = rowsOf(heap, owners, fresh);
  const all = names.map((name) => ({ name, count: 0, bytes: 0 }));
  for (let node = 0, at = 0; node < nodeCount; node += 1, at += nodeFields.length) {
    if (fresh[node] === 0 || nodes[at + typeAt] === native) continue;
    const one = all[rows[node]];
    one.count += 1 / count;
    one.bytes += nodes[at + sizeAt] / count;
  }
  return all.toSorted((a, b) => b.bytes - a.bytes);
}
